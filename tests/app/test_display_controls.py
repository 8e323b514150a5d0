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
    controls.resize(268, controls.sizeHint().height())
    controls.show()
    qtbot.waitExposed(controls)
    return controls


@pytest.fixture
def styles(controls):
    styles = []
    controls.style_chosen.connect(styles.append)
    return styles


def test_showing_a_style_chooses_none(controls, styles):
    style = MapStyle("map", 0.555, "magma", 0.7)
    controls.show_style(style)
    controls.show_style(style)
    assert styles == []
    assert controls._percent.value() == controls._opacity.value() == 56
    assert controls._colors.currentText() == "Magma"


def test_a_mode_is_chosen_with_the_mouse_and_all_else_stays(controls, styles, qtbot):
    style = MapStyle("overlay", 0.555, "magma", 0.7)
    controls.show_style(style)
    qtbot.mouseClick(controls._mode.button(1), Qt.MouseButton.LeftButton)
    assert styles == [MapStyle("map", 0.555, "magma", 0.7)]


def test_a_mode_is_chosen_with_the_arrow_keys(controls, styles, qtbot):
    controls.activateWindow()
    controls._mode.button(0).setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(controls._mode.button(0), Qt.Key.Key_Right)
    qtbot.keyClick(controls._mode.button(1), Qt.Key.Key_Right)
    assert [style.mode for style in styles] == ["map", "picture"]


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


@pytest.mark.parametrize(
    ("mode", "opacity", "colors"), [("overlay", True, True), ("map", False, True), ("picture", False, False)]
)
def test_what_has_no_effect_in_a_mode_is_disabled(controls, mode, opacity, colors):
    controls.show_style(MapStyle(mode))
    assert controls._opacity.isEnabled() == controls._percent.isEnabled() == opacity
    assert controls._colors.isEnabled() == colors


def test_it_fits_a_narrow_panel_in_both_themes(controls):
    controls.show_theme(DARK)
    assert controls.minimumSizeHint().width() <= 268
