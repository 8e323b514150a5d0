from io import BytesIO

from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from gazeengine.typography import font_file, for_web, has, shortened, width_of


def test_the_font_has_what_reports_say():
    assert all(has(c) for c in "βΔ×→−±·…“”–%ÄßéŁž\N{NO-BREAK SPACE}")
    assert not has("長")


@given(st.text(max_size=60), st.floats(5, 400))
def test_shortened_text_fits_and_begins_like_the_text(text, width):
    found = shortened(text, 10, width)
    assert found == text or (text.startswith(found.removesuffix("…")) and found.endswith("…"))
    assert found == "…" or width_of(found, 10) <= width


def test_a_page_gets_the_characters_it_needs_and_digits_of_one_width():
    font = TTFont(BytesIO(for_web(["Aβ→ 0123"], "Regular")))
    assert set(map(ord, "Aβ→ 0123")) == set(font.getBestCmap())
    assert "tnum" in {record.FeatureTag for record in font["GSUB"].table.FeatureList.FeatureRecord}
    assert font.flavor == "woff"
    assert font_file("Regular").stat().st_size > 100_000
