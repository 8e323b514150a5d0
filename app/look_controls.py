"""What a picture is taken for, and how much habit counts in where people look at it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QSizePolicy, QSlider, QSpinBox, QWidget

from app.theme import LIGHT, SPACE, Theme
from gazeengine.domain import USUAL_LOOK, Domain, Look, Prior

_DOMAINS: tuple[tuple[str, str, str], ...] = (
    ("auto", "Automatic", "By its plain areas and few colours a picture is taken for a screen"),
    ("screens", "Screens", "Pages, apps, slides: what a network for photographs is blind to is added"),
    ("photographs", "Photographs", "As the network was trained"),
)
_PRIORS: tuple[tuple[Prior, str, str], ...] = (
    ("own", "Its own", "That of what the picture is taken for"),
    ("photographs", "Photographs", "Toward the middle, as the network has it from its training data"),
    ("screens", "Screens", "From the top left on, as one reads"),
    ("none", "None", "What is in the picture alone"),
)
_TAKEN: dict[Domain, str] = {"screens": "a screen", "photographs": "a photograph"}
_WHY = "Habit: people look at the middle of photographs and begin at the top left of screens, whatever is there"


class LookControls(QWidget):
    """Domain, and center bias: whether, which and how strong."""

    look_chosen = Signal(object)  # Look, during a drag, too

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = USUAL_LOOK
        self._taken: Domain | None = None
        self._last = USUAL_LOOK  # with a center bias, to go back to when it is switched on again
        self.domain = _list(_DOMAINS, "What the picture is taken for")
        self.bias = QCheckBox("Center &bias")
        self.bias.setToolTip(_WHY)
        self.prior = _list(_PRIORS, "Which center bias")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 100)
        self.percent = QSpinBox(minimum=0, maximum=100, suffix=" %")
        self.percent.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.percent.setAlignment(Qt.AlignmentFlag.AlignRight)
        for entry in (self.slider, self.percent):
            entry.setAccessibleName("Strength of the center bias in percent")
            entry.setToolTip("0 %: what is in the picture alone. 100 %: habit as it was measured")
        self._domain_label, self._strength = QLabel("&Taken for"), QLabel("&Strength")
        self._domain_label.setBuddy(self.domain)
        self._strength.setBuddy(self.percent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(SPACE // 2)
        grid.addWidget(self._domain_label, 0, 0)
        grid.addWidget(self.domain, 0, 1, 1, 2)
        grid.addWidget(self.bias, 1, 0)
        grid.addWidget(self.prior, 1, 1, 1, 2)
        grid.addWidget(self._strength, 2, 0)
        grid.addWidget(self.slider, 2, 1)
        grid.addWidget(self.percent, 2, 2)
        grid.setColumnStretch(1, 1)

        self.domain.activated.connect(lambda _: self._choose(domain=self.domain.currentData()))
        self.prior.activated.connect(lambda _: self._choose_prior(self.prior.currentData()))
        self.bias.clicked.connect(self._switch)
        for entry in (self.slider, self.percent):
            entry.valueChanged.connect(lambda value: self._choose(center_bias=value / 100))
        self.show_look(self._look, None)
        self.show_theme(LIGHT)

    def show_look(self, look: Look, taken: Domain | None) -> None:
        """Show how one looks, and what the picture was taken for where that is automatic and known."""
        self._look, self._taken = look, taken
        on = look.prior != "none" and look.center_bias > 0
        if on:
            self._last = look
        for chooser, value in ((self.domain, look.domain), (self.prior, look.prior)):
            with QSignalBlocker(chooser):
                chooser.setCurrentIndex(chooser.findData(value))
        automatic = look.domain == "auto" and taken is not None
        self.domain.setItemText(0, f"Automatic: {_TAKEN[taken]}" if automatic and taken else "Automatic")
        domain = taken if look.domain == "auto" else look.domain
        self.prior.setItemText(0, f"Its own ({domain})" if domain else "Its own")
        with QSignalBlocker(self.bias):
            self.bias.setChecked(on)
        for entry in (self.slider, self.percent):
            with QSignalBlocker(entry):
                entry.setValue(round(100 * look.center_bias))
        for of_strength in (self._strength, self.slider, self.percent):
            of_strength.setEnabled(look.prior != "none")

    def show_theme(self, theme: Theme) -> None:
        t = theme
        self.bias.setStyleSheet(
            f"QCheckBox::indicator:unchecked {{ border: 1px solid {t.muted}; border-radius: 2px; }}"
            f"QCheckBox:focus {{ color: {t.accent}; }}"
        )

    def _switch(self, on: bool) -> None:
        """Off, or back to what it was."""
        if on:
            strength = self._last.center_bias or USUAL_LOOK.center_bias
            prior = self._look.prior if self._look.prior != "none" else self._last.prior
            self._choose(center_bias=strength, prior=prior)
        else:
            self._choose(center_bias=0.0)

    def _choose_prior(self, prior: Prior) -> None:
        """One that is chosen shall be seen."""
        hidden = prior != "none" and not self._look.center_bias
        self._choose(prior=prior, center_bias=self._last.center_bias if hidden else self._look.center_bias)

    def _choose(self, **changes: object) -> None:
        look = replace(self._look, **changes)  # type: ignore[arg-type]
        if look != self._look:
            self.show_look(look, self._taken)
            self.look_chosen.emit(look)


def _list(entries: tuple[tuple[str, str, str], ...], name: str) -> QComboBox:
    chooser = QComboBox()
    chooser.setAccessibleName(name)
    chooser.setToolTip(name)
    for i, (value, title, hint) in enumerate(entries):
        chooser.addItem(title, value)
        chooser.setItemData(i, hint, Qt.ItemDataRole.ToolTipRole)
    chooser.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return chooser
