"""What invites while there is no picture: paste, drop, open, capture, or look at the samples."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeySequence, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.drawing import sized
from app.theme import RADIUS, SPACE, Theme, current_theme

BUTTONS: tuple[tuple[str, str, str], ...] = (
    ("paste", "&Paste", "A picture or files from the clipboard (Ctrl+V)"),
    ("open", "Ope&n…", "Pictures from files (Ctrl+O)"),
    ("capture", "Captu&re…", "A region of the screen (Ctrl+Shift+P)"),
    ("samples", "Samp&le pictures", "Photographs and screenshots that come with the program"),
)


_WIDEST = 42  # times the height of type


class EmptyState(QWidget):
    """Lies over the canvas. It takes no drops, so that these reach the window."""

    chosen = Signal(str)  # which of BUTTONS

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._theme = current_theme()
        self._title = QLabel(f"Paste a screenshot ({_native(QKeySequence.StandardKey.Paste)})")
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title.setWordWrap(True)
        self._title.setFont(sized(self.font(), 1.5, bold=True))
        self._words = QLabel(
            "or drop pictures, a folder, or a picture out of the browser here. "
            "Where people will look is there in a moment. Nothing leaves this computer."
        )
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words.setWordWrap(True)
        self._words.setProperty("role", "muted")
        self.buttons = {}
        self._grid = QGridLayout()
        self._grid.setSpacing(SPACE)
        for name, text, hint in BUTTONS:
            button = self.buttons[name] = QPushButton(text)
            button.setToolTip(hint)
            button.setAccessibleDescription(hint)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            button.clicked.connect(lambda _=False, name=name: self.chosen.emit(name))
        self._columns = 0
        self._column = QWidget()
        column = QVBoxLayout(self._column)
        column.setContentsMargins(0, 0, 0, 0)
        column.addStretch(1)
        column.addWidget(self._title)
        column.addSpacing(SPACE // 2)
        column.addWidget(self._words)
        column.addSpacing(2 * SPACE)
        column.addLayout(self._grid)
        column.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(5 * SPACE, 3 * SPACE, 5 * SPACE, 3 * SPACE)
        layout.addStretch(1)
        layout.addWidget(self._column, 1000)
        layout.addStretch(1)
        self.setAccessibleName("No picture is open")
        canvas.installEventFilter(self)
        self._fill(canvas.size())

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self._fill(watched.size())
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_title"):
            self._title.setFont(sized(self.font(), 1.5, bold=True))

    def _fill(self, room: QSize) -> None:
        self.setGeometry(0, 0, room.width(), room.height())
        widest = max(button.sizeHint().width() for button in self.buttons.values())
        columns = next((n for n in (4, 2) if room.width() >= n * (widest + SPACE) + 10 * SPACE), 1)
        self._column.setMaximumWidth(_WIDEST * self.fontMetrics().height())
        if columns != self._columns:
            self._columns = columns
            for n, button in enumerate(self.buttons.values()):
                self._grid.addWidget(button, n // columns, n % columns)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self._theme.canvas))
        pen = QPen(QColor(self._theme.muted), 1.25, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([4, 4])
        painter.setPen(pen)
        field = QRectF(self.rect()).adjusted(2 * SPACE, 2 * SPACE, -2 * SPACE, -2 * SPACE)
        painter.drawRoundedRect(field, 2 * RADIUS, 2 * RADIUS)


def _native(key: QKeySequence.StandardKey) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
