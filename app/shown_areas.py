"""Areas over pictures that are compared: to be seen, not to be changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.area_items import AreaItem, AreaLook
from app.picture_box import PictureBox
from gazeengine.regions import Area


@dataclass(frozen=True, slots=True)
class LabelledAreas:
    """Areas in pixels of a picture of this size (height, width), and what stands behind the name of each."""

    areas: tuple[Area, ...] = ()
    words: tuple[str, ...] = ()
    stale: bool = False
    size: tuple[int, int] = (1, 1)


class ShownAreas(QGraphicsItem):
    """Outlines and labels, as large on the screen at every zoom; the mouse goes through them."""

    def __init__(self, box: PictureBox) -> None:
        super().__init__()
        self._box = box
        self._shown = LabelledAreas()
        self._items: list[AreaItem] = []
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(10)
        box.addItem(self, ignoreBounds=True)
        box.sigRangeChanged.connect(lambda *_: self._show())

    def show_areas(self, shown: LabelledAreas) -> None:
        if shown != self._shown:
            self._shown = shown
            self._show()

    @property
    def labels(self) -> Sequence[tuple[str, str]]:
        """Names, and what stands behind them."""
        return [(area.name, words) for area, words in zip(self._shown.areas, self._shown.words, strict=True)]

    def _show(self) -> None:
        shown = self._shown
        while len(self._items) < len(shown.areas):
            self._items.append(AreaItem(self))
        while len(self._items) > len(shown.areas):
            item = self._items.pop()
            for gone in (item, item.label):
                self.scene().removeItem(gone)
        extent = QRectF(0, 0, shown.size[1], shown.size[0])
        scale = float(self._box.rect().width() / self._box.viewRect().width())
        for item, area, words in zip(self._items, shown.areas, shown.words, strict=False):
            item.show_area(area, AreaLook(words, shown.stale, handles=False), scale, extent)

    def boundingRect(self) -> QRectF:
        return QRectF()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Nothing: what lies on it paints itself."""
