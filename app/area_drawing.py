"""An area while it is being drawn: a box from press to release, or a polygon corner by corner. Nothing of Qt."""

from __future__ import annotations

from typing import Literal

from gazeengine.area_shapes import Point, Size, box_between, inside, large_enough
from gazeengine.regions import Shape

Tool = Literal["hand"] | Shape
Drawn = tuple[Shape, tuple[Point, ...]]
CLOSING = 9.0  # px on the screen around the first corner of a polygon in which a click closes it


class Drawing:
    """What tool and mouse make. Each step returns a finished area's shape and points, or None."""

    def __init__(self) -> None:
        self._tool: Tool = "hand"
        self._size: Size = (1, 1)
        self._began: Point | None = None  # of a box
        self._corners: list[Point] = []  # of a polygon
        self._at: Point = (0, 0)
        self._square = False

    def begin(self, tool: Tool, size: Size) -> None:
        """With this tool on a picture of this size; what was being drawn with another is dropped."""
        if (tool, size) != (self._tool, self._size):
            self.drop()
            self._tool, self._size = tool, size

    @property
    def draft(self) -> Drawn | None:
        """What there is so far."""
        if self._began is not None and self._tool in ("rectangle", "ellipse"):
            shape: Shape = "rectangle" if self._tool == "rectangle" else "ellipse"
            return shape, box_between(self._began, self._at, self._size, square=self._square)
        if self._corners:
            return "polygon", (*self._corners, inside(self._at, self._size))
        return None

    @property
    def corners(self) -> tuple[Point, ...]:
        """Of a polygon, those that were set."""
        return tuple(self._corners)

    def press(self, place: Point, scale: float) -> Drawn | None:
        """scale is pixels of the screen for one of the picture."""
        self._at, self._square = place, False
        if self._tool != "polygon":
            self._began = place
            return None
        corner = inside(place, self._size)
        if len(self._corners) >= 3 and _near(corner, self._corners[0], CLOSING / scale):
            return self.close()
        if not self._corners or corner != self._corners[-1]:
            self._corners.append(corner)
        return None

    def move(self, place: Point, *, square: bool = False) -> None:
        self._at, self._square = place, square

    def release(self, place: Point, *, square: bool = False) -> Drawn | None:
        """The end of a box, unless it was a click."""
        if self._began is None:
            return None
        self.move(place, square=square)
        draft = self.draft
        self.drop()
        return draft if draft is not None and large_enough(draft[1]) else None

    def close(self) -> Drawn | None:
        """A polygon of the corners that were set, if they are enough."""
        corners = self.corners
        if len(corners) < 3 or not large_enough(corners):
            return None
        self.drop()
        return "polygon", corners

    def drop_corner(self) -> bool:
        """Take the last corner back; whether there was one."""
        if not self._corners:
            return False
        self._corners.pop()
        return True

    def drop(self) -> None:
        self._began, self._corners = None, []


def _near(one: Point, other: Point, reach: float) -> bool:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1])) <= reach
