import numpy as np
import pytest
from PySide6.QtGui import QImage

from app.canvas_footer import CanvasFooter
from app.legend_view import LegendView
from app.map_style import MODES, MapStyle
from app.theme import DARK, LIGHT
from gazeengine.legend import Legend, legend
from gazeengine.marks import marks
from tests.smooth_maps import smooth_map

MAP = smooth_map(2, 80, 120)
BOTH = MapStyle(contours=True, hotspots=True)


def legend_of(style):
    return legend(MAP, style, marks(MAP, (80, 120), style))


@pytest.fixture
def view(qtbot):
    view = LegendView(LIGHT)
    qtbot.addWidget(view)
    return view


def pixels(widget):
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


@pytest.mark.parametrize("mode", [mode for mode, _, _ in MODES])
def test_its_height_is_the_same_in_every_view_and_it_says_all_in_words(view, mode):
    empty = view.sizeHint().height()
    view.show_legend(legend_of(MapStyle(mode)))
    assert view.sizeHint().height() == empty
    words = legend_of(MapStyle(mode)).words
    assert view.accessibleName() == (f"Legend: {words}" if words else "Legend")
    assert view.toolTip() == words


def test_it_follows_colours_gamma_and_percentiles(view):
    seen = []
    for style in (
        MapStyle("map"),
        MapStyle("map", color_map="magma"),
        MapStyle("map", gamma=1.5),
        MapStyle("map", low=20, high=70),
        MapStyle(opacity=0.3),
        MapStyle("log_density"),
        MapStyle("focus"),
        MapStyle("contours"),
        BOTH,
    ):
        view.show_legend(legend_of(style))
        view.resize(view.sizeHint())
        seen.append(pixels(view).tobytes())
    assert len(set(seen)) == len(seen)


def test_it_is_as_wide_as_its_parts_and_squeezed_it_paints_still(view):
    view.show_legend(legend_of(MapStyle()))
    narrow = view.sizeHint().width()
    view.show_legend(legend_of(BOTH))
    assert view.sizeHint().width() > narrow + 100
    for width in (1, 40, 150, 900):
        view.resize(width, view.sizeHint().height())
        pixels(view)


def test_large_type_has_room(view):
    view.show_legend(legend_of(BOTH))
    before = view.sizeHint()
    font = view.font()
    font.setPointSizeF(2 * font.pointSizeF())
    view.setFont(font)
    assert view.sizeHint().height() > 1.5 * before.height()
    assert view.sizeHint().width() > 1.5 * before.width()


@pytest.fixture
def footer(qtbot):
    footer = CanvasFooter(LIGHT)
    qtbot.addWidget(footer)
    footer.resize(800, footer.sizeHint().height())
    footer.show()
    return footer


@pytest.mark.parametrize("width", [250, 500, 800, 1600])
def test_caption_and_legend_stand_side_by_side(footer, width):
    footer.resize(width, footer.sizeHint().height())
    footer.show_caption("FastGaze · trained with 1,500 pruned at β 0.15, 200 more, an estimate", False)
    footer.show_legend(legend_of(BOTH))
    assert footer.rect().contains(footer.badge.geometry())
    assert footer.rect().contains(footer.legend.geometry())
    assert not footer.badge.geometry().intersects(footer.legend.geometry())
    assert footer.badge.width() >= min(0.25 * (width - 16), footer.badge.sizeHint().width())
    assert "an estimate" in footer.toolTip()


def test_hidden_a_legend_takes_no_room(footer):
    footer.show_legend(legend_of(BOTH))
    high = footer.sizeHint().height()
    footer.show_legend(None)
    assert footer.legend.isHidden()
    assert footer.sizeHint().height() < high
    footer.show_legend(Legend())
    assert footer.sizeHint().height() == high


def test_both_themes_are_painted(footer):
    footer.show_legend(legend_of(BOTH))
    light = pixels(footer)
    footer.show_theme(DARK)
    assert (pixels(footer) != light).any()
