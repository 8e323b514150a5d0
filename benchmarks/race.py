"""What is measured in a race between pruners, each cell in turn with what it is compared with."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from benchmarks.race_cells import Cells, RaceOptions
from benchmarks.race_page import CONTESTANTS, PEERS, Contestant, Gains
from benchmarks.torch_pruning_peer import STEPS, Gradients, Peer, activation_passes, training_passes
from gazeengine.atomic import written_beside
from gazeengine.calibration import inputs_of
from gazeengine.checkpoint import Checkpoint, Ints, load, save
from gazeengine.commands.evaluate import bias_name
from gazeengine.cost import flops_model
from gazeengine.evaluation import NetworkMaps, evaluate_together
from gazeengine.examples import Pictures, fixated
from gazeengine.fisher import fisher_signal
from gazeengine.latency_comparison import compare_latencies
from gazeengine.networks import GazeNetwork, build, sliced
from gazeengine.plan import FisherSignal, PruningPlan, pruning_order
from gazeengine.refinement import RefinementOptions, refined
from gazeengine.stimuli import DataSet
from gazeengine.surgery import pruned
from gazeengine.training import TrainingOptions, train

GREEDY_ROUNDS = 15
RACED_BETA = 1e-2
ESTIMATED = ("hessian", "hessian-repaired", "taylor")  # hessian-anew begins with the repaired one's
VALIDATED = 8  # pictures that training looks at behind its last step, as it has to
MOST_SIGNAL = 24  # pictures of refine's signals at each stop


class Race:
    """A model, what it learns from and is tested on, and the folder in which the race is run."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        training: Sequence[DataSet],
        validation: Sequence[DataSet],
        test: Sequence[DataSet],
        options: RaceOptions,
        folder: Path,
        cells: Cells,
    ) -> None:
        self._checkpoint, self._options, self._folder, self._cells = checkpoint, options, folder, cells
        self._training, self._validation = training, validation
        self._test = tuple(replace(data, stimuli=self._some(data)) for data in test)
        self._cost = flops_model(checkpoint.architecture, *checkpoint.working_size)
        self._whole = self._cost.total(checkpoint.widths)
        names = [data.name for data in training]
        self._inputs = inputs_of(
            checkpoint,
            names,
            [s for data in training for s in data.stimuli],
            fixated=True,
            n_images=options.pictures,
            seed=options.seed,
        )

    def run(self) -> Iterator[str]:
        """Measure all that is missing; yields what is measured next."""
        shares, cells = self._options.shares, self._cells
        yield from cells.measured("importance", self._importance)
        yield from cells.measured("steps", self._steps)
        for contestant in CONTESTANTS:
            yield from cells.measured(f"kept:{contestant.name}", self._way(contestant))
        for share in shares:
            yield from cells.measured(f"gains:{share:g}", partial(self._gains_at, share))
        yield from cells.measured("gains:whole", lambda: self._scored([build(self._checkpoint)])[0])
        yield from cells.measured("latency", self._latency)
        for share in self._options.tuned if self._options.fine_tune else ():
            for contestant in self._there(share):
                name = f"tuned:{share:g}:{contestant.name}"
                yield from cells.measured(name, partial(self._tuned, contestant, share))

    def _way(self, contestant: Contestant) -> Callable[[], dict[str, Any]]:
        if not contestant.ours:
            return partial(self._raced, contestant)
        if contestant.name.startswith("refine"):
            return partial(self._refined, contestant)
        return partial(self._ordered, contestant)

    def _importance(self) -> dict[str, Any]:
        """Seconds of each picture, in turn and each round beginning with another; signals and gradients are stored."""
        seed, checkpoint = self._options.seed, self._checkpoint
        peers = {kind: Peer(checkpoint, kind) for kind in ESTIMATED}
        signals = fisher_signal(checkpoint, iter(self._inputs), targets="fixations", n_targets=1, seed=seed)
        plain, frozen = build(checkpoint).requires_grad_(True), build(checkpoint)
        passes: dict[str, Iterator[Any]] = {"training": training_passes(plain, self._inputs, seed)}
        passes |= {"activations": activation_passes(frozen, self._inputs, seed), "fisher": signals}
        passes |= {kind: peer.estimate(self._inputs, seed) for kind, peer in peers.items()}
        for image in {tuple(image.shape): image for image, _ in self._inputs}.values():  # warmed up
            plain(image).sum().backward()
        plain.zero_grad()
        names = list(passes)
        seconds: dict[str, list[float]] = {name: [] for name in names}
        signal: FisherSignal | None = None
        for i in range(len(self._inputs)):
            for name in names[i % len(names) :] + names[: i % len(names)]:
                begun = time.perf_counter()
                found = next(passes[name])
                seconds[name].append(time.perf_counter() - begun)
                signal = found if name == "fisher" else signal
        scoring = {}
        for kind, peer in peers.items():
            begun = time.perf_counter()
            peer.score()
            scoring[kind] = time.perf_counter() - begun
            with written_beside(self._gradients_at(kind)) as beside:
                save_file(peer.gradients, beside)
        assert signal is not None
        save(replace(checkpoint, signal=signal), self._folder / "with-signal.safetensors")
        return {"seconds": seconds, "scoring": scoring}

    def _steps(self) -> dict[str, dict[str, list[float]]]:
        """Milliseconds of a greedy step: the whole order by its removals, and one step of one feature, in turn."""
        found = {}
        signal = self._signal()
        for peer in PEERS:
            if peer.name == "hessian-anew":
                continue
            theirs = self._peer(peer, n_steps=self._checkpoint.n_features - 1)
            theirs_ms, ours_ms = [], []
            for i in range(GREEDY_ROUNDS + 1):
                begun = time.perf_counter()
                n = pruning_order(signal, self._cost, RACED_BETA).n_removals
                between = time.perf_counter()
                before = sum(theirs.widths.values())
                stepped = time.perf_counter()
                theirs.pruner.step()
                ended = time.perf_counter()
                left = sum(theirs.widths.values())
                # all features of importance zero go with the first: the next steps would find nothing to do
                theirs.pruner.current_step = self._checkpoint.n_features - left
                if i and left < before:  # the first warms up
                    theirs_ms.append(1e3 * (ended - stepped))
                    ours_ms.append(1e3 * (between - begun) / n)
            found[peer.name] = {"theirs_ms": theirs_ms, "ours_ms": ours_ms}
        return found

    def _ordered(self, contestant: Contestant) -> dict[str, Any]:
        order = pruning_order(self._signal(), self._cost, contestant.beta)
        plans = {s: order.first(order.n_for_flops(s * self._whole)) for s in self._options.shares}
        return {f"{share:g}": self._kept_record(plan.kept) for share, plan in plans.items()}

    def _refined(self, contestant: Contestant) -> dict[str, Any]:
        n = len(self._inputs)
        how = RefinementOptions(
            contestant.beta,
            self._options.shares,
            n_images=n,
            n_signal=min(MOST_SIGNAL, n),
            n_targets=1,
            seed=self._options.seed,
        )
        stimuli = [s for data in self._training for s in data.stimuli]
        start = load(self._folder / "with-signal.safetensors")
        found, shares, begun = {}, iter(self._options.shares), time.perf_counter()
        for progress in refined(start, [data.name for data in self._training], stimuli, how):
            if progress.stop is not None:
                share = next(shares)
                seconds = time.perf_counter() - begun
                save(progress.stop, self._stop_at(share))
                found[f"{share:g}"] = self._kept_record(progress.stop.kept) | {"seconds": seconds}
        return found

    def _raced(self, contestant: Contestant) -> dict[str, Any]:
        """What a peer keeps at each target; how long it took, in turn with ours, goes to a cell of its own."""
        repeats, found = [], {}
        for _ in range(1 if contestant.name == "hessian-anew" else self._options.repeats):
            times: dict[str, Any] = {}
            peer, spent = self._peer(contestant), 0.0
            left = list(self._options.shares)
            for _ in range(STEPS):
                begun = time.perf_counter()
                peer.pruner.step()
                spent += time.perf_counter() - begun
                while left and self._cost.total(peer.widths) <= left[0] * self._whole:
                    share = left.pop(0)
                    gone = 1 - (sum(peer.widths.values()) - 1) / (self._checkpoint.n_features - 1)
                    times[f"{share:g}"] = {"theirs_s": spent, "ours_s": self._ours(share)}
                    times[f"{share:g}"]["known_s"] = self._known(contestant, gone)
                    found[f"{share:g}"] = self._kept_record(peer.kept())
                    if contestant.name == "hessian-anew" and left:
                        begun = time.perf_counter()
                        for _ in peer.estimate(self._inputs, self._options.seed):
                            pass
                        spent += time.perf_counter() - begun
                if not left:
                    break
            repeats.append(times)
        self._cells.found[f"race:{contestant.name}"] = repeats
        return found

    def _ours(self, share: float) -> float:
        """Seconds to a target from a signal: order, plan and surgery."""
        signal, network = self._signal(), build(self._checkpoint)
        begun = time.perf_counter()
        order = pruning_order(signal, self._cost, RACED_BETA)
        sliced(network, order.first(order.n_for_flops(share * self._whole)).kept)
        return time.perf_counter() - begun

    def _known(self, contestant: Contestant, gone: float) -> float:
        """Seconds of a peer's one step to a share of features that is known beforehand."""
        peer = self._peer(contestant, n_steps=1, ratio=gone)
        begun = time.perf_counter()
        peer.pruner.step()
        return time.perf_counter() - begun

    def _gains_at(self, share: float) -> dict[str, Gains]:
        there = self._there(share)
        gains = self._scored([build(self._network(c, share)) for c in there])
        return {contestant.name: found for contestant, found in zip(there, gains, strict=True)}

    def _tuned(self, contestant: Contestant, share: float) -> Gains:
        """Learn from fixations, with the same pictures, steps and learning rates for all."""
        network = build(self._network(contestant, share))
        height, width = self._checkpoint.working_size
        steps = self._options.fine_tune
        how = TrainingOptions(
            height, width, steps, validate_every=steps, warm_up_steps=min(5, steps), seed=self._options.seed
        )
        learned = Pictures(fixated(self._training), height, width)
        validated = Pictures(fixated(self._validation)[:VALIDATED], height, width)
        place = self._folder / f"tuned-{contestant.name}-{share:g}"
        for _ in train(network, learned, validated, how, place):
            pass
        network.requires_grad_(False)
        gains = self._scored([network])[0]
        shutil.rmtree(place)
        return gains

    def _latency(self) -> dict[str, list[float]]:
        size = self._checkpoint.working_size
        named = {"whole": build(self._checkpoint)}
        for share in self._options.shares:
            named |= {f"{c.name}@{share:g}": build(self._network(c, share)) for c in self._there(share)}
        *_, rounds = compare_latencies([(network, size) for network in named.values()], runs=self._options.runs)
        timings = zip(named, rounds.timings, strict=True)
        return {name: [timing.median_ms, *timing.quartiles_ms] for name, timing in timings}

    def _scored(self, networks: Sequence[GazeNetwork]) -> list[Gains]:
        """Information gain of networks by test set, over the checkpoint's center bias."""
        found: list[Gains] = [{} for _ in networks]
        bias = self._checkpoint.weights["center_bias"]
        name = bias_name([data.name for data in self._training])
        for data in self._test:
            maps = NetworkMaps()
            models = [maps.of(network, self._checkpoint.working_size) for network in networks]
            *_, last = evaluate_together(models, data, bias, name)
            for gains, evaluated in zip(found, last.results, strict=True):
                gains[data.name] = evaluated.scores.information_gain_bits
        return found

    def _network(self, contestant: Contestant, share: float) -> Checkpoint:
        if contestant.name.startswith("refine"):
            return load(self._stop_at(share))
        record = self._cells.found[f"kept:{contestant.name}"][f"{share:g}"]
        kept = {name: np.array(features, np.int64) for name, features in record["kept"].items()}
        gone = self._checkpoint.n_features - sum(map(len, kept.values()))
        return pruned(self._checkpoint, PruningPlan(contestant.beta, gone, kept, record["flops"], 0.0))

    def _there(self, share: float) -> list[Contestant]:
        """Those that came to the target."""
        return [c for c in CONTESTANTS if f"{share:g}" in self._cells.found[f"kept:{c.name}"]]

    def _kept_record(self, kept: Mapping[str, Ints]) -> dict[str, Any]:
        flops = self._cost.total({name: len(features) for name, features in kept.items()})
        return {"kept": {name: features.tolist() for name, features in kept.items()}, "flops": flops}

    def _peer(self, contestant: Contestant, *, n_steps: int = STEPS, ratio: float = 1.0) -> Peer:
        torch.manual_seed(self._options.seed)  # its random importance draws from torch's own generator
        return Peer(self._checkpoint, contestant.name, self._gradients(contestant.name), n_steps=n_steps, ratio=ratio)

    def _gradients(self, name: str) -> Gradients | None:
        return None if name == "random" else load_file(self._gradients_at(name.replace("-anew", "-repaired")))

    def _gradients_at(self, name: str) -> Path:
        return self._folder / f"{name}.safetensors"

    def _stop_at(self, share: float) -> Path:
        return self._folder / f"refined-{share:g}.safetensors"

    def _signal(self) -> FisherSignal:
        signal = load(self._folder / "with-signal.safetensors").signal
        assert signal is not None
        return signal

    def _some(self, data: DataSet) -> tuple[Any, ...]:
        seen = [s for s in data.stimuli if len(s.x)]
        drawn = np.random.default_rng(self._options.seed).permutation(len(seen))[: self._options.images]
        return tuple(seen[i] for i in sorted(drawn))
