"""Where in a picture one looks, in terms that hold for other pictures, too; and views that look at the same place."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.picture_box import PictureBox, Viewpoint

__all__ = ["LinkedBoxes", "Viewpoint"]


class LinkedBoxes(QObject):
    """Where the hand moves one of them, the others move along."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._boxes: list[PictureBox] = []
        self.viewpoint = Viewpoint()

    def link(self, box: PictureBox) -> None:
        """From now on box moves with the others; it goes where they are."""
        self._boxes.append(box)
        box.moved.connect(lambda: self._follow(box))
        box.sigResized.connect(lambda: box.show_viewpoint(self.viewpoint))
        box.show_viewpoint(self.viewpoint)

    def show_viewpoint(self, viewpoint: Viewpoint) -> None:
        """All of them there."""
        self.viewpoint = viewpoint
        for box in self._boxes:
            box.show_viewpoint(viewpoint)

    def _follow(self, moved: PictureBox) -> None:
        self.viewpoint = moved.viewpoint
        for box in self._boxes:
            if box is not moved:
                box.show_viewpoint(self.viewpoint)
