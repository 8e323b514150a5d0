"""What Theis et al. (2018) report in Table 2, and in what their experiment differs from ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gazeengine.architecture import ARCHITECTURES
from gazeengine.cost import flops_model
from gazeengine.data_facts import DataFacts, facts_of
from gazeengine.plan import FLOP_PER_GFLOP
from gazeengine.results_gathered import Gathered
from gazeengine.results_records import VGA, EvaluatedModel
from gazeengine.scores import SIGMA_OF_WIDTH

MEASURED_ON = "MIT300"

TABLE_2 = ("auc", "kl", "sim", "nss")
"""The scores of Table 2 in its order."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A line of Table 2; gflop, at 640 x 480, is None where the paper gives none."""

    name: str
    auc: float
    kl: float
    sim: float
    nss: float
    gflop: float | None = None


CENTER_BIAS = Reported("Center bias, a Gaussian", 0.78, 1.24, 0.45, 0.92)
DEEPGAZE_2 = Reported("DeepGaze II", 0.88, 0.96, 0.46, 1.29, 240.6)
FASTGAZE = Reported("FastGaze, 2,250 features pruned", 0.85, 1.21, 0.61, 2.00, 10.7)
DENSEGAZE = Reported("DenseGaze, 2,701 features pruned", 0.86, 1.20, 0.63, 2.16, 12.8)
OTHERS = (
    Reported("eDN", 0.82, 1.14, 0.41, 1.14),
    Reported("SalNet", 0.83, 0.81, 0.52, 1.51),
    Reported("DeepGaze I", 0.84, 1.23, 0.39, 1.22),
    Reported("SAM-ResNet", 0.87, 1.27, 0.68, 2.34),
    Reported("DSCLRCN", 0.87, 0.95, 0.68, 2.35),
    Reported("DeepFix", 0.87, 0.63, 0.60, 2.26),
    Reported("SALICON", 0.87, 0.54, 0.60, 2.12),
)
KEEP_FIRST = frozenset({"CAT2000", "SALICON"})
"""Data sets whose published form does not say which fixations were forced (see published/)."""

OF_ARCHITECTURE = {"fastgaze": FASTGAZE, "densegaze": DENSEGAZE}


def beside(found: Gathered) -> Iterator[tuple[Reported, list[EvaluatedModel]]]:
    """Each line of Table 2, and our models that belong beside it; those that we have nothing like come last.

    Of a pruned architecture these are the unpruned network and the pruned one that comes nearest to the paper's FLOPs.
    """
    models = found.models
    yield CENTER_BIAS, [model for model in models if model.kind == "center prior"]
    yield DEEPGAZE_2, [model for model in models if model.kind == "teacher"]
    for name, reported in OF_ARCHITECTURE.items():
        own = [model for model in models if model.architecture == name]
        near = sorted((model for model in own if model.n_pruned), key=lambda m: _distance(m, reported))[:1]
        published = [model for model in models if model.kind == "published"] if reported is FASTGAZE else []
        yield reported, [*(model for model in own if not model.n_pruned), *near, *published]
    for reported in OTHERS:
        yield reported, []


def _distance(model: EvaluatedModel, reported: Reported) -> float:
    return abs((model.gflop_640x480 or 0) - (reported.gflop or 0))


def differences(found: Gathered) -> list[tuple[str, str, str]]:
    """What, in the paper, and here: every difference that the figures of both may come from."""
    scored = [(name, facts_of(name)) for name in found.data_sets]
    mit1003 = "MIT1003 (1,003 photographs, 15 observers, 3 s)"
    return [
        (
            "pictures scored on",
            "Table 2: MIT300, 300 photographs whose fixations the benchmark keeps to itself; Figure 2: the training "
            "set of CAT2000, 2,000 pictures of 20 kinds",
            "; ".join(_scored_on(found, name, facts) for name, facts in scored),
        ),
        (
            "observers and viewing time",
            "MIT300: 39 for 3 s; CAT2000: 24 for 5 s",
            "; ".join(_viewing(name, facts) for name, facts in scored),
        ),
        (
            "seen in training",
            f"none of them: trained on SALICON and {mit1003}, so that CAT2000 tests how models carry over to other "
            "pictures",
            _seen(found),
        ),
        (
            "teacher",
            f"DeepGaze II (VGG-19), first on SALICON, then ten of them on ten splits of {mit1003}; their mean map",
            _teacher(found),
        ),
        (
            "what networks learned from",
            f"0.9 × the teacher's maps of SALICON, 0.1 × the fixations of {mit1003}",
            _learned(found),
        ),
        (
            "size of the pictures",
            "CAT2000: 1920 × 1080 with grey borders; MIT300: up to 1024 pixels a side",
            f"as their files are; networks look at {_sizes(found)} pixels, or as many in the picture's own aspect, and "
            "the map is over all pixels of the picture",
        ),
        (
            "fixations left out",
            "the paper does not say",
            _left_out(found),
        ),
        (
            "AUC",
            "AUC-Judd of the benchmark: negatives are all pixels that nobody fixated, thresholds are the values at "
            "fixations",
            "negatives are all pixels; every value is a threshold, ties count half (pysaliency, without random jitter)",
        ),
        (
            "NSS",
            "the benchmark's, on the map as submitted, of which the paper does not say whether it was a density, its "
            "logarithm or optimised for a metric",
            "of the density itself",
        ),
        (
            "SIM and KL",
            "against fixations blurred by about one degree of visual angle, which is 35 pixels in MIT300; KL with the "
            "benchmark's constants",
            f"against fixations blurred by {SIGMA_OF_WIDTH:.0%} of the picture's width, also about one degree; KL with "
            "pysaliency's constants; of the same density as all others, which is best for none of them",
        ),
        (
            "averages",
            "over pictures",
            "IG, AUC, sAUC and NSS over fixations, SIM, CC and KL over pictures (pysaliency)",
        ),
        (
            "baseline",
            "Table 2: a Gaussian; Figure 2 shows log-likelihood, not information gain",
            "; ".join(dict.fromkeys(row.scores.baseline for row in found.rows))
            + ", smoothed; the center prior of the tables is the same",
        ),
        (
            "GFLOP",
            f"Eq. 11 at 640 × 480; of DeepGaze II {DEEPGAZE_2.gflop}",
            f"Eq. 11 over convolutions alone, at 640 × 480 in the table above; of DeepGaze II {_deepgaze2():.1f}",
        ),
        (
            "time",
            "one core of an Intel Xeon E5-2620 at 2.4 GHz, mean over 6 pictures of 384 × 512, PyTorch of 2018",
            _timing(found),
        ),
    ]


def _deepgaze2() -> float:
    architecture = ARCHITECTURES["deepgaze2"]
    return flops_model(architecture, *VGA).total(architecture.widths) / FLOP_PER_GFLOP


def _scored_on(found: Gathered, name: str, facts: DataFacts | None) -> str:
    scores = found.on(name)[0].scores
    part = f"{name}: {scores.n_images} pictures with {scores.n_fixations:,} fixations"
    return part if facts is None else f"{part}, of {facts.shows}"


def _viewing(name: str, facts: DataFacts | None) -> str:
    if facts is None:
        return f"{name}: not known"
    if facts.viewing_s is None:
        return f"{name}: {facts.measured}"
    return f"{name}: {facts.observers} for {facts.viewing_s:g} s, {facts.measured}"


def _seen(found: Gathered) -> str:
    trained = {name for model in found.models for name in model.data}
    if not trained:
        return "not said in the model files"
    groups: dict[str, list[str]] = {}
    for name in found.data_sets:
        if name in trained:
            told = "these very pictures"
        elif name.endswith(" all") and _set_of(name) in {_set_of(one) for one in trained}:
            told = "some of these very pictures"
        elif _set_of(name) in {_set_of(one) for one in trained}:
            told = "other pictures of the same set, under the same conditions"
        else:
            told = "nothing of this set"
        groups.setdefault(told, []).append(name)
    return "; ".join(f"{', '.join(names)}: {told}" for told, names in groups.items())


def _set_of(name: str) -> str:
    """The data set of a split: "OSIE" of "OSIE test"."""
    return re.sub(r" \S+$", "", name)


def _left_out(found: Gathered) -> str:
    forced = "the first of each scanpath, to which the cross in the middle forces"
    kept = [name for name in found.data_sets if _set_of(name) in KEEP_FIRST]
    return f"{forced}; none of {', '.join(kept)} as published, which does not tell which they are" if kept else forced


def _teacher(found: Gathered) -> str:
    trained_on = {model.name: model.data for model in found.models if model.kind == "teacher"}
    named = dict.fromkeys(name for model in found.models for name in model.teachers)
    if not (names := dict.fromkeys([*trained_on, *named])):
        return "none among the models of this page"
    return "; ".join(name + _of(trained_on.get(name, ())) for name in names)


def _learned(found: Gathered) -> str:
    groups: dict[tuple[str | None, tuple[str, ...]], list[str]] = {}
    for model in found.models:
        if model.kind == "network" and (model.objective or model.data):
            groups.setdefault((model.objective, model.data), []).append(model.name)
    if not groups:
        return "not said in the model files"
    told = [(names, (objective or "trained") + _of(data, "")) for (objective, data), names in groups.items()]
    if len(told) == 1:
        return told[0][1]
    return "; ".join(f"{names[0]}{' and others' * (len(names) > 1)}: {text}" for names, text in told)


def _of(data: tuple[str, ...], trained: str = "trained ") -> str:
    return f", {trained}on {', '.join(data)}" if data else ""


def _sizes(found: Gathered) -> str:
    sizes = dict.fromkeys(model.working_size for model in found.models if model.working_size is not None)
    return " or ".join(f"{width} × {height}" for height, width in sizes) or "unknown"


def _timing(found: Gathered) -> str:
    timings = [model.timing for model in found.models if model.timing is not None]
    if not timings:
        return "not measured"
    runs = sorted({timing.runs for timing in timings})
    threads = timings[0].threads
    return (
        f"{threads} thread{'s' * (threads > 1)} of {found.machine}, median of {' or '.join(map(str, runs))} "
        f"runs at {_sizes(found)} pixels, the models of a call of evaluate in turn"
    )
