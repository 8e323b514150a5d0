"""Areas under the hand: drawn, chosen, moved and resized with the mouse on the canvas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsObject,
    QGraphicsSceneContextMenuEvent,
    QGraphicsSceneHoverEvent,
    QGraphicsSceneMouseEvent,
    QStyleOptionGraphicsItem,
    QWidget,
)

from app.area_drawing import Drawing, Drawn, Tool
from app.area_finding import HANDLE_REACH, REACH, handle_at, resize_cursor, smallest_at
from app.area_items import AreaItem, AreaLook
from app.picture_box import PictureBox
from gazeengine.area_shapes import Point, Size, handles, moved_inside, with_handle
from gazeengine.regions import Area

_EVERYWHERE = 1e6  # px of the picture: the mouse may begin beside it


@dataclass(frozen=True, slots=True)
class _Grip:
    """What the mouse holds: an area's handle, or the chosen areas where it is None; and where it took hold."""

    areas: tuple[Area, ...]
    held: tuple[str, ...]
    at: QPointF
    handle: int | None = None


class AreaLayer(QGraphicsObject):
    """Shows areas and says what the hand does to them.

    dragged(areas) in the middle of a drag, then rested(words); drawn(shape, points); chosen(names); and what was
    double-clicked, clicked of the suggestions, or asked for a menu.
    """

    dragged = Signal(object)
    rested = Signal(str)
    drawn = Signal(str, object)
    chosen = Signal(object)
    name_asked = Signal(str)
    suggestion_taken = Signal(int)
    suggestion_pointed = Signal(int)
    menu_asked = Signal(object)  # QPoint on the screen

    def __init__(self, box: PictureBox) -> None:
        super().__init__()
        self._box = box
        self._size: Size | None = None
        self._areas: tuple[Area, ...] = ()
        self._selection: tuple[str, ...] = ()
        self._words: dict[str, str] = {}
        self._stale = False
        self._suggestions: tuple[Area, ...] = ()
        self._suggestion_words: tuple[str, ...] = ()
        self._pointed: int | None = None  # of the suggestions
        self._tool: Tool = "hand"
        self._grip: _Grip | None = None
        self._moved = False
        self._dragged: tuple[Area, ...] = ()  # what the drag made of areas
        self._drawing = Drawing()
        self._items: list[AreaItem] = []
        self._draft = AreaItem(self)
        self._draft.hide()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents)
        self.setAcceptedMouseButtons(Qt.MouseButton.LeftButton)
        self.setAcceptHoverEvents(True)
        self.setZValue(10)
        box.addItem(self, ignoreBounds=True)
        box.sigRangeChanged.connect(lambda *_: self._show())
        box.scene().sigMouseClicked.connect(self._clicked_beside)

    # --- what is shown

    @property
    def tool(self) -> Tool:
        return self._tool

    @property
    def extent(self) -> QRectF:
        """The picture's rectangle."""
        return QRectF(0, 0, self._size[1], self._size[0]) if self._size is not None else QRectF()

    @property
    def busy(self) -> bool:
        """Whether something is being dragged or drawn."""
        return self._grip is not None or self.drawing

    @property
    def drawing(self) -> bool:
        """Whether there is the beginning of an area."""
        return self._drawing.draft is not None

    def show_areas(self, areas: tuple[Area, ...], selection: tuple[str, ...], size: Size | None) -> None:
        """Show areas of a picture of this size (height, width); None without one.

        Another picture ends a drag, and so do areas that it did not make: it would bring back what has been deleted.
        """
        if size != self._size or (self._grip is not None and areas not in (self._grip.areas, self._dragged)):
            self.let_go()
        self._areas, self._selection, self._size = areas, selection, size
        self._show()

    def show_words(self, words: dict[str, str], stale: bool) -> None:
        """What stands behind the names of areas. As often as one likes."""
        if (words, stale) == (self._words, self._stale):
            return
        self._words, self._stale = words, stale
        self._show()

    def show_suggestions(self, areas: tuple[Area, ...], words: tuple[str, ...], pointed: int | None) -> None:
        """Areas to be taken by a click; pointed is the one that Enter takes."""
        self._suggestions, self._suggestion_words, self._pointed = areas, words, pointed
        self._show()

    def show_tool(self, tool: Tool) -> None:
        if tool != self._tool:
            self.let_go()
            self._tool = tool
            self._point_at(None)

    def let_go(self) -> bool:
        """Drop what is being dragged or drawn; whether there was something."""
        busy = self.busy
        self._grip, self._moved = None, False
        self._drawing.drop()
        self._draft.hide()
        return busy

    def label_place(self, name: str) -> QRectF | None:
        """Where the label of an area is, in pixels of the picture."""
        return next((i.label.place for i in self._items if i.area is not None and i.area.name == name), None)

    def _show(self) -> None:
        tentative = self._suggestions if self._size is not None else ()
        areas = self._areas if self._size is not None else ()
        while len(self._items) < len(areas) + len(tentative):
            self._items.append(AreaItem(self))
        while len(self._items) > len(areas) + len(tentative):
            item = self._items.pop()
            for gone in (item, item.label):
                self.scene().removeItem(gone)
        if self._size is None:
            return
        scale, extent = self._scale(), self.extent
        alone = len(self._selection) == 1
        for item, area in zip(self._items, areas, strict=False):
            look = AreaLook(self._words.get(area.name, ""), self._stale, area.name in self._selection, handles=alone)
            item.show_area(area, look, scale, extent)
        for i, (item, area) in enumerate(zip(self._items[len(areas) :], tentative, strict=True)):
            pointed = i == self._pointed
            look = AreaLook(self._suggestion_words[i], tentative=True, pointed=pointed, named=pointed)
            item.show_area(area, look, scale, extent)
        self._show_draft()

    def _scale(self) -> float:
        """Logical pixels of the screen for one of the picture."""
        return float(self._box.rect().width() / self._box.viewRect().width())

    def boundingRect(self) -> QRectF:
        return QRectF(-_EVERYWHERE, -_EVERYWHERE, 2 * _EVERYWHERE, 2 * _EVERYWHERE)

    def paint(self, painter: Any, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Nothing: what lies on it paints itself."""

    # --- the mouse

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        if self._size is None:
            event.ignore()
        elif self._tool == "hand":
            self._take_hold(event)
        else:
            self._drawing.begin(self._tool, self._size)
            self._finish(self._drawing.press(_point(event.pos()), self._scale()))

    def mouseMoveEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        square = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if self._drawing.draft is not None:
            self._drawing.move(_point(event.pos()), square=square)
            self._show_draft()
        elif self._grip is not None:
            self._drag(self._grip, event, square)

    def mouseReleaseEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        if self._grip is not None:
            grip, moved = self._grip, self._moved
            self.let_go()
            if moved:
                what = f"{'move' if grip.handle is None else 'resize'} of "
                self.rested.emit(what + (grip.held[0] if len(grip.held) == 1 else f"{len(grip.held)} areas"))
        else:
            square = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._finish(self._drawing.release(_point(event.pos()), square=square))
        self._point_at(event.pos())

    def mouseDoubleClickEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        if self._tool == "polygon":
            self.close_polygon()
        elif self._tool == "hand" and (area := self._area_at(event.pos())) is not None:
            self.let_go()
            self.name_asked.emit(area.name)
        else:
            self.mousePressEvent(event)

    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        if self._drawing.draft is not None:
            self._drawing.move(_point(event.pos()))
            self._show_draft()
        self._point_at(event.pos())

    def contextMenuEvent(self, event: QGraphicsSceneContextMenuEvent) -> None:
        if self._size is None or self._tool != "hand":
            event.ignore()
            return
        area = self._area_at(event.pos())
        if area is not None and area.name not in self._selection:
            self.chosen.emit((area.name,))
        self.menu_asked.emit(event.screenPos())
        event.accept()

    def _take_hold(self, event: QGraphicsSceneMouseEvent) -> None:
        place = event.pos()
        handle = self._handle_at(place)
        if handle is not None:
            self._grip = _Grip(self._areas, self._selection, place, handle)
            return
        area = self._area_at(place)
        if area is None:
            suggestion = self._suggestion_at(place)
            if suggestion is None:
                event.ignore()  # the picture moves
            else:
                self.suggestion_taken.emit(suggestion)
            return
        keys = Qt.KeyboardModifier
        if event.modifiers() & (keys.ShiftModifier | keys.ControlModifier):
            rest = tuple(name for name in self._selection if name != area.name)
            self.chosen.emit(rest if area.name in self._selection else (*rest, area.name))
            return
        if area.name not in self._selection:
            self.chosen.emit((area.name,))
        self._grip = _Grip(self._areas, self._selection, place)

    def _drag(self, grip: _Grip, event: QGraphicsSceneMouseEvent, square: bool) -> None:
        assert self._size is not None
        held = tuple(area for area in grip.areas if area.name in grip.held)
        offset = event.pos() - grip.at
        if not held or (not self._moved and offset.manhattanLength() * self._scale() < 3):  # a click is no drag
            return
        if grip.handle is None:
            if square:  # along one axis
                offset = QPointF(offset.x(), 0) if abs(offset.x()) > abs(offset.y()) else QPointF(0, offset.y())
            changed = moved_inside(held, offset.x(), offset.y(), self._size)
        else:
            x, y = handles(held[0])[grip.handle]
            to = x + offset.x(), y + offset.y()
            changed = (with_handle(held[0], grip.handle, to, self._size, square=square),)
        by_name = {area.name: area for area in changed}
        areas = tuple(by_name.get(area.name, area) for area in grip.areas)
        self._moved = True
        self._dragged = areas
        if areas != self._areas:
            self.dragged.emit(areas)

    def _clicked_beside(self, event: Any) -> None:
        """A click on the bare picture chooses nothing; a drag of it does not."""
        if self._tool == "hand" and self._selection and event.button() == Qt.MouseButton.LeftButton:
            place = self.mapFromScene(event.scenePos())
            if self._area_at(place) is None and self._handle_at(place) is None:
                self.chosen.emit(())

    # --- drawing

    def close_polygon(self) -> bool:
        """Make an area of the corners that were set; whether they were enough."""
        return self._finish(self._drawing.close())

    def drop_corner(self) -> bool:
        """Take the last corner of a polygon back; whether there was one."""
        dropped = self._drawing.drop_corner()
        self._show_draft()
        return dropped

    def _finish(self, drawn: Drawn | None) -> bool:
        self._show_draft()
        if drawn is not None:
            self.drawn.emit(*drawn)
        return drawn is not None

    def _show_draft(self) -> None:
        draft = self._drawing.draft
        self._draft.setVisible(draft is not None and self._size is not None)
        if draft is None or self._size is None:
            return
        look = AreaLook(tentative=True, selected=True, named=False, handles=draft[0] == "polygon")
        self._draft.show_area(Area("", *draft), look, self._scale(), self.extent)
        self._draft.setZValue(1)

    # --- what is where

    def _area_at(self, place: QPointF) -> Area | None:
        found = smallest_at(self._areas, place, REACH / self._scale())
        return None if found is None else self._areas[found]

    def _suggestion_at(self, place: QPointF) -> int | None:
        return smallest_at(self._suggestions, place, REACH / self._scale())

    @property
    def _held(self) -> Area | None:
        """The area that has handles."""
        alone = self._selection[0] if len(self._selection) == 1 else None
        return next((area for area in self._areas if area.name == alone), None)

    def _handle_at(self, place: QPointF) -> int | None:
        held = self._held
        return handle_at(held, place, HANDLE_REACH / self._scale()) if held is not None else None

    def _point_at(self, place: QPointF | None) -> None:
        """The cursor says what a press would do."""
        if self._tool != "hand":
            self.setCursor(Qt.CursorShape.CrossCursor)
        elif place is None or self._size is None:
            self.unsetCursor()
        elif (handle := self._handle_at(place)) is not None and self._held is not None:
            self.setCursor(resize_cursor(self._held, handle))
        elif self._area_at(place) is not None:
            self.setCursor(Qt.CursorShape.SizeAllCursor)
        elif (suggestion := self._suggestion_at(place)) is not None:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            if suggestion != self._pointed:
                self.suggestion_pointed.emit(suggestion)
        else:
            self.unsetCursor()


def _point(place: QPointF) -> Point:
    return place.x(), place.y()
