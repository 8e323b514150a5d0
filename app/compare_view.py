"""The page of a comparison: pictures with their maps, linked in place and zoom, and the difference of two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.compare_bar import CompareBar
from app.compare_stage import CompareStage
from app.comparing import CompareMode, Comparing
from app.difference_colours import PaintedDifference
from app.difference_items import PointerItem
from app.difference_view import DifferenceView, Place
from app.map_style import MapStyle
from app.saliency_view import SaliencyView
from app.shown_areas import LabelledAreas, ShownAreas
from app.spot_words import Spot
from app.theme import Theme, current_theme
from app.viewpoint import LinkedBoxes

NO_AREAS = LabelledAreas()
_LEGEND_FROM = 62  # characters that a pane is wide, below which a legend leaves no room for its caption


@dataclass(frozen=True, slots=True, eq=False)
class Pane:
    """One side as it is shown; message stands in place of a picture that is not there."""

    letter: str
    title: str
    rgb: NDArray[np.uint8] | None
    log_density: NDArray[np.float32] | None
    caption: str
    stale: bool
    message: str = ""
    areas: LabelledAreas = NO_AREAS


@dataclass(frozen=True, slots=True, eq=False)
class ShownDifference:
    """The difference that is shown over the picture of one side; message says why there is none."""

    rgb: NDArray[np.uint8] | None
    painted: PaintedDifference | None
    caption: str
    stale: bool
    message: str = ""
    areas: LabelledAreas = NO_AREAS


class CompareView(QWidget):
    """Shows panes and a difference in one of four modes. The views in it are those of one picture."""

    pointed = Signal(object)  # Place under the mouse, or None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = CompareBar()
        self.difference = DifferenceView()
        self.stage = CompareStage(self.difference)
        self.stage.resized.connect(self._fill)
        self.links = LinkedBoxes(self)
        self.links.link(self.difference.box)
        self.panes: list[SaliencyView] = []
        self._areas: list[ShownAreas] = []
        self._areas_of_difference = ShownAreas(self.difference.box)
        self._pointers: list[PointerItem] = []
        self._panes: tuple[Pane, ...] = ()
        self._differing: ShownDifference | None = None
        self._letters: tuple[str, ...] = ("A", "B")
        self._mode: CompareMode = "beside"
        self._comparing: Comparing | None = None
        self._front = 0
        self._aspect = 1.6
        self._style = MapStyle()
        self._theme = current_theme()
        self._blink = QTimer(self)
        self._blink.timeout.connect(self.next_in_front)
        self.difference.hovered.connect(lambda place: self._point(None, place))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addWidget(self.stage, 1)
        self.setAccessibleName("Comparison")
        QWidget.setTabOrder(self.bar.leave, self.difference)
        QWidget.setTabOrder(self.difference, self.stage.divider)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.bar.show_theme(theme)
        self.difference.show_theme(theme)
        self.stage.divider.show_theme(theme)
        for pane in self.panes:
            pane.show_theme(theme)

    def show_style(self, style: MapStyle) -> None:
        self._style = style
        self._fill()

    def show_comparing(self, comparing: Comparing, letters: Sequence[str], aspect: float, reason: str) -> None:
        """Arrange the panes; reason says why only side by side makes sense, if so."""
        mode: CompareMode = "beside" if reason else comparing.mode
        held = self.window().focusWidget()
        self._letters, self._aspect = tuple(letters), aspect
        if mode != self._mode or self._comparing is None:
            self._front = 0
        self._comparing, self._mode = comparing, mode
        while len(self.panes) < len(letters):
            self._add_pane()
        for i, pane in enumerate(self.panes):
            pane.footer.show_caption_right(mode == "swipe" and i == comparing.against + 1)
        self.bar.show_comparing(comparing, mode, letters, reason)
        if mode == "blink" and comparing.blink_s is not None:
            if not self._blink.isActive() or self._blink.interval() != round(1000 * comparing.blink_s):
                self._blink.start(round(1000 * comparing.blink_s))
        else:
            self._blink.stop()
        self._arrange()
        if held is not None and self.isAncestorOf(held) and not held.isVisibleTo(self):  # it went with its mode
            self.focus()

    def show_panes(self, panes: Sequence[Pane]) -> None:
        self._panes = tuple(panes)
        self._fill()

    def show_difference(self, shown: ShownDifference) -> None:
        self._differing = shown
        self._fill()

    def leave(self) -> None:
        """Nothing goes on while it is not seen."""
        self._blink.stop()
        self._comparing = self._differing = None
        self._panes = ()

    @property
    def front(self) -> int:
        """The pane that is in front, of those shown one at a time."""
        return self._front

    def next_in_front(self) -> None:
        """Blink: the next one takes the place of the one in front."""
        if self._mode == "blink" and self._letters:
            self._front = (self._front + 1) % len(self._letters)
            self._arrange()

    def canvas(self) -> SaliencyView | DifferenceView:
        """The canvas that keys and menus mean."""
        if self._mode == "difference":
            return self.difference
        shown = [self.panes[i] for i in self.stage.shown]
        return next((pane for pane in shown if pane.hasFocus()), shown[0])

    def fit(self) -> None:
        self.canvas().box.fit()

    def zoom_to_pixels(self) -> None:
        self.canvas().box.zoom_to_pixels()

    def focus(self) -> None:
        self.canvas().setFocus()

    @property
    def _against(self) -> int:
        return self._comparing.against if self._comparing is not None else 0

    def _arrange(self) -> None:
        n = len(self._letters)
        focused = any(pane.hasFocus() for pane in self.panes) or self.difference.hasFocus()
        self.stage.show_arrangement(self._mode, n, self._aspect, self._against + 1, self._front % n, self._letters)
        self._fill()
        if focused:  # hidden, it would hand the keys to the next control
            self.focus()

    def _fill(self) -> None:
        """The panes that are in sight; the others wait until they come there."""
        if self._mode == "difference" and self._differing is not None:
            self._fill_difference(self._differing)
        for i in self.stage.shown:
            if i >= len(self._panes):
                continue
            pane, view = self._panes[i], self.panes[i]
            view.setAccessibleName(f"{pane.letter}: {pane.title}, picture and saliency map")
            before = view.size_of_picture()
            view.show_picture(pane.rgb)
            if view.size_of_picture() != before:  # which was fitted
                view.box.show_viewpoint(self.links.viewpoint)
            view.show_message(pane.message or None)
            view.show_style(self._pane_style(view))
            view.show_map(pane.log_density, pane.caption, pane.stale)
            self._areas[i].show_areas(pane.areas)

    def _pane_style(self, view: SaliencyView) -> MapStyle:
        """With a legend where it has room, and would not lie below the other side."""
        room = self._mode != "swipe" and view.width() >= _LEGEND_FROM * view.fontMetrics().averageCharWidth()
        return replace(self._style, legend=self._style.legend and room)

    def _fill_difference(self, shown: ShownDifference) -> None:
        if shown.rgb is not self.difference.rgb:
            self.difference.show_picture(shown.rgb)
            self.difference.box.show_viewpoint(self.links.viewpoint)
        letters = "A", self._letters[min(1 + self._against, len(self._letters) - 1)]
        self.difference.show_difference(shown.painted, letters, shown.caption, stale=shown.stale)
        self.difference.show_message(shown.message or None)
        self._areas_of_difference.show_areas(shown.areas)

    def _add_pane(self) -> None:
        pane, i = SaliencyView(), len(self.panes)
        pane.show_theme(self._theme)
        pointer = PointerItem()
        pointer.setZValue(20)
        pane.box.addItem(pointer, ignoreBounds=True)
        pane.hovered.connect(lambda spot: self._point(i, _place(spot, pane)))
        self.panes.append(pane)
        self._areas.append(ShownAreas(pane.box))
        self._pointers.append(pointer)
        self.stage.add(pane)
        before = self.panes[-2] if len(self.panes) > 1 else self.difference
        QWidget.setTabOrder(before, pane)
        QWidget.setTabOrder(pane, self.stage.divider)
        self.links.link(pane.box)

    def _point(self, of: int | None, place: Place | None) -> None:
        """The mouse is there in one pane: shown in all others."""
        for i, (pane, pointer) in enumerate(zip(self.panes, self._pointers, strict=True)):
            size = pane.size_of_picture()
            pointer.setVisible(place is not None and i != of and size is not None and self._mode == "beside")
            if place is not None and size is not None:
                pointer.setPos(QPointF(place.x * size[0], place.y * size[1]))
        self.pointed.emit(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self._mode == "blink":
            if not event.isAutoRepeat():
                self.next_in_front()
        else:
            super().keyPressEvent(event)


def _place(spot: Spot | None, pane: SaliencyView) -> Place | None:
    size = pane.size_of_picture()
    return None if spot is None or size is None else Place((spot.x + 0.5) / size[0], (spot.y + 0.5) / size[1])
