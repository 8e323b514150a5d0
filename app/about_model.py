"""About the chosen network: its card, kept true while it is open."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.explorer import Explorer
from app.model_card import ModelCard
from app.theme import Theme
from app.undo import ChoiceHistory
from gazeengine.card import card


class AboutModel(QObject):
    """Shows the card when asked. It follows where a gesture came to rest, not within a drag: text takes its time."""

    def __init__(self, window: QWidget, explorer: Explorer, history: ChoiceHistory) -> None:
        super().__init__(window)
        self._explorer = explorer
        self.card = ModelCard(window)
        history.indexChanged.connect(self.refresh)

    def show(self) -> None:
        if self._explorer.plan is not None:
            self._show_card()
            self.card.show()
            self.card.raise_()
            self.card.activateWindow()

    def refresh(self) -> None:
        """Something else may be chosen."""
        if self.card.isVisible():
            self._show_card()

    def close(self) -> None:
        self.card.close()

    def show_theme(self, theme: Theme) -> None:
        self.card.show_theme(theme)

    def _show_card(self) -> None:
        if (plan := self._explorer.plan) is not None:
            self.card.show_card(card(plan.base, plan.pruning))
