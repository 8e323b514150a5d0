"""The keys of areas while the canvas has the keyboard; all others go where they went before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from app.area_desk import AreaDesk

Keys = Qt.Key
_ARROWS = {Keys.Key_Left: (-1, 0), Keys.Key_Right: (1, 0), Keys.Key_Up: (0, -1), Keys.Key_Down: (0, 1)}
FAR = 10  # px that an arrow with Shift moves


class AreaKeys(QObject):
    """Watches the canvas. What it does not use goes on to it: arrows move the picture where no area is chosen."""

    def __init__(self, canvas: QWidget, desk: AreaDesk) -> None:
        super().__init__(desk)
        self._desk = desk
        canvas.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if self._used(event, only_ask=True):  # else a menu or the message bar would have the key
                event.accept()
                return True
        elif kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._used(event)
        elif kind == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            if event.key() in _ARROWS and not event.isAutoRepeat():
                self._desk.edits.rest()
        elif kind == QEvent.Type.FocusOut:
            self._desk.edits.rest()
        elif (
            kind == QEvent.Type.ContextMenu
            and isinstance(event, QContextMenuEvent)
            and event.reason() == QContextMenuEvent.Reason.Keyboard
            and isinstance(watched, QWidget)
        ):
            self._desk.show_menu(watched.mapToGlobal(watched.rect().center()))
            return True
        return False

    def _used(self, event: QKeyEvent, *, only_ask: bool = False) -> bool:
        """Whether the key is one of areas as things stand; does what it says unless only asked."""
        desk, key, modifiers = self._desk, Keys(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        shift, alt = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
        if desk.choice.size is None:
            return False
        if key == Keys.Key_Escape:
            return desk.can_escape if only_ask else desk.escape()
        if event.matches(QKeySequence.StandardKey.Undo) and desk.layer.drawing:
            return only_ask or desk.take_back()
        if event.matches(QKeySequence.StandardKey.Copy) and desk.choice.names:
            return only_ask or desk.transfer.copy()
        if event.matches(QKeySequence.StandardKey.SelectAll) and desk.choice.areas:
            return only_ask or self._choose_all()
        if (
            key in _ARROWS
            and desk.choice.names
            and modifiers in (Qt.KeyboardModifier.NoModifier, shift, alt, shift | alt)
        ):
            dx, dy = _ARROWS[key]
            step = FAR if modifiers & shift else 1
            return only_ask or desk.edits.nudge(dx * step, dy * step, resize=bool(modifiers & alt))
        if key in (Keys.Key_Tab, Keys.Key_Backtab) and desk.suggested:
            return only_ask or desk.step_suggestion(-1 if key == Keys.Key_Backtab or modifiers & shift else 1)
        if modifiers:
            return False
        if key in (Keys.Key_Return, Keys.Key_Enter):
            return desk.can_enter if only_ask else desk.enter()
        if key in (Keys.Key_Delete, Keys.Key_Backspace):
            return desk.can_remove if only_ask else desk.remove(corner=key == Keys.Key_Backspace)
        if key == Keys.Key_F2 and len(desk.choice.names) == 1:
            return only_ask or desk.ask_name()
        return False

    def _choose_all(self) -> bool:
        choice = self._desk.choice
        choice.choose([area.name for area in choice.areas])
        return True
