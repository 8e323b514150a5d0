"""What of the areas is under the mouse, and the cursor that says what a press would do."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainterPathStroker

from app.area_items import HANDLE, path_of
from gazeengine.area_shapes import handles
from gazeengine.regions import Area

REACH = 6.0  # px around an outline in which the mouse takes hold of it
HANDLE_REACH = HANDLE / 2 + 2
_ALONG = (
    Qt.CursorShape.SizeFDiagCursor,
    Qt.CursorShape.SizeVerCursor,
    Qt.CursorShape.SizeBDiagCursor,
    Qt.CursorShape.SizeHorCursor,
)


def smallest_at(areas: Sequence[Area], place: QPointF, reach: float) -> int | None:
    """Which of the areas under the mouse has the least extent; places and reach are pixels of the picture."""
    found = [i for i, area in enumerate(areas) if hit(area, place, reach)]
    return min(found, key=lambda i: _extent(areas[i]), default=None)


def resize_cursor(area: Area, handle: int) -> Qt.CursorShape:
    return Qt.CursorShape.CrossCursor if area.shape == "polygon" else _ALONG[handle % 4]


def hit(area: Area, place: QPointF, reach: float) -> bool:
    """Whether a place, in pixels of the picture, is in the area or within reach of its outline."""
    path = path_of(area)
    if path.contains(place):
        return True
    if not path.boundingRect().adjusted(-reach, -reach, reach, reach).contains(place):
        return False
    stroker = QPainterPathStroker()
    stroker.setWidth(2 * reach)
    return stroker.createStroke(path).contains(place)


def handle_at(area: Area, place: QPointF, reach: float) -> int | None:
    """The nearest handle within reach."""
    found = [(max(abs(x - place.x()), abs(y - place.y())), i) for i, (x, y) in enumerate(handles(area))]
    distance, handle = min(found)
    return handle if distance <= reach else None


def _extent(area: Area) -> float:
    left, top, right, bottom = area.box
    return (right - left) * (bottom - top)
