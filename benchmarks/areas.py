"""How live areas are: one of three to ten dragged over a picture of 1920 x 1080. python benchmarks/areas.py

Reports, from a mouse event to painted shares in canvas and table, p50 and p95 of the time on the clock and of this
thread's own, which other programs on the computer do not lengthen. 60 frames a second leave 16.7 ms.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from PySide6.QtCore import QPointF, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from app.area_desk import AreaDesk
from app.background import Background
from app.explorer import Explorer, Seen
from app.layout import Panels
from app.other_maps import OtherMaps
from app.selection import NetworkChoice, Selection
from app.settings import Settings
from app.undo import ChoiceHistory
from gazeengine.checkpoint import SUFFIX, load
from gazeengine.image import Picture
from gazeengine.records import Preview, PreviewRequest
from gazeengine.regions import Area, Shape
from gazeengine.resources import FOLDER
from gazeengine.saliency_map import normalised

HEIGHT, WIDTH = 1080, 1920
GRID = (530, 943)  # of a full map of such a picture
STEPS = 150
CASES: tuple[tuple[int, Shape, int], ...] = (
    (3, "rectangle", 0),
    (3, "ellipse", 0),
    (10, "rectangle", 0),
    (10, "ellipse", 3),
    (10, "polygon", 3),
)
"""How many areas, of what shape, how many of them in one group with the dragged one."""


def areas(n: int, shape: Shape, grouped: int) -> tuple[Area, ...]:
    found = []
    for k in range(n):
        left, top, right, bottom = 100 + 130 * k, 100 + 60 * k, 500 + 130 * k, 380 + 60 * k
        points = ((left, top), (right, bottom))
        if shape == "polygon":
            points = ((left, top), (right, top + 30), (right - 40, bottom), (left + 60, bottom - 20))
        found.append(Area(f"Area {k}", shape, points, group="Group" if k < grouped else ""))
    return tuple(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication([])
    random = np.random.default_rng(0)
    picture = Picture("p", None, random.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8), "p")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat))
        window, panels, background, maps = QWidget(), Panels(), Background("files"), OtherMaps()
        explorer = Explorer()
        history = ChoiceHistory(lambda _: None, NetworkChoice())
        desk = AreaDesk(window, panels, explorer, history, maps, background, settings)
        QVBoxLayout(window).addWidget(panels)
        panels.show_workspace("look")
        explorer.add_picture("p", picture)
        explorer.select(Selection(picture="p"))
        panels.saliency.show_picture(picture.rgb)
        map_ = normalised(random.normal(0, 2, GRID))
        request = PreviewRequest(picture, load(FOLDER / "models" / f"litegaze{SUFFIX}"), None)
        explorer.seen.emit(Seen(Preview(request, "full", map_), False, None, False, False, False))
        panels.saliency.show_map(map_.log_density, "full map", False)
        window.resize(WIDTH, HEIGHT)
        window.show()
        QTest.qWaitForWindowExposed(window)
        found = []
        for n, shape, grouped in CASES:
            desk.choice.put(areas(n, shape, grouped), "areas")
            desk.choice.choose(("Area 0",))
            application.processEvents()
            clock, own = dragged(application, panels)
            found.append(
                {
                    "areas": n,
                    "shape": shape,
                    "grouped": grouped,
                    "p50_ms": round(1e3 * float(np.quantile(clock, 0.5)), 1),
                    "p95_ms": round(1e3 * float(np.quantile(clock, 0.95)), 1),
                    "own_p50_ms": round(1e3 * float(np.quantile(own, 0.5)), 1),
                    "own_p95_ms": round(1e3 * float(np.quantile(own, 0.95)), 1),
                }
            )
        maps.close()
        background.close()
        explorer.stop()
    if options.json:
        print(json.dumps({"steps": STEPS, "platform": application.platformName(), "cases": found}))
        return
    for case in found:
        print(
            f"{case['areas']} areas ({case['shape']}, {case['grouped']} grouped): p50 {case['p50_ms']} ms, p95 "
            f"{case['p95_ms']} ms; of this thread's own time {case['own_p50_ms']} and {case['own_p95_ms']} ms"
        )


def dragged(application: QApplication, panels: Panels) -> tuple[list[float], list[float]]:
    """Seconds on the clock, and of this thread, for each step of a drag of the first area."""
    canvas, box = panels.saliency._canvas.viewport(), panels.saliency.box
    clock, own = [], []

    def at(x: float, y: float) -> object:
        return box.mapViewToScene(QPointF(x, y)).toPoint()

    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=at(300, 240))
    for i in range(STEPS):
        place = at(300 + 3 * i, 240 + i)
        before = time.perf_counter(), time.thread_time()
        QTest.mouseMove(canvas, place)
        application.processEvents()
        clock.append(time.perf_counter() - before[0])
        own.append(time.thread_time() - before[1])
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=at(300 + 3 * STEPS, 240 + STEPS))
    return clock, own


if __name__ == "__main__":
    main()
