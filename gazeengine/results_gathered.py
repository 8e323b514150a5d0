"""Stored evaluations brought together: which models there are, what each is compared with, which are Pareto optimal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gazeengine.architecture import ARCHITECTURES
from gazeengine.errors import DataError
from gazeengine.picture_scores import Difference, paired_difference
from gazeengine.results_records import EvaluatedModel, Evaluation, Kind, Machine, StoredEvaluations

LISTED: tuple[Kind, ...] = ("center prior", "published", "teacher", "network")


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """All evaluations, each model once on each data set; models in the order in which they are listed.

    stored are the files that they come from, oldest first. There is one baseline to a data set, and one machine with
    one number of threads to all times.
    """

    stored: tuple[StoredEvaluations, ...]
    models: tuple[EvaluatedModel, ...]
    rows: tuple[Evaluation, ...]

    @property
    def machine(self) -> Machine | None:
        """Where times were measured; None where none were."""
        timed = (file.machine for file in self.stored if any(row.model.timing is not None for row in file.rows))
        return next(timed, None)

    @property
    def data_sets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row.data_set for row in self.rows))

    def on(self, data_set: str) -> list[Evaluation]:
        """The rows of a data set, in the order of models."""
        return [row for row in self.rows if row.data_set == data_set]

    def row(self, model: EvaluatedModel, data_set: str) -> Evaluation | None:
        return next((row for row in self.on(data_set) if row.model is model), None)

    def unpruned(self, model: EvaluatedModel) -> EvaluatedModel | None:
        """The unpruned network that model was pruned from; None for one that wasn't, or where it is not among these.

        It is its family's, or the first of its parents that is unpruned; where it names none, the only unpruned one
        of its architecture.
        """
        if not model.n_pruned or model.kind != "network":
            return None
        whole = [m for m in self.models if m.architecture == model.architecture and m.n_pruned == 0]
        by_id = {m.id: m for m in self.models if m.id is not None}
        if model.family is not None and (origin := by_id.get(str(model.family.get("parent")))) in whole:
            return origin
        if model.family is None and model.parent is None:
            return whole[0] if len(whole) == 1 else None
        step, seen = model, {model.id}
        while step.parent is not None and (parent := by_id.get(str(step.parent.get("id")))) is not None:
            if parent in whole:
                return parent
            if parent.id in seen:
                break
            seen.add(parent.id)
            step = parent
        return None

    def difference(self, row: Evaluation, metric: str = "information_gain_bits") -> Difference | None:
        """How far row is above its unpruned network on the same pictures; None where there is none."""
        base = self.unpruned(row.model)
        against = None if base is None else self.row(base, row.data_set)
        if against is None:
            return None
        newest = self.stored[-1]
        resamples = newest.resamples or 1
        return paired_difference(row.pictures, against.pictures, resamples, newest.seed).get(metric)


def gathered(stored: Sequence[StoredEvaluations]) -> Gathered:
    """Evaluations of several files; where two have the same model on the same data set, the later one counts.

    Raises DataError where there are none, where a data set was scored over two baselines or has other pictures in
    another file, and where times are of two machines or numbers of threads: such figures do not compare.
    """
    files = tuple(sorted(stored, key=lambda one: one.date))
    latest: dict[tuple[str, str], Evaluation] = {}
    models: dict[str, EvaluatedModel] = {}
    timed_on: dict[str, str] = {}
    for file in files:
        for row in file.rows:
            key = row.model.id or f"{row.model.kind} {row.model.name}"
            latest[key, row.data_set] = row
            known = models.get(key)
            timing = row.model.timing or (known.timing if known is not None else None)
            models[key] = row.model if timing is row.model.timing else replace(row.model, timing=timing)
            if row.model.timing is not None:
                timed_on[key] = f"{file.machine} with {row.model.timing.threads} thread(s)"
    if not latest:
        raise DataError("evaluations: found none in these files, wanted some to write about")
    if len(machines := sorted(set(timed_on.values()))) > 1:
        raise DataError(f"times: found some of {machines[0]} and some of {machines[1]}, wanted all of one")
    rows = [replace(row, model=models[key]) for (key, _), row in latest.items()]
    _check_comparable(rows)
    ordered = tuple(sorted(models.values(), key=_place))
    place = {id(model): i for i, model in enumerate(ordered)}
    return Gathered(files, ordered, tuple(sorted(rows, key=lambda row: place[id(row.model)])))


def family(model: EvaluatedModel) -> str:
    """What it belongs to in figures: the title of its architecture."""
    known = ARCHITECTURES.get(model.architecture or "")
    return known.title if known is not None else model.name


def pareto(costs: Sequence[float], values: Sequence[float]) -> list[int]:
    """Indices of the points than which no cheaper one is as good, by growing cost."""
    best: list[int] = []
    for i in sorted(range(len(costs)), key=lambda i: (costs[i], -values[i])):
        if not best or values[i] > values[best[-1]]:
            best.append(i)
    return best


def _check_comparable(rows: Sequence[Evaluation]) -> None:
    first: dict[str, Evaluation] = {}
    for row in rows:
        other = first.setdefault(row.data_set, row)
        if row.scores.baseline != other.scores.baseline:
            raise DataError(
                f"data set {row.data_set}: found gains over the {other.scores.baseline} and over the "
                f"{row.scores.baseline}, wanted one; call evaluate with the same --baseline"
            )
        paired_difference(row.pictures, other.pictures, 1)


def _place(model: EvaluatedModel) -> tuple[int, str, float, str]:
    return LISTED.index(model.kind), family(model), -(model.gflop or 0), model.name
