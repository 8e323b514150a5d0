"""A target of cost, from the dialog to the sliders: found in the background, and one step of undo."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from app.background import Background
from app.beta_scale import beta_words
from app.explorer import Explorer
from app.pruning_method import FISHER
from app.target_dialog import Target, TargetDialog
from app.targeting import Answer, answer, question
from app.trained_choice import go_to
from app.undo import ChoiceHistory
from gazeengine.errors import PruningError
from gazeengine.plan import FLOP_PER_GFLOP


class TargetDesk(QObject):
    """Asks, looks for, and goes to what was found where the hand has not gone elsewhere meanwhile."""

    def __init__(self, window: QWidget, explorer: Explorer, history: ChoiceHistory, background: Background) -> None:
        super().__init__(window)
        self._explorer, self._history, self._background = explorer, history, background
        self._waiting: Target | None = None  # for times of this computer
        self.dialog = TargetDialog(window)
        self.dialog.asked.connect(self._look_for)
        self.dialog.finished.connect(self._drop)
        explorer.planning.groundwork.came.connect(self._came)
        explorer.planning.groundwork.failed.connect(self._could_not)

    def ask(self) -> None:
        """Begin with what the present setting costs."""
        plan = self._explorer.plan
        if plan is None:
            return
        if not self.dialog.isVisible():
            self.dialog.unit.setCurrentIndex(0)
            gflop = plan.model.flops.total(plan.widths) / FLOP_PER_GFLOP
            self.dialog.amount.setValue(float(f"{gflop:.3g}"))
            self.dialog.show_answer("")
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()

    @Slot(object)
    def _look_for(self, target: Target) -> None:
        plan = self._explorer.plan
        if plan is None:
            self.dialog.show_answer("No model is open, wanted one to prune.")
            return
        groundwork = self._explorer.planning.groundwork
        times = groundwork.times(plan.model.checkpoint)
        if target.unit == "ms" and times is None:
            self._waiting = target
            self.dialog.show_answer("Measuring what layers take on this computer…", working=True)
            groundwork.want(plan.model.checkpoint, FISHER, "time", ())
            return
        known = self._explorer.planning.networks
        try:
            asked = question(
                plan,
                target.amount,
                target.unit,
                target.tuned,
                lambda snapshot: known.get(snapshot) or snapshot.checkpoint(),
                None if times is None else (times.cost, times.constant_s),
            )
        except PruningError as error:
            self._say(str(error))
            return
        self.dialog.show_answer("Looking at all β…" if target.tuned else "Looking…", working=True)
        self._background.do(partial(answer, asked), partial(self._found, plan.choice), self._say)

    def _found(self, before: object, found: Answer) -> None:
        choice = found.choice
        n = f"{choice.n:,} features pruned" if choice.n else "nothing pruned"
        words = f"{beta_words(choice.beta)}, {n}: {found.words}"
        if self._explorer.selection.network != before:
            self.dialog.show_answer(f"{words} The sliders were moved meanwhile and stay where they are.")
            return
        self.dialog.show_answer(words)
        go_to(self._explorer, self._history, choice)

    def _say(self, trouble: str) -> None:
        self.dialog.show_answer(f"{trouble[:1].upper()}{trouble[1:]}.")

    @Slot()
    def _came(self) -> None:
        plan, waiting = self._explorer.plan, self._waiting
        if waiting is not None and plan is not None and self._explorer.planning.groundwork.times(plan.model.checkpoint):
            self._waiting = None
            self._look_for(waiting)

    @Slot(str)
    def _could_not(self, message: str) -> None:
        if self._waiting is not None:
            self._waiting = None
            self._say(message)

    @Slot()
    def _drop(self) -> None:
        self._waiting = None
        self.dialog.show_answer("")
