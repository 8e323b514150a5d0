import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.capture import Capture
from app.capture_overlay import HINT, CaptureOverlay, device_region
from tests.app.gates import LIMIT_S

MS = 1000 * LIMIT_S
LEFT = Qt.MouseButton.LeftButton
NONE, CONTROL, SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


def screen_image(screen, ratio=1.0):
    """Each pixel says where it is."""
    size = screen.geometry().size() * ratio
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(QColor("navy"))
    image.setDevicePixelRatio(ratio)
    image.setPixelColor(round(100 * ratio), round(50 * ratio), QColor("red"))
    return image


@pytest.fixture
def window(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    return window


@pytest.fixture
def make_capture(window):
    def make(ratio=1.0, grab=None):
        capture = Capture(window, grab or (lambda screen: screen_image(screen, ratio)), settle_ms=1)
        capture.images, capture.problems, capture.ends = [], [], []
        capture.captured.connect(capture.images.append)
        capture.problem.connect(capture.problems.append)
        capture.ended.connect(lambda: capture.ends.append(True))
        return capture

    return make


def begun(capture, qtbot):
    capture.begin()
    qtbot.waitUntil(lambda: bool(capture.overlays), timeout=MS)
    overlay = capture.overlays[0]
    qtbot.waitExposed(overlay)
    return overlay


def drag(overlay, start, end, *, release=True):
    QTest.mousePress(overlay, LEFT, NONE, start)
    QTest.mouseMove(overlay, (start + end) / 2)
    QTest.mouseMove(overlay, end)
    if release:
        QTest.mouseRelease(overlay, LEFT, NONE, end)


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_a_region_is_taken_in_the_pixels_of_the_screen(make_capture, window, qtbot, ratio):
    capture = make_capture(ratio)
    overlay = begun(capture, qtbot)
    assert not window.isVisible()
    drag(overlay, QPoint(100, 50), QPoint(180, 110))
    (image,) = capture.images
    assert (image.width(), image.height(), image.devicePixelRatio()) == (round(80 * ratio), round(60 * ratio), 1.0)
    assert image.pixelColor(0, 0) == QColor("red")
    assert capture.overlays == ()
    assert window.isVisible()
    assert capture.ends == [True]


def test_it_does_not_matter_from_which_corner_one_draws_or_whether_beyond_the_screen(make_capture, qtbot):
    capture = make_capture()
    overlay = begun(capture, qtbot)
    drag(overlay, QPoint(180, 110), QPoint(-40, -40))
    assert (capture.images[0].width(), capture.images[0].height()) == (180, 110)


def test_while_one_draws_the_size_is_told_and_a_small_one_is_not_taken(make_capture, window, qtbot):
    capture = make_capture(2.0)
    overlay = begun(capture, qtbot)
    drag(overlay, QPoint(10, 10), QPoint(20, 90), release=False)
    assert overlay.region == QRect(20, 20, 20, 160)
    overlay.grab()  # paints
    QTest.mouseRelease(overlay, LEFT, NONE, QPoint(20, 90))
    assert capture.images == []
    assert overlay.region.isEmpty()
    assert not window.isVisible()
    drag(overlay, QPoint(10, 10), QPoint(60, 90))
    assert capture.images[0].width() == 100


def test_escape_ends_it_and_the_window_is_back(make_capture, window, qtbot):
    capture = make_capture()
    QTest.keyClick(begun(capture, qtbot), Qt.Key.Key_Escape)
    assert (capture.images, capture.overlays, capture.ends) == ([], (), [True])
    assert window.isVisible()
    capture.cancel()
    assert window.isVisible()


def test_the_other_button_ends_it_too(make_capture, window, qtbot):
    QTest.mousePress(begun(make_capture(), qtbot), Qt.MouseButton.RightButton)
    assert window.isVisible()
    QTest.mouseRelease(window, Qt.MouseButton.RightButton)  # the overlay is gone by then


@pytest.mark.parametrize("how", ["enter", "double click"])
def test_the_whole_screen_can_be_taken(make_capture, window, qtbot, how):
    capture = make_capture()
    overlay = begun(capture, qtbot)
    if how == "enter":
        QTest.keyClick(overlay, Qt.Key.Key_Return)
    else:
        QTest.mouseClick(overlay, LEFT, NONE, QPoint(50, 50))
        QTest.mouseDClick(overlay, LEFT, NONE, QPoint(50, 50))
        QTest.mouseRelease(window, LEFT)  # the overlay is gone by then
    (image,) = capture.images
    assert image.size() == QGuiApplication.primaryScreen().geometry().size()


def test_a_region_is_drawn_with_keys_alone(make_capture, qtbot):
    capture = make_capture()
    overlay = begun(capture, qtbot)
    QTest.keyClick(overlay, Qt.Key.Key_Right)
    first = overlay.region
    assert first.width() * 2 == overlay.width()
    QTest.keyClick(overlay, Qt.Key.Key_Right, SHIFT)
    QTest.keyClick(overlay, Qt.Key.Key_Down, CONTROL | SHIFT)
    QTest.keyClick(overlay, Qt.Key.Key_Left, CONTROL)
    assert overlay.region == QRect(first.x() + 1, first.y(), first.width() - 8, first.height() + 1)
    for _ in range(500):
        QTest.keyClick(overlay, Qt.Key.Key_Left)
    assert overlay.region.left() >= 0
    QTest.keyClick(overlay, Qt.Key.Key_Return)
    assert capture.images[0].width() == first.width() - 8


def test_a_second_beginning_changes_nothing(make_capture, qtbot):
    capture = make_capture()
    begun(capture, qtbot)
    overlays = capture.overlays
    capture.begin()
    qtbot.wait(20)
    assert capture.overlays == overlays
    capture.cancel()


def test_a_screen_that_gives_nothing_is_told_and_the_window_is_back(make_capture, window, qtbot):
    capture = make_capture(grab=lambda screen: QImage())
    capture.begin()
    qtbot.waitUntil(lambda: bool(capture.problems), timeout=MS)
    assert capture.problems == ["screen: found nothing to read on it, wanted its picture: paste a screenshot instead"]
    assert window.isVisible()


def test_on_wayland_one_message_says_what_to_do_instead(make_capture, window, monkeypatch):
    monkeypatch.setattr(QGuiApplication, "platformName", lambda: "wayland")
    capture = make_capture()
    capture.begin()
    assert "found Wayland, which lets no program read it" in capture.problems[0]
    assert window.isVisible()


def test_regions_beside_one_another_share_no_pixel_at_any_ratio(qapp):
    for ratio in (1.0, 1.25, 1.5, 1.75, 2.0, 3.0):
        image = screen_image(QGuiApplication.primaryScreen(), ratio)
        left, right = (device_region(QRect(x, 0, 77, 50), image) for x in (10, 87))
        assert left.right() + 1 == right.left()
        whole = device_region(QGuiApplication.primaryScreen().geometry(), image)
        assert whole == image.rect()


def test_a_reader_of_the_screen_hears_how_it_goes(qtbot):
    screen = QGuiApplication.primaryScreen()
    overlay = CaptureOverlay(screen, screen_image(screen))
    qtbot.addWidget(overlay)
    assert (overlay.accessibleName(), overlay.accessibleDescription()) == ("Capture region", HINT)
