"""A region of the screens as a picture: the window steps aside, and a region is drawn on what was behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QCursor, QGuiApplication, QImage, QScreen
from PySide6.QtWidgets import QApplication, QWidget

from app.capture_overlay import CaptureOverlay

SETTLE_MS = 300  # until what was hidden is off the screen, animations of the desktop included

Grab = Callable[[QScreen], QImage]


class Capture(QObject):
    """From begin() on all windows of the program are hidden, until a region was captured or none was wanted."""

    captured = Signal(object)  # QImage
    problem = Signal(str)
    ended = Signal()  # captured or not

    def __init__(self, window: QWidget, grab: Grab | None = None, settle_ms: int = SETTLE_MS) -> None:
        super().__init__(window)
        self._window = window
        self._grab = grab or _grabbed
        self._hidden: list[QWidget] = []
        self._overlays: list[CaptureOverlay] = []
        self._settled = QTimer(self, singleShot=True, interval=settle_ms)
        self._settled.timeout.connect(self._cover)

    @property
    def overlays(self) -> Sequence[CaptureOverlay]:
        """One for each screen, while a region is being drawn."""
        return tuple(self._overlays)

    def begin(self) -> None:
        """Hide the program and let a region be drawn; one message where no program may read the screen."""
        if self._hidden or self._overlays:
            return
        if (platform := QGuiApplication.platformName()).startswith("wayland"):
            self.problem.emit(
                f"screen: found {platform.capitalize()}, which lets no program read it, wanted a picture from the "
                "desktop's own screenshot key: copy that and paste it here (Ctrl+V)"
            )
            return
        self._hidden = [w for w in QApplication.topLevelWidgets() if w.isVisible() and not w.isMinimized()]
        for widget in self._hidden:
            widget.hide()
        self._settled.start()

    def cancel(self) -> None:
        """As if none had been wanted."""
        self._settled.stop()
        self._uncover()

    def _cover(self) -> None:
        images = [(screen, self._grab(screen)) for screen in QGuiApplication.screens()]
        if not images or any(image.isNull() for _, image in images):
            self._uncover()
            self.problem.emit("screen: found nothing to read on it, wanted its picture: paste a screenshot instead")
            return
        at = QGuiApplication.screenAt(QCursor.pos()) or QGuiApplication.primaryScreen()
        for screen, image in images:
            overlay = CaptureOverlay(screen, image)
            overlay.chosen.connect(self._chosen)
            overlay.cancelled.connect(self.cancel)
            self._overlays.append(overlay)
            overlay.show()
            overlay.raise_()
            if screen is at:
                overlay.activateWindow()
                overlay.setFocus()

    def _chosen(self, image: QImage) -> None:
        self._uncover()
        image.setDevicePixelRatio(1)
        self.captured.emit(image)

    def _uncover(self) -> None:
        hidden, self._hidden = self._hidden, []
        overlays, self._overlays = self._overlays, []
        for widget in reversed(hidden):  # the window before what lies over it
            widget.show()
        for overlay in overlays:
            overlay.close()
        self._window.raise_()
        self._window.activateWindow()
        self.ended.emit()


def _grabbed(screen: QScreen) -> QImage:
    """A screen as it is, in its own pixels."""
    return screen.grabWindow(0).toImage()
