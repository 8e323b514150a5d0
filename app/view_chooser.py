"""The views of a map as tiles, each a little picture of what it shows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRectF, QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QWidget

from app.drawing import sized
from app.map_style import MODES, MapStyle, Mode, rendered
from app.theme import Theme, current_theme
from gazeengine.attention_levels import coarser
from gazeengine.image import resized

_ASPECT = 1.5  # width by height of a little picture
_GAP = 6  # px, between tiles
_MOST_COLUMNS = 4
_LEAST_WIDTH = 58  # px, of a tile
_DRAWN = (128, 192)  # px, height and width at which a little picture is drawn
_CELLS = 12_000  # of the map that is drawn
_SETTLED_MS, _NEXT_MS = 120, 15  # how long a map must hold, and until the next tile is drawn

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


class ViewChooser(QWidget):
    """One of the views is chosen; chosen(mode) when a person chooses another, by mouse or arrow keys."""

    chosen = Signal(str)  # Mode

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._style = MapStyle()
        self._picture, self._map = _example()
        self._theirs: tuple[Pixels, Floats] | None = None
        self._group = QButtonGroup(self)
        for row, (mode, name, explanation) in enumerate(MODES):
            tile = _Tile(name, self)
            tile.setToolTip(f"{explanation} ({row + 1})")
            tile.setAccessibleDescription(explanation)
            tile.setProperty("mode", mode)
            self._group.addButton(tile, row)
        self._group.idClicked.connect(lambda row: self.chosen.emit(MODES[row][0]))
        self._waiting: list[Mode] = []
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._draw_next)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("What is shown")
        self.show_style(self._style)
        self.show_theme(current_theme())
        self._draw_all()

    def tile(self, mode: Mode) -> QAbstractButton:
        return self._group.button([m for m, _, _ in MODES].index(mode))

    def show_style(self, style: MapStyle) -> None:
        """Mark its view, and draw the tiles in its colours."""
        before, self._style = self._style, style
        with QSignalBlocker(self._group):
            self.tile(style.mode).setChecked(True)
        if _looks(style) != _looks(before):
            self._draw_soon()

    def show_map(self, rgb: Pixels | None, log_density: Floats | None) -> None:
        """Draw the tiles of this picture (H, W, 3) and map (h, w), of an example where there is none, once it holds."""
        if rgb is None or log_density is None:
            if self._theirs is None:
                return
            self._theirs = None
            self._picture, self._map = _example()
        elif self._theirs is not None and self._theirs[0] is rgb and self._theirs[1] is log_density:
            return
        else:
            self._theirs = rgb, log_density
            self._picture = resized(_cut(rgb), *_DRAWN)
            self._map = coarser(np.ascontiguousarray(_cut(log_density)), _CELLS)
        self._draw_soon()

    def show_theme(self, theme: Theme) -> None:
        for tile in self._tiles():
            tile.show_theme(theme)

    def sizeHint(self) -> QSize:
        width = _MOST_COLUMNS * (self._tile_width() + _GAP) - _GAP
        return QSize(width, self._height_of(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._tile_width(), self.height())

    def _tiles(self) -> Iterator[_Tile]:
        for button in self._group.buttons():
            assert isinstance(button, _Tile)
            yield button

    def _tile_width(self) -> int:
        return max(_LEAST_WIDTH, *(tile.least_width() for tile in self._tiles()))

    def _columns(self, width: int) -> int:
        return min(max(1, (width + _GAP) // (self._tile_width() + _GAP)), _MOST_COLUMNS)

    def _height_of(self, width: int) -> int:
        columns = self._columns(width)
        rows = -(-len(MODES) // columns)
        tile = next(self._tiles()).height_of((width - (columns - 1) * _GAP) // columns)
        return rows * (tile + _GAP) - _GAP

    def _arrange(self) -> None:
        columns = self._columns(self.width())
        width = (self.width() - (columns - 1) * _GAP) // columns
        for i, tile in enumerate(self._tiles()):
            height = tile.height_of(width)
            tile.setGeometry(i % columns * (width + _GAP), i // columns * (height + _GAP), width, height)
        self.setFixedHeight(self._height_of(self.width()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._arrange()

    def _draw_soon(self) -> None:
        self._waiting = [mode for mode, _, _ in MODES]
        self._timer.start(_SETTLED_MS)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._waiting:
            self._timer.start(_NEXT_MS)

    def _draw_next(self) -> None:
        """The next tile; while none is seen they wait."""
        if self._waiting and self.isVisible():
            self._draw(self._waiting.pop(0))
            self._timer.start(_NEXT_MS)

    def _draw_all(self) -> None:
        for mode, _, _ in MODES:
            self._draw(mode)

    def _draw(self, mode: Mode) -> None:
        tile = self.tile(mode)
        assert isinstance(tile, _Tile)
        style = MapStyle(
            mode,
            max(self._style.opacity, 0.5),
            self._style.color_map,
            self._style.gamma,
            self._style.low,
            self._style.high,
        )
        tile.show_pixels(rendered(self._picture, self._map, style, icon=True))


class _Tile(QAbstractButton):
    """A little picture over its name."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setText(name)
        self.setAccessibleName(name)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._image = QImage()
        self._theme = current_theme()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_pixels(self, rgb: Pixels) -> None:
        height, width = rgb.shape[:2]
        self._image = QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        self.update()

    def least_width(self) -> int:
        return QFontMetrics(sized(self.font(), 0.86, bold=True)).horizontalAdvance(self.text()) + 4

    def height_of(self, width: int) -> int:
        return round(width / _ASPECT) + QFontMetrics(sized(self.font(), 0.86)).height() + 3

    def sizeHint(self) -> QSize:
        width = max(_LEAST_WIDTH, self.least_width())
        return QSize(width, self.height_of(width))

    def paintEvent(self, event: QPaintEvent) -> None:
        t = self._theme
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        place = QRectF(1.5, 1.5, self.width() - 3, round(self.width() / _ASPECT) - 3)
        clip = QPainterPath()
        clip.addRoundedRect(place, 4, 4)
        painter.save()
        painter.setClipPath(clip)
        ratio = self.devicePixelRatioF()
        painter.drawImage(
            place,
            self._image.scaled(
                (place.size() * ratio).toSize(),
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            ),
        )
        painter.restore()
        lively = self.isChecked() or self.hasFocus() or self.underMouse()
        painter.setPen(QPen(QColor(t.accent if lively else t.line), 2.5 if self.isChecked() else 1))
        painter.drawRoundedRect(place, 4, 4)
        if self.hasFocus():
            painter.setPen(QPen(QColor(t.text), 1, Qt.PenStyle.DotLine))
            painter.drawRoundedRect(place.adjusted(3, 3, -3, -3), 3, 3)
        painter.setFont(sized(self.font(), 0.86, bold=self.isChecked()))
        painter.setPen(QColor(t.text if lively else t.muted))
        words = QRectF(0, place.bottom() + 2, self.width(), self.height() - place.bottom() - 2)
        painter.drawText(words, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, self.text())


def _looks(style: MapStyle) -> tuple[object, ...]:
    """What of a style tiles show."""
    return max(style.opacity, 0.5), style.color_map, style.gamma, style.low, style.high


def _cut(pixels: NDArray[np.generic]) -> NDArray[np.generic]:
    """The middle of a picture in the aspect of a tile, the top of a tall page."""
    height, width = pixels.shape[:2]
    if width > height * _ASPECT:
        wanted = max(1, round(height * _ASPECT))
        left = (width - wanted) // 2
        return pixels[:, left : left + wanted]
    return pixels[: max(1, round(width / _ASPECT))]


def _example() -> tuple[Pixels, Floats]:
    """A page with a headline and a picture, and where one looks on it, while there is none."""
    page = np.full((*_DRAWN, 3), 222, np.uint8)
    for top, bottom, left, right, grey in (
        (0, 16, 0, 192, 150),
        (30, 44, 16, 96, 70),
        (52, 60, 16, 84, 130),
        (66, 74, 16, 90, 130),
        (88, 104, 16, 56, 60),
        (30, 106, 112, 178, 170),
    ):
        page[top:bottom, left:right] = grey
    y, x = np.mgrid[0 : _DRAWN[0], 0 : _DRAWN[1]].astype(np.float32)
    spots = ((1.0, 38, 52, 20), (0.7, 66, 144, 17), (0.5, 97, 36, 12), (0.03, 64, 96, 60))
    density = sum(
        weight * np.exp(-((y - row) ** 2 + (x - col) ** 2) / (2 * size**2)) for weight, row, col, size in spots
    )
    return page, np.log(np.asarray(density, np.float32) + np.float32(1e-4))
