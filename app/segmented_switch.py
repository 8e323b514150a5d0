"""A switch between a few views of the same thing, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from app.drawing import mixed, sized
from app.theme import LIGHT, Theme


class SegmentedSwitch(QWidget):
    """One of its labels is chosen; chosen(index) when a person chooses another."""

    chosen = Signal(int)

    def __init__(self, labels: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._group = QButtonGroup(self)
        for i, label in enumerate(labels):
            button = QToolButton()
            button.setText(label)
            button.setCheckable(True)
            button.setChecked(i == 0)
            button.setFont(sized(self.font(), 0.86))
            place = "first" if i == 0 else "last" if i == len(labels) - 1 else "middle"
            button.setProperty("place", place)
            self._group.addButton(button, i)
            layout.addWidget(button)
        self._group.idClicked.connect(self.chosen)
        self.show_theme(LIGHT)

    def show_chosen(self, index: int) -> None:
        with QSignalBlocker(self._group):
            self._group.button(index).setChecked(True)

    def button(self, index: int) -> QToolButton:
        button = self._group.button(index)
        assert isinstance(button, QToolButton)
        return button

    def show_theme(self, theme: Theme) -> None:
        t = theme
        self.setStyleSheet(f"""
            QToolButton {{ border: 1px solid {t.line}; padding: 1px 7px; color: {t.muted};
                background: {t.field}; }}
            QToolButton[place="first"] {{ border-top-left-radius: 5px; border-bottom-left-radius: 5px; }}
            QToolButton[place="last"] {{ border-top-right-radius: 5px; border-bottom-right-radius: 5px;
                border-left: none; }}
            QToolButton:hover {{ color: {t.text}; }}
            QToolButton:focus {{ border-color: {t.accent}; }}
            QToolButton:disabled {{ color: {mixed(t.muted, t.field, 0.45).name()}; }}
            QToolButton:checked {{ background: {t.accent_soft}; color: {t.text}; }}
        """)
