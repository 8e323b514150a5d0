"""The table of a comparison as text: areas, what each side gives them, and the change. Plain data, no Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.area_shares import percent
from app.findings import Findings
from gazeengine.comparison import AreaChange, signed
from gazeengine.regions import AreaShare

DASH = "–"
MOST_FLIPS = 3  # pairs of areas that are named


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    hint: str


@dataclass(frozen=True, slots=True)
class CompareTableData:
    """Columns, rows of as many cells each, and words above and below it."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    agreement: str
    agreement_hint: str
    notes: tuple[str, ...]

    @property
    def tsv(self) -> str:
        """For a spreadsheet."""
        lines = [[column.title for column in self.columns], *self.rows]
        return "".join("\t".join(cells) + "\n" for cells in lines)


def table_data(findings: Findings, letters: Sequence[str], names: Sequence[str]) -> CompareTableData:
    """What is found, under letters and names of the sides."""
    columns = [Column("Area", "Areas of both pictures are matched by their names")]
    columns.append(Column("A %", f"Share of all attention in A: {names[0]}"))
    for letter, name in zip(letters[1:], names[1:], strict=True):
        columns.append(Column(f"{letter} %", f"Share of all attention in {letter}: {name}"))
        columns.append(Column(f"{letter} − A", "Change in percentage points of all attention"))
        if len(letters) == 2:
            columns.append(Column("×", "How many times as much of the attention as in A"))
            columns.append(Column("Rank", "Rank by share of attention, the most first"))
    single = len(letters) == 2
    # what only others have cannot stand in one line for several of them
    changes = [[c for c in column if single or c.before is not None] for column in findings.changes]
    rows = tuple(_row(row, single=single) for row in zip(*changes, strict=True))
    agreement, hint = _agreement(findings, letters)
    return CompareTableData(tuple(columns), rows, agreement, hint, tuple(_notes(findings, letters)))


def area_words(findings: Findings, side: int) -> tuple[str, ...]:
    """What stands behind the name of each area of a side: its share, and what that is more or less than in A."""
    if side >= len(findings.shares):
        return ()
    shares = [percent(share.share) for share in findings.shares[side]]
    if side == 0:
        return tuple(shares)
    points = {id(change.after): change.points for change in findings.changes[side - 1] if change.after is not None}
    told = (points.get(id(share)) for share in findings.shares[side])
    return tuple(
        f"{share} ({signed(change, 1)})" if change is not None else share
        for share, change in zip(shares, told, strict=True)
    )


def _row(changes: Sequence[AreaChange], *, single: bool) -> tuple[str, ...]:
    """A line of the change to each of the others."""
    first = changes[0]
    cells = [first.name + " (group)" * first.is_group, _percent(first.before)]
    for change in changes:
        cells += [_percent(change.after), _arrow(change.points) if change.points is not None else DASH]
        if single:
            cells += [f"{change.ratio:.2f}" if change.ratio is not None else DASH, _ranks(change)]
    return tuple(cells)


def _percent(share: AreaShare | None) -> str:
    return percent(share.share).removesuffix(" %") if share is not None else DASH


def _arrow(points: float) -> str:
    told = signed(points, 1)
    return {"+": "▲ ", "−": "▼ "}.get(told[0], "") + told


def _ranks(change: AreaChange) -> str:
    ranks = [str(share.rank) if share is not None else DASH for share in (change.before, change.after)]
    return ranks[0] if ranks[0] == ranks[1] else " → ".join(ranks)


def _agreement(findings: Findings, letters: Sequence[str]) -> tuple[str, str]:
    alike, other = findings.agreement, letters[findings.question.against + 1]
    if alike is None:
        return "", ""
    correlation = f"{alike.correlation:.2f}".replace("-", "−")
    told = f"A and {other}: SIM {alike.similarity:.2f} · CC {correlation} · KL {alike.kl_bits:.2f} bit"
    hint = (
        "SIM: how much of the attention falls on the same places, from 0 to 1. CC: correlation of the maps, from −1 to "
        f"1. KL(A‖{other}): bits lost for each look where the map of {other} is taken for that of A "
        f"({alike.kl_back_bits:.2f} the other way round)."
    )
    return told, hint


def _notes(findings: Findings, letters: Sequence[str]) -> list[str]:
    notes = [findings.problem] if findings.problem else []
    if findings.reason is not None:
        notes.append(f"{findings.reason[0].upper()}{findings.reason[1:]}.")
    if findings.lent:
        without = [letter for letter, areas in zip(letters, findings.question.areas, strict=True) if not areas]
        has = "has" if len(without) == 1 else "have"
        notes.append(
            f"{' and '.join(without)} {has} no areas yet: those of A stand in, at the same places. To move them, copy "
            "them first (Areas, Copy all areas to all pictures)."
        )
    other = letters[findings.question.against + 1]
    if findings.flips:
        named = "; ".join(f"“{first}” before “{second}”" for first, second in findings.flips[:MOST_FLIPS])
        more = f"; and {len(findings.flips) - MOST_FLIPS} more" if len(findings.flips) > MOST_FLIPS else ""
        notes.append(f"The order flips. A: {named}{more}; {other} has it the other way round.")
    return notes
