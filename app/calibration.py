"""Calibrating on open pictures: the signal so far acts as it grows, can be undone, and is remembered for each network.

A signal belongs to one checkpoint, whichever model it is in: the unpruned network, or one trained snapshot of a family.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoCommand
from PySide6.QtWidgets import QFileDialog, QWidget

from app.beta_scale import beta_words
from app.calibration_dialog import CalibrationDialog
from app.calibration_job import CalibrationJob
from app.explorer import Explorer
from app.layout import Panels
from app.library import Library, ModelEntry
from app.opening import Opening
from app.planned import Planned
from app.settings import Settings
from app.signal_box import Running, SignalState
from app.undo import ChoiceHistory
from gazeengine.checkpoint import Checkpoint
from gazeengine.image import Picture
from gazeengine.signal_source import FEW, CalibrationProgress, source_words

GROWTH = 1.25  # times as many pictures until the signal that acts is replaced: each time maps are computed anew


@dataclass(slots=True, eq=False)
class _Change:
    """From one signal of a checkpoint to another, as a step of undo. after grows while a calibration goes on."""

    before: Checkpoint
    after: Checkpoint


@dataclass(slots=True, eq=False)
class _Calibrating:
    """What is under way. change is there once its signal acts, after n_acting pictures; at is its place in history."""

    checkpoint: Checkpoint
    name: str
    n_pictures: int
    progress: CalibrationProgress | None = None
    change: _Change | None = None
    n_acting: int = 0
    at: int = 0


class Calibration(QObject):
    """Asks which pictures, has the signal estimated, and gives it to the explorer. Its signals last for the session."""

    taken = Signal()  # a network has another signal

    def __init__(
        self,
        window: QWidget,
        panels: Panels,
        explorer: Explorer,
        library: Library,
        opening: Opening,
        history: ChoiceHistory,
        settings: Settings,
        job: CalibrationJob | None = None,
    ) -> None:
        super().__init__(window)
        self._box = panels.signal
        self._messages = panels.messages
        self._explorer = explorer
        self._library = library
        self._opening = opening
        self._history = history
        self._settings = settings
        self._job = job or CalibrationJob(parent=self)
        self._files: dict[str, Checkpoint] = {}  # as they were read, by their id
        self._own: dict[str, Checkpoint] = {}
        self._under_way: _Calibrating | None = None
        self.dialog = CalibrationDialog(window)
        self.dialog.chosen.connect(self.begin)
        self.dialog.folder_asked.connect(self._ask_folder)
        library.pictures_changed.connect(self._show_pictures)
        library.model_opened.connect(lambda _, checkpoint: self._opened(checkpoint))
        explorer.planned.connect(self._show)
        self._box.calibration_asked.connect(self.ask)
        self._box.keep_asked.connect(self.keep)
        self._box.cancel_asked.connect(self.cancel)
        self._box.discard_asked.connect(self.discard)
        self._job.progressed.connect(self._progressed)
        self._job.failed.connect(self._failed)

    # what there is

    @property
    def state(self) -> SignalState:
        """The signal of the chosen network, and the calibration under way."""
        checkpoint = self._chosen()
        if checkpoint is None:
            return SignalState()
        running, going = None, self._under_way
        if going is not None:
            n_done = going.progress.n_done if going.progress is not None else 0
            left_s = going.progress.left_s if going.progress is not None else None
            elsewhere = going.checkpoint.id != checkpoint.id
            running = Running(going.name, elsewhere, n_done, going.n_pictures, left_s, going.n_acting > 0)
        return SignalState(source_words(checkpoint), checkpoint.id in self._own, running, possible=True)

    def present_entries(self, entries: Sequence[ModelEntry]) -> list[ModelEntry]:
        """The models of the library with the signals that the session has for them."""
        own = ((e, self._own.get(e.checkpoint.id) if e.checkpoint is not None else None) for e in entries)
        return [entry if checkpoint is None else replace(entry, checkpoint=checkpoint) for entry, checkpoint in own]

    # what the user does

    def ask(self) -> None:
        """Which of the open pictures to calibrate the chosen network on."""
        if (plan := self._explorer.plan) is not None and self._under_way is None:
            self.dialog.show_network(network_words(plan))
            self._show_pictures(again=True)
            self.dialog.open()

    def begin(self, keys: Sequence[str]) -> None:
        """Calibrate the chosen network on these pictures."""
        plan = self._explorer.plan
        if plan is not None and self._under_way is None:
            self._library.fetch(
                keys, self._explorer.pictures, lambda found: self._begin_on(plan, tuple(found.values()))
            )

    def _begin_on(self, plan: Planned, pictures: tuple[Picture, ...]) -> None:
        if self._under_way is not None:
            return
        self._messages.withdraw_about("calibration")
        if not pictures:
            self._messages.show_problem("calibration: found no pictures, wanted at least one that is open")
            return
        if plan.base.id not in self._own:
            self._files[plan.base.id] = plan.base
        self._under_way = _Calibrating(plan.base, network_name(plan), len(pictures))
        self._explorer.hold_measuring(True)
        self._job.start(plan.base, pictures)
        self._show()

    def keep(self) -> None:
        """Stop, and go on with the signal of the pictures so far."""
        going = self._under_way
        if going is None or going.progress is None or not going.n_acting:
            return
        if going.progress.n_done > going.n_acting:
            self._act(going, going.progress)
        self._end()
        self._messages.show_notice(_said(going))

    def cancel(self) -> None:
        """Stop, and go back to the signal before."""
        going = self._under_way
        if going is None:
            return
        self._end()
        if going.change is not None:
            if self._history.index() == going.at:
                self._history.undo()
            else:  # other steps came behind it
                self._push(_Change(going.change.after, going.change.before))

    def discard(self) -> None:
        """Back to the signal that the chosen network's file has."""
        checkpoint = self._chosen()
        if checkpoint is not None and self._under_way is None and checkpoint.id in self._own:
            self._push(_Change(checkpoint, self._files[checkpoint.id]))

    def stop(self) -> None:
        """For good: the program ends."""
        self._under_way = None
        self._job.stop()

    # what happens

    def _opened(self, checkpoint: Checkpoint) -> None:
        """Read from its file, perhaps again: it has the signal that the session has for it."""
        if own := self._own.get(checkpoint.id):
            self._files[checkpoint.id] = checkpoint
            provenance = dict(checkpoint.provenance) | {"signal": own.provenance["signal"]}
            self._take(replace(checkpoint, signal=own.signal, provenance=provenance))

    @Slot(object)
    def _progressed(self, progress: CalibrationProgress) -> None:
        going = self._under_way
        if going is None:
            return
        going.progress = progress
        last = progress.n_done == progress.n_pictures
        if last or (progress.n_done >= FEW and progress.n_done >= GROWTH * going.n_acting):
            self._act(going, progress)
        if last:
            self._end()
            self._messages.show_notice(_said(going))
        self._show()

    @Slot(str)
    def _failed(self, message: str) -> None:
        self.cancel()
        self._messages.show_problem(message)

    def _act(self, going: _Calibrating, progress: CalibrationProgress) -> None:
        going.n_acting = progress.n_done
        if going.change is None:
            identity = progress.checkpoint.id
            before = self._own.get(identity) or self._files[identity]
            going.change = _Change(before, progress.checkpoint)
            self._push(going.change)
            going.at = self._history.index()
        else:
            going.change.after = progress.checkpoint
            self._take(progress.checkpoint)

    def _end(self) -> None:
        self._under_way = None
        self._job.end()
        self._explorer.hold_measuring(False)
        self._show()

    def _push(self, change: _Change) -> None:
        step = _SignalStep(change, self._go)
        if change.after.signal is not None:
            self._history.push(step)
            return
        self._history.beginMacro(step.text())  # without a signal nothing can be pruned: that is part of the step
        self._take(change.after)
        self._history.rest(self._explorer.selection.network)
        self._history.push(step)
        self._history.endMacro()

    def _go(self, change: _Change, checkpoint: Checkpoint) -> None:
        going = self._under_way
        if going is not None and going.change is change and checkpoint is change.before:
            self._end()  # undone while it goes on
        self._take(checkpoint)

    def _take(self, checkpoint: Checkpoint) -> None:
        if checkpoint is self._files.get(checkpoint.id):
            self._own.pop(checkpoint.id, None)
        else:
            self._own[checkpoint.id] = checkpoint
        self._explorer.replace_checkpoint(checkpoint)
        self._show()
        self.taken.emit()

    def _chosen(self) -> Checkpoint | None:
        plan = self._explorer.plan
        return plan.base if plan is not None else None

    def _show(self) -> None:
        self._box.show_state(self.state)

    def _ask_folder(self) -> None:
        at = str(self._settings.folder("pictures"))
        if name := QFileDialog.getExistingDirectory(self.dialog, "Add a folder of pictures", at):
            self._settings.save_folder("pictures", Path(name))
            self._opening.open_paths([Path(name)], show=False)

    def _show_pictures(self, *, again: bool = False) -> None:
        """Those that were read."""
        if again or self.dialog.isVisible():
            self.dialog.show_pictures([e for e in self._library.pictures.values() if e.thumbnail is not None])


class _SignalStep(QUndoCommand):
    def __init__(self, change: _Change, go: Callable[[_Change, Checkpoint], None]) -> None:
        super().__init__("change of the signal")
        self._change, self._go = change, go

    def undo(self) -> None:
        self._go(self._change, self._change.before)

    def redo(self) -> None:
        self._go(self._change, self._change.after)


def network_name(plan: Planned) -> str:
    """The network that a plan begins with, without what is pruned past it."""
    if not plan.n_trained:
        return plan.base.name
    snapshot = plan.snapshot
    gone = f"{snapshot.made} without {plan.n_trained:,} features"
    return f"{plan.model.family.name}, {gone} at {beta_words(snapshot.beta)}"


def network_words(plan: Planned) -> str:
    """Which network is calibrated, and what of it."""
    words = f"Network: {network_name(plan)}. "
    if plan.model.family.snapshots:
        words += "The signal is this one's alone: the other networks of its family keep theirs. "
    return words + f"All its {plan.base.n_features:,} features count, whatever the sliders prune of them."


def _said(going: _Calibrating) -> str:
    n = going.n_acting
    pictures = f"your {n:,} pictures" if n > 1 else "your picture"
    return f"{going.name}: calibrated on {pictures}. β and the number of pruned features act on that signal now."
