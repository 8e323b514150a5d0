"""A model's card: what it was trained on, how well it does, and what it was never tested on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gazeengine.card_parts import Card, Fact, Section, Table
from gazeengine.checkpoint import Checkpoint
from gazeengine.cost import flops_model
from gazeengine.data_facts import facts_of, not_covered, viewing_times_s
from gazeengine.plan import FLOP_PER_GFLOP, PruningPlan
from gazeengine.scores import LEVEL, METRICS
from gazeengine.screen_scores import FOUR_NUMBERS, OTHERS_NUMBERS, shipped_screen_scores
from gazeengine.signal_source import source_words, target_words

TOLD = {"architecture", "features", "data", "objective", "training", "steps", "best_step", "seconds", "seed"}
TOLD |= {"validation", "validation_loss_nats", "center_bias", "signal"}
TOLD |= {"family", "parent", "beta", "pruned", "trained_after_pruning", "criterion", "cost", "compensated", "refined"}
TOLD |= {"pruning", "distilled_from"}
"""Keys of the provenance that have words of their own here; what else a file says is listed as it stands."""


def card(checkpoint: Checkpoint, plan: PruningPlan | None = None) -> Card:
    """The card of a checkpoint, and of what plan prunes of it further, as the window's sliders do."""
    past = plan if plan is not None and plan.n else None
    estimate = " ".join(filter(None, (_pruned_before(checkpoint), _pruned_here(checkpoint, past))))
    sections = (
        _network(checkpoint, past),
        _data(checkpoint),
        _scores(checkpoint, past),
        _screens(checkpoint, past),
        _untested(checkpoint),
        _origin(checkpoint),
    )
    given = tuple(s for s in sections if s.facts or s.table or s.points or s.note)
    return Card(checkpoint.name, _summary(checkpoint), _trained(checkpoint), estimate, given)


# what it is


def _summary(checkpoint: Checkpoint) -> str:
    times = viewing_times_s(_names(checkpoint, "data"))
    seconds = f" in the first {_range(times)} of looking at it freely" if times else ""
    return f"Predicts where people look in a picture{seconds}: how likely each pixel is to be fixated."


def _trained(checkpoint: Checkpoint) -> str:
    untrained = _untrained(checkpoint)
    then = checkpoint.n_features + untrained
    match checkpoint.provenance.get("family"):
        case {"name": name, "n_pruned": int(n), **more} if n and more.get("made", "trained") == "trained":
            beta = _beta(_mapping(checkpoint, "family").get("beta"))
            return (
                f"a snapshot of {name}: {n:,} of its features were pruned at {beta}, "
                f"and the {then:,} that were left were trained on."
            )
    if untrained:
        return f"{_parent(checkpoint)} with its {then:,} features, before pruning."
    all_of = checkpoint.architecture.n_features
    return f"all {then:,} features" + (
        f" of the architecture's {all_of:,}." if then < all_of else "; nothing is pruned."
    )


def _pruned_before(checkpoint: Checkpoint) -> str:
    """What a file says was pruned without training."""
    n = _untrained(checkpoint)
    if not n:
        return ""
    then = "nothing was trained afterwards"
    if pictures := _mapping(checkpoint, "compensated").get("pictures"):
        then += f": what is left takes over for them, by least squares over {pictures} pictures"
    measured = "" if checkpoint.scores else "; it has no measured scores"
    beta = _beta(checkpoint.provenance.get("beta"))
    return f"{n:,} of its features were pruned at {beta} and {then}{measured}."


def _pruned_here(checkpoint: Checkpoint, plan: PruningPlan | None) -> str:
    if plan is None:
        return ""
    bits = plan.loss_increase / math.log(2)
    return (
        f"{plan.n:,} features are pruned past it here, at {_beta(plan.beta)}, without training; by the signal of "
        f"{source_words(checkpoint)} that costs {bits:.3f} bits per fixation or more. This network has no measured "
        f"scores: those below are {checkpoint.name}'s."
    )


def _network(checkpoint: Checkpoint, plan: PruningPlan | None) -> Section:
    height, width = checkpoint.working_size
    widths = plan.widths if plan is not None else checkpoint.widths
    cost = flops_model(checkpoint.architecture, height, width)
    gflop, unpruned = (cost.total(w) / FLOP_PER_GFLOP for w in (widths, checkpoint.architecture.widths))
    left, all_of = sum(widths.values()), checkpoint.architecture.n_features
    facts = [
        Fact("Architecture", f"{checkpoint.architecture.title}, {len(checkpoint.architecture.layers)} convolutions"),
        Fact(
            "Working size", f"{width} × {height} pixels; pictures are looked at with as many, in their own proportions"
        ),
        Fact("Features", f"{left:,} of {all_of:,}" if left < all_of else f"{left:,}, unpruned"),
        Fact("Cost", f"{gflop:.2f} GFLOP a picture" + (f" of {unpruned:.2f} unpruned" if left < all_of else "")),
    ]
    if checkpoint.signal is not None:
        words = f"of {source_words(checkpoint)}; targets: {target_words(checkpoint.signal)}"
        facts.append(Fact("Fisher signal", words))
    return Section("Network", tuple(facts))


# what it learned from


def _data(checkpoint: Checkpoint) -> Section:
    facts = []
    for name in _names(checkpoint, "data"):
        known = facts_of(name)
        if known is None:
            facts.append(Fact(name, "a data set of which nothing is known here"))
            continue
        watched = known.measured
        if known.viewing_s is not None:
            watched = f"{known.observers} observers a picture, {known.viewing_s:g} s, {known.measured}"
        licence = f"licence {known.licence}" if known.licence else "no licence stated"
        facts.append(Fact(name, f"{known.shows}; {watched}; {licence}. {known.citation}", known.url))
    times = viewing_times_s(_names(checkpoint, "data"))
    if times:
        words = f"{_range(times)}: a map is of all that time together, it says nothing of the order"
        facts.append(Fact("Viewing time", words))
    return Section("Training data", tuple(facts))


def _origin(checkpoint: Checkpoint) -> Section:
    p = checkpoint.provenance
    facts = []
    if isinstance(features := p.get("features"), str):
        facts.append(Fact("Begun with", "random features" if features == "random" else f"features of {features}"))
    if isinstance(objective := p.get("objective"), str):
        facts.append(Fact("Objective", objective))
    training = _mapping(checkpoint, "training")
    if words := "; ".join(_pruning(_mapping(checkpoint, "pruning"))):
        facts.append(Fact("Pruned while training", words))
    if isinstance(before := _mapping(checkpoint, "distilled_from").get("name"), str):
        facts.append(Fact("Distilled from", f"{before}, {_mapping(checkpoint, 'distilled_from').get('id', 'no id')}"))
    if training or "steps" in p:
        facts.append(Fact("Training", "; ".join(_training(p, training))))
    for key, label in (("validation", "Validated on"), ("center_bias", "Center bias of")):
        if names := _names(checkpoint, key):
            facts.append(Fact(label, ", ".join(names)))
    facts += [Fact(key.replace("_", " ").capitalize(), _plain(value)) for key, value in p.items() if key not in TOLD]
    if isinstance(seed := p.get("seed"), int):
        facts.append(Fact("Seed", str(seed)))
    facts.append(Fact("Identity", f"{checkpoint.id}, a hash of weights and architecture"))
    return Section("How it was made", tuple(facts))


def _training(p: Mapping[str, Any], training: Mapping[str, Any]) -> Iterator[str]:
    steps = p.get("steps", training.get("n_steps"))
    if isinstance(steps, int):
        batch = training.get("batch")
        yield f"{steps:,} steps" + (f" of {batch} pictures" if isinstance(batch, int) else "")
    rates = [training.get(name) for name in ("learning_rate", "readout_learning_rate")]
    if (told := [f"{rate:.4g}" for rate in rates if isinstance(rate, int | float)]) and "n_steps" in training:
        yield f"Adam, learning rate {told[0]}" + (f", of the readout {told[1]}" if len(set(told)) > 1 else "")
    if isinstance(best := p.get("best_step"), int):
        yield f"best at step {best:,}"
    if isinstance(loss := p.get("validation_loss_nats"), float):
        yield f"validation loss {loss:.3f} nats per fixation"
    if isinstance(seconds := p.get("seconds"), int | float):
        yield f"{seconds / 60:,.0f} minutes"


def _pruning(how: Mapping[str, Any]) -> Iterator[str]:
    """How features went while the weights learned on."""
    if not how:
        return
    yield "by the Fisher signal of the steps"
    yield _beta(how.get("beta"))
    match how:
        case {"steps_per_round": int(steps), "features_per_round": int(features)}:
            yield f"{steps} step{'s' * (steps > 1)} and {features} feature{'s' * (features > 1)} a round"
    match how:
        case {"learning_rate": float(rate), "momentum": float(momentum)}:
            yield f"SGD, learning rate {rate:.4g}, momentum {momentum:.4g}"


# how well it does


def _scores(checkpoint: Checkpoint, plan: PruningPlan | None) -> Section:
    title = f"Scores of {checkpoint.name}, before pruning here" if plan is not None else "Scores"
    measured = {
        name: s for name, s in checkpoint.scores.items() if isinstance(s, Mapping) and METRICS.keys() & s.keys()
    }
    others = {name: s for name, s in checkpoint.scores.items() if name not in measured}
    facts = tuple(Fact(name, _plain(scores)) for name, scores in others.items())
    if not measured:
        return Section(title, facts, note="" if facts else "None: how well it does was not measured.")
    shown = [key for key in METRICS if any(s.get(key) is not None for s in measured.values())]
    head = ("Data set", *(METRICS[key] for key in shown), "Pictures", "Fixations")
    rows = tuple(
        (name, *(_score(s, key) for key in shown), *(_count(s.get(n)) for n in ("n_images", "n_fixations")))
        for name, s in measured.items()
    )
    return Section(title, facts, Table(head, rows), note=" ".join(_how_to_read(measured, shown)))


def _screens(checkpoint: Checkpoint, plan: PruningPlan | None) -> Section:
    """How well maps of screens are, of this network, or else of the one that screens.py was fitted to."""
    known = shipped_screen_scores()
    mine = known.of(checkpoint.id) if plan is None else ()
    rows = mine or known.of(known.first)
    if not rows:
        return Section("On screens")
    shown = ("information_gain_bits", "auc", "nss")
    cells = [(row.way.replace(OTHERS_NUMBERS, FOUR_NUMBERS), row.scores.to_json()) for row in rows]
    table = Table(
        ("Map", *(METRICS[key] for key in shown)),
        tuple((way, *(_score(scores, key) for key in shown)) for way, scores in cells),
    )
    n, data = rows[0].scores.n_images, facts_of(known.data)
    who = f", {data.observers} observers, {data.viewing_s:g} s" if data is not None and data.viewing_s else ""
    whose = "" if mine else f"This network was not tested on screens itself; these are figures of {rows[0].network}. "
    return Section(
        "On screens",
        table=table,
        note=f"{whose}{n} web pages ({known.data}{who}), each predicted with four numbers that were fitted to the "
        "others: sharpness, text, and a habit of reading from the top left. There is no other evidence for screens.",
    )


def _how_to_read(measured: Mapping[str, Mapping[str, Any]], shown: Sequence[str]) -> Iterator[str]:
    baselines = list(dict.fromkeys(str(s["baseline"]) for s in measured.values() if s.get("baseline")))
    if "information_gain_bits" in shown and baselines:
        yield f"IG is the information gain per fixation over the {' and the '.join(baselines)}."
    if "auc" in shown or "sauc" in shown:
        yield "AUC and sAUC: 0.5 is chance, 1 is perfect."
    if "nss" in shown:
        yield "NSS: 0 is chance."
    if any(_interval(s, key) for s in measured.values() for key in shown):
        yield f"In brackets: {LEVEL:.0%} intervals over pictures.".replace("%", " %")


def _score(scores: Mapping[str, Any], key: str) -> str:
    value = scores.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "–"
    interval = _interval(scores, key)
    return f"{value:.3f}" + (f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else "")


def _interval(scores: Mapping[str, Any], key: str) -> tuple[float, float] | None:
    match scores.get("intervals"):
        case {**intervals}:
            match intervals.get(key):
                case [int() | float() as low, int() | float() as high]:
                    return low, high
    return None


def _untested(checkpoint: Checkpoint) -> Section:
    title, tested = "Not tested on", list(checkpoint.scores)
    if (screens := shipped_screen_scores()).of(checkpoint.id):
        tested.append(screens.data)
    if not tested:
        return Section(title, points=("anything: this network has no scores of its own",))
    times = viewing_times_s(tested)
    points = not_covered(tested) + ((f"viewing times other than {_listed(times)}",) if times else ())
    unknown = ", ".join(name for name in tested if facts_of(name) is None)
    return Section(title, points=points, note=f"What {unknown} shows is not known here." if unknown else "")


# words


def _untrained(checkpoint: Checkpoint) -> int:
    """Features that its file says were pruned without training afterwards."""
    n = checkpoint.provenance.get("pruned")
    return n if isinstance(n, int) and checkpoint.provenance.get("trained_after_pruning") is False else 0


def _parent(checkpoint: Checkpoint) -> str:
    return str(_mapping(checkpoint, "parent").get("name", "its parent"))


def _beta(beta: object) -> str:
    if isinstance(beta, int | float) and not isinstance(beta, bool):
        return f"β {beta:.4g}"
    return "β*" if beta in (None, "star") else f"β {beta}"


def _range(times: Sequence[float]) -> str:
    return f"{times[0]:g} s" if len(times) == 1 else f"{times[0]:g} to {times[-1]:g} s"


def _listed(times: Sequence[float]) -> str:
    return " and ".join(f"{t:g} s" for t in times)


def _mapping(checkpoint: Checkpoint, key: str) -> Mapping[str, Any]:
    found = checkpoint.provenance.get(key)
    return found if isinstance(found, Mapping) else {}


def _names(checkpoint: Checkpoint, key: str) -> list[str]:
    found = checkpoint.provenance.get(key)
    return [str(name) for name in found] if isinstance(found, list | tuple) else []


def _count(n: object) -> str:
    return f"{n:,}" if isinstance(n, int) else "–"


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(v)}" for name, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_plain(v) for v in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)
