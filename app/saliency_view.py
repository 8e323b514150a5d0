"""A picture with its saliency map over it, to be zoomed, panned and read out under the mouse."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.canvas_footer import CanvasFooter
from app.empty_message import EmptyMessage
from app.focus_ring import INSIDE
from app.map_painting import PaintedMap, Unfocused
from app.map_style import MapStyle, rendered
from app.marks_layer import MarksLayer
from app.picture_canvas import PictureCanvas
from app.picture_keys import moved_by_key
from app.picture_layers import PictureLayer, StretchedLayer
from app.spot_words import Spot, spot_words
from app.theme import Theme, current_theme
from gazeengine.errors import ImageError
from gazeengine.legend import Legend
from gazeengine.marks import Marks

_SETTLED_MS = 300  # how long a map must be of the present setting before it is said to be
_LAYER_OPACITY = ("overlay", "log_density", "contours", "hotspots")  # views in which it is that of the layer


class SaliencyView(QWidget):
    """Picture and map on a canvas. It takes no drops, so that these reach the window."""

    hovered = Signal(object)  # Spot under the mouse, or None off the picture

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rgb: NDArray[np.uint8] | None = None
        self._log_density: NDArray[np.float32] | None = None
        self._painted: PaintedMap | None = None
        self._style = MapStyle()
        self._stale = False
        self._theme = current_theme()
        self._pointed: QPointF | None = None
        self._spot: Spot | None = None

        self._picture, self._map, self._marks = PictureLayer(), StretchedLayer(), MarksLayer()
        self._unfocused = Unfocused(self._picture.reduced)
        self._canvas = PictureCanvas((self._picture, self._map, self._marks))
        self.box = self._canvas.box
        self.box.pointed.connect(self._point)
        self.setAcceptDrops(False)
        self.footer = CanvasFooter(self._theme, self)
        self._badge = self.footer.badge
        self.footer.hide()
        self._message = EmptyMessage(self._theme, self)
        self._settling = QTimer(self, singleShot=True, interval=_SETTLED_MS)
        self._settling.timeout.connect(self._show_state)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._canvas, 1)
        layout.addWidget(self.footer)
        self._message.raise_()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty(INSIDE, True)
        self.setAccessibleName("Picture and saliency map")
        self.show_theme(self._theme)

    def sizeHint(self) -> QSize:
        return QSize(800, 600)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.footer.show_theme(theme)
        self._message.show_theme(theme)
        self._show_frame()

    def show_picture(self, rgb: NDArray[np.uint8] | None) -> None:
        """Show a picture (H, W, 3) without a map, fitted unless it has the size of the last one."""
        if rgb is self._rgb and rgb is not None:
            return
        self._rgb = rgb
        self._picture.show_picture(rgb)
        self._unfocused = Unfocused(self._picture.reduced)
        self._canvas.show_extent(rgb)
        self.footer.setVisible(rgb is not None)
        self._message.setVisible(rgb is None and bool(self._message.text))
        self.show_map(None, "", False)

    def show_map(self, log_density: NDArray[np.float32] | None, caption: str, stale: bool) -> None:
        """Show a map (h, w), as fine as the picture or coarser, under a caption.

        A stale one is of another setting than the present. Its mark stays for a moment after the map of the
        present setting is there, so that it doesn't flicker while a slider is dragged.
        """
        if log_density is not self._log_density:
            self._log_density, self._painted = log_density, None
            if log_density is not None and self._rgb is not None:
                height, width = self._rgb.shape[:2]
                self._painted = PaintedMap(log_density, (height, width), self._unfocused)
            self._paint_map()
            self._report()
        self._stale = stale
        if log_density is None or stale:
            self._settling.stop()
        elif self._badge.stale and not self._settling.isActive():
            self._settling.start()
        self._show_state(caption)

    def show_message(self, text: str | None) -> None:
        """Say something on the canvas for as long as there is no picture."""
        self._message.show_text(text or "")
        self._message.setVisible(self._rgb is None and bool(text))

    def show_style(self, style: MapStyle) -> None:
        """Show another view of the same."""
        before, self._style = self._style, style
        if style == before:
            return
        if style.mode in _LAYER_OPACITY and replace(style, opacity=before.opacity) == before:
            self._map.setOpacity(style.opacity)  # while it is dragged
            self._show_legend()
        else:
            self._paint_map()
            self._spot = None  # the same spot, in other units
            self._report()

    def size_of_picture(self) -> tuple[int, int] | None:
        """Width and height in pixels."""
        return None if self._rgb is None else (self._rgb.shape[1], self._rgb.shape[0])

    def fit(self) -> None:
        """Show all of the picture."""
        self.box.fit()

    def zoom_to_pixels(self) -> None:
        """Show one pixel of the picture on one of the screen."""
        self.box.zoom_to_pixels()

    def rendered(self) -> NDArray[np.uint8]:
        """What is shown, (H, W, 3) at the picture's own resolution. Raises ImageError without a picture."""
        if self._rgb is None:
            raise ImageError("canvas: found no picture, wanted one to copy or save")
        return rendered(self._rgb, self._log_density, self._style)

    def _paint_map(self) -> None:
        style, painted = self._style, self._painted
        layer = painted.layer(style) if painted is not None else None
        self._map.setVisible(layer is not None)
        self._map.setOpacity(style.opacity if style.mode in _LAYER_OPACITY else 1)
        self._picture.setVisible(style.mode != "map" or layer is None)
        if self._rgb is not None:
            height, width = self._rgb.shape[:2]
            if layer is not None:
                self._map.show_pixels(layer, width, height)
            drawn = painted.marks(style) if painted is not None else Marks()
            self._marks.show_marks(drawn, (height, width), self.font())
        self._show_legend()

    def _show_legend(self) -> None:
        painted, wanted = self._painted, self._style.legend
        legend = painted.legend(self._style) if painted is not None and wanted else Legend()
        self.footer.show_legend(legend if wanted else None)

    def _show_state(self, caption: str | None = None) -> None:
        stale = self._stale or self._settling.isActive()
        self.footer.show_caption(self._badge.caption if caption is None else caption, stale)
        self._show_frame()

    def _show_frame(self) -> None:
        self._canvas.show_frame(self._theme, stale=self._badge.stale)

    def _point(self, place: QPointF | None) -> None:
        self._pointed = place
        self._report()

    def _report(self) -> None:
        spot = self._spot_at(self._pointed)
        if spot != self._spot:
            self._spot = spot
            self.hovered.emit(spot)

    def _spot_at(self, place: QPointF | None) -> Spot | None:
        if place is None or self._rgb is None:
            return None
        height, width = self._rgb.shape[:2]
        if not (0 <= place.x() < width and 0 <= place.y() < height):
            return None
        x, y = int(place.x()), int(place.y())
        return self._painted.spot(x, y, self._style) if self._painted is not None else Spot(x, y, None)

    def spot_words(self, spot: Spot) -> str:
        """What the present view says of a spot, in the units of its legend."""
        return spot_words(spot, self._style)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._message.setGeometry(self.rect())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._rgb is None or not moved_by_key(self.box, event):
            super().keyPressEvent(event)
