"""A desk of areas on real views, its explorer answered by the test; and the hand that works on its canvas."""

import numpy as np
from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.area_desk import AreaDesk
from app.background import Background
from app.layout import Panels
from app.selection import NetworkChoice
from app.undo import ChoiceHistory
from gazeengine.image import Picture
from gazeengine.records import Preview
from gazeengine.saliency_map import normalised
from tests.app.explorers import choose, made_explorer

LEFT = Qt.MouseButton.LeftButton
HEIGHT, WIDTH = 400, 600
LARGE = (2 * HEIGHT, 2 * WIDTH)


def picture(name, size=(HEIGHT, WIDTH)):
    return Picture(name, None, np.full((*size, 3), 200, np.uint8), digest=f"{name} {size}")


def sloping(rows=40, columns=60, to_the_right=1.0):
    """A map that rises from left to right, or falls."""
    return normalised(np.repeat(np.linspace(0, to_the_right, columns)[None], rows, 0))


class StandInMaps(QObject):
    """Maps beside the shown one, given by the test."""

    came = Signal(object, object)
    failed = Signal(object, str)

    def __init__(self):
        super().__init__()
        self.asked, self.maps = [], {}

    def ask(self, request):
        self.asked.append(request)
        return self.maps.get(request.key)

    def give(self, map_):
        self.maps[self.asked[-1].key] = map_
        self.came.emit(self.asked[-1], map_)


class Bench:
    """A window with pictures a and b of one size, and large of twice that, a shown; without a map at first."""

    def __init__(self, qtbot, settings, checkpoint, other_checkpoint):
        self.qtbot = qtbot
        self.window = QWidget()
        self.panels = Panels()
        QVBoxLayout(self.window).addWidget(self.panels)
        self.explorer = made_explorer(checkpoint, other_checkpoint)
        self.history = ChoiceHistory(lambda choice: None, NetworkChoice())
        self.maps = StandInMaps()
        self.background = Background("files")
        self.desk = AreaDesk(
            self.window, self.panels, self.explorer, self.history, self.maps, self.background, settings
        )
        self.explorer.selected.connect(self._show_picture)
        self.pictures = {"a": picture("a"), "b": picture("b"), "large": picture("large", LARGE)}
        for key, shown in self.pictures.items():
            self.explorer.add_picture(key, shown)
        choose(self.explorer, picture_key="a", model="m")
        self.panels.show_workspace("look")
        qtbot.addWidget(self.window)
        self.window.resize(1200, 800)
        self.window.show()
        self.window.activateWindow()
        qtbot.waitExposed(self.window)
        self.view = self.panels.saliency
        self.canvas = self.view._canvas.viewport()
        self.view.setFocus()

    def _show_picture(self, selection):
        shown = self.explorer.pictures.get(selection.picture)
        self.panels.saliency.show_picture(shown.rgb if shown is not None else None)

    def close(self):
        self.explorer.stop()
        self.background.close()
        self.window.close()

    def show(self, key):
        choose(self.explorer, picture_key=key, model="m")

    def answer(self, map_=None, stage="full"):
        """As the engine would, to what was asked last."""
        request = self.explorer.requests[-1]
        self.explorer._answers.answered.emit(Preview(request, stage, map_ or sloping()))

    # --- the hand

    def at(self, x, y):
        return self.view.box.mapViewToScene(QPointF(x, y)).toPoint()

    def press(self, x, y, modifier=Qt.KeyboardModifier.NoModifier):
        self.qtbot.mousePress(self.canvas, LEFT, modifier, self.at(x, y))

    def move(self, x, y):
        self.qtbot.mouseMove(self.canvas, self.at(x, y))

    def release(self, x, y, modifier=Qt.KeyboardModifier.NoModifier):
        self.qtbot.mouseRelease(self.canvas, LEFT, modifier, self.at(x, y))

    def drag(self, start, end, modifier=Qt.KeyboardModifier.NoModifier, steps=3):
        self.press(*start, modifier)
        for i in range(1, steps + 1):
            self.move(*(a + (b - a) * i / steps for a, b in zip(start, end, strict=True)))
        self.release(*end, modifier)

    def click(self, x, y, modifier=Qt.KeyboardModifier.NoModifier):
        self.press(x, y, modifier)
        self.release(x, y, modifier)

    def double_click(self, x, y):
        self.click(x, y)
        self.qtbot.mouseDClick(self.canvas, LEFT, pos=self.at(x, y))
        self.release(x, y)

    def key(self, key, modifier=Qt.KeyboardModifier.NoModifier):
        self.qtbot.keyClick(self.view, key, modifier)

    def draw(self, *corners, tool="rectangle"):
        self.desk.take_tool(tool)
        self.drag(*corners)

    # --- what there is

    @property
    def areas(self):
        return self.desk.choice.areas

    @property
    def names(self):
        return [area.name for area in self.areas]

    @property
    def chosen(self):
        return self.desk.choice.names

    @property
    def said(self):
        return self.panels.messages.text

    def cell(self, name, column, *, group=False):
        index = self.desk.panel._rows.index_of(name, group=group)
        return index.siblingAtColumn(column)

    def text(self, name, column, *, group=False):
        return self.cell(name, column, group=group).data()
