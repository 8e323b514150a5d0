import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from app.compare_controls import CompareControls, Offer, Row
from app.compare_rows import Column, CompareTableData
from app.compare_table import CompareTable
from app.theme import DARK

PICTURES = (Offer("a", "a.png"), Offer("b", "b.png"))
OFFERS = (Offer("b", "b.png", "64 × 48"), Offer(None, ""), Offer("u", "Tiny, unpruned"))


def begin(controls):
    controls.show_rows(
        [Row("A", PICTURES, "a", "a.png", ""), Row("B", OFFERS, None, "", "")], comparing=False, can_add=True
    )


def go_on(controls, n=2, given=""):
    rows = [Row("A", PICTURES, "a", "a.png", given), *[Row("BCD"[i], OFFERS, "b", "b.png", "") for i in range(n - 1)]]
    controls.show_rows(rows, comparing=True, can_add=True)


@pytest.fixture
def controls(qtbot):
    controls = CompareControls()
    qtbot.addWidget(controls)
    controls.resize(290, 300)
    controls.show()
    controls.activateWindow()
    qtbot.waitExposed(controls)
    return controls


def test_without_a_comparison_nothing_is_chosen_yet_and_a_choice_begins_one(controls, qtbot):
    begin(controls)
    chooser = controls.rows[1].list
    assert (chooser.currentIndex(), chooser.placeholderText()) == (-1, "Compare with…")
    assert not controls.rows[1].name.isVisible()
    chooser.setFocus()
    with qtbot.waitSignal(controls.other_chosen) as chosen:
        qtbot.keyClick(chooser, Qt.Key.Key_Down)
    assert chosen.args == [0, "b"]


def test_asking_opens_the_list(controls, qtbot):
    begin(controls)
    controls.ask()
    assert controls.rows[1].list.view().isVisible()
    qtbot.keyClick(controls.rows[1].list.view(), Qt.Key.Key_Escape)


def test_with_one_picture_alone_it_says_what_to_do(controls, qtbot):
    controls.show_rows([Row("A", PICTURES[:1], "a", "a.png", "")], comparing=False, can_add=False)
    assert "Open a second picture to compare with" in controls.hint.text()
    controls.ask()
    assert controls.open.hasFocus()
    with qtbot.waitSignal(controls.open_asked):
        qtbot.keyClick(controls.open, Qt.Key.Key_Space)
    controls.show_rows((), comparing=False, can_add=False)
    assert "Open two pictures" in controls.hint.text()


def test_sides_are_named_by_typing(controls, qtbot):
    go_on(controls)
    field = controls.rows[1].name
    assert field.placeholderText() == "Name: b.png"
    qtbot.keyClicks(field, "New design")
    with qtbot.waitSignal(controls.named) as named:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert named.args == [1, "New design"]


def test_what_is_being_typed_stays_while_maps_come(controls, qtbot):
    go_on(controls)
    field = controls.rows[0].name
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClicks(field, "Ol")
    go_on(controls)
    assert field.text() == "Ol"
    controls.rows[1].name.setFocus()
    go_on(controls, given="Old")
    assert field.text() == "Old"


def test_the_list_is_not_filled_anew_while_it_is_open(controls, qtbot):
    go_on(controls)
    controls.rows[1].list.showPopup()
    go_on(controls)
    assert controls.rows[1].list.view().isVisible()
    controls.rows[1].list.hidePopup()


def test_more_are_added_and_taken_away(controls, qtbot):
    go_on(controls)
    assert not controls.rows[1].remove.isVisible()
    with qtbot.waitSignal(controls.add_asked):
        controls.add.click()
    go_on(controls, 3)
    assert [row.letter.text() for row in controls.rows if row.isVisible()] == ["A", "B", "C"]
    with qtbot.waitSignal(controls.removal_asked) as asked:
        controls.rows[1].remove.click()
    assert asked.args == [0]
    go_on(controls, 2)
    assert not controls.rows[2].isVisible()
    with qtbot.waitSignal(controls.leave_asked):
        controls.leave.click()


def test_what_is_chosen_is_listed_even_where_it_is_no_longer_offered(controls):
    row = Row("B", OFFERS, "gone", "Tiny · without 30 features", "", "Tiny · without 30 features")
    controls.show_rows([Row("A", PICTURES, "a", "a.png", ""), row], comparing=True, can_add=True)
    assert controls.rows[1].list.currentText() == "Tiny · without 30 features"


def test_everything_has_a_name(controls):
    go_on(controls, 3)
    for chooser in controls.findChildren(QComboBox):
        assert chooser.accessibleName()
    assert controls.rows[2].remove.accessibleName() == "Remove C"


# --- the table


def data(n=2, notes=()):
    columns = tuple(Column(title, title) for title in ("Area", "A %", "B %"))
    return CompareTableData(columns, tuple((f"area {i}", "1.0", "2.0") for i in range(n)), "SIM 0.9", "overlap", notes)


@pytest.fixture
def table(qtbot):
    table = CompareTable()
    qtbot.addWidget(table)
    table.show()
    return table


def test_the_table_shows_what_is_found_and_says_where_it_is_of_an_earlier_setting(table):
    assert "No areas yet" in table.empty.text()
    table.show_data(data(3, ("The order flips",)), stale=False)
    assert table.table.rowCount() == 3
    assert table.table.item(2, 0).text() == "area 2"
    assert table.notes.text() == "The order flips"
    table.show_data(data(3), stale=True)
    assert "of an earlier setting" in table.agreement.text()
    assert not table.notes.isVisible()
    table.show_data(data(0), stale=False)
    assert table.empty.isVisible()


def test_the_table_keeps_what_is_selected_while_numbers_change(table):
    table.show_data(data(3), stale=False)
    table.table.selectRow(1)
    table.show_data(data(3, ("other",)), stale=False)
    assert {index.row() for index in table.table.selectedIndexes()} == {1}


def test_the_table_is_copied_as_tab_separated_values(table, qtbot, qapp):
    table.show_data(data(1), stale=False)
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert qapp.clipboard().text() == "Area\tA %\tB %\narea 0\t1.0\t2.0\n"
    qapp.clipboard().clear()


def test_the_table_is_drawn_in_another_theme(table):
    table.show_data(data(2), stale=False)
    light = table.grab().toImage()
    table.show_theme(DARK)
    assert table.grab().toImage() != light
