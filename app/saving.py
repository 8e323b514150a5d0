"""Taking away the chosen network, as a model file or ONNX, checked after writing; and the picture with its map."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app.background import Background
from app.map_style import MapStyle, rendered
from app.message_bar import MessageBar
from app.planned import Planned
from app.settings import Settings
from gazeengine.checkpoint import SUFFIX, Checkpoint
from gazeengine.image import write_png


class Saving(QObject):
    """Asks where to, writes in the background, and says in the message bar what was written and how it was checked."""

    saved = Signal(object)  # Path

    def __init__(self, window: QWidget, background: Background, messages: MessageBar, settings: Settings) -> None:
        super().__init__(window)
        self._window = window
        self._background = background
        self._messages = messages
        self._settings = settings

    def ask_and_save_model(self, plan: Planned) -> None:
        if path := self._ask("Save pruned model", plan.suggested_name + SUFFIX, f"FisherGaze model (*{SUFFIX})"):
            self.save_model(plan, path)

    def ask_and_export_onnx(self, plan: Planned) -> None:
        if path := self._ask("Export ONNX", plan.suggested_name + ".onnx", "ONNX network (*.onnx)"):
            self.export_onnx(plan, path)

    def ask_and_save_map(
        self, rgb: NDArray[np.uint8], log_density: NDArray[np.float32], style: MapStyle, name: str
    ) -> None:
        if path := self._ask("Save picture with map", f"{Path(name).stem}-gaze.png", "PNG picture (*.png)"):
            self.save_map(rgb, log_density, style, path)

    def save_model(self, plan: Planned, path: Path) -> None:
        """Write the network of plan to path, and read it again to compare."""

        def work() -> str:
            from gazeengine.export import save_model

            done = save_model(chosen(plan), path)
            return (
                f"Saved {path.name} ({_megabytes(done.size_bytes)}). Read again, its maps differ by at most "
                f"{done.largest_difference:.1e} nats."
            )

        self._write(f"Saving {path.name}…", work, path)

    def export_onnx(self, plan: Planned, path: Path) -> None:
        """Write the network of plan as ONNX, and run it by ONNX Runtime to compare."""

        def work() -> str:
            from gazeengine.export import export_onnx

            done = export_onnx(chosen(plan), path)
            return (
                f"Exported {path.name} ({_megabytes(done.size_bytes)}) in {done.seconds:.0f} s. "
                f"{done.against} and torch differ by at most {done.largest_difference:.1e} nats."
            )

        self._write(f"Exporting {path.name}, and comparing it…", work, path)

    def save_map(self, rgb: NDArray[np.uint8], log_density: NDArray[np.float32], style: MapStyle, path: Path) -> None:
        """Write the picture as it is shown, at its own resolution."""

        self.save_picture(lambda: rendered(rgb, log_density, style), path)

    def copy_map(self, rgb: NDArray[np.uint8], log_density: NDArray[np.float32], style: MapStyle) -> None:
        """Put the picture as it is shown on the clipboard, at its own resolution."""

        self.copy_picture(lambda: rendered(rgb, log_density, style), "Copied the picture with its map.")

    def ask_and_save_picture(self, made: Callable[[], NDArray[np.uint8]], name: str) -> None:
        """Save what made() gives, (H, W, 3); it is called in the background."""
        if path := self._ask("Save comparison", f"{name}.png", "PNG picture (*.png)"):
            self.save_picture(made, path)

    def save_picture(self, made: Callable[[], NDArray[np.uint8]], path: Path) -> None:
        def work() -> str:
            write_png(path, made())
            return f"Saved {path.name}."

        self._write(f"Saving {path.name}…", work, path)

    def copy_picture(self, made: Callable[[], NDArray[np.uint8]], said: str) -> None:
        """Put what made() gives on the clipboard, and say so."""

        def copied(pixels: NDArray[np.uint8]) -> None:
            height, width = pixels.shape[:2]
            image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
            QGuiApplication.clipboard().setImage(image)
            self._messages.show_notice(said)

        self._background.do(made, copied, self._messages.show_problem)

    def _write(self, doing: str, work: Callable[[], str], path: Path) -> None:
        self._messages.show_notice(doing)

        def done(said: str) -> None:
            self._messages.show_notice(said, "Show folder", lambda: _show_folder(path.absolute().parent))
            self.saved.emit(path)

        self._background.do(work, done, self._messages.show_problem, keep=True)

    def _ask(self, title: str, name: str, kind: str) -> Path | None:
        folder = self._settings.folder("models" if "png" not in kind else "maps")
        chosen_name, _ = QFileDialog.getSaveFileName(self._window, title, str(folder / name), kind)
        if not chosen_name:
            return None
        path = Path(chosen_name)
        wanted = Path(name).suffix
        if path.suffix.lower() != wanted:
            path = path.with_name(path.name + wanted)
            if path.exists() and not self._may_replace(path):  # the dialog asked for the name without suffix only
                return None
        self._settings.save_folder("models" if "png" not in kind else "maps", path.parent)
        return path

    def _may_replace(self, path: Path) -> bool:
        question = f"{path.name} already exists. Replace it?"
        return QMessageBox.question(self._window, "Replace file", question) == QMessageBox.StandardButton.Yes


def chosen(plan: Planned) -> Checkpoint:
    """The checkpoint of a plan's network; the trained one itself where nothing is pruned past it."""
    from gazeengine.surgery import pruned

    if plan.pruning is None or plan.pruning.n == 0:
        return plan.base
    return pruned(plan.base, plan.pruning, f"{plan.model.family.name} −{plan.n_trained + plan.n_estimated}")


def _show_folder(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def _megabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:.1f} MB"
