import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QInputDialog, QMenu

from app.area_files import areas_on_clipboard
from app.area_rows import NAME, SHARE
from gazeengine.regions import Area
from tests.app.area_benches import HEIGHT, WIDTH, Bench, picture, sloping

SHIFT, ALT, CONTROL = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
)
Key = Qt.Key


@pytest.fixture
def bench(qtbot, settings, checkpoint, other_checkpoint):
    bench = Bench(qtbot, settings, checkpoint, other_checkpoint)
    yield bench
    bench.close()
    QApplication.clipboard().clear()


def near(area, points, tolerance=2):
    """To the pixels of the screen, of which one is more than one of the picture."""
    return all(
        abs(x - u) <= tolerance and abs(y - v) <= tolerance for (x, y), (u, v) in zip(area.points, points, strict=True)
    )


# --- drawing


@pytest.mark.parametrize("tool", ["rectangle", "ellipse"])
def test_a_box_is_drawn_from_corner_to_corner_chosen_and_the_hand_is_back(bench, tool):
    bench.draw((300, 200), (100, 50), tool=tool)
    (area,) = bench.areas
    assert (area.shape, area.name) == (tool, "Area 1")
    assert near(area, ((100, 50), (300, 200)))
    assert bench.chosen == ("Area 1",)
    assert bench.desk.layer.tool == "hand"
    assert bench.history.count() == 1


def test_with_shift_a_square_is_drawn(bench):
    bench.desk.take_tool("rectangle")
    bench.drag((100, 50), (300, 100), SHIFT)
    left, top, right, bottom = bench.areas[0].box
    assert abs((right - left) - (bottom - top)) <= 1


def test_what_is_drawn_over_the_border_ends_there(bench):
    bench.draw((500, 300), (WIDTH + 50, HEIGHT + 50))
    assert bench.areas[0].points[1] == (WIDTH, HEIGHT)


def test_a_click_draws_nothing(bench):
    bench.desk.take_tool("rectangle")
    bench.click(100, 100)
    assert bench.areas == ()
    assert bench.desk.layer.tool == "rectangle"


def test_a_polygon_is_drawn_by_its_corners_and_closed_with_a_double_click(bench):
    bench.desk.take_tool("polygon")
    bench.click(100, 100)
    bench.click(200, 100)
    bench.double_click(150, 200)
    (area,) = bench.areas
    assert area.shape == "polygon"
    assert near(area, ((100, 100), (200, 100), (150, 200)))


def test_a_polygon_is_closed_with_enter_or_on_its_first_corner_and_backspace_takes_a_corner_back(bench):
    bench.desk.take_tool("polygon")
    for place in ((100, 100), (200, 100), (250, 350)):
        bench.click(*place)
    bench.key(Key.Key_Backspace)
    bench.click(150, 200)
    bench.key(Key.Key_Return)
    assert near(bench.areas[0], ((100, 100), (200, 100), (150, 200)))
    bench.desk.take_tool("polygon")
    for place in ((300, 100), (400, 100), (350, 200), (301, 101)):
        bench.click(*place)
    assert len(bench.areas[1].points) == 3


def test_escape_drops_what_is_being_drawn_and_then_the_tool(bench):
    bench.desk.take_tool("polygon")
    bench.click(100, 100)
    bench.key(Key.Key_Escape)
    assert (bench.areas, bench.desk.layer.tool, bench.desk.layer.busy) == ((), "polygon", False)
    bench.key(Key.Key_Escape)
    assert bench.desk.layer.tool == "hand"


def test_escape_in_a_drag_takes_it_back(bench):
    bench.draw((100, 100), (200, 200))
    before = bench.areas
    bench.press(150, 150)
    bench.move(250, 150)
    assert bench.areas != before
    bench.key(Key.Key_Escape)
    bench.release(250, 150)
    assert bench.areas == before
    assert bench.history.count() == 1


def test_with_the_keyboard_alone_an_area_is_made_moved_and_resized(bench):
    bench.desk.take_tool("ellipse")
    bench.key(Key.Key_Return)
    (area,) = bench.areas
    left, top, right, bottom = area.box
    assert left < WIDTH / 2 < right
    bench.key(Key.Key_Right)
    bench.key(Key.Key_Down, SHIFT)
    bench.key(Key.Key_Left, ALT)
    bench.key(Key.Key_Down, SHIFT | ALT)
    assert bench.areas[0].box == (left + 1, top + 10, right + 1 - 1, bottom + 20)
    assert bench.history.count() == 5


def test_without_a_picture_there_is_nothing_to_draw_on(bench):
    bench.explorer.remove_picture("a")
    bench.show(None)
    bench.desk.take_tool("rectangle")
    assert bench.desk.layer.tool == "hand"
    assert "no picture is open" in bench.said


# --- choosing, moving, resizing


@pytest.fixture
def two(bench):
    """A large area and a small one within it, none chosen."""
    big = Area("Big", "rectangle", ((100, 50), (400, 300)), "#2f6fde")
    small = Area("Small", "ellipse", ((150, 100), (250, 200)), "#d55e00")
    bench.desk.choice.put((big, small), "two areas")
    return bench


def test_a_click_chooses_the_smallest_area_and_beside_all_none(two):
    two.click(200, 150)
    assert two.chosen == ("Small",)
    two.click(350, 280)
    assert two.chosen == ("Big",)
    two.click(550, 380)
    assert two.chosen == ()


def test_with_shift_areas_are_added_and_taken_away(two):
    two.click(200, 150)
    two.click(350, 280, SHIFT)
    assert set(two.chosen) == {"Big", "Small"}
    two.click(200, 150, CONTROL)
    assert two.chosen == ("Big",)


def test_a_drag_moves_what_is_chosen_in_one_step(two):
    two.drag((200, 150), (250, 130))
    assert near(two.areas[1], ((200, 80), (300, 180)))
    assert two.history.undoText() == "move of Small"
    two.history.undo()
    assert two.areas[1].points == ((150, 100), (250, 200))
    two.history.redo()
    assert near(two.areas[1], ((200, 80), (300, 180)))


def test_a_drag_ends_at_the_border_of_the_picture(two):
    two.drag((200, 150), (200 - 500, 150 + 30))
    assert two.areas[1].box[0] == 0


def test_several_are_moved_together(two):
    two.desk.choice.choose(("Big", "Small"))
    two.drag((200, 150), (220, 150))
    assert near(two.areas[0], ((120, 50), (420, 300)))
    assert near(two.areas[1], ((170, 100), (270, 200)))


def test_a_handle_resizes_the_chosen_area(two):
    two.click(350, 280)
    two.drag((400, 300), (500, 350))
    assert near(two.areas[0], ((100, 50), (500, 350)))
    assert two.history.undoText() == "resize of Big"
    two.drag((100, 200), (60, 390))  # the middle of the left side
    assert near(two.areas[0], ((60, 50), (500, 350)))


def test_undo_in_the_middle_of_a_drag_goes_back_to_where_it_began(two):
    before = two.areas
    two.press(200, 150)
    two.move(300, 160)
    two.desk.settle()
    two.history.undo()
    two.release(300, 160)
    assert two.areas == before


@pytest.mark.parametrize("key", [Key.Key_Delete, Key.Key_Backspace])
def test_what_is_deleted_in_the_middle_of_a_drag_stays_so(two, key):
    before, (big, _) = two.areas, two.areas
    two.press(200, 150)
    two.move(300, 160)
    two.qtbot.keyClick(two.view, key)
    two.move(320, 180)
    two.release(330, 190)
    assert two.areas == (big,)
    two.history.undo()
    assert len(two.areas) == 2
    two.history.undo()
    assert two.areas == before


def test_what_is_duplicated_in_the_middle_of_a_drag_stays(two):
    two.press(200, 150)
    two.move(300, 160)
    two.desk.edits.duplicate()
    two.move(320, 180)
    two.release(330, 190)
    assert len(two.areas) == 3


def test_a_drag_beside_areas_moves_the_picture_and_keeps_the_choice(two):
    two.desk.choice.put(two.areas[1:], "only the small one")
    two.click(200, 150)
    two.view.box.zoom_by(3)
    before, start = two.view.box.viewRect(), two.at(300, 200)
    two.qtbot.mousePress(two.canvas, Qt.MouseButton.LeftButton, pos=start)
    for step in (20, 40):
        two.qtbot.wait(15)  # pyqtgraph leaves out moves that follow faster
        two.qtbot.mouseMove(two.canvas, start + QPoint(step, 0))
    two.qtbot.mouseRelease(two.canvas, Qt.MouseButton.LeftButton, pos=start + QPoint(40, 0))
    assert two.view.box.viewRect() != before
    assert two.chosen == ("Small",)


def test_arrows_move_the_picture_where_nothing_is_chosen(two):
    two.view.box.zoom_by(3)
    left = two.view.box.viewRect().left()
    two.key(Key.Key_Right)
    assert two.view.box.viewRect().left() > left


def test_held_arrows_are_one_step(two):
    two.click(200, 150)
    for _ in range(5):
        two.qtbot.keyPress(two.view, Key.Key_Right)
    two.qtbot.keyRelease(two.view, Key.Key_Right)
    assert two.areas[1].box[0] == 155
    assert two.history.count() == 2


@pytest.mark.parametrize("key", [Key.Key_Delete, Key.Key_Backspace])
def test_what_is_chosen_is_deleted(two, key):
    two.click(200, 150)
    two.key(key)
    assert two.names == ["Big"]
    assert two.chosen == ()


def test_a_duplicate_lies_beside_and_has_a_name_of_its_own(two):
    two.click(200, 150)
    two.desk.edits.duplicate()
    assert two.names == ["Big", "Small", "Small 2"]
    assert two.areas[2].points == ((162, 112), (262, 212))
    assert two.chosen == ("Small 2",)


# --- names, groups, colours


def test_an_area_is_renamed_on_the_canvas_with_f2_and_stays_chosen(two):
    two.click(200, 150)
    two.key(Key.Key_F2)
    field = two.desk.field
    assert field.isVisible()
    two.qtbot.keyClicks(field, "Buy <now>")
    two.qtbot.keyClick(field, Key.Key_Return)
    assert two.names == ["Big", "Buy <now>"]
    assert two.chosen == ("Buy <now>",)
    assert not field.isVisible()
    assert two.view.hasFocus()
    two.history.undo()
    assert two.chosen == ("Small",)


def test_a_double_click_asks_for_a_name_and_escape_leaves_it(two):
    two.double_click(200, 150)
    two.qtbot.keyClicks(two.desk.field, "other")
    two.qtbot.keyClick(two.desk.field, Key.Key_Escape)
    assert two.names == ["Big", "Small"]


def test_a_name_that_another_area_has_is_refused_with_words(two):
    two.desk.edits.rename("Small", "Big")
    assert two.names == ["Big", "Small"]
    assert "another area of this picture is called 'Big'" in two.said


def test_areas_are_grouped_and_coloured_in_one_step_each(two, monkeypatch):
    two.desk.choice.choose(("Big", "Small"))
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: (" Hero  part ", True))
    two.desk.edits.ask_group()
    assert [area.group for area in two.areas] == ["Hero part"] * 2
    two.desk.edits.colour(two.chosen, "#008a60")
    assert [area.colour for area in two.areas] == ["#008a60"] * 2
    assert two.history.count() == 3


def test_the_menu_does_what_keys_do(two):
    two.click(200, 150)
    two.desk.show_menu(QPoint(10, 10))
    (menu,) = [m for m in two.window.findChildren(QMenu) if m.accessibleName() == "Areas"]
    entries = {action.text().split("\t")[0]: action for action in menu.actions()}
    assert entries["Delete"].isEnabled()
    assert not entries["Paste areas"].isEnabled()
    entries["Duplicate"].trigger()
    menu.close()
    assert two.names == ["Big", "Small", "Small 2"]


# --- to other pictures


def test_copied_areas_are_pasted_on_another_picture_scaled_to_its_size(two):
    two.click(200, 150)
    two.key(Key.Key_C, CONTROL)
    assert areas_on_clipboard()
    assert QGuiApplication.clipboard().text().startswith("Area\tGroup\tAttention %")
    two.show("large")
    assert two.desk.transfer.paste()
    assert two.areas == (Area("Small", "ellipse", ((300, 200), (500, 400)), "#d55e00"),)
    assert "Scaled Small from a picture of 600 × 400 to 1200 × 800 pixels." in two.said


def test_pasted_on_the_same_picture_they_lie_beside(two):
    two.click(200, 150)
    two.desk.transfer.copy()
    two.desk.transfer.paste()
    assert two.areas[2] == Area("Small 2", "ellipse", ((162, 112), (262, 212)), "#d55e00")


def test_a_picture_on_the_clipboard_is_left_to_the_window(two):
    QGuiApplication.clipboard().setText("no areas")
    pasted = []
    two.desk.transfer.paste_or(lambda: pasted.append(1))
    assert pasted == [1]


def test_all_areas_go_to_all_pictures_in_one_step_and_replace_those_of_the_same_name(two):
    own = Area("Own", "rectangle", ((0, 0), (9, 9)))
    two.desk.book.put_all({"b": (own, Area("Small", "rectangle", ((0, 0), (5, 5))))}, "before")
    two.desk.transfer.copy_to_all()
    assert two.desk.book.of("b") == (own, *two.areas)
    assert two.desk.book.of("large")[0].points == ((200, 100), (800, 600))
    assert "Copied 2 areas to 2 other pictures, scaled to the size of 1 of them." in two.said
    two.history.undo()
    assert two.desk.book.of("large") == ()


def test_undo_shows_the_picture_where_it_changed_something(two):
    two.show("b")
    two.history.undo()
    assert two.desk.choice.key == "a"


def test_another_picture_has_its_own_areas_and_nothing_is_chosen(two):
    two.click(200, 150)
    two.show("b")
    assert (two.areas, two.chosen) == ((), ())
    two.show("a")
    assert two.names == ["Big", "Small"]


def test_areas_go_with_a_picture_that_was_read_again_in_another_size(two):
    two.explorer.add_picture("a", picture("a", (200, 300)))
    assert two.areas[0].points == ((50, 25), (200, 150))
    assert "it has 300 × 200 pixels now, and had 600 × 400" in two.said


# --- the table


def test_table_and_canvas_choose_the_same(two):
    two.click(200, 150)
    assert two.desk.panel.selected() == ("Small",)
    view = two.desk.panel.view
    place = view.visualRect(two.cell("Big", SHARE)).center()
    two.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert two.chosen == ("Big",)
    assert [item.area.name for item in two.desk.layer._items if item.look.selected] == ["Big"]


def test_a_name_is_edited_in_the_table(two):
    view = two.desk.panel.view
    two.desk.panel.edit_name("Big")
    editor = QApplication.focusWidget()
    two.qtbot.keyClicks(editor, "Header")
    two.qtbot.keyClick(editor, Key.Key_Return)
    two.qtbot.waitUntil(lambda: two.names == ["Header", "Small"])
    assert two.text("Header", NAME) == "Header"
    assert view.isVisible()


def test_shares_follow_a_drag_at_every_step(two):
    two.answer(sloping(to_the_right=4.0))
    shown = set()
    two.press(200, 150)
    for x in range(210, 300, 10):
        two.move(x, 150)
        shown.add(two.text("Small", SHARE))
    two.release(290, 150)
    assert len(shown) > 6
    assert two.desk.layer._words["Small"] == two.text("Small", SHARE)


# --- suggestions


class Finder:
    """Stands for what looks for areas."""

    def __init__(self):
        from gazeengine.suggested_areas import Suggestion

        self.found = (
            Suggestion("text", ((10, 10), (200, 60)), 0.9),
            Suggestion("button", ((300, 300), (400, 340)), 0.8),
            Suggestion("picture", ((300, 50), (500, 200)), 0.7),
        )

    def __call__(self, _picture):
        return self.found


@pytest.fixture
def suggested(bench):
    bench.desk.suggestions._find = Finder()
    bench.desk.suggest()
    bench.qtbot.waitUntil(lambda: bench.desk.suggested)
    return bench


def test_a_click_takes_a_suggestion(suggested):
    suggested.click(350, 320)
    assert suggested.names == ["Button 1"]
    assert suggested.areas[0].points == ((300, 300), (400, 340))
    assert len(suggested.desk.suggestions.areas) == 2
    assert suggested.history.undoText() == "suggested area"


def test_tab_and_enter_take_suggestions_delete_leaves_one_out_and_escape_drops_the_rest(suggested):
    suggested.key(Key.Key_Tab)
    suggested.key(Key.Key_Return)
    assert suggested.names == ["Button 1"]
    suggested.key(Key.Key_Backtab)
    suggested.key(Key.Key_Delete)
    assert len(suggested.desk.suggestions.areas) == 1
    suggested.key(Key.Key_Escape)
    assert not suggested.desk.suggested
    assert suggested.names == ["Button 1"]


def test_all_are_taken_in_one_step(suggested):
    suggested.desk.tools._accept.click()
    assert suggested.names == ["Text 1", "Button 1", "Picture 1"]
    assert not suggested.desk.suggested
    suggested.history.undo()
    assert suggested.areas == ()


def test_suggestions_go_with_their_picture(suggested):
    suggested.show("b")
    assert not suggested.desk.suggested


def test_nothing_found_is_said(bench):
    bench.desk.suggestions._find = lambda picture: ()
    bench.desk.suggest()
    bench.qtbot.waitUntil(lambda: "Found no text" in bench.desk.tools._words.text())
