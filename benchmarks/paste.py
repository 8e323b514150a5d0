"""How long from pasting a screenshot, or a long page, to its first map and its full one. python benchmarks/paste.py

Pastes what another program would put on the clipboard, a PNG, again and again with other pixels; reports
median and quartiles of the time to the first painted map and to the full one, and of what the first consists of. Give
it a display (or xvfb-run) to paint as for a user.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pyqtgraph as pg

sys.path.insert(0, str(Path(__file__).parents[1]))

from PySide6.QtCore import QMimeData, QSettings
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from app.main_window import MainWindow
from app.settings import Settings
from benchmarks.live import settled, wait
from gazeengine.image import decode_image, read_image
from gazeengine.resources import sample_pictures
from main import create_application, open_window

SIZES = {"screenshot of 1920 x 1080": (1080, 1920), "page of 1280 x 9000": (9000, 1280)}
PASTES = 15


def screens(height: int, width: int, n: int) -> list[bytes]:
    """PNGs of the sample pages, one below the other, no two the same."""
    samples = [
        read_image(s.path).rgb for s in sample_pictures() if s.path.stem.startswith(("landing", "shop", "article"))
    ]
    parts = [cv2.resize(rgb, (width, round(rgb.shape[0] * width / rgb.shape[1]))) for rgb in samples]
    found = []
    for i in range(n):
        turned = parts[i % len(parts) :] + parts[: i % len(parts)]
        stacked = np.concatenate(turned * (1 + height // sum(len(p) for p in turned)))[:height]
        stacked[:2, :2] = i  # so that no two are the same
        found.append(bytes(cv2.imencode(".png", cv2.cvtColor(stacked, cv2.COLOR_RGB2BGR))[1]))
    return found


class Painted:
    """When a map of which picture was painted, in seconds of perf_counter, and at what stage."""

    def __init__(self) -> None:
        self.maps: list[tuple[float, str, str]] = []
        paint = pg.GraphicsView.paintEvent

        def paint_and_note(view: QWidget, *arguments: object, **named: object) -> None:
            paint(view, *arguments, **named)
            window = view.window()
            seen = window._seen if isinstance(window, MainWindow) else None
            if seen is not None and seen.preview is not None and not seen.preview_stale:
                self.maps.append((time.perf_counter(), seen.preview.request.picture.digest, seen.preview.stage))

        pg.GraphicsView.paintEvent = paint_and_note

    def at(self, digest: str, *stages: str) -> float | None:
        return next((t for t, d, stage in self.maps if d == digest and stage in stages), None)


def pasted(window: MainWindow, painted: Painted, png: bytes) -> dict[str, float]:
    """Milliseconds of one paste."""
    opened: list[tuple[float, str]] = []

    def note(_: str, picture: object) -> None:
        opened.append((time.perf_counter(), picture.digest))  # type: ignore[attr-defined]

    window.library.picture_opened.connect(note)
    data = QMimeData()
    data.setData("image/png", png)
    QGuiApplication.clipboard().setMimeData(data)
    began = time.perf_counter()
    window.actions_["paste"].trigger()  # keys would need a window manager
    wait(lambda: bool(opened) and painted.at(opened[0][1], "full") is not None, 60)
    window.library.picture_opened.disconnect(note)
    at, digest = opened[0]
    first = painted.at(digest, "coarse", "full") or 0.0
    return {
        "to the first map": 1000 * (first - began),
        "of which until the picture is read": 1000 * (at - began),
        "to the full map": 1000 * ((painted.at(digest, "full") or 0.0) - began),
    }


def quartiles(values: list[float]) -> dict[str, float]:
    low, middle, high = np.percentile(values, (25, 50, 75))
    return {"median": round(middle), "quartiles": [round(low), round(high)], "n": len(values)}  # type: ignore[dict-item]


def decoding(png: bytes) -> float:
    """Milliseconds to decode it with nothing else going on here."""
    began = time.perf_counter()
    decode_image(png, "paste")
    return 1000 * (time.perf_counter() - began)


def measure(model: Path | None, pastes: int, say: Callable[[str], None]) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        painted = Painted()
        application = create_application()
        settings = Settings(QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat))
        window = open_window([model] if model else [], settings)
        window.incoming.tour.end()
        wait(lambda: settled(window), 240)
        results: dict[str, object] = {}
        for name, (height, width) in SIZES.items():
            rows = []
            for png in screens(height, width, pastes):
                rows.append(pasted(window, painted, png) | {"decoding alone": decoding(png)})
                wait(lambda: settled(window), 240)
                say(f"{name}: {rows[-1]}")
                window.canvas.remove(window.explorer.selection.picture or "")
            results[f"{name}, ms"] = {what: quartiles([row[what] for row in rows]) for what in rows[0]}
        window.close()
        application.quit()
        return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a model file instead of the one the window opens with")
    parser.add_argument("--pastes", type=int, default=PASTES, help=f"of each kind (default {PASTES})")
    options = parser.parse_args()
    results = measure(options.model, options.pastes, lambda words: print(words, file=sys.stderr))
    results["machine"] = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {QApplication.platformName() or ''}"
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
