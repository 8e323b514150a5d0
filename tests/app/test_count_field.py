import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.count_field import CountField


@pytest.fixture
def field(qtbot):
    field = CountField()
    field.setMaximum(3983)
    field.setValue(12)
    qtbot.addWidget(field)
    field.show()
    qtbot.waitExposed(field)
    return field


@pytest.mark.parametrize(
    ("typed", "n"),
    [
        ("1588", 1588),
        ("1,588", 1588),
        (" 7 ", 7),
        ("1e3", 1000),
        ("99999", 3983),
        ("1e400", 12),
        ("-5", 0),
        ("2.5", 12),
        ("50%", 12),
        ("nonsense", 12),
        ("nan", 12),
        ("", 12),
    ],
)
@pytest.mark.parametrize("leaving", [False, True])
def test_what_is_typed_counts_as_it_stands_or_not_at_all(field, typed, n, leaving):
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, typed) if typed else QTest.keyClick(field, Qt.Key.Key_Delete)
    assert field.lineEdit().text() == typed
    field.clearFocus() if leaving else QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.value() == n
    assert field.lineEdit().text() == f"{n:,}"


def test_stepping_goes_on_from_what_is_typed(field):
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "1e3")
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert field.value() == 1001
