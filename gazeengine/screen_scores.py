"""What was measured on screens, as it is shipped: which networks, with which maps, and how well they do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gazeengine import resources
from gazeengine.atomic import written_beside
from gazeengine.errors import DataError
from gazeengine.scores import Scores

VERSION = 1
AS_IT_IS = "as it is"
FOUR_NUMBERS = "all four numbers"
OTHERS_NUMBERS = "the first network's four numbers"
OBSERVERS = "half of the observers"


@dataclass(frozen=True, slots=True)
class ScreenRow:
    """What one way to make maps of screens scores; id is the network's, empty where it is none."""

    id: str
    network: str
    way: str
    scores: Scores


@dataclass(frozen=True, slots=True)
class ScreenScores:
    """All that was measured on one data set of screens, the network first to whose maps the numbers were fitted."""

    data: str
    rows: tuple[ScreenRow, ...]

    def of(self, checkpoint_id: str) -> tuple[ScreenRow, ...]:
        """Rows of a network at its working size: its map as it is, and that by the shipped way."""
        mine = [row for row in self.rows if row.id == checkpoint_id]
        ways = {row.way: row for row in reversed(mine)}  # the first of a way is at the working size
        shipped = ways.get(OTHERS_NUMBERS) or ways.get(FOUR_NUMBERS)
        return tuple(row for row in (ways.get(AS_IT_IS), shipped) if row is not None)

    @property
    def first(self) -> str:
        """The id of the network that the numbers were fitted to."""
        return self.rows[0].id if self.rows else ""


def shipped_screen_scores() -> ScreenScores:
    """What lies beside the shipped models; nothing where the file is missing.

    Raises DataError where it is malformed.
    """
    path = resources.FOLDER / "models" / "screens.json"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ScreenScores("", ())
    try:
        return screen_scores_from(json.loads(text))
    except (ValueError, KeyError, TypeError, DataError) as error:
        raise DataError(
            f"scores on screens: {path} is malformed ({error}), wanted what reproduce screens wrote"
        ) from error


def screen_scores_from(stored: Mapping[str, object]) -> ScreenScores:
    """The scores that store wrote."""
    if stored["version"] != VERSION:
        raise DataError(f"it has version {stored['version']}, wanted {VERSION}")
    rows: Sequence[Mapping[str, object]] = stored["rows"]  # type: ignore[assignment]
    return ScreenScores(str(stored["data"]), tuple(_row(row) for row in rows))


def store(found: ScreenScores, path: Path) -> None:
    """Write scores as JSON, all of them or nothing."""
    rows = [{"id": r.id, "network": r.network, "way": r.way, "scores": r.scores.to_json()} for r in found.rows]
    text = json.dumps({"version": VERSION, "data": found.data, "rows": rows}, ensure_ascii=False, indent=1)
    with written_beside(path) as beside:
        beside.write_text(text + "\n", encoding="utf-8")


def _row(row: Mapping[str, object]) -> ScreenRow:
    scores: Mapping[str, object] = row["scores"]  # type: ignore[assignment]
    return ScreenRow(str(row["id"]), str(row["network"]), str(row["way"]), Scores.from_json(scores))
