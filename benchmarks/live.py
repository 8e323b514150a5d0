"""How live the window is: a drag of 200 real mouse moves, and the start. python benchmarks/live.py [--model FILE]

Reports p50, p95 and p99 of the time from a mouse event to painted widths, to the first map and to the full map,
the longest time that the event loop was held up, and the time from start to window and to the first map.
Give it a display (or xvfb-run) to paint as for a user; it runs offscreen, too.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import pyqtgraph as pg
from PySide6.QtCore import QElapsedTimer, QEventLoop, QPoint, QSettings, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.main_window import MainWindow
from app.marked_slider import MarkedSlider
from app.settings import Settings
from app.widths_view import WidthsView
from gazeengine.plan import PruningPlan
from main import create_application, open_window

STEPS = 200
STEP_MS = 16  # a mouse that reports 60 times a second
JUMPS = 20


Setting = tuple[tuple[int, ...], bytes]
"""Layer widths, and the digest of the features that are kept: a move that changes neither has nothing to paint."""


def setting(plan: PruningPlan) -> Setting:
    return tuple(plan.widths.values()), plan.digest


def present(window: MainWindow) -> Setting:
    plan = window.explorer.plan
    assert plan is not None
    assert plan.pruning is not None
    return setting(plan.pruning)


@dataclass
class Trace:
    """When what was painted, in seconds of perf_counter, and of which setting."""

    sent: list[tuple[float, Setting]] = field(default_factory=list)
    widths: list[tuple[float, Setting]] = field(default_factory=list)
    maps: list[tuple[float, PruningPlan, str]] = field(default_factory=list)
    ticks: list[float] = field(default_factory=list)


def watch(trace: Trace) -> Callable[[MainWindow], None]:
    """Note every paint of the diagram and of the map, from classes up; then, for a window, every turn of its loop."""
    shown: list[MainWindow] = []

    def noting(paint: Callable[..., None], note: Callable[[MainWindow], None]) -> Callable[..., None]:
        def paint_and_note(view: QWidget, *arguments: object, **named: object) -> None:
            paint(view, *arguments, **named)
            if shown:
                note(shown[0])

        return paint_and_note

    def widths_painted(window: MainWindow) -> None:
        if window.explorer.plan is not None:
            trace.widths.append((time.perf_counter(), present(window)))

    def map_painted(window: MainWindow) -> None:
        seen = window._seen
        if seen is not None and seen.preview is not None:
            plan = seen.preview.request.plan
            if plan is not None:
                trace.maps.append((time.perf_counter(), plan, seen.preview.stage))

    WidthsView.paintEvent = noting(WidthsView.paintEvent, widths_painted)  # type: ignore[method-assign]
    pg.GraphicsView.paintEvent = noting(pg.GraphicsView.paintEvent, map_painted)

    def begin(window: MainWindow) -> None:
        shown.append(window)
        beat = QTimer(window)
        beat.setTimerType(Qt.TimerType.PreciseTimer)
        beat.timeout.connect(lambda: trace.ticks.append(time.perf_counter()))
        beat.start(1)

    return begin


def wait(until: Callable[[], bool], limit_s: float) -> None:
    """Turn the event loop until that holds."""
    timer = QElapsedTimer()
    timer.start()
    while not until():
        if timer.elapsed() > 1000 * limit_s:
            raise TimeoutError("the window did not answer in time")
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 1)
        time.sleep(0.0002)  # as an event loop at rest would: else it keeps Python's lock from the engine's thread


def settled(window: MainWindow) -> bool:
    seen = window._seen
    return seen is not None and not seen.waiting and seen.latency_final


def drag(window: MainWindow, trace: Trace, name: str, low: float, high: float) -> None:
    """Press on the slider of that name, move 200 times from low to high and back, release."""
    slider = next(s for s in window.findChildren(MarkedSlider) if s.accessibleName().startswith(name))
    surface = window.windowHandle()

    def place(position: float) -> QPoint:
        return slider.mapTo(window, QPoint(round(slider.x_of(position)), slider.middle))

    QTest.mousePress(surface, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place(low))
    for i in range(STEPS):
        to = place(low + (high - low) * (1 - abs(2 * (i + 1) / STEPS - 1)))
        at = time.perf_counter()
        QTest.mouseMove(surface, to)
        trace.sent.append((at, present(window)))
        wait(lambda due=at + STEP_MS / 1000: time.perf_counter() >= due, 1)  # type: ignore[misc]
    QTest.mouseRelease(surface, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, to)


def since(sent: list[tuple[float, Hashable]], shown: list[tuple[float, Hashable]]) -> list[float]:
    """Milliseconds from each event to the first thing shown of it or of a later one.

    A value that was sent twice, on the way up and down, is told by when it was shown.
    """
    sent = [event for i, event in enumerate(sent) if not i or event[1] != sent[i - 1][1]]
    reached = []
    for t, what in shown:
        of = [i for i, (at, value) in enumerate(sent) if value == what and at <= t]
        if of:
            reached.append((t, max(of)))
    times = []
    for i, (at, _) in enumerate(sent):
        later = [t for t, event in reached if event >= i]
        if later:
            times.append(1000 * (min(later) - at))
    return times


def dragged_through(window: MainWindow, trace: Trace, name: str, low: float, high: float) -> dict[str, object]:
    for times in (trace.sent, trace.widths, trace.maps, trace.ticks):
        times.clear()
    drag(window, trace, name, low, high)
    ticks = np.diff(trace.ticks)
    wait(lambda: settled(window), 60)
    sent_widths, sent_kept = ([(t, s[k]) for t, s in trace.sent] for k in (0, 1))
    maps = [(t, plan.digest) for t, plan, _ in trace.maps]
    return {
        "event to painted widths, ms": summary(since(sent_widths, [(t, s[0]) for t, s in trace.widths])),
        "event to first map, ms": summary(since(sent_kept, maps)),
        "event loop held up, ms": {**summary(1000 * ticks), "most": round(1000 * float(ticks.max()), 1)},
    }


def painted(window: MainWindow, trace: Trace, stage: str | None = None) -> float | None:
    """When the present network's map was painted first; None where it has not been."""
    plan = window.explorer.plan
    if plan is None or plan.pruning is None:  # a trained network is being read
        return None
    digest = plan.pruning.digest
    return next((t for t, m, s in trace.maps if m.digest == digest and stage in (None, s)), None)


def measure(model: Path | None) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        trace = Trace()
        begin = watch(trace)
        application = create_application()
        store = QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat)
        settings = Settings(store)
        settings.save_workspace("network")  # where the sliders are
        settings.save_flag("tour_seen", True)
        window = open_window([model] if model else [], settings)
        begin(window)
        wait(lambda: settled(window), 120)
        dragged: dict[str, object] = {"drag of pruned features": dragged_through(window, trace, "Pruned", 0.0, 0.9)}
        window.panels.pruning.n_moved.emit(1000)
        wait(lambda: settled(window), 60)
        dragged["drag of β"] = dragged_through(window, trace, "β", 0.15, 0.85)
        full: list[float] = []
        coarse: list[float] = []
        rng = np.random.default_rng(0)
        for n in rng.choice(np.arange(1, window.explorer.plan.n_most if window.explorer.plan else 2), JUMPS, False):
            trace.maps.clear()
            sent = time.perf_counter()
            window.panels.pruning.n_moved.emit(int(n))
            wait(lambda: painted(window, trace, "full") is not None, 30)
            coarse.append(1000 * ((painted(window, trace) or 0) - sent))
            full.append(1000 * ((painted(window, trace, "full") or 0) - sent))
        jumped = {"jump to first map, ms": summary(coarse), "jump to full map, ms": summary(full)}
        window.close()
        application.quit()
        return dragged | jumped


def summary(values: object) -> dict[str, float]:
    array = np.asarray(values, float)
    low, middle, high = np.percentile(array, (50, 95, 99))
    return {"p50": round(low, 1), "p95": round(middle, 1), "p99": round(high, 1), "n": len(array)}


def start_times() -> dict[str, float]:
    """Seconds from the start of a fresh interpreter to the first paint of the window and of the first map."""
    code = f"""
import os, sys, time
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from gazeengine.plan import PruningPlan
from main import create_application, open_window
from app.settings import Settings
from PySide6.QtCore import QSettings, QTimer
import tempfile
began = float(os.environ["BEGAN"])
application = create_application()
window = open_window([], Settings(QSettings(tempfile.mkdtemp() + "/s.ini", QSettings.Format.IniFormat)))
QTimer.singleShot(0, lambda: print("window", time.time() - began, flush=True))
def seen(s):
    if s.preview is not None:
        QTimer.singleShot(0, lambda: (print("map", time.time() - began, flush=True), window.close()))
        window.explorer.seen.disconnect(seen)
window.explorer.seen.connect(seen)
application.exec()
"""
    environment = os.environ | {"BEGAN": str(time.time())}
    lines = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120, check=True
    ).stdout.split("\n")
    return {line.split()[0]: float(line.split()[1]) for line in lines if line}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a model file instead of the one the window opens with")
    parser.add_argument("--starts", type=int, default=5, help="how often to measure the start")
    options = parser.parse_args()
    results = measure(options.model)
    starts = [start_times() for _ in range(options.starts)]
    for name, words in (("window", "start to window, s"), ("map", "start to first map, s")):
        if starts:
            results[words] = {**summary([s[name] for s in starts]), "n": len(starts)}
    results["machine"] = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {QApplication.platformName() or ''}"
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
