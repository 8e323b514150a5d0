"""What the dialogs of jobs ask for beside numbers: where the result goes, and at which size a network looks."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

from app.theme import SPACE
from gazeengine.checkpoint import SUFFIX

SIDES = (32, 4096)  # px, least and most
STEP = 16


class PlaceField(QWidget):
    """The path of a file or folder to write, typed or browsed for. Until it is edited it follows what is suggested.

    existing says that it is a file to read.
    """

    changed = Signal()

    def __init__(
        self, title: str, *, folder: bool = False, existing: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._title, self._folder, self._existing = title, folder, existing
        self._edited = False
        self._field = QLineEdit()
        self._field.setAccessibleName(title)
        self._field.textEdited.connect(self._edit)
        browse = QPushButton("Browse…")
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self._field, 1)
        layout.addWidget(browse)

    @property
    def path(self) -> Path | None:
        """None where there is nothing; a model file has its suffix, whatever was typed."""
        text = self._field.text().strip()
        if not text:
            return None
        path = Path(text).expanduser()
        if not (self._folder or self._existing) and path.suffix.lower() != SUFFIX:
            path = path.with_name(path.name + SUFFIX)
        return path

    @property
    def problem(self) -> str:
        """What is wrong with it, as far as can be told without writing."""
        path = self.path
        what = "folder" if self._folder else "file"
        if path is None:
            return f"result: no {what} is named, wanted one to write"
        if not path.is_absolute():
            return f"result {path}: wanted its folder, too, from the root on"
        if self._folder and path.exists() and not path.is_dir():
            return f"result {path}: found a file of this name, wanted a folder"
        if not self._folder and path.is_dir():
            return f"result {path}: found a folder of this name, wanted the name of a file"
        if not (path.parent.parent if self._folder else path.parent).is_dir():
            return f"result {path}: there is no folder {path.parent}, wanted one that exists"
        return ""

    def suggest(self, path: Path) -> None:
        """Show this, unless something else was typed or chosen."""
        if not self._edited:
            self._field.setText(str(path))

    def renew(self) -> None:
        """Follow suggestions again."""
        self._edited = False

    def _edit(self) -> None:
        self._edited = True
        self.changed.emit()

    def _browse(self) -> None:
        begin = str(self.path or Path.home())
        if self._folder:
            name = QFileDialog.getExistingDirectory(self, self._title, begin)
        elif self._existing:
            name, _ = QFileDialog.getOpenFileName(self, self._title, begin, f"Tensors (*{SUFFIX})")
        else:
            name, _ = QFileDialog.getSaveFileName(self, self._title, begin, f"FisherGaze model (*{SUFFIX})")
        if name:
            self._field.setText(name)
            self._edit()


class NumberField(QDoubleSpinBox):
    """A number within bounds, briefly written; whole where decimals is 0. Scrolling past changes nothing."""

    def __init__(self, least: float, most: float, value: float, decimals: int = 0) -> None:
        super().__init__()
        self.setDecimals(decimals)
        self.setRange(least, most)
        self.setValue(value)
        self.setGroupSeparatorShown(True)
        self.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedWidth(96)

    def textFromValue(self, value: float) -> str:  # noqa: N802  # Qt calls it
        return f"{value:,.0f}" if not self.decimals() else f"{value:.12g}"

    def valueFromText(self, text: str) -> float:
        try:
            return float(text.replace(",", ""))
        except ValueError:
            return self.value()

    def validate(self, text: str, place: int) -> tuple[QValidator.State, str, int]:
        try:
            good = self.minimum() <= float(text.replace(",", "")) <= self.maximum()
        except ValueError:
            good = False
        beginning = set(text) <= set("0123456789.,e-+")
        states = QValidator.State
        return states.Acceptable if good else states.Intermediate if beginning else states.Invalid, text, place

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class SizeField(QWidget):
    """Width and height in pixels, in the order in which people say them; extent is (height, width), as elsewhere."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._width, self._height = QSpinBox(), QSpinBox()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        for field, name in ((self._width, "Width"), (self._height, "Height")):
            field.setRange(*SIDES)
            field.setSingleStep(STEP)
            field.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
            field.setAlignment(Qt.AlignmentFlag.AlignRight)
            field.setFixedWidth(72)
            field.setAccessibleName(f"{name} in pixels")
            field.valueChanged.connect(self.changed)
        layout.addWidget(self._width)
        layout.addWidget(QLabel("×"))
        layout.addWidget(self._height)
        pixels = QLabel("pixels")
        pixels.setProperty("role", "muted")
        layout.addWidget(pixels)
        layout.addStretch(1)

    @property
    def extent(self) -> tuple[int, int]:
        return self._height.value(), self._width.value()

    def show_extent(self, extent: tuple[int, int]) -> None:
        with QSignalBlocker(self):
            self._height.setValue(extent[0])
            self._width.setValue(extent[1])
