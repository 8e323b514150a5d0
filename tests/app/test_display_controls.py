import pytest
from PySide6.QtCore import Qt

from app.display_controls import DisplayControls
from app.map_style import MapStyle
from app.theme import DARK
from gazeengine.saliency_map import COLOR_MAPS


@pytest.fixture
def controls(qtbot):
    controls = DisplayControls()
    qtbot.addWidget(controls)
    controls.resize(288, controls.sizeHint().height())
    controls.show()
    qtbot.waitExposed(controls)
    return controls


@pytest.fixture
def styles(controls):
    styles = []
    controls.style_chosen.connect(styles.append)
    return styles


def click(qtbot, box):
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=box.rect().center() - box.rect().center() / 2)


def test_showing_a_style_chooses_none(controls, styles):
    style = MapStyle("map", 0.555, "magma", 0.7, 3, 80, True, False, False)
    controls.show_style(style)
    controls.show_style(style)
    assert styles == []
    assert controls._percent.value() == controls._opacity.value() == 56
    assert controls._colors.currentText() == "Magma"
    assert [box.isChecked() for box in controls.over.values()] == [True, False, False]
    assert (controls.tone.gamma.value(), controls.tone.low.value(), controls.tone.high.value()) == (0.7, 3, 80)


def test_a_view_is_chosen_with_the_mouse_and_all_else_stays(controls, styles, qtbot):
    style = MapStyle("overlay", 0.555, "magma", 0.7)
    controls.show_style(style)
    qtbot.mouseClick(controls.views.tile("map"), Qt.MouseButton.LeftButton)
    assert styles == [MapStyle("map", 0.555, "magma", 0.7)]


def test_opacity_is_dragged_or_entered(controls, styles, qtbot):
    slider = controls._opacity
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    assert styles[-1].opacity == 0
    qtbot.keyClick(slider, Qt.Key.Key_PageUp)
    assert styles[-1].opacity == 0.1
    controls._percent.selectAll()
    qtbot.keyClicks(controls._percent, "37")
    assert styles[-1].opacity == 0.37
    assert slider.value() == 37


def test_styles_come_during_a_drag_of_the_slider(controls, styles, qtbot):
    slider = controls._opacity
    controls.show_style(MapStyle(opacity=0.5))
    middle = slider.rect().center()
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=middle)
    for offset in (10, 20, 30):
        qtbot.mouseMove(slider, middle + type(middle)(offset, 0))
    during = len(styles)
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=middle)
    assert during >= 2
    assert styles[during - 1].opacity > 0.5


def test_color_maps_come_in_their_order_with_a_gradient_each(controls, styles, qtbot):
    names = [controls._colors.itemData(row) for row in range(controls._colors.count())]
    assert [name for name in names if name] == list(COLOR_MAPS)
    assert all(not controls._colors.itemIcon(names.index(name)).isNull() for name in COLOR_MAPS)
    qtbot.keyClick(controls._colors, Qt.Key.Key_End)
    assert styles == [MapStyle(color_map=list(COLOR_MAPS)[-1])]


def test_contours_hotspots_and_legend_are_switched(controls, styles, qtbot):
    for name, wanted in (
        ("contours", MapStyle(contours=True)),
        ("hotspots", MapStyle(contours=True, hotspots=True)),
        ("legend", MapStyle(contours=True, hotspots=True, legend=False)),
    ):
        qtbot.mouseClick(controls.over[name], Qt.MouseButton.LeftButton)
        assert styles[-1] == wanted
    qtbot.keyClick(controls.over["contours"], Qt.Key.Key_Space)
    assert styles[-1] == MapStyle(hotspots=True, legend=False)


def test_in_their_own_views_contours_and_hotspots_are_on_and_what_was_set_comes_back(controls, styles, qtbot):
    qtbot.mouseClick(controls.views.tile("contours"), Qt.MouseButton.LeftButton)
    assert controls.over["contours"].isChecked()
    assert not controls.over["contours"].isEnabled()
    qtbot.mouseClick(controls.views.tile("overlay"), Qt.MouseButton.LeftButton)
    assert not controls.over["contours"].isChecked()
    assert styles[-1] == MapStyle()


@pytest.mark.parametrize(
    ("mode", "opacity", "colors", "gamma", "ends"),
    [
        ("overlay", True, True, True, True),
        ("focus", True, False, False, False),
        ("contours", True, True, False, False),
        ("hotspots", True, True, False, False),
        ("log_density", True, True, False, True),
        ("map", False, True, True, True),
        ("picture", False, False, False, False),
    ],
)
def test_what_has_no_effect_in_a_view_is_disabled(controls, mode, opacity, colors, gamma, ends):
    controls.show_style(MapStyle(mode))
    assert controls._opacity.isEnabled() == controls._percent.isEnabled() == opacity
    assert controls._colors.isEnabled() == colors
    assert controls.tone.gamma.isEnabled() == controls.tone.slider.isEnabled() == gamma
    assert controls.tone.low.isEnabled() == controls.tone.high.isEnabled() == ends


def test_opacity_is_called_what_it_does(controls):
    for mode, name in (("focus", "Darkness"), ("contours", "Tint"), ("overlay", "Opacity")):
        controls.show_style(MapStyle(mode))
        assert controls._opacity_label.text().replace("&", "") == name
        assert controls._percent.accessibleName() == f"{name} in percent"


def test_reset_goes_back_to_the_usual_in_the_same_view(controls, styles, qtbot):
    assert not controls.reset.isEnabled()
    controls.show_style(MapStyle("focus", 0.3, "magma", 1.5, 10, 80, True, True, False))
    qtbot.mouseClick(controls.reset, Qt.MouseButton.LeftButton)
    assert styles == [MapStyle("focus", legend=False)]
    assert not controls.reset.isEnabled()


def test_more_opens_by_mouse_and_keys_and_hides_nothing_that_has_the_focus(controls, qtbot):
    more = controls.more.button
    assert not controls.tone.isVisible()
    qtbot.mouseClick(more, Qt.MouseButton.LeftButton)
    assert controls.tone.isVisible()
    qtbot.keyClick(more, Qt.Key.Key_Space)
    assert not controls.tone.isVisible()
    assert not controls.tone.gamma.isVisible()  # the tab key passes it by


def test_it_fits_a_narrow_panel_in_both_themes_and_with_large_type(controls):
    controls.show_theme(DARK)
    assert controls.minimumSizeHint().width() <= 288
    controls.more.show_open(True)
    assert controls.minimumSizeHint().width() <= 288
