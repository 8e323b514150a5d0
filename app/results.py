"""What a job has made, looked with: a network that was trained, or the last of the snapshots of a pruning run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject

from app.background import Background
from app.explorer import Explorer
from app.job_records import Job
from app.library import Library
from app.message_bar import MessageBar
from app.model_desk import ModelDesk
from app.trained_choice import choice_at, go_to
from app.undo import ChoiceHistory
from gazeengine.errors import CheckpointError
from gazeengine.families import Family, Snapshot
from gazeengine.family_files import as_member, snapshot_head
from gazeengine.runs import read_history


@dataclass(frozen=True, slots=True)
class Made:
    """Snapshots that a pruning run has written, as their own files tell of them, and where they lie."""

    folder: Path
    heads: tuple[Snapshot, ...]

    @property
    def last(self) -> Snapshot:
        """The one with most features pruned."""
        return max(self.heads, key=lambda head: head.n)


class Results(QObject):
    """Snapshots join the family that they belong to, where that is open, and are opened otherwise."""

    def __init__(
        self,
        explorer: Explorer,
        library: Library,
        models: ModelDesk,
        history: ChoiceHistory,
        messages: MessageBar,
        background: Background,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._explorer, self._library, self._models = explorer, library, models
        self._history, self._messages, self._background = history, messages, background

    def show(self, job: Job) -> None:
        """Look with what came of a job; one step of undo leads back."""
        if job.kind == "prune-run":
            self._background.do(partial(made_by, job), self._show_snapshots, self._messages.show_problem)
        else:
            self._models.open_at(job.out, lambda family: family.origin)

    def _show_snapshots(self, made: Made) -> None:
        last = made.last
        key, of_parent = self._family_of(last)
        if key is not None:
            family = self._explorer.models[key].family
            members = [as_member(family, head) for head in made.heads]
            self._library.join(last.parent, members)
            self._explorer.join(last.parent, members)
            reached = max(members, key=lambda member: member.n)
            go_to(self._explorer, self._history, choice_at(self._explorer.selection.network, key, reached))
        elif of_parent:  # looks at another size, and so is of no family that is open
            self._models.open_at(last.path, lambda family: family.origin)
        else:
            self._models.open_at(made.folder, partial(self._place_in, made))

    def _family_of(self, head: Snapshot) -> tuple[str | None, bool]:
        """The model that head is a snapshot of, the chosen one first; and whether any is of its parent."""
        chosen = self._explorer.selection.network.model
        models = sorted(self._explorer.models.items(), key=lambda item: item[0] != chosen)
        families = {key: model.family for key, model in models if model.family.origin.parent == head.parent}
        fitting = (key for key, family in families.items() if family.takes(head))
        return next(fitting, None), bool(families)

    def _place_in(self, made: Made, family: Family) -> Snapshot | None:
        """Where to go in the family that was opened; a snapshot that it leaves out is opened alone."""
        paths = {head.path.absolute() for head in made.heads}
        mine = [s for s in family.snapshots if s.path.absolute() in paths]
        if not mine:
            self._models.open_at(made.last.path, lambda family: family.origin)
            return None
        return max(mine, key=lambda s: s.n)


def made_by(job: Job) -> Made:
    """The snapshots of a pruning run that are still there. Raises CheckpointError where none is, or one is damaged."""
    paths = dict.fromkeys(Path(p.snapshot) for p in read_history(job.folder) if p.snapshot is not None)
    heads = [snapshot_head(path) for path in paths if path.is_file()]
    found = tuple(head for head in heads if head is not None)
    if not found:
        raise CheckpointError(f"“{job.title}”: found none of its networks in {job.out}, wanted at least one")
    return Made(job.out, found)
