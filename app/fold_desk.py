"""Long pages in the window: their folds are marked and gone to, and it is said how they are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, QPointF, Qt
from PySide6.QtGui import QAction

from app.explorer import Explorer, Seen
from app.fold_controls import FoldControls
from app.fold_marks import FoldMarks
from app.layout import Panels
from app.library import Library
from app.picture_box import PictureBox
from app.selection import Selection
from app.settings import Settings
from app.theme import SPACE, Theme
from gazeengine.image import Picture
from gazeengine.viewports import HEIGHTS, LEAST_FOLDS, PAGE_ABOVE, Fold

_LATER = 0.0  # zoom of what is to fill the width once there is one
_SAME = 1e-9  # by which zooms differ that are the same
ABOVE_ALL = 5.0  # z of the marks: over map and frame, under what is drawn on the picture


class FoldDesk(QObject):
    """Joins marks and controls of folds to the explorer, and the keys that go from fold to fold."""

    def __init__(
        self,
        panels: Panels,
        explorer: Explorer,
        library: Library,
        settings: Settings,
        actions: Mapping[str, QAction],
        parent: QObject,
    ) -> None:
        """Made behind what shows pictures, so that they are there when this is told of them.

        The keys that turn pages do so on the picture only: lists have their own.
        """
        super().__init__(parent)
        self._box = single = panels.saliency.box
        self.box_in_sight: Callable[[], PictureBox] = lambda: single  # of this picture, where it is compared, too
        self._stage = panels.stage
        self._explorer, self._settings = explorer, settings
        self._picture: Picture | None = None
        self._extent: tuple[int, int] | None = None  # (height, width) of the last picture
        self._filled: float | None = None  # zoom at which the picture fills the width, while it does
        self.folds: tuple[Fold, ...] = ()
        self.marks = FoldMarks()
        self.marks.setZValue(ABOVE_ALL)
        self._box.addItem(self.marks, ignoreBounds=True)
        self.controls = FoldControls()
        panels.look.add_section("Page", self.controls)
        self._section = self.controls.parentWidget() or self.controls
        self._lines = settings.flag("fold_lines", usual=True)
        self.controls.look_chosen.connect(lambda look: explorer.select(replace(explorer.selection, look=look)))
        self.controls.lines_chosen.connect(self.show_lines)
        explorer.selected.connect(self._show_selection)
        explorer.seen.connect(self._show_seen)
        explorer.fold_in_sight = lambda: self.in_sight
        self._box.sigResized.connect(self._keep_filled)
        library.picture_opened.connect(lambda *_: self._show_selection(explorer.selection))
        self._actions = actions
        for name in ("next_fold", "previous_fold"):
            actions[name].setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            self._stage.addAction(actions[name])
        self.show_lines(self._lines)
        self._show_selection(explorer.selection)

    def show_theme(self, theme: Theme) -> None:
        self.marks.show_theme(theme)

    @property
    def in_sight(self) -> int:
        """The number of the fold that is looked at; 1 where there is none."""
        box = self.box_in_sight()
        top = _top_row(box) + SPACE / _scale(box)
        return next((fold.number for fold in reversed(self.folds) if fold.top <= top), 1)

    def show_lines(self, lines: bool) -> None:
        """Draw fold lines and labels, or don't."""
        self._lines = lines
        self.marks.show_lines(lines)
        self.controls.show_lines(lines)
        self._settings.save_flag("fold_lines", lines)
        self._actions["fold_lines"].setChecked(lines)

    def turn_lines(self) -> None:
        self.show_lines(not self._lines)

    def step(self, step: int) -> None:
        """To the next fold or the one before; back to the top of the present one where it is not seen from there."""
        if not self.folds:
            return
        box = self.box_in_sight()
        if box.fitted:
            self._fill_width(box, keep_place=False)
        present = self.folds[self.in_sight - 1]
        above = _top_row(box) - present.top > 4 * SPACE / _scale(box)
        number = present.number + (0 if step < 0 and above else step)
        self.go_to(min(max(number, 1), len(self.folds)))

    def go_to(self, number: int) -> None:
        """Bring the top of a fold to the top of the canvas."""
        _bring_to_top(self.box_in_sight(), self.folds[number - 1].top)

    def fit_width(self) -> None:
        """Let the picture fill the width, at the row that is at the top."""
        self._fill_width(self.box_in_sight())

    def _fill_width(self, box: PictureBox, *, keep_place: bool = True) -> None:
        """At the row that is at the top, or from the beginning; the canvas of one picture keeps to it."""
        if self._extent is None:
            return
        if box.width() <= 4 * SPACE:
            self._filled = _LATER
            return
        row = _top_row(box) if keep_place else 0.0
        box.zoom_by((box.width() - 2 * SPACE) / self._extent[1] / _scale(box))
        _bring_to_top(box, row)
        if box is self._box:
            self._filled = box.zoom

    def _keep_filled(self) -> None:
        """The canvas changed its size: what filled it, does so again."""
        if self._filled == _LATER:
            self._fill_width(self._box, keep_place=False)
        elif self._filled is not None and abs(self._box.zoom / self._filled - 1) < _SAME and not self._box.fitted:
            self._fill_width(self._box)

    def _show_selection(self, selection: Selection) -> None:
        self.controls.show_look(selection.look)
        self._show_picture(self._explorer.pictures.get(selection.picture or ""))

    def _show_picture(self, picture: Picture | None) -> None:
        if picture is self._picture:
            return
        self._picture = picture
        self._show_folds((), ())
        height, width = picture.rgb.shape[:2] if picture is not None else (1, 1)
        self._section.setVisible(picture is not None and height >= LEAST_FOLDS * width * HEIGHTS["4:3"])
        if picture is not None and (height, width) != self._extent:
            self._extent, self._filled = (height, width), None
            if height > PAGE_ABOVE * width:  # as a whole there is nothing to be seen of it
                self._fill_width(self._box, keep_place=False)

    def _show_seen(self, seen: Seen) -> None:
        preview = seen.preview
        if preview is None or preview.saliency_map is None or preview.request.picture is not self._picture:
            return
        folds = preview.saliency_map.folds
        self._show_folds(folds, preview.folds_read)

    def _show_folds(self, folds: tuple[Fold, ...], read: tuple[int, ...]) -> None:
        self.folds = folds
        width = self._picture.rgb.shape[1] if self._picture is not None else 0
        self.marks.show_folds(folds, read, width)
        self.controls.show_folds(folds)
        self._enable()

    def _enable(self) -> None:
        for name in ("next_fold", "previous_fold", "fold_lines"):
            self._actions[name].setEnabled(bool(self.folds))


def _bring_to_top(box: PictureBox, row: float) -> None:
    box.pan_by(QPointF(0, (_top_row(box) - row) * _scale(box)))


def _top_row(box: PictureBox) -> float:
    """The row of the picture that stands below the margin of the canvas."""
    return max(0.0, float(box.viewRect().top()) + SPACE / _scale(box))


def _scale(box: PictureBox) -> float:
    """Logical pixels for one of the picture."""
    view = box.getViewWidget()
    return box.zoom / (1.0 if view is None else float(view.devicePixelRatioF()))
