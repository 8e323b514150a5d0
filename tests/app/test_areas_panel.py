from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLineEdit

from app.area_rows import COLOUR, FOLD, GROUP, NAME, RANK, SHARE, TITLES, UNPRUNED
from app.area_shares import AreaRow, AreaTable
from app.areas_panel import AreasPanel
from app.theme import DARK, LIGHT
from gazeengine.regions import Area

Key = Qt.Key


def row(name, share=0.1, group="", **more):
    area = Area(name, "rectangle", ((0, 0), (9, 9)), "#d55e00", group)
    return AreaRow(name, group, area, share, more.get("unpruned"), 0.2, share / 0.2, more.get("rank", 1))


def group(name, share):
    return AreaRow(name, name, None, share, None, 0.3, share / 0.3, 1)


TABLE = AreaTable(
    (row("Buy", 0.061, rank=2), row("Menu", 0.02, "Top", rank=3), row("Logo", 0.3, "Top", rank=1)),
    (group("Top", 0.32),),
    state="FastGaze",
)


@pytest.fixture
def panel(qtbot):
    panel = AreasPanel()
    qtbot.addWidget(panel)
    panel.resize(780, 260)
    panel.show_theme(LIGHT)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


@pytest.fixture
def chosen(panel):
    chosen = []
    panel.chosen.connect(chosen.append)
    return chosen


def cell(panel, name, column, *, of_group=False):
    return panel._rows.index_of(name, group=of_group).siblingAtColumn(column)


def order(panel):
    """Names from the top to the bottom, those of a group behind it."""
    model, found = panel._rows, []
    for i in range(model.rowCount()):
        top = model.index(i, 0)
        found.append(top.data())
        found += [model.index(j, 0, top).data() for j in range(model.rowCount(top))]
    return found


def click(qtbot, panel, index, modifier=Qt.KeyboardModifier.NoModifier):
    place = panel.view.visualRect(index).center()
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, modifier, place)


def test_without_areas_it_says_how_to_make_some(panel):
    panel.show_table(AreaTable())
    assert panel._empty.isVisible()
    assert not panel.view.isVisible()
    assert not panel._copy.isEnabled()


def test_areas_stand_under_their_group_and_the_greatest_share_first(panel):
    panel.show_table(TABLE)
    assert order(panel) == ["Top", "Logo", "Menu", "Buy"]
    assert cell(panel, "Buy", SHARE).data() == "6.1 %"
    assert cell(panel, "Top", SHARE, of_group=True).data() == "32.0 %"
    assert cell(panel, "Buy", RANK).data() == "2"
    assert cell(panel, "Buy", COLOUR).data() == "Orange"


@pytest.mark.parametrize(
    ("column", "down", "wanted"),
    [(NAME, True, ["Buy", "Top", "Logo", "Menu"]), (SHARE, True, ["Buy", "Top", "Menu", "Logo"])],
)
def test_a_click_on_a_heading_sorts(panel, qtbot, column, down, wanted):
    panel.show_table(TABLE)
    header = panel.view.header()
    place = QPoint(header.sectionViewportPosition(column) + 10, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    if header.sortIndicatorOrder() != Qt.SortOrder.AscendingOrder:
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert order(panel) == wanted


def test_the_order_follows_shares_while_they_change(panel):
    panel.show_table(TABLE)
    panel.show_table(AreaTable((row("Buy", 0.5), *TABLE.areas[1:]), TABLE.groups))
    assert order(panel)[0] == "Buy"


def test_a_folded_group_stays_folded(panel):
    panel.show_table(TABLE)
    top = cell(panel, "Top", NAME, of_group=True)
    panel.view.collapse(top)
    panel.show_table(AreaTable((*TABLE.areas, row("New")), TABLE.groups))
    assert not panel.view.isExpanded(cell(panel, "Top", NAME, of_group=True))


def test_a_click_chooses_and_that_of_a_group_all_of_its_areas(panel, chosen, qtbot):
    panel.show_table(TABLE)
    qtbot.waitUntil(lambda: panel.view.viewport().height() > 80)  # it is laid out
    click(qtbot, panel, cell(panel, "Buy", SHARE))
    click(qtbot, panel, cell(panel, "Top", SHARE, of_group=True))
    assert chosen == [("Buy",), ("Menu", "Logo")]


def test_what_is_chosen_elsewhere_is_marked_and_not_told_again(panel, chosen):
    panel.show_table(TABLE)
    panel.show_selection(("Menu", "Buy"))
    assert set(panel.selected()) == {"Menu", "Buy"}
    panel.show_table(AreaTable(TABLE.areas[:2], TABLE.groups))
    assert set(panel.selected()) == {"Menu", "Buy"}
    assert chosen == []


@pytest.mark.parametrize(("column", "typed"), [(NAME, "Order now"), (GROUP, "Bottom")])
def test_names_and_groups_are_typed(panel, qtbot, column, typed):
    panel.show_table(TABLE)
    edited = []
    panel.edited.connect(lambda *told: edited.append(told))
    index = cell(panel, "Buy", column)
    panel.view.setCurrentIndex(index)
    panel.view.setFocus()
    qtbot.keyClick(panel.view, Key.Key_F2)
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    editor.selectAll()
    qtbot.keyClicks(editor, typed)
    qtbot.keyClick(editor, Key.Key_Return)
    qtbot.waitUntil(lambda: edited == [("Buy", column, typed)])
    assert index.data() in ("Buy", "")  # what it is called comes back from the areas


def test_f2_in_any_column_asks_for_the_name_and_enter_on_a_colour_for_that(panel, qtbot):
    panel.show_table(TABLE)
    asked = []
    panel.colour_asked.connect(lambda names, _: asked.append(names))
    panel.view.setFocus()
    panel.view.setCurrentIndex(cell(panel, "Buy", COLOUR))
    qtbot.keyClick(panel.view, Key.Key_Return)
    assert asked == [("Buy",)]
    panel.view.setCurrentIndex(cell(panel, "Buy", SHARE))
    qtbot.keyClick(panel.view, Key.Key_F2)
    assert QApplication.focusWidget().text() == "Buy"
    qtbot.keyClick(QApplication.focusWidget(), Key.Key_Escape)


def test_a_double_click_names_an_area_and_folds_a_group(panel, qtbot):
    panel.show_table(TABLE)
    view = panel.view
    top = cell(panel, "Top", SHARE, of_group=True)
    place = view.visualRect(top).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert not view.isExpanded(top.siblingAtColumn(NAME))


def test_keys_copy_and_delete(panel, qtbot):
    panel.show_table(TABLE)
    panel.show_selection(("Buy",))
    panel.view.setFocus()
    with qtbot.waitSignal(panel.copy_asked) as copied:
        qtbot.keyClick(panel.view, Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert copied.args == [("Buy",)]
    with qtbot.waitSignal(panel.removal_asked):
        qtbot.keyClick(panel.view, Key.Key_Delete)


def test_stale_shares_are_amber_italic_and_said(panel):
    panel.show_table(AreaTable(TABLE.areas, TABLE.groups, True, "FastGaze · of an earlier setting"))
    index = cell(panel, "Buy", SHARE)
    assert index.data(Qt.ItemDataRole.ForegroundRole).color() == QColor(LIGHT.estimate)
    assert index.data(Qt.ItemDataRole.FontRole).italic()
    assert "of an earlier setting" in index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert panel._state.property("role") == "estimate"
    assert cell(panel, "Buy", UNPRUNED).data(Qt.ItemDataRole.ForegroundRole).color() == QColor(LIGHT.text)
    name = cell(panel, "Buy", NAME)
    assert name.data(Qt.ItemDataRole.ForegroundRole).color() == QColor(LIGHT.text)
    panel.show_theme(DARK)
    panel.show_table(TABLE)
    assert index.data(Qt.ItemDataRole.ForegroundRole).color() == QColor(DARK.text)
    assert panel._state.property("role") == "muted"


def test_the_unpruned_network_has_a_column_where_it_is_another(panel):
    panel.show_table(TABLE)
    assert panel.view.isColumnHidden(UNPRUNED)
    table = AreaTable((row("Buy", 0.058, unpruned=0.061),), (), compared=True, along="Buy: …", flips="⚠ …")
    panel.show_table(table)
    assert not panel.view.isColumnHidden(UNPRUNED)
    assert cell(panel, "Buy", UNPRUNED).data() == "6.1 %"
    assert panel._along.isVisible()
    assert panel._flips.isVisible()


def test_every_cell_says_what_it_is_to_who_does_not_see_it(panel):
    panel.show_table(TABLE)
    assert cell(panel, "Buy", SHARE).data(Qt.ItemDataRole.AccessibleTextRole) == "Attention: 6.1 %"
    assert panel.view.accessibleName()
    assert all(hint for _, hint in TITLES)
    assert cell(panel, "Top", NAME, of_group=True).data(Qt.ItemDataRole.AccessibleTextRole) == "Group, Area: Top"


def test_showing_the_same_again_touches_nothing(panel, monkeypatch):
    panel.show_table(TABLE)
    changed = []
    panel._rows.itemChanged.connect(changed.append)
    panel.show_table(TABLE)
    assert changed == []


def test_a_name_with_markup_is_shown_as_it_is(panel):
    panel.show_table(AreaTable((row("<b>Buy</b>"),), (), along="<b>Buy</b>: 1 %", compared=True))
    assert panel._along.text() == "<b>Buy</b>: 1 %"
    assert panel._along.textFormat() == Qt.TextFormat.PlainText


def test_the_share_within_a_fold_has_a_column_on_pages_only(panel):
    panel.show_table(TABLE)
    assert panel.view.isColumnHidden(FOLD)
    panel.show_table(AreaTable((replace(row("Buy", 0.02), in_fold=(2, 0.143)),), folded=True))
    assert not panel.view.isColumnHidden(FOLD)
    assert cell(panel, "Buy", FOLD).data() == "2: 14.3 %"


@pytest.mark.parametrize("width", [300, 480, 780, 1200])
def test_names_have_room_at_any_width_and_all_that_is_left(panel, width):
    panel.show_table(TABLE)
    panel.resize(width, 260)
    panel.grab()  # the header is laid out as it is painted
    header, viewport = panel.view.header(), panel.view.viewport()
    assert header.sectionSize(NAME) >= 8 * panel.fontMetrics().horizontalAdvance("m")
    assert header.length() >= viewport.width()
    panel.resize(1200, 260)
    panel.grab()
    assert header.length() == viewport.width()
