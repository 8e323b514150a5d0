"""By what features are chosen: criterion, cost, and what is done with the widths. Plain data, no Qt."""

from __future__ import annotations

from dataclasses import dataclass

from gazeengine.criteria import CRITERIA
from gazeengine.families import Made
from gazeengine.pricing import COSTS, CostName

FISHER = "fisher"


@dataclass(frozen=True, slots=True)
class PruningMethod:
    """Names of CRITERIA and COSTS. rounded: to multiples of 8.

    compensated, refined: from networks that were, too; the latter have signals of their own and no other weights.
    """

    criterion: str = FISHER
    cost: CostName = "flops"
    rounded: bool = False
    compensated: bool = True
    refined: bool = True

    @property
    def ways(self) -> tuple[Made, ...]:
        """How a network may have been made to be pruned further."""
        chosen: tuple[tuple[Made, bool], ...] = (
            ("trained", True),
            ("compensated", self.compensated),
            ("refined", self.refined),
        )
        return tuple(way for way, on in chosen if on)

    @property
    def words(self) -> str:
        """In short, for a pinned setting."""
        parts = [CRITERIA[self.criterion].title]
        if self.cost != "flops":
            parts.append(COSTS[self.cost].title.lower())
        if self.rounded:
            parts.append("multiples of 8")
        return ", ".join(parts)

    @property
    def suffix(self) -> str:
        """For names of files; empty for what is usual."""
        parts = [self.criterion] * (self.criterion != FISHER) + [f"by-{self.cost}"] * (self.cost != "flops")
        return "".join(f"-{part}" for part in [*parts, *["of8"] * self.rounded])


USUAL = PruningMethod()
