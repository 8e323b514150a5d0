"""A ring around what has the focus, where the style of the platform shows none; by keys only, not by the mouse."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QRadioButton, QSlider, QToolButton, QWidget
from shiboken6 import isValid

from app.theme import RADIUS

RINGED = (QComboBox, QCheckBox, QRadioButton, QSlider, QToolButton)
INSIDE = "focus_ring"
"""A property of widgets that fill their place: their ring is drawn within."""
_OUT = 3  # px around a widget


class FocusRing(QObject):
    """Follows the focus of the application; one for all windows."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._ring: _Ring | None = None
        self._of: QWidget | None = None
        application.focusChanged.connect(self._follow)

    @property
    def of(self) -> QWidget | None:
        """What has the ring."""
        return self._of

    def _follow(self, _: QWidget | None, new: QWidget | None) -> None:
        self._leave()
        if new is None or QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            return
        inside = bool(new.property(INSIDE))
        parent = new if inside else new.parentWidget()
        if parent is None or not (inside or isinstance(new, RINGED)):
            return
        self._of = new
        self._ring = _Ring(parent)
        new.installEventFilter(self)
        self._place()
        self._ring.show()
        self._ring.raise_()

    def _leave(self) -> None:
        of, ring = self._of, self._ring
        self._of = self._ring = None
        if of is not None and isValid(of):  # a window that is deleted takes its widgets along without a word
            of.removeEventFilter(self)
        if ring is not None and isValid(ring):
            ring.hide()
            ring.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if watched is self._of and kind in (QEvent.Type.Move, QEvent.Type.Resize):
            self._place()
        elif watched is self._of and kind in (QEvent.Type.Hide, QEvent.Type.ParentChange, QEvent.Type.DeferredDelete):
            self._leave()
        return False

    def _place(self) -> None:
        if self._of is None or self._ring is None:
            return
        if self._ring.parentWidget() is self._of:
            self._ring.setGeometry(self._of.rect())
        else:
            self._ring.setGeometry(self._of.geometry().adjusted(-_OUT, -_OUT, _OUT, _OUT))


class _Ring(QWidget):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.palette().color(QPalette.ColorRole.Highlight)), 2))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
