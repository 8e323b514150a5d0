"""What is remembered from one start to the next: window, folders, display."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from platformdirs import user_data_path
from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

from app.map_style import MODES, MapStyle
from app.theme import APPEARANCES, Appearance
from app.workspace import WORKSPACES, Workspace
from gazeengine.saliency_map import COLOR_MAPS


class Settings:
    """Typed access to the program's QSettings; anything unreadable there is as if it were not there."""

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store or QSettings("FisherGaze", "FisherGaze")
        self._own_store = store is None

    @property
    def data_folder(self) -> Path:
        """Where the program keeps what it works on, such as jobs: beside a store that is not the user's own."""
        if self._own_store:
            return user_data_path("FisherGaze", appauthor=False)
        return Path(self._store.fileName()).absolute().parent / "data"

    def layout(self, name: str) -> QByteArray | None:
        """Geometry or splitter state that was saved under name."""
        value = self._store.value(f"layout/{name}")
        return value if isinstance(value, QByteArray) else None

    def save_layout(self, name: str, state: QByteArray) -> None:
        self._store.setValue(f"layout/{name}", state)

    def folder(self, purpose: str) -> Path:
        """The folder last used for purpose ("pictures", "models"); the user's pictures or documents at first."""
        value = self._store.value(f"folders/{purpose}")
        if isinstance(value, str) and Path(value).is_dir():
            return Path(value)
        places = QStandardPaths.StandardLocation
        place = places.PicturesLocation if purpose == "pictures" else places.DocumentsLocation
        return Path(QStandardPaths.writableLocation(place) or Path.home())

    def save_folder(self, purpose: str, folder: Path) -> None:
        self._store.setValue(f"folders/{purpose}", str(folder))

    def folders(self, purpose: str) -> list[Path]:
        """The folders last used together for purpose ("training"), without those that are gone."""
        try:
            found = json.loads(str(self._store.value(f"folders/{purpose}")))
        except ValueError:
            return []
        names = found if isinstance(found, list) else []
        return [Path(name) for name in names if isinstance(name, str) and Path(name).is_dir()]

    def save_folders(self, purpose: str, folders: Sequence[Path]) -> None:
        self._store.setValue(f"folders/{purpose}", json.dumps([str(folder) for folder in folders]))

    def recent(self) -> list[Path]:
        """The pictures and folders of them that were opened last, the latest first, without those that are gone."""
        try:
            found = json.loads(str(self._store.value("recent/pictures")))
        except ValueError:
            return []
        names = found if isinstance(found, list) else []
        return [Path(name) for name in names if isinstance(name, str) and Path(name).exists()]

    def save_recent(self, paths: Sequence[Path]) -> None:
        self._store.setValue("recent/pictures", json.dumps([str(path) for path in paths]))

    def file(self, purpose: str) -> Path | None:
        """The file last used for purpose ("features"); None where there was none, or it is gone."""
        value = self._store.value(f"files/{purpose}")
        return Path(value) if isinstance(value, str) and Path(value).is_file() else None

    def save_file(self, purpose: str, file: Path) -> None:
        self._store.setValue(f"files/{purpose}", str(file))

    def style(self) -> MapStyle:
        default = MapStyle()
        mode = self._store.value("display/mode", default.mode)
        color_map = self._store.value("display/color_map", default.color_map)
        try:
            opacity = float(str(self._store.value("display/opacity", default.opacity)))
        except ValueError:
            opacity = default.opacity
        if not math.isfinite(opacity):
            opacity = default.opacity
        return MapStyle(
            next((m for m, _, _ in MODES if m == mode), default.mode),
            min(max(opacity, 0.0), 1.0),
            str(color_map) if color_map in COLOR_MAPS else default.color_map,
        )

    def save_style(self, style: MapStyle) -> None:
        for key, value in asdict(style).items():
            self._store.setValue(f"display/{key}", value)

    def workspace(self) -> Workspace:
        """Which of the two columns is in front."""
        value = self._store.value("layout/workspace")
        return next((w for w in WORKSPACES if w == value), "look")

    def save_workspace(self, workspace: Workspace) -> None:
        self._store.setValue("layout/workspace", workspace)

    def flag(self, name: str, *, usual: bool) -> bool:
        """Whether something is on that can be switched off ("fold_lines")."""
        value = str(self._store.value(f"flags/{name}", usual)).lower()
        return value == "true" if value in ("true", "false") else usual

    def save_flag(self, name: str, value: bool) -> None:
        self._store.setValue(f"flags/{name}", value)

    def appearance(self) -> Appearance:
        value = self._store.value("display/appearance")
        return next((a for a in APPEARANCES if a == value), "system")

    def save_appearance(self, appearance: Appearance) -> None:
        self._store.setValue("display/appearance", appearance)

    def threads(self) -> int:
        try:
            value = int(str(self._store.value("latency/threads", 1)))
        except ValueError:
            return 1
        return min(max(1, value), os.cpu_count() or 1)

    def save_threads(self, threads: int) -> None:
        self._store.setValue("latency/threads", threads)
