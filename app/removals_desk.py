"""Opens the order of removal, and keeps it true while it is open."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QWidget

from app.explorer import Explorer
from app.removals import Removals
from app.removals_dialog import RemovalsDialog
from app.theme import Theme
from app.trained_choice import go_to
from app.undo import ChoiceHistory

REST_MS = 120  # of the hand, after which the table follows


class RemovalsDesk(QObject):
    """The table follows where the hand rests; a row of it is a step of undo."""

    def __init__(self, window: QWidget, explorer: Explorer, history: ChoiceHistory) -> None:
        super().__init__(window)
        self._explorer, self._history = explorer, history
        self.dialog = RemovalsDialog(window)
        self._soon = QTimer(self, singleShot=True, interval=REST_MS)
        self._soon.timeout.connect(self._show)
        explorer.planned.connect(self._planned)
        self.dialog.layer_chosen.connect(self._show)
        self.dialog.n_wanted.connect(self._go_to)

    def ask(self) -> None:
        if self._explorer.plan is None:
            return
        self._show()
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()
        self.dialog.table.setFocus()

    def show_theme(self, theme: Theme) -> None:
        self.dialog.show_theme(theme)

    @Slot()
    def _planned(self) -> None:
        if self.dialog.isVisible():
            self._soon.start()

    @Slot()
    def _show(self) -> None:
        if (plan := self._explorer.plan) is not None:
            self.dialog.show_removals(Removals.of(plan, self.dialog.layer))

    @Slot(int)
    def _go_to(self, n: int) -> None:
        go_to(self._explorer, self._history, replace(self._explorer.selection.network, n=n))
