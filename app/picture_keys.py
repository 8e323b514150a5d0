"""Keys that zoom and move a picture, the same on every canvas."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent

from app.picture_box import PictureBox

_ZOOM, _PAN = 1.25, 64  # px
_PANS = {Qt.Key.Key_Left: (1, 0), Qt.Key.Key_Right: (-1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}


def moved_by_key(box: PictureBox, event: QKeyEvent) -> bool:
    """Whether the key was one of these."""
    keys, key = Qt.Key, Qt.Key(event.key())
    control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    if (key == keys.Key_F and not control) or (key == keys.Key_0 and control):
        box.fit()
    elif key == keys.Key_1 and control:
        box.zoom_to_pixels()
    elif key in (keys.Key_Plus, keys.Key_Equal):
        box.zoom_by(_ZOOM)
    elif key == keys.Key_Minus:
        box.zoom_by(1 / _ZOOM)
    elif key in _PANS and not control:
        box.pan_by(QPointF(*_PANS[key]) * _PAN)
    else:
        return False
    return True
