"""What the width diagram shows: features and cost of every layer, before and after. Plain data, no Qt."""

from __future__ import annotations

from dataclasses import dataclass

from gazeengine.architecture import Architecture, LayerWidths, Tap
from gazeengine.cost import CostModel


@dataclass(frozen=True, slots=True)
class LayerBar:
    """A layer in the diagram; share is its part of the present total, in [0, 1].

    trained is its width in the trained network that the rest is pruned from, which computes flops_trained. joined
    says that it belongs to the layer before it: a DenseNet's growth layer to its bottleneck.
    """

    name: str
    group: str
    original: int
    left: int
    flops: int
    share: float
    flops_original: int
    trained: int
    flops_trained: int
    joined: bool = False

    @property
    def n_by_training(self) -> int:
        """Features that were gone when the network was trained that the rest is pruned from."""
        return self.original - self.trained

    @property
    def n_estimated(self) -> int:
        """Features pruned past it, without training."""
        return self.trained - self.left

    @property
    def untouched(self) -> bool:
        return self.left == self.original

    @property
    def at_last(self) -> bool:
        """Pruned to its last feature, which stays."""
        return self.left == 1 < self.original


@dataclass(frozen=True, slots=True)
class WidthsDiagram:
    """The layers of a network in running order; gone says how features went that the base had lost already."""

    title: str
    bars: tuple[LayerBar, ...]
    gone: str = "before training"

    @property
    def estimated(self) -> bool:
        """Whether no network was trained at these widths."""
        return any(bar.n_estimated for bar in self.bars)

    @property
    def features_left(self) -> int:
        return sum(bar.left for bar in self.bars)

    @property
    def features_all(self) -> int:
        return sum(bar.original for bar in self.bars)

    @property
    def flops(self) -> int:
        return sum(bar.flops for bar in self.bars)

    @property
    def flops_original(self) -> int:
        return sum(bar.flops_original for bar in self.bars)


NOTHING = WidthsDiagram("", ())


def widths_diagram(
    architecture: Architecture,
    cost: CostModel,
    widths: LayerWidths,
    base_widths: LayerWidths,
    trained_widths: LayerWidths | None = None,
    gone: str = "before training",
) -> WidthsDiagram:
    """The diagram of a network pruned from base_widths to widths; made in a fraction of a millisecond.

    trained_widths lie between: a network was trained at these, and the rest is an estimate. Without them all is as it
    was trained.
    """
    flops = cost.by_layer(widths)
    flops_original = cost.by_layer(base_widths)
    trained = trained_widths or widths
    flops_trained = cost.by_layer(trained)
    total = sum(flops.values()) or 1
    bars = []
    before = None
    for layer in architecture.owners:
        name = layer.name
        joined = (
            before is not None
            and before.kernel == 1 < layer.kernel
            and layer.inputs == (Tap(before.name),)
            and before.group == layer.group
        )
        bars.append(
            LayerBar(
                name,
                layer.group,
                base_widths[name],
                widths[name],
                flops[name],
                flops[name] / total,
                flops_original[name],
                trained[name],
                flops_trained[name],
                joined,
            )
        )
        before = layer
    return WidthsDiagram(architecture.title, tuple(bars), gone)
