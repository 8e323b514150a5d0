"""What is remembered from one start to the next: window, folders, display."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Literal, get_args

from platformdirs import user_data_path
from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

from app.comparing import COMPARE_MODES, CompareMode
from app.map_style import LEAST_GAMMA, MODES, MOST_GAMMA, MapStyle
from app.theme import APPEARANCES, Appearance
from app.workspace import WORKSPACES, Workspace
from gazeengine.domain import USUAL_LOOK, Look, Prior
from gazeengine.saliency_map import COLOR_MAPS

DOMAINS: tuple[Literal["auto", "photographs", "screens"], ...] = ("auto", "photographs", "screens")
PRIORS: tuple[Prior, ...] = get_args(Prior)


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
        """The folder last used for purpose ("pictures", "models"); at first that of pictures or documents, or home."""
        value = self._store.value(f"folders/{purpose}")
        if isinstance(value, str) and Path(value).is_dir():
            return Path(value)
        places = QStandardPaths.StandardLocation
        place = places.PicturesLocation if purpose == "pictures" else places.DocumentsLocation
        usual = Path(QStandardPaths.writableLocation(place) or Path.home())
        return usual if usual.is_dir() else Path.home()  # not wherever the program was started

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

    def recent_projects(self) -> list[Path]:
        """The project files that were opened or saved last, the latest first, without those that are gone."""
        try:
            found = json.loads(str(self._store.value("recent/projects")))
        except ValueError:
            return []
        names = found if isinstance(found, list) else []
        return [Path(name) for name in names if isinstance(name, str) and Path(name).is_file()]

    def save_recent_projects(self, paths: Sequence[Path]) -> None:
        self._store.setValue("recent/projects", json.dumps([str(path) for path in paths]))

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
        low = self._number("display/low", default.low, 0, 100)
        high = self._number("display/high", default.high, 0, 100)
        return MapStyle(
            next((m for m, _, _ in MODES if m == mode), default.mode),
            self._number("display/opacity", default.opacity, 0, 1),
            str(color_map) if color_map in COLOR_MAPS else default.color_map,
            self._number("display/gamma", default.gamma, LEAST_GAMMA, MOST_GAMMA),
            low if low < high else default.low,
            high if low < high else default.high,
            *(self._flag(f"display/{part}", getattr(default, part)) for part in ("contours", "hotspots", "legend")),
        )

    def look(self) -> Look:
        """How pictures are looked at."""
        domain, prior = self._store.value("look/domain"), self._store.value("look/prior")
        return Look(
            next((d for d in DOMAINS if d == domain), USUAL_LOOK.domain),
            self._number("look/center_bias", USUAL_LOOK.center_bias, 0, 1),
            next((p for p in PRIORS if p == prior), USUAL_LOOK.prior),
        )

    def save_look(self, look: Look) -> None:
        for key, value in asdict(look).items():
            self._store.setValue(f"look/{key}", value)

    def _number(self, key: str, default: float, least: float, most: float) -> float:
        """A finite number that is stored, brought between least and most."""
        try:
            value = float(str(self._store.value(key, default)))
        except ValueError:
            return default
        return min(max(value, least), most) if math.isfinite(value) else default

    def _flag(self, key: str, default: bool) -> bool:
        """Yes or no; an INI file gives it as text."""
        return {"true": True, "false": False}.get(str(self._store.value(key, default)).lower(), default)

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

    def compare_mode(self) -> CompareMode:
        """How the last comparison was shown."""
        value = self._store.value("compare/mode")
        return next((mode for mode in COMPARE_MODES if mode == value), "beside")

    def save_compare_mode(self, mode: CompareMode) -> None:
        self._store.setValue("compare/mode", mode)

    def appearance(self) -> Appearance:
        value = self._store.value("display/appearance")
        return next((a for a in APPEARANCES if a == value), "system")

    def save_appearance(self, appearance: Appearance) -> None:
        self._store.setValue("display/appearance", appearance)

    def refines_by_itself(self) -> bool:
        """Whether networks are refined without being asked for, while the hand rests."""
        return str(self._store.value("refining/by_itself", "false")) == "true"

    def save_refines_by_itself(self, on: bool) -> None:
        self._store.setValue("refining/by_itself", "true" if on else "false")

    def threads(self) -> int:
        try:
            value = int(str(self._store.value("latency/threads", 1)))
        except ValueError:
            return 1
        return min(max(1, value), os.cpu_count() or 1)

    def save_threads(self, threads: int) -> None:
        self._store.setValue("latency/threads", threads)
