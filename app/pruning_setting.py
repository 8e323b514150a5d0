"""Where the sliders of pruning stand, and what lies along them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.beta_scale import DECADES, LOG_BEGIN, LOG_END, LOWEST, Beta, beta_words, position_of
from app.groove_drawing import Groove, Mark, Tick
from gazeengine.families import Made


@dataclass(frozen=True, slots=True)
class TrainedAt:
    """Where a network was trained, or compensated: without n features, at β. The unpruned one lacks none.

    whole is False where n counts from a network that was opened with some pruned already.
    """

    n: int = 0
    beta: Beta = None
    made: Made = "trained"
    whole: bool = True

    @property
    def words(self) -> str:
        if self.n:
            return f"the network {self.made} at {beta_words(self.beta)}"
        return "the unpruned network" if self.whole else "the network as it was opened"

    @property
    def all_words(self) -> str:
        return f"{self.words} with {self.n:,} pruned" if self.n else self.words


@dataclass(frozen=True, slots=True)
class PruningSetting:
    """β (None is β*) and the number n of pruned features, of n_most that can go.

    snapshots are the numbers at which a trained network exists, ascending; n_asked_for is where Eq. 14
    itself stops. betas are those at which pruning runs were trained. base is the trained network from which the
    rest is pruned, and awaited the one that it stands in for while that is being read. β is a price of unit; n_rounded
    are pruned where widths are rounded.
    """

    beta: Beta
    n: int
    n_most: int
    snapshots: tuple[int, ...] = ()
    n_asked_for: int | None = None
    betas: tuple[Beta, ...] = ()
    base: TrainedAt = TrainedAt()
    awaited: TrainedAt | None = None
    unit: str = "GFLOP"
    n_rounded: int | None = None

    @property
    def n_estimated(self) -> int:
        return max(self.n - self.base.n, 0)


def groove_of_features(setting: PruningSetting) -> Groove:
    """What n slides along: from 0 to all that can go."""
    most = max(setting.n_most, 1)
    asked = setting.n_asked_for
    return Groove(
        ticks=(Tick(0, "0"), *(Tick(i / 4) for i in (1, 2, 3)), Tick(1, f"{setting.n_most:,}")),
        marks=tuple(
            Mark(
                n / most,
                f"There is a network with {n:,} features pruned: click to go there (Ctrl+Left, Ctrl+Right)\n"
                "A drag is held here for a moment; not with Shift",
                chosen=n == setting.base.n,
            )
            for n in setting.snapshots
        ),
        flag=None
        if asked is None
        else Mark(
            asked / most,
            f"Eq. 14 asks for {asked:,} removals: at this β each saves more than it is expected to lose",
            "Eq. 14 stops here",
        ),
    )


def groove_of_beta(setting: PruningSetting) -> Groove:
    """What β slides along."""
    return replace(
        _BETA_GROOVE,
        marks=tuple(
            Mark(
                position_of(beta),
                f"There are networks along a pruning run at {beta_words(beta)}: click to go there",
                chosen=bool(setting.base.n) and beta == setting.base.beta,
            )
            for beta in setting.betas
        ),
    )


_DECADES = ("10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "1")
_BETA_GROOVE = Groove(
    pieces=((LOG_BEGIN, LOG_END),),
    stops=(0.0, 1.0),
    ticks=(
        Tick(0.0, "0"),
        *(Tick(position_of(LOWEST * 10**i), label) for i, label in enumerate(_DECADES)),
        *(Tick(position_of(LOWEST * 10**i * digit)) for i in range(DECADES) for digit in range(2, 10)),
        Tick(1.0, "β*"),
    ),
)
