import pytest
from PySide6.QtWidgets import QScrollArea

from app.layout import Panels
from app.theme import DARK, LIGHT, PANEL_WIDTH


@pytest.fixture
def panels(qtbot):
    panels = Panels()
    qtbot.addWidget(panels)
    panels.resize(1280, 760)
    panels.show()
    qtbot.waitExposed(panels)
    panels.show_workspace("network")
    return panels


def test_all_views_are_in_the_window_on_one_of_its_two_sides(panels):
    everywhere = panels.images, panels.saliency
    of_look = (panels.display,)
    of_network = panels.widths, panels.model, panels.pruning, panels.figures, panels.save, panels.export
    for workspace, shown, hidden in (("look", of_look, of_network), ("network", of_network, of_look)):
        panels.show_workspace(workspace)
        assert panels.shown_workspace() == workspace
        assert all(view.isVisible() for view in (*everywhere, *shown))
        assert not any(view.isVisible() for view in hidden)
    assert not panels.messages.isVisible()


def test_room_goes_to_the_picture(panels, qtbot):
    before = panels.saliency.width(), panels.saliency.height(), panels.widths.height()
    panels.resize(1680, 1060)
    assert panels.saliency.width() >= before[0] + 380
    assert panels.saliency.height() >= before[1] + 280
    assert panels.widths.height() <= before[2] + 20


def test_the_window_fits_a_small_screen_and_settings_scroll(panels):
    assert panels.minimumSizeHint().width() <= 1024
    assert panels.minimumSizeHint().height() <= 600
    panels.resize(1024, 600)
    area = panels.sides.currentWidget()
    assert isinstance(area, QScrollArea)
    assert area.verticalScrollBar().maximum() > 0
    assert area.widget().minimumSizeHint().width() <= area.viewport().width()
    assert area.width() >= PANEL_WIDTH


def test_controls_of_the_laboratory_keep_their_lines_in_the_smallest_window(panels, qtbot):
    def fits():
        panels.resize(panels.minimumSizeHint())
        return panels.method.height() >= panels.method.heightForWidth(panels.method.width())

    panels.bench.setSizes([2000, 1])
    qtbot.waitUntil(fits, timeout=1000)


def test_nothing_folds_away(panels):
    panels.columns.setSizes([0, 1280, 0])
    assert min(panels.columns.sizes()) > 50


def test_both_themes_reach_every_view(panels):
    def picture():
        return panels.grab().toImage()

    panels.show_theme(LIGHT)
    light = picture()
    panels.show_theme(DARK)
    assert picture() != light
    panels.show_theme(LIGHT)
    assert picture() == light
