from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from gazeengine.fallback_fonts import NO_EMBEDDING, fonts_for


def write_font(path, characters, *, fs_type=0):
    """A font in which every character is a box."""
    pen = TTGlyphPen(None)
    for command, point in (("moveTo", (0, 0)), ("lineTo", (0, 700)), ("lineTo", (500, 700)), ("lineTo", (500, 0))):
        getattr(pen, command)(point)
    pen.closePath()
    box = pen.glyph()
    names = [".notdef", *(f"g{ord(c)}" for c in characters)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(c): f"g{ord(c)}" for c in characters})
    builder.setupGlyf(dict.fromkeys(names, box))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": path.stem, "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, fsType=fs_type)
    builder.setupPost()
    builder.save(path)
    return path


def test_the_first_font_that_has_a_character_is_taken_and_what_none_has_is_told(tmp_path):
    write_font(tmp_path / "zother.ttf", "長いx")
    preferred = write_font(tmp_path / "NotoSans-Regular.ttf", "長")
    found, missing = fonts_for("長い字", [tmp_path])
    assert [(font.path, font.characters) for font in found] == [
        (preferred, {"長"}),
        (tmp_path / "zother.ttf", {"い"}),
    ]
    assert missing == "字"


def test_fonts_that_may_not_be_embedded_or_are_broken_are_passed_over(tmp_path):
    write_font(tmp_path / "a.ttf", "長", fs_type=NO_EMBEDDING)
    (tmp_path / "b.ttf").write_bytes(b"no font")
    (tmp_path / "c.ttc").write_bytes(b"ttcf\0\1\0\0")
    assert fonts_for("長", [tmp_path, tmp_path / "none"]) == ((), "長")


def test_nothing_is_looked_into_where_nothing_is_missing():
    assert fonts_for("", iter(lambda: 1 / 0, None)) == ((), "")
