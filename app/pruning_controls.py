"""The two sliders of pruning: β, and how many features are pruned."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.base_line import WHY, BaseLine
from app.beta_field import BetaField, hint
from app.beta_scale import (
    DECADES,
    DEFAULT,
    LOG_BEGIN,
    LOG_END,
    STEPS_PER_DECADE,
    Beta,
    beta_at,
    beta_text,
    position_of,
    stepped,
)
from app.count_field import CountField
from app.drawing import sized
from app.jump_keys import JumpKeys
from app.marked_slider import MarkedSlider
from app.pruning_setting import PruningSetting, groove_of_beta, groove_of_features
from app.theme import LIGHT, RADIUS, SPACE, Theme

FIELD_WIDTH = 88
HOW = "Drag to prune; arrow keys go by one feature, with Ctrl from one trained network to the next"
PAGE_OF_FEATURES = 100
NEAR = 1e-9


class PruningControls(QWidget):
    """Sliders and fields for β and n.

    beta_moved(β) and n_moved(n) come with every step of a gesture; moved_to_rest() once behind each gesture
    that moved something.
    """

    beta_moved = Signal(object)
    n_moved = Signal(int)
    moved_to_rest = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._setting = PruningSetting(DEFAULT, 0, 0)
        self._moved = False
        self._theme = LIGHT

        self._beta_slider = MarkedSlider(STEPS_PER_DECADE)
        self._beta_field = BetaField()
        self._n_slider = MarkedSlider(PAGE_OF_FEATURES, wheel_steps=10, flagged=True)
        self._n_slider.setAccessibleName("Pruned features")
        self._n_field = CountField()
        self._n_field.setAccessibleName("Pruned features")
        self._n_field.setToolTip("How many features are pruned; the unpruned network's is 0")
        self._beta_name, self._n_name, self._caption = QLabel(), QLabel(), QLabel()
        self._base = BaseLine()
        self._beta_name.setBuddy(self._beta_field)
        self._n_name.setBuddy(self._n_field)
        self._lay_out()

        self._beta_slider.dragged.connect(lambda position: self._move_beta(beta_at(position)))
        self._beta_slider.stepped.connect(lambda steps: self._move_beta(stepped(self._setting.beta, steps)))
        self._beta_slider.mark_reached.connect(lambda i: self._move_beta(self._setting.betas[i]))
        self._beta_slider.jumped.connect(self._jump_beta)
        self._beta_slider.came_to_rest.connect(self._rest)
        self._beta_field.entered.connect(self._enter_beta)
        self._beta_field.nonsense_changed.connect(lambda _: self._style_fields())
        self._n_slider.dragged.connect(lambda position: self._move_n(round(position * self._setting.n_most)))
        self._n_slider.stepped.connect(lambda steps: self._move_n(self._setting.n + steps))
        self._n_slider.mark_reached.connect(lambda i: self._move_n(self._setting.snapshots[i]))
        self._n_slider.jumped.connect(self._jump_n)
        self._n_slider.came_to_rest.connect(self._rest)
        self._n_field.valueChanged.connect(self._move_n)
        self._n_field.came_to_rest.connect(self._rest)
        JumpKeys(self._beta_field, self._beta_field).jumped.connect(self._jump_beta_at_once)
        JumpKeys(self._n_field, self._n_field.lineEdit()).jumped.connect(self.jump)
        self.show_theme(LIGHT)
        self._show()

    def show_setting(self, setting: PruningSetting) -> None:
        """Moves sliders and fields without a signal; as often as one likes, also during a drag."""
        if setting != self._setting:
            before, self._setting = self._setting, setting
            self._show(jumped=setting.base != before.base and setting.betas == before.betas)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._beta_slider.show_theme(theme)
        self._n_slider.show_theme(theme)
        self._base.show_theme(theme)
        self._style_fields()
        self._show_labels()

    def sizeHint(self) -> QSize:
        return QSize(300, super().sizeHint().height())

    def jump(self, step: int) -> None:
        """To the next number of features without which a network was trained, 1, or to the one before, -1."""
        self._jump_n(step)
        self._rest()

    # gestures

    def _jump_n(self, step: int) -> None:
        marks = (0, *self._setting.snapshots)
        i = bisect_right(marks, self._setting.n) if step > 0 else bisect_left(marks, self._setting.n) - 1
        if 0 <= i < len(marks):
            self._move_n(marks[i])

    def _jump_beta(self, step: int) -> None:
        here = position_of(self._setting.beta)
        places = [position_of(beta) for beta in self._setting.betas]
        i = bisect_right(places, here + NEAR) if step > 0 else bisect_left(places, here - NEAR) - 1
        if 0 <= i < len(places):
            self._move_beta(self._setting.betas[i])

    def _jump_beta_at_once(self, step: int) -> None:
        self._jump_beta(step)
        self._rest()

    def _move_beta(self, beta: Beta) -> None:
        self._moved |= beta != self._setting.beta
        self.show_setting(replace(self._setting, beta=beta))
        self.beta_moved.emit(beta)

    def _enter_beta(self, beta: Beta) -> None:
        self._move_beta(beta)
        self._rest()

    def _move_n(self, n: int) -> None:
        n = min(max(n, 0), self._setting.n_most)
        self._moved |= n != self._setting.n
        self.show_setting(replace(self._setting, n=n))
        self.n_moved.emit(n)

    def _rest(self) -> None:
        if self._moved:
            self._moved = False
            self.moved_to_rest.emit()

    # showing

    def _show(self, *, jumped: bool = False) -> None:
        s = self._setting
        position = position_of(s.beta)
        self._beta_slider.show_groove(groove_of_beta(s))
        self._beta_slider.show_position(position, of=round(STEPS_PER_DECADE * DECADES / (LOG_END - LOG_BEGIN)))
        self._beta_slider.setAccessibleDescription(f"β is {beta_text(s.beta)}")
        self._beta_field.show_beta(s.beta)
        self._beta_field.show_unit(s.unit)
        self._beta_slider.setToolTip(hint(s.unit))
        self._beta_slider.setAccessibleName(f"β, the price in nats per {s.unit}")
        most = max(s.n_most, 1)
        self._n_slider.show_groove(groove_of_features(s))
        self._n_slider.setAccessibleDescription(f"{s.base.n:,} {s.base.made}, {s.n_estimated:,} estimated")
        self._n_slider.setToolTip(WHY if s.betas else HOW)
        self._n_slider.show_position(s.n / most, settled=s.base.n / most, of=most)
        with QSignalBlocker(self._n_field):
            if (self._n_field.maximum(), self._n_field.value()) != (s.n_most, s.n):  # else typing would be lost
                self._n_field.setMaximum(s.n_most)
                self._n_field.setValue(s.n)
        self._show_labels()
        here = f"{'from ' if s.n_estimated else ''}{s.base.words}"
        whole = f"{'from ' if s.n_estimated else ''}{s.base.all_words}"
        if s.awaited is not None:
            here, whole = f"reading {s.awaited.words}…", f"{whole}, until {s.awaited.all_words} is read"
        self._base.show_base(here, whole, jumped=jumped)

    def _show_labels(self) -> None:
        muted, s = self._theme.muted, self._setting
        _say(self._beta_name, f"<b>β</b>&nbsp; <span style='color:{muted}'>nats per {s.unit}</span>")
        _say(self._n_name, f"<b>Pruned features</b>&nbsp; <span style='color:{muted}'>of&nbsp;{s.n_most:,}</span>")
        if s.n_estimated or s.n_rounded is not None:
            estimated = s.n_estimated if s.n_rounded is None else s.n_rounded - s.base.n
            rounded = " (rounded)" if s.n_rounded is not None else ""
            text = f"<span style='color:{self._theme.estimate}'>{estimated:,} estimated{rounded}</span>"
            text = f"{s.base.n:,} {s.base.made} + {text}" if s.base.n else text
        else:
            text = f"<b>{s.n:,} {s.base.made}</b>: a mark" if s.n else "nothing pruned"
        _say(self._caption, f"<span style='color:{muted}'>{text}</span>")

    def _style_fields(self) -> None:
        t = self._theme
        edge = t.problem if self._beta_field.nonsense else t.line
        shape = f"padding: 3px 7px; border-radius: {RADIUS}px; background: {t.field}; color: {t.text};"
        shape += f" selection-background-color: {t.accent}; selection-color: {t.on_accent};"
        for field, colour in ((self._beta_field, edge), (self._n_field, t.line)):
            kind = "QLineEdit" if field is self._beta_field else "QSpinBox"
            focused = colour if colour == t.problem else t.accent
            field.setStyleSheet(
                f"{kind} {{ border: 1px solid {colour}; {shape} }}"
                f"{kind}:focus {{ border-color: {focused}; }}"
                "QSpinBox::up-button, QSpinBox::down-button"
                "{ width: 0px; height: 0px; border: none; subcontrol-origin: border; }"
            )

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(SPACE, SPACE // 2, SPACE, SPACE // 2)
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(SPACE // 2)
        grid.setColumnStretch(0, 1)
        right = Qt.AlignmentFlag.AlignRight
        for field in (self._beta_field, self._n_field):
            field.setFixedSize(FIELD_WIDTH, self.fontMetrics().height() + 12)
            field.setFont(sized(self.font(), 1.0))
        for label in (self._beta_name, self._n_name, self._caption):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            label.setTextFormat(Qt.TextFormat.RichText)
        for name in (self._beta_name, self._n_name):  # a long unit, or large type, takes a second line
            name.setWordWrap(True)
        self._caption.setFont(sized(self.font(), 0.92))
        grid.addWidget(self._beta_name, 0, 0)
        grid.addWidget(self._beta_field, 0, 1, right)
        grid.addWidget(self._beta_slider, 1, 0, 1, 2)
        grid.setRowMinimumHeight(2, SPACE)
        grid.addWidget(self._n_name, 3, 0)
        grid.addWidget(self._n_field, 3, 1, right)
        grid.addWidget(self._n_slider, 4, 0, 1, 2)
        lines = QVBoxLayout()
        lines.setSpacing(0)
        lines.addWidget(self._caption)
        lines.addWidget(self._base)
        grid.addLayout(lines, 5, 0, 1, 2)


def _say(label: QLabel, text: str) -> None:
    if label.text() != text:  # rich text is laid out anew each time
        label.setText(text)
