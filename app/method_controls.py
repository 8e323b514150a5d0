"""By what features are chosen, and the settings that are pinned for comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.drawing import sized
from app.flow_layout import FlowLayout
from app.pruning_method import USUAL, PruningMethod
from app.theme import LIGHT, SPACE, Theme
from gazeengine.criteria import CRITERIA
from gazeengine.pricing import COSTS


@dataclass(frozen=True, slots=True)
class MethodState:
    """The way of pruning; words say what is being made or remarkable, hint more of it; pins are words by letters."""

    method: PruningMethod = USUAL
    words: str = ""
    hint: str = ""
    pins: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RefiningState:
    """reason says why it cannot be refined, pictures on which ones it would be.

    words are of what is under way, which is done to a share, and empty where nothing is.
    """

    reason: str = ""
    pictures: str = ""
    words: str = ""
    share: float = 0.0
    by_itself: bool = False


class MethodControls(QWidget):
    """Lists of criteria and costs, two switches, pins."""

    method_chosen = Signal(object)  # PruningMethod
    pin_asked = Signal()
    pin_wanted = Signal(str)  # its letter
    unpin_asked = Signal(str)
    refine_asked = Signal()
    stop_asked = Signal()  # refining
    by_itself_chosen = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._refining = MethodState(), RefiningState()
        self._theme = LIGHT
        small = sized(self.font(), 0.92)
        self.criterion = _list({c.name: (c.title, c.source) for c in CRITERIA.values()})
        self.criterion.setAccessibleName("Criterion")
        self.criterion.setToolTip("By what features are chosen to go")
        self.cost = _list({k.name: (k.title, k.explanation) for k in COSTS.values()})
        self.cost.setAccessibleName("Cost that pruning saves")
        self.cost.setToolTip("The cost that pruning is to save, which β weighs")
        self.rounded = QCheckBox("Round to 8")
        self.rounded.setToolTip("Round layer widths to multiples of 8 within the order: computers like these")
        self.refined = QCheckBox("Refined")
        self.refined.setToolTip(
            "Begin also with networks pruned by signals that were estimated anew on the way, with weights as they were"
        )
        self.compensated = QCheckBox("Compensated")
        self.compensated.setToolTip(
            "Begin also with networks whose weights were compensated in closed form for what was pruned; "
            "where this is off, Refine here leaves weights as they are"
        )
        self.refine = QToolButton()
        self.refine.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        menu = QMenu(self.refine)
        self.by_itself = menu.addAction("Refine by itself where the hand rests")
        self.by_itself.setCheckable(True)
        self.refine.setMenu(menu)
        self.pin = QToolButton()
        self.pin.setText("Pin")
        self.pin.setToolTip("Keep this setting to compare others with: up to two, A and B (Ctrl+D)")
        self._words = QLabel()
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        for widget in (
            self.criterion, self.cost, self.rounded, self.refined, self.compensated, self.refine, self.pin, self._words
        ):  # fmt: skip
            widget.setFont(small)
        self._chips: dict[str, tuple[QToolButton, QToolButton]] = {}
        lists = QHBoxLayout()
        lists.setSpacing(SPACE // 2)
        lists.addWidget(self.criterion, 1)
        lists.addWidget(self.cost, 1)
        switches = FlowLayout(spacing=SPACE // 2)
        chips = [button for letter in ("A", "B") for button in self._chip(letter)]
        for control in (self.rounded, self.refined, self.compensated, self.refine, self.pin, *chips):
            switches.addWidget(control)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE // 2, SPACE, 0)
        layout.setSpacing(SPACE // 2)
        layout.addLayout(lists)
        layout.addLayout(switches)
        layout.addWidget(self._words)
        self.criterion.activated.connect(lambda _: self._choose(criterion=self.criterion.currentData()))
        self.cost.activated.connect(lambda _: self._choose(cost=self.cost.currentData()))
        self.rounded.toggled.connect(lambda on: self._choose(rounded=on))
        self.refined.toggled.connect(lambda on: self._choose(refined=on))
        self.compensated.toggled.connect(lambda on: self._choose(compensated=on))
        self.refine.clicked.connect(lambda: (self.stop_asked if self._refining.words else self.refine_asked).emit())
        self.by_itself.triggered.connect(lambda on: self.by_itself_chosen.emit(on))
        self.pin.clicked.connect(lambda: self.pin_asked.emit())
        self.show_theme(LIGHT)
        self._show()
        self._show_refining()

    def show_refining(self, state: RefiningState) -> None:
        if state != self._refining:
            self._refining = state
            self._show_refining()

    def show_state(self, state: MethodState) -> None:
        if state != self._state:
            self._state = state
            self._show()

    def show_theme(self, theme: Theme) -> None:
        t = self._theme = theme
        self.setStyleSheet(
            f"QToolButton {{ border: 1px solid {t.line}; border-radius: 4px; padding: 1px 4px;"
            f" color: {t.text}; background: {t.field}; }}"
            f"QToolButton:hover, QToolButton:focus {{ border-color: {t.accent}; }}"
            f'QToolButton[popupMode="1"] {{ padding-right: 16px; }}'
            f"QToolButton::menu-button {{ border: none; width: 14px; }}"
            f'QToolButton[off="true"] {{ color: {t.muted}; }}'
        )
        self._words.setStyleSheet(f"color: {t.estimate};")

    def _choose(self, **changes: object) -> None:
        method = replace(self._state.method, **changes)  # type: ignore[arg-type]
        if method != self._state.method:
            self.show_state(replace(self._state, method=method))
            self.method_chosen.emit(method)

    def _show(self) -> None:
        s = self._state
        for chooser, name in ((self.criterion, s.method.criterion), (self.cost, s.method.cost)):
            with QSignalBlocker(chooser):
                chooser.setCurrentIndex(chooser.findData(name))
        m = s.method
        for box, on in ((self.rounded, m.rounded), (self.refined, m.refined), (self.compensated, m.compensated)):
            with QSignalBlocker(box):
                box.setChecked(on)
        self._words.setText(s.words)
        self._words.setToolTip(s.hint if s.words else "")
        self._words.setVisible(bool(s.words))
        pins = dict(s.pins)
        for letter, (go, discard) in self._chips.items():
            go.setVisible(letter in pins)
            discard.setVisible(letter in pins)
            if letter in pins:
                go.setToolTip(f"{pins[letter]}: click to go back to it")

    def _show_refining(self) -> None:
        r = self._refining
        going = bool(r.words)
        self.refine.setText(f"Stop, {100 * r.share:.0f} %" if going else "Refine here")
        self.refine.setAccessibleName("Stop refining" if going else "Refine here")
        self.refine.setProperty("off", bool(r.reason) and not going)
        self.refine.style().polish(self.refine)
        why = f"{r.reason[:1].upper()}{r.reason[1:]}." if r.reason else ""
        does = (
            f"Networks on the way to this setting, without training: signals estimated anew and weights compensated on "
            f"{r.pictures} (Ctrl+Shift+R)"
        )
        self.refine.setToolTip(f"{r.words}. The networks that there are stay." if going else why or does)
        with QSignalBlocker(self.by_itself):
            self.by_itself.setChecked(r.by_itself)

    def _chip(self, letter: str) -> tuple[QToolButton, QToolButton]:
        go, discard = QToolButton(), QToolButton()
        go.setText(letter)
        discard.setText("✕")
        go.setAccessibleName(f"Go to pinned setting {letter}")
        go.setToolTip(f"Go to pinned setting {letter}")
        discard.setAccessibleName(f"Unpin {letter}")
        discard.setToolTip(f"Unpin {letter}")
        go.clicked.connect(lambda: self.pin_wanted.emit(letter))
        discard.clicked.connect(lambda: self.unpin_asked.emit(letter))
        self._chips[letter] = go, discard
        for button in (go, discard):
            button.setCursor(Qt.CursorShape.PointingHandCursor)
        return go, discard


def _list(entries: Mapping[str, tuple[str, str]]) -> QComboBox:
    chooser = QComboBox()
    for i, (name, (title, hint)) in enumerate(entries.items()):
        chooser.addItem(title, name)
        chooser.setItemData(i, hint, Qt.ItemDataRole.ToolTipRole)
    chooser.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    chooser.setMinimumContentsLength(8)
    return chooser
