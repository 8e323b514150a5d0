"""Controls that few need, behind a button that opens them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.theme import SPACE, Theme


class Disclosure(QWidget):
    """A title with an arrow, and content under it that is there only while it is open.

    superqt's QCollapsible makes its content zero high instead, so that the tab key walks through what one can't see.
    """

    toggled = Signal(bool)

    def __init__(self, title: str, content: QWidget, corner: QWidget, parent: QWidget | None = None) -> None:
        """corner stays at the other end of the title's line."""
        super().__init__(parent)
        self.button = QToolButton()
        self.button.setText(title)
        self.button.setCheckable(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.content = content
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE // 2)
        line = QHBoxLayout()
        line.addWidget(self.button)
        line.addStretch(1)
        line.addWidget(corner)
        layout.addLayout(line)
        layout.addWidget(content)
        self.button.toggled.connect(self._open)
        self._open(False)

    def show_open(self, wanted: bool) -> None:
        self.button.setChecked(wanted)

    def show_theme(self, theme: Theme) -> None:
        t = theme
        self.button.setStyleSheet(
            f"QToolButton {{ border: 1px solid transparent; border-radius: 4px; padding: 2px 4px; color: {t.muted}; }}"
            f"QToolButton:hover {{ color: {t.text}; }} QToolButton:focus {{ border-color: {t.accent}; }}"
        )

    def _open(self, wanted: bool) -> None:
        self.button.setArrowType(Qt.ArrowType.DownArrow if wanted else Qt.ArrowType.RightArrow)
        self.content.setVisible(wanted)
        self.toggled.emit(wanted)
