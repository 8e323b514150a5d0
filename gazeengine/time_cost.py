"""What features cost in measured time on this computer: a table of layers timed at several widths, and prices from it.

A layer with c_in features to read and c_out of its own takes t = a + b c_out + d c_in + e c_in c_out, fitted to the
table with no negative part. That is a cost that is bilinear in neighbouring widths, as FLOPs are, so pruning orders
come as fast. What odd widths cost more is averaged over. What a whole network takes besides its layers is a constant.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.optimize import nnls
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from gazeengine.architecture import Architecture, Layer, LayerWidths
from gazeengine.atomic import written_beside
from gazeengine.cost import CostModel
from gazeengine.errors import DataError, cause
from gazeengine.fused import folded
from gazeengine.latency import computing_with
from gazeengine.networks import convolution, pooled, pools_first
from gazeengine.time_whole import SHARES as WHOLE_SHARES
from gazeengine.time_whole import WholeCase, widths_at

SHARES = (1 / 8, 1 / 4, 1 / 2, 1)
"""Of a layer's widths, at which it is timed."""
COARSEST_S = 1e-5  # of a clock, for layers that take a millisecond
PS_PER_S = 1e12
UNIT = "ps"
VERSION = 4
"""Of the table: 1 was measured with the nonlinearity before the pooling, 3 had no whole networks."""


Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class LayerTimes:
    """Seconds (median over runs) that a layer takes: rows of (c_in, c_out, s)."""

    layer: str
    rows: tuple[tuple[int, int, float], ...]


@dataclass(frozen=True, slots=True)
class TimeTable:
    """Times of an architecture's layers for pictures of size (height, width) on a machine, with so many threads.

    whole has rows of (share of all widths, s), of networks as a whole.
    """

    architecture: str
    size: tuple[int, int]
    machine: str
    threads: int
    layers: tuple[LayerTimes, ...]
    whole: tuple[tuple[float, float], ...] = ()

    def save(self, path: Path) -> None:
        with written_beside(path) as beside:
            beside.write_text(json.dumps(asdict(self) | {"version": VERSION}), encoding="utf-8")

    @staticmethod
    def load(path: Path) -> TimeTable:
        """Raises DataError where path is no table."""
        try:
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if found["version"] != VERSION:
                raise DataError(f"times {path}: found version {found['version']}, wanted version {VERSION}")
            layers = tuple(
                LayerTimes(one["layer"], tuple((int(i), int(o), float(s)) for i, o, s in one["rows"]))
                for one in found["layers"]
            )
            height, width = map(int, found["size"])
            machine, threads = str(found["machine"]), int(found["threads"])
            whole = tuple((float(share), float(s)) for share, s in found["whole"])
            return TimeTable(str(found["architecture"]), (height, width), machine, threads, layers, whole)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"times {path}: cannot be read ({cause(error)}), wanted a table of times as it was saved"
            ) from error


@dataclass(frozen=True, slots=True, eq=False)
class TimeModel:
    """cost prices features in picoseconds; constant_s is what no pruning saves, error the fit's median relative one.

    machine and threads are those of the table.
    """

    cost: CostModel
    constant_s: float
    error: float
    machine: str = ""
    threads: int = 1

    def seconds(self, widths: LayerWidths) -> float:
        """Predicted time of a network of these widths."""
        return self.constant_s + self.cost.total(widths) / PS_PER_S


def timed(
    architecture: Architecture, size: tuple[int, int], machine: str, *, threads: int = 1, runs: int = 7
) -> Iterator[TimeTable | float]:
    """Time each layer at several widths, and whole networks, in turn in each of runs rounds; yields what share is done.

    At the end all of it. size is (height, width) of the picture.
    """
    extents = _read_extents(architecture, *architecture.padded(*size))
    convolutions, norms = _folded(architecture)
    cases = [
        _Case(layer, c_in, c_out, extents[layer.name], norms, biased=layer.bias or layer.key in convolutions)
        for layer in architecture.layers
        for c_in in _widths(sum(architecture[tap.layer].features for tap in layer.inputs) or 3, bool(layer.inputs))
        for c_out in ((c_in,) if layer.depthwise else _widths(layer.features))
    ]
    wholes = [WholeCase(architecture, widths_at(architecture, share), size) for share in WHOLE_SHARES]
    each: tuple[_Case | WholeCase, ...] = (*cases, *wholes)
    n = len(each)
    seconds, clock = np.zeros((runs, n)), clock_for(threads)
    for run in range(-1, runs):  # the first warms up
        for i, case in enumerate(each):
            with computing_with(threads):
                spent = case.seconds(clock)
            if run >= 0:
                seconds[run, i] = spent
            yield ((run + 1) * n + i + 1) / ((runs + 1) * n)
    rows: dict[str, list[tuple[int, int, float]]] = {layer.name: [] for layer in architecture.layers}
    medians = np.median(seconds, 0).tolist()
    for case, median in zip(cases, medians[: len(cases)], strict=True):
        rows[case.layer.name].append((case.c_in, case.c_out, float(median)))
    layers = tuple(LayerTimes(name, tuple(found)) for name, found in rows.items())
    whole = tuple(zip(WHOLE_SHARES, medians[len(cases) :], strict=True))
    yield TimeTable(architecture.name, size, machine, threads, layers, whole)


def time_model(architecture: Architecture, table: TimeTable) -> TimeModel:
    """Prices from a table. Raises DataError where the table is of another architecture."""
    names = tuple(layer.name for layer in architecture.layers)
    if table.architecture != architecture.name or tuple(one.layer for one in table.layers) != names:
        raise DataError(f"times: they are of {table.architecture}, wanted those of {architecture.name}")
    roots, owners = architecture.roots, tuple(architecture.widths)
    linear, pairs, constant, apart = np.zeros(len(owners)), np.zeros((len(owners), len(owners))), 0.0, []
    for layer, times in zip(architecture.layers, table.layers, strict=True):
        c_in, c_out, seconds = np.array(times.rows, float).T
        parts = np.stack([np.ones_like(c_in), c_out, c_in, c_in * c_out], 1)
        if not layer.inputs or layer.depthwise:  # it always reads the same, or as many as it has
            parts[:, 2:] = 0
        weight = 1 / seconds  # relative errors count
        found, _ = nnls(parts * weight[:, None], seconds * weight)
        apart.extend(np.abs(parts @ found * weight - 1))
        constant += found[0]
        m = owners.index(roots[layer.name])
        linear[m] += found[1]
        for tap in () if layer.depthwise else layer.inputs:
            k = owners.index(roots[tap.layer])
            linear[k] += found[2]
            pairs[k, m] += found[3]
            pairs[m, k] += found[3]
    cost = CostModel(
        owners, np.rint(linear * PS_PER_S).astype(np.int64), 2 * np.rint(pairs * PS_PER_S / 2).astype(np.int64), UNIT
    )
    layers_s = [constant + cost.total(widths_at(architecture, share)) / PS_PER_S for share, _ in table.whole]
    besides = [s - of_layers for (_, s), of_layers in zip(table.whole, layers_s, strict=True)]
    constant += max(0.0, float(np.mean(besides))) if besides else 0.0
    return TimeModel(cost, constant, float(np.median(apart)), table.machine, table.threads)


def layer_seconds(
    architecture: Architecture, widths: LayerWidths, size: tuple[int, int], *, threads: int = 1, runs: int = 15
) -> dict[str, float]:
    """Median seconds of each layer at exactly these widths, each alone; size is (height, width) of the picture."""
    extents, every = _read_extents(architecture, *architecture.padded(*size)), architecture.expanded(widths)
    convolutions, norms = _folded(architecture)
    cases = {
        layer.name: _Case(
            layer,
            sum(every[tap.layer] for tap in layer.inputs) or 3,
            every[layer.name],
            extents[layer.name],
            norms,
            biased=layer.bias or layer.key in convolutions,
        )
        for layer in architecture.layers
    }
    seconds = np.zeros((runs + 1, len(cases)))  # the first warms up
    with computing_with(threads):
        for run in range(len(seconds)):
            seconds[run] = [case.seconds(clock_for(threads)) for case in cases.values()]
    return dict(zip(cases, np.median(seconds[1:], 0).tolist(), strict=True))


def clock_for(threads: int) -> Clock:
    """The processor's time of this thread where it does all the work, so that other programs do not count; else time.

    Also else where the system counts it coarsely, as Windows does.
    """
    fine = time.get_clock_info("thread_time").resolution <= COARSEST_S
    return time.thread_time if threads == 1 and fine else time.perf_counter


class _Case:
    """A layer at widths as it runs in prediction, with what stands around its convolution, on numbers of its own.

    folded are keys of the normalizations that are folded away.
    """

    def __init__(
        self, layer: Layer, c_in: int, c_out: int, extent: tuple[int, int], folded: frozenset[str], *, biased: bool
    ) -> None:
        self.layer, self.c_in, self.c_out = layer, c_in, c_out
        self._folded, self._biased = folded, biased
        self._shape = (1, c_in, *extent)
        self._made: tuple[Tensor, nn.Module, nn.Module | None, nn.Module | None] | None = None

    def seconds(self, clock: Clock) -> float:
        x, conv, before, behind = self._made or self._make()
        layer = self.layer
        with torch.inference_mode():
            started = clock()
            if len(layer.inputs) > 1:
                x = torch.cat([x[:, : self.c_in // 2], x[:, self.c_in // 2 :]], 1)
            if before is not None:
                x = F.relu(before(x), inplace=True)
            x = conv(x)
            if behind is not None:
                x = behind(x)
            if first := pools_first(layer):
                x = pooled(layer, x)
            if layer.activation == "relu":
                x = F.relu(x, inplace=True)
            elif layer.activation == "relu6":
                x = F.relu6(x, inplace=True)
            elif layer.activation == "prelu":
                x = F.prelu(x, x.new_full((1,), 0.25))
            if layer.adds is not None:
                x = x + x
            if not first:
                pooled(layer, x)
            return clock() - started

    def _make(self) -> tuple[Tensor, nn.Module, nn.Module | None, nn.Module | None]:
        layer, generator = self.layer, torch.Generator().manual_seed(0)
        x = torch.rand(self._shape, generator=generator).contiguous(memory_format=torch.channels_last)
        conv = convolution(replace(layer, bias=self._biased), self.c_in, self.c_out)
        before = self._norm(layer.input_norm, self.c_in)
        behind = None if layer.output_norm in self._folded else self._norm(layer.output_norm, self.c_out)
        conv.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._made = x, conv, before, behind
        return self._made

    def _norm(self, key: str | None, width: int) -> nn.Module | None:
        if key is None:
            return None
        return nn.Identity() if key in self._folded else nn.BatchNorm2d(width).eval()


def _folded(architecture: Architecture) -> tuple[frozenset[str], frozenset[str]]:
    """Keys of the convolutions that a normalization is folded into, and of these normalizations."""
    pairs = tuple(folded(architecture))
    return frozenset(convolution for convolution, _ in pairs), frozenset(norm for _, norm in pairs)


def _widths(most: int, several: bool = True) -> Sequence[int]:
    """Widths to be timed, multiples of 8 where there are as many: odd ones say little of others."""
    if not several:
        return (most,)
    return sorted({min(most, max(1, 8 * round(most * share / 8) or round(most * share))) for share in SHARES})


def _read_extents(architecture: Architecture, height: int, width: int) -> dict[str, tuple[int, int]]:
    """Rows and columns of what each convolution reads."""
    convolved = architecture.extents(height, width)
    read: dict[str, tuple[int, int]] = {}
    for layer in architecture.layers:
        if not layer.inputs:
            read[layer.name] = height, width
            continue
        first = architecture[layer.inputs[0].layer]
        rows, columns = convolved[first.name]
        read[layer.name] = (
            (rows, columns) if first.pool is None else (first.pool.extent(rows), first.pool.extent(columns))
        )
    return read
