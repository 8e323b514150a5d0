"""Tools to draw areas with, and what is suggested: buttons in the column at the right."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from app.area_drawing import Tool
from app.theme import RADIUS, SPACE, Theme, current_theme

TOOLS: tuple[tuple[Tool, str, str], ...] = (
    ("hand", "Hand", "Choose, move and resize areas; drag the picture beside them (Esc)"),
    ("rectangle", "Rectangle", "Drag over the picture, with Shift a square (R); Enter puts one in the middle"),
    ("ellipse", "Ellipse", "Drag over the picture, with Shift a circle (E); Enter puts one in the middle"),
    ("polygon", "Polygon", "Click its corners, close it with a double click or Enter (P)"),
)
_ICON = 18  # px


class AreaTools(QWidget):
    """One tool is chosen; suggested areas are asked for here, and taken or dropped together."""

    tool_chosen = Signal(str)
    suggest_asked = Signal()
    accept_all_asked = Signal()
    dismiss_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        tools = QHBoxLayout()
        tools.setSpacing(SPACE // 2)
        for i, (_, name, hint) in enumerate(TOOLS):
            button = QToolButton()
            button.setCheckable(True)
            button.setChecked(i == 0)
            button.setAccessibleName(f"Tool: {name}")
            button.setToolTip(f"{name}: {hint[0].lower()}{hint[1:]}")
            button.setIconSize(QSize(_ICON, _ICON))
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self._group.addButton(button, i)
            tools.addWidget(button)
        tools.addStretch(1)
        self._suggest = QPushButton("Suggest areas")
        self._suggest.setToolTip("Blocks of text, buttons and pictures that are found in this one (Ctrl+I)")
        self._accept = QPushButton("Accept all")
        self._accept.setToolTip("Make areas of all suggestions; one by one with a click, or Tab and Enter")
        self._dismiss = QPushButton("Dismiss")
        self._dismiss.setToolTip("Drop the suggestions that are left (Esc)")
        self._words = QLabel(wordWrap=True)
        self._words.setProperty("role", "muted")
        self._words.setMinimumWidth(1)
        self._group.idClicked.connect(lambda i: self.tool_chosen.emit(TOOLS[i][0]))
        self._suggest.clicked.connect(self.suggest_asked)
        self._accept.clicked.connect(self.accept_all_asked)
        self._dismiss.clicked.connect(self.dismiss_asked)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(SPACE)
        layout.setVerticalSpacing(SPACE)
        layout.addLayout(tools, 0, 0)
        layout.addWidget(self._suggest, 0, 1)
        layout.addWidget(self._words, 1, 0, 1, 2)
        answers = QHBoxLayout()
        answers.setSpacing(SPACE)
        answers.addWidget(self._accept)
        answers.addWidget(self._dismiss)
        layout.addLayout(answers, 2, 0, 1, 2)
        layout.setColumnStretch(0, 1)
        self.show_suggestions("", some=False)
        self.show_theme(current_theme())

    def show_tool(self, tool: Tool) -> None:
        with QSignalBlocker(self._group):
            self._group.button([name for name, _, _ in TOOLS].index(tool)).setChecked(True)

    def show_suggestions(self, words: str, *, some: bool) -> None:
        """Say how it stands with suggestions; some are on the canvas."""
        self._words.setText(words)
        self._words.setVisible(bool(words))
        self._accept.setVisible(some)
        self._dismiss.setVisible(some)

    def show_ready(self, ready: bool) -> None:
        """Whether there is a picture to draw on."""
        for button in (*self._group.buttons(), self._suggest):
            button.setEnabled(ready)

    def show_theme(self, theme: Theme) -> None:
        t = theme
        self.setStyleSheet(f"""
            QToolButton {{ border: 1px solid {t.line}; border-radius: {RADIUS}px; padding: 4px 6px;
                background: {t.field}; }}
            QToolButton:hover, QToolButton:focus {{ border-color: {t.accent}; }}
            QToolButton:checked {{ background: {t.accent_soft}; border-color: {t.accent}; }}
        """)
        for i, (tool, _, _) in enumerate(TOOLS):
            self._group.button(i).setIcon(_icon(tool, theme, self.devicePixelRatioF()))


def _icon(tool: Tool, theme: Theme, ratio: float) -> QIcon:
    pixmap = QPixmap(round(_ICON * ratio), round(_ICON * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(QColor(theme.text), 1.6)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    place = QRectF(2, 3.5, _ICON - 4, _ICON - 7)
    match tool:
        case "rectangle":
            painter.drawRect(place)
        case "ellipse":
            painter.drawEllipse(place)
        case "polygon":
            painter.drawPolygon(QPolygonF([QPointF(*p) for p in ((3, 6), (10, 2.5), (16, 8), (12, 15.5), (5, 14))]))
        case "hand":  # an arrow, as the mouse has in this tool
            arrow = ((4, 2), (4, 14.5), (7.4, 11.4), (9.8, 16.4), (11.8, 15.4), (9.4, 10.6), (14, 10.4))
            painter.setBrush(QColor(theme.text))
            painter.drawPolygon(QPolygonF([QPointF(*p) for p in arrow]))
    painter.end()
    return QIcon(pixmap)
