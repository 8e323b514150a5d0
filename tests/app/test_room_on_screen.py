import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog

from app.room_on_screen import resize_within_screen


@pytest.mark.parametrize(
    ("wanted", "available", "size"),
    [
        ((900, 740), (1920, 1080), (900, 740)),
        ((900, 740), (1366, 728), (900, 680)),
        ((900, 740), (800, 600), (784, 552)),
    ],
)
def test_a_dialog_takes_the_room_that_a_screen_has(qtbot, monkeypatch, wanted, available, size):
    class Screen:
        def availableSize(self):  # noqa: N802
            return QSize(*available)

    dialog = QDialog()
    qtbot.addWidget(dialog)
    monkeypatch.setattr(dialog, "screen", Screen)
    resize_within_screen(dialog, *wanted)
    assert dialog.size().toTuple() == size
