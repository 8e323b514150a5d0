"""The line under a slider that says from which trained network the rest is pruned, and that this one is another now."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.drawing import sized
from app.theme import LIGHT, Theme

SHOWN_MS = 2500  # that a jump stands out

WHY = (
    "Why did the map jump?\n"
    "A few networks were trained after pruning, or compensated for it; the marks on the sliders are\n"
    "where. Between marks the rest is pruned from the last one before, without either: an estimate,\n"
    "which gets worse the further it goes. Past the next mark, or with β nearer to another run, it\n"
    "begins with another network, which has made up for what was pruned. Map, widths and loss then\n"
    "change at once."
)


class BaseLine(QLabel):
    """A muted line, which stands out for a while after a jump. Its place stays the same in both states."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._said = ""
        self._settling = QTimer(self, singleShot=True, interval=SHOWN_MS)
        self._settling.timeout.connect(self._show)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setFont(sized(self.font(), 0.92))

    @property
    def stands_out(self) -> bool:
        return self._settling.isActive()

    def show_base(self, text: str, whole: str, *, jumped: bool) -> None:
        """Say it, and whole on demand; jumped makes it stand out."""
        if jumped:
            self._settling.start()
        if jumped or text != self._said:
            self._said = text
            self._show()
        if whole != self.accessibleDescription():
            self.setAccessibleDescription(whole)
            self.setToolTip(f"{whole[:1].upper()}{whole[1:]}.\n\n{WHY}")

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._show()

    def _show(self) -> None:
        jumped = self.stands_out
        self.setText(f"→ now {self._said}" if jumped else self._said)
        self.setStyleSheet(f"color: {self._theme.accent if jumped else self._theme.muted};")
