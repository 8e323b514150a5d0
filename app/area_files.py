"""Areas on the clipboard and in files: copied to other pictures, as a table, as CSV and JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from app.area_shares import AreaRow, to_tsv
from app.background import Background
from app.message_bar import MessageBar
from app.settings import Settings
from gazeengine.area_shapes import Size
from gazeengine.atomic import written_beside
from gazeengine.regions import Area, AreaFile, AreaShare, RegionError, read_areas, to_csv, to_json

MIME = "application/x-fishergaze-areas+json"
_KINDS = "Areas (*.json);;Table (*.csv)"
Found = Callable[[AreaFile, str], None]


def copy_areas(areas: Sequence[Area], size: Size, rows: Sequence[AreaRow], *, compared: bool) -> None:
    """Put areas on the clipboard: for other pictures as they are, for a spreadsheet as a table."""
    data = QMimeData()
    data.setData(MIME, to_json(areas, size).encode())
    data.setText(to_tsv(rows, compared=compared))
    QGuiApplication.clipboard().setMimeData(data)


def areas_on_clipboard() -> bool:
    """Whether areas were copied last."""
    data = QGuiApplication.clipboard().mimeData()
    return data is not None and data.hasFormat(MIME)


def copied_areas() -> AreaFile:
    """The areas on the clipboard. Raises RegionError where they are damaged."""
    data = bytes(QGuiApplication.clipboard().mimeData().data(MIME).data())
    return read_areas(data.decode("utf-8", "replace"), "clipboard")


class AreaFiles:
    """Asks where to and from; reads and writes in the background, and says what came of it."""

    def __init__(self, window: QWidget, background: Background, messages: MessageBar, settings: Settings) -> None:
        self._window, self._background, self._messages, self._settings = window, background, messages, settings

    def ask_and_save(self, areas: Sequence[Area], size: Size, rows: Sequence[AreaRow], name: str) -> None:
        """The areas as JSON or their table as CSV, by what the file is called."""
        start = self._settings.folder("areas") / f"{Path(name).stem}-areas.json"
        chosen, kind = QFileDialog.getSaveFileName(self._window, "Save areas", str(start), _KINDS)
        if not chosen:
            return
        path = Path(chosen)
        if path.suffix.lower() not in (".json", ".csv"):
            path = path.with_name(path.name + (".csv" if "csv" in kind else ".json"))
        self._settings.save_folder("areas", path.parent)
        self.save(areas, size, rows, path)

    def save(self, areas: Sequence[Area], size: Size, rows: Sequence[AreaRow], path: Path) -> None:
        if path.suffix.lower() == ".csv":
            if any(row.share is None for row in rows):
                self._messages.show_problem(f"table {path.name}: there is no map yet, wanted one to measure areas by")
                return
            text = to_csv([_share(row) for row in rows])
        else:
            text = to_json(areas, size)

        def write() -> str:
            with written_beside(path) as beside:
                beside.write_text(text, encoding="utf-8")
            return f"Saved {path.name}."

        self._background.do(write, self._messages.show_notice, self._messages.show_problem, keep=True)

    def ask_and_open(self, found: Found) -> None:
        """found(areas, name of their file), once they are read."""
        start = str(self._settings.folder("areas"))
        chosen, _ = QFileDialog.getOpenFileName(self._window, "Open areas", start, "Areas (*.json);;All files (*)")
        if chosen:
            self._settings.save_folder("areas", Path(chosen).parent)
            self.open(Path(chosen), found)

    def open(self, path: Path, found: Found) -> None:
        def read() -> AreaFile:
            try:
                text = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise RegionError(
                    f"areas {path.name}: cannot be read ({error}), wanted areas as FisherGaze writes them"
                ) from error
            return read_areas(text, f"areas {path.name}")

        self._background.do(read, lambda file: found(file, path.name), self._messages.show_problem)


def _share(row: AreaRow) -> AreaShare:
    name = row.name if row.area is not None else f"{row.name} (group)"
    return AreaShare(name, row.share or 0.0, row.area_share or 0.0, row.intensity or 0.0, row.rank or 0, row.group)
