"""The field for an exact β."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QValidator
from PySide6.QtWidgets import QLineEdit, QToolTip, QWidget

from app.beta_scale import Beta, beta_text, may_become_beta, parse_beta
from app.undo_keys import UndoKeys
from gazeengine.errors import PruningError

USUAL_UNIT = "GFLOP"


def hint(unit: str) -> str:
    """What β is where it is a price of unit, and how it is typed."""
    return (
        f"β, the price of what pruning saves, in nats per {unit} (Eq. 12).\n"
        "Type a number from 0 to 1e6 such as 0.001, 1e-3 or 10⁻³,\n"
        "or β* for the signal without a hyperparameter (Eq. 15)."
    )


class BetaValidator(QValidator):
    """Lets everything be typed; acceptable is what parse_beta reads."""

    def validate(self, text: str, cursor: int) -> tuple[QValidator.State, str, int]:
        try:
            parse_beta(text)
        except PruningError:
            return QValidator.State.Intermediate, text, cursor
        return QValidator.State.Acceptable, text, cursor


class BetaField(QLineEdit):
    """Shows β as text; entered(β) when a readable one is typed and confirmed by Enter or by leaving.

    Nonsense is outlined and explained as soon as no further typing can mend it; Escape or leaving brings
    back what was shown.
    """

    entered = Signal(object)
    nonsense_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._beta: Beta = 0.0
        self._nonsense = False
        self._unit = ""
        self.setValidator(BetaValidator(self))
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.show_unit(USUAL_UNIT)
        self.setText(beta_text(0.0))
        UndoKeys(self, self)
        self.textEdited.connect(self._judge)
        self.editingFinished.connect(self._enter)

    @property
    def beta(self) -> Beta:
        """As it is shown, or as it was entered last."""
        return self._beta

    @property
    def nonsense(self) -> bool:
        return self._nonsense

    def show_beta(self, beta: Beta) -> None:
        """Shows β; what is being typed stays as long as β is the same."""
        if beta != self._beta or not self.isModified():
            self._beta = beta
            self._restore()

    def show_unit(self, unit: str) -> None:
        """What β is a price of."""
        if unit != self._unit:
            self._unit = unit
            self.setAccessibleName(f"β in nats per {unit}")
            self.setToolTip(self._explanation() if self._nonsense else hint(unit))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isModified():
            self._restore()
            self.selectAll()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self.hasAcceptableInput():
            self._set_nonsense(True)
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if not self.hasAcceptableInput():
            self._restore()
        super().focusOutEvent(event)

    def _judge(self, text: str) -> None:
        self._set_nonsense(not may_become_beta(text))

    def _enter(self) -> None:
        if not self.isModified():
            return
        beta = parse_beta(self.text())
        self._beta = beta
        self._restore()
        self.entered.emit(beta)

    def _restore(self) -> None:
        if self.text() != (text := beta_text(self._beta)):
            self.setText(text)
        self.setModified(False)
        self._set_nonsense(False)

    def _set_nonsense(self, nonsense: bool) -> None:
        if nonsense:
            self.setToolTip(self._explanation())
            QToolTip.showText(self.mapToGlobal(QPoint(0, self.height())), self._explanation(), self)
        if nonsense != self._nonsense:
            self._nonsense = nonsense
            if not nonsense:
                self.setToolTip(hint(self._unit))
                QToolTip.hideText()
            self.nonsense_changed.emit(nonsense)

    def _explanation(self) -> str:
        try:
            parse_beta(self.text())
        except PruningError as error:
            return f"{error}.\n{hint(self._unit)}"
        return hint(self._unit)
