"""What views of one picture share: a box with layers over one another, and a frame that says whether they are stale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem

from app.picture_box import PictureBox
from app.theme import Theme


class PictureCanvas(pg.GraphicsView):  # type: ignore[misc]
    """Layers from below to above in a PictureBox. It takes neither keys nor drops: these are its parent's."""

    def __init__(self, layers: Sequence[QGraphicsItem]) -> None:
        super().__init__()
        self.box = PictureBox()
        self.frame = QGraphicsRectItem()
        for depth, item in enumerate((*layers, self.frame)):
            item.setZValue(depth - 10)
            item.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
            self.box.addItem(item, ignoreBounds=True)
        self.frame.hide()
        self.setCentralItem(self.box)
        for widget in (self, self.viewport()):
            widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            widget.setAcceptDrops(False)

    def show_extent(self, rgb: NDArray[np.uint8] | None) -> None:
        """Make room for a picture (H, W, 3), and frame it; none has no frame."""
        if rgb is not None:
            height, width = rgb.shape[:2]
            self.box.show_extent(width, height)
            self.frame.setRect(QRectF(0, 0, width, height))
        self.frame.setVisible(rgb is not None)

    def show_frame(self, theme: Theme, *, stale: bool) -> None:
        self.setBackground(theme.canvas)
        pen = QPen(QColor(theme.estimate if stale else theme.line))
        pen.setCosmetic(True)
        pen.setWidth(2 if stale else 1)
        self.frame.setPen(pen)
