"""The layer-width diagram: what is left of every layer, in the manner of Figure 3."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.bars_drawing import ESTIMATED, FLOP_PER_GFLOP, BarsDrawing, Measure
from app.diagram import NOTHING, LayerBar, WidthsDiagram
from app.drawing import sized, type_scale
from app.segmented_switch import SegmentedSwitch
from app.theme import LIGHT, RADIUS, SPACE, Theme

MEASURES: tuple[Measure, ...] = ("width", "flops")
CARD_OFFSET = 14  # px from the mouse


class WidthsView(QWidget):
    """Bars of the original widths as outlines, filled with what is left; heights by the square root.

    The mouse, or left and right keys, walk through the layers with a readout; layer_hovered(name | None)
    follows, layer_clicked(name) comes with a click, Enter or Space.
    """

    layer_hovered = Signal(object)
    layer_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._diagram = NOTHING
        self._theme = LIGHT
        self._measure: Measure = "width"
        self._drawing: BarsDrawing | None = None
        self._hovered: int | None = None
        self._chosen: int | None = None
        self._mouse: QPointF | None = None  # None while the keyboard walks
        self._reasons: Callable[[str], tuple[str, ...]] = lambda layer: ()
        self._pins: tuple[tuple[str, Mapping[str, int]], ...] = ()
        self._switch = SegmentedSwitch(("Width", "GFLOP"), self)
        self._switch.button(0).setToolTip("Bars show features left of each layer")
        self._switch.button(1).setToolTip(
            "Bars show what each layer computes; numbers are its share of the present cost"
        )
        self._switch.chosen.connect(lambda i: self.show_measure(MEASURES[i]))
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Layer widths")

    def show_widths(self, diagram: WidthsDiagram) -> None:
        if diagram == self._diagram:
            return
        if not _same_layers(diagram, self._diagram):
            self._drawing = None
            self._chosen = None
            self._hover(None)
        self._diagram = diagram
        self.update()

    def show_reasons(self, reasons: Callable[[str], tuple[str, ...]]) -> None:
        """What the readout says of a layer besides, asked for where one is pointed at."""
        self._reasons = reasons
        if self._hovered is not None:
            self.update()

    def show_pins(self, pins: tuple[tuple[str, Mapping[str, int]], ...]) -> None:
        """Mark the widths of pinned settings, each by its letter, beside the bars."""
        if pins != self._pins:
            self._pins = pins
            self.update()

    def show_measure(self, measure: Measure) -> None:
        """Bars by features or by FLOPs."""
        self._switch.show_chosen(MEASURES.index(measure))
        if measure != self._measure:
            self._measure = measure
            self._drawing = None
            self.update()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._switch.show_theme(theme)
        self._drawing = None
        self.update()

    @property
    def hovered(self) -> str | None:
        """The layer with the readout."""
        return None if self._hovered is None else self._diagram.bars[self._hovered].name

    @property
    def chosen(self) -> str | None:
        """The layer clicked last."""
        return None if self._chosen is None else self._diagram.bars[self._chosen].name

    def drawing(self) -> BarsDrawing:
        """Geometry of the present diagram at the present size."""
        if self._drawing is None:
            self._drawing = BarsDrawing(
                self._diagram.bars,
                self._measure,
                self.size(),
                self._theme,
                self.font(),
                self.devicePixelRatioF(),
            )
        return self._drawing

    def sizeHint(self) -> QSize:
        return QSize(700, 220)

    def minimumSizeHint(self) -> QSize:
        return QSize(280, 140)

    # gestures

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._mouse = event.position()
        self._hover(self._bar_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        i = self._bar_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and i is not None:
            self._mouse = event.position()
            self._hover(i)
            self._choose(i)

    def leaveEvent(self, event: QEvent) -> None:
        self._mouse = None
        self._hover(None)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self._diagram.bars) - 1
        present = self._hovered if self._hovered is not None else self._chosen
        keys = Qt.Key
        match event.key():
            case keys.Key_Right:
                self._walk(0 if present is None else min(present + 1, last))
            case keys.Key_Left:
                self._walk(last if present is None else max(present - 1, 0))
            case keys.Key_Home:
                self._walk(0)
            case keys.Key_End:
                self._walk(last)
            case keys.Key_Return | keys.Key_Enter | keys.Key_Space if self._hovered is not None:
                self._choose(self._hovered)
            case keys.Key_Escape if self._hovered is not None or self._chosen is not None:
                self._chosen = None
                self._hover(None)
                self.update()
            case _:
                super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if self._mouse is None:
            self._hover(None)
        super().focusOutEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange:
            self._drawing = None
            self.update()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        hint = self._switch.sizeHint()
        self._switch.setGeometry(self.width() - SPACE - hint.width(), 5, hint.width(), hint.height())
        self._drawing = None
        super().resizeEvent(event)

    def _bar_at(self, place: QPointF) -> int | None:
        return self.drawing().layout.bar_at(place.x()) if self._header() <= place.y() <= self.height() else None

    def _header(self) -> int:
        return self.drawing().header

    def _baseline(self) -> int:
        """Of the words above the bars."""
        return round(19 * type_scale(self.font()))

    def _walk(self, i: int) -> None:
        if self._diagram.bars:
            self._mouse = None
            self._hover(i)

    def _hover(self, i: int | None) -> None:
        if i != self._hovered:
            self._hovered = i
            self.setAccessibleDescription("" if i is None else ", ".join(self._said(i)))
            self.layer_hovered.emit(self.hovered)
        self.update()

    def _choose(self, i: int) -> None:
        self._chosen = i
        self.update()
        self.layer_clicked.emit(self._diagram.bars[i].name)

    # drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._drawing is not None and self._drawing.ratio != self.devicePixelRatioF():
            self._drawing = None
        painter = QPainter(self)
        self.drawing().draw(painter, self._diagram.bars, self._hovered, self._chosen)
        if self._measure == "width":
            self.drawing().draw_pins(painter, self._diagram.bars, self._pins)
        self._paint_header(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._hovered is not None:
            self._paint_card(painter, self._hovered)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(self._theme.accent), 1.5))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)

    def _paint_header(self, painter: QPainter) -> None:
        t, d = self._theme, self._diagram
        if self._measure == "width":
            total = f"{d.features_left:,} of {d.features_all:,} features"
        else:
            total = f"{d.flops / FLOP_PER_GFLOP:.2f} of {d.flops_original / FLOP_PER_GFLOP:.2f} GFLOP"
        x = float(SPACE)
        room = self._switch.x() - SPACE
        for text, colour, bold in (
            (d.title, t.text, True),
            (total, t.muted, False),
            ("estimate" if d.estimated else "", t.estimate, False),
        ):
            font = sized(self.font(), 1.0, bold=bold)
            width = QFontMetricsF(font).horizontalAdvance(text)
            if not text or x + width > room:
                continue
            painter.setFont(font)
            painter.setPen(QColor(colour))
            painter.drawText(QPointF(x, self._baseline()), text)
            x += width + SPACE + 2
        self._paint_legend(painter, x + SPACE, room)

    def _paint_legend(self, painter: QPainter, left: float, right: float) -> None:
        """Right-aligned before the switch, where there is room."""
        t = self._theme
        font = sized(self.font(), 0.86)
        metrics = QFontMetricsF(font)
        cap, dot, hatch = "nothing pruned", "last feature", "pruned by estimate"
        width = sum(metrics.horizontalAdvance(text) for text in (cap, dot, hatch)) + 87
        x = right - width
        if x < left:
            return
        painter.setFont(font)
        painter.setPen(QColor(t.muted))
        y = self._baseline()
        painter.fillRect(QRectF(x, y - 9, 14, 9), QBrush(QColor(t.estimate), ESTIMATED))
        painter.fillRect(QRectF(x, y - 9, 14, 1), QColor(t.estimate))
        painter.drawText(QPointF(x + 19, y), hatch)
        x += 19 + metrics.horizontalAdvance(hatch) + 16
        painter.fillRect(QRectF(x, y - 8, 9, 8), QColor(t.accent))
        painter.fillRect(QRectF(x, y - 9, 9, 2), QColor(t.text))
        painter.drawText(QPointF(x + 14, y), cap)
        x += 14 + metrics.horizontalAdvance(cap) + 16
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(t.text))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(QPointF(x, y - 4), 2.5, 2.5)
        painter.setPen(QColor(t.muted))
        painter.drawText(QPointF(x + 7, y), dot)

    def _said(self, i: int) -> tuple[str, ...]:
        bar = self._diagram.bars[i]
        pinned = [f"{letter} {widths[bar.name]}" for letter, widths in self._pins if bar.name in widths]
        pins = (f"pinned: {', '.join(pinned)}",) if pinned else ()
        return *readout(bar, self._diagram.gone), *pins, *self._reasons(bar.name)

    def _paint_card(self, painter: QPainter, i: int) -> None:
        t = self._theme
        lines = self._said(i)
        fonts = [sized(self.font(), 1.0, bold=True)] + [sized(self.font(), 0.92)] * (len(lines) - 1)
        step = min(round(QFontMetricsF(self.font()).height()) + 2, (self.height() - self._header() - 14) // len(lines))
        width = max(QFontMetricsF(f).horizontalAdvance(s) for f, s in zip(fonts, lines, strict=True)) + 2 * SPACE + 2
        height = step * len(lines) + 10
        span = self.drawing().layout.bars[i]
        at = self._mouse or QPointF(span.right, self._header() + 4)
        x = at.x() + CARD_OFFSET
        if x + width > self.width() - 4:
            x = (at.x() if self._mouse else span.left) - CARD_OFFSET - width
        y = min(max(at.y() - height - 4, self._header()), self.height() - height - 4)  # below the switch
        area = QRectF(round(max(x, 4)) + 0.5, round(y) + 0.5, round(width), height)
        painter.setPen(QPen(QColor(t.muted), 1))
        painter.setBrush(QColor(t.field))
        painter.drawRoundedRect(area, RADIUS, RADIUS)
        baseline = area.top() + 3 + QFontMetricsF(self.font()).ascent()
        for k, (font, line) in enumerate(zip(fonts, lines, strict=True)):
            painter.setFont(font)
            painter.setPen(QColor(t.text if k < 2 else t.muted))
            painter.drawText(QPointF(area.left() + SPACE, baseline + 2 + k * step), line)


def readout(bar: LayerBar, gone: str = "before training") -> tuple[str, ...]:
    """What is said of a layer under the mouse; gone is how features went that the base had lost already."""
    kept = f"{100 * bar.left / bar.original:.0f} %"
    state = "nothing pruned" if bar.untouched else "its last feature, which stays" if bar.at_last else f"{kept} left"
    parts = ((bar.n_by_training, gone), (bar.n_estimated, "by estimate"))
    pruned = [f"{n} {how}" for n, how in parts if n]
    scale, unit = (FLOP_PER_GFLOP, "GFLOP") if bar.flops_original >= 0.1 * FLOP_PER_GFLOP else (1e6, "MFLOP")
    return (
        bar.name if bar.name == bar.group else f"{bar.name} · {bar.group}",
        f"{bar.left} of {bar.original} features · {state}",
        *((f"pruned: {' + '.join(pruned)}",) if pruned else ()),
        f"{bar.flops / scale:.3f} of {bar.flops_original / scale:.3f} {unit} · {_percent(bar.share)} of the network",
    )


def _percent(share: float) -> str:
    """With another digit below one percent."""
    if 0 < share < 0.0001:
        return "less than 0.01 %"
    return f"{100 * share:.{1 if share >= 0.00995 else 2}f} %"


def _same_layers(one: WidthsDiagram, other: WidthsDiagram) -> bool:
    return len(one.bars) == len(other.bars) and all(
        (a.name, a.group, a.original, a.flops_original) == (b.name, b.group, b.original, b.flops_original)
        for a, b in zip(one.bars, other.bars, strict=True)
    )
