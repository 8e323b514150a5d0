"""What the painted views share: mixed colours, type of other sizes with digits of one width, layers that are kept."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from app.theme import Theme

USUAL_TYPE = 15.0  # px, the height of a line for which the views were measured out


def mixed(colour: str, other: str, share: float) -> QColor:
    """A colour that is share of other and the rest of colour, in [0, 1]."""
    a, b = QColor(colour), QColor(other)
    parts = zip((a.red(), a.green(), a.blue()), (b.red(), b.green(), b.blue()), strict=True)
    return QColor(*(round((1 - share) * x + share * y) for x, y in parts))


def sized(font: QFont, factor: float, *, bold: bool = False) -> QFont:
    """The font in another size with tabular figures, so that numbers do not jump while they change."""
    sized = QFont(font)
    if font.pixelSize() > 0:
        sized.setPixelSize(round(font.pixelSize() * factor))
    else:
        sized.setPointSizeF(font.pointSizeF() * factor)
    sized.setFeature(QFont.Tag("tnum"), 1)
    if bold:
        sized.setWeight(QFont.Weight.DemiBold)
    return sized


def type_scale(font: QFont) -> float:
    """How many times as high as usual type is, never below 1: what measures in pixels that hold text grow by."""
    return max(1.0, QFontMetricsF(font).height() / USUAL_TYPE)


def pin_colour(theme: Theme, letter: str) -> QColor:
    """Of the pinned settings A and B; they also differ by their letters, lines and places."""
    return QColor(theme.estimate) if letter == "A" else mixed(theme.problem, theme.text, 0.25)


class Layer:
    """What a view draws seldom and shows often, kept as an opaque pixmap of the view's size."""

    def __init__(self) -> None:
        self._of: object = None
        self._pixmap = QPixmap()

    def drawn(self, view: QWidget, of: object, draw: Callable[[QPainter], None]) -> QPixmap:
        """The pixmap; draw fills it anew where of, or the view's size, type or pixel ratio, is another than before."""
        ratio = view.devicePixelRatioF()
        key = of, view.size().toTuple(), view.font().key(), ratio
        if key != self._of:
            self._of = key
            self._pixmap = QPixmap(view.size() * ratio)
            self._pixmap.setDevicePixelRatio(ratio)
            painter = QPainter(self._pixmap)
            painter.setFont(view.font())
            draw(painter)
            painter.end()
        return self._pixmap
