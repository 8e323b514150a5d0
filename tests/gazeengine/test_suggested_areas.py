import cv2
import numpy as np
import pytest

from gazeengine.image import read_image
from gazeengine.resources import FOLDER
from gazeengine.suggested_areas import KINDS, MOST, MOST_OF_A_KIND, finds_faces, suggested_areas

PICTURES = FOLDER / "pictures"


def page(height=800, width=1280, colour=(250, 250, 250)):
    return np.full((height, width, 3), colour, np.uint8)


def write(rgb, words, at, size=0.7, colour=(20, 20, 20), thick=1):
    cv2.putText(rgb, words, at, cv2.FONT_HERSHEY_SIMPLEX, size, colour, thick, cv2.LINE_AA)


def photograph(height, width, seed=0):
    """Many colours, rough and smooth."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (height // 12, width // 12, 3), dtype=np.uint8)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).astype(int)
    return np.clip(smooth + rng.integers(-25, 25, (height, width, 3)), 0, 255).astype(np.uint8)


def found(rgb, kind):
    return [s for s in suggested_areas(rgb) if s.kind == kind]


def overlap(suggestion, box):
    (left, top), (right, bottom) = suggestion.points
    both = max(0, min(right, box[2]) - max(left, box[0])) * max(0, min(bottom, box[3]) - max(top, box[1]))
    either = (right - left) * (bottom - top) + (box[2] - box[0]) * (box[3] - box[1]) - both
    return both / either


def test_a_paragraph_is_one_block_of_text():
    rgb = page()
    for i in range(4):
        write(rgb, "The quick brown fox jumps over the lazy dog and on", (200, 300 + 28 * i))
    (text,) = found(rgb, "text")
    assert overlap(text, (200, 282, 740, 392)) > 0.8


def test_a_heading_stands_apart_from_the_paragraph_under_it():
    rgb = page()
    write(rgb, "Ferries again", (200, 200), 2.2, thick=4)
    for i in range(3):
        write(rgb, "The quick brown fox jumps over the lazy dog and on", (200, 260 + 28 * i))
    heading, paragraph = found(rgb, "text")
    assert heading.points[1][1] <= paragraph.points[0][1] + 5
    assert heading.confidence > 0.6


def test_a_word_in_the_middle_of_a_coloured_box_is_a_button():
    rgb = page()
    cv2.rectangle(rgb, (500, 400), (700, 450), (200, 60, 30), -1)
    write(rgb, "Buy now", (553, 431), 0.7, (255, 255, 255), 2)
    (button,) = found(rgb, "button")
    assert overlap(button, (500, 400, 701, 451)) > 0.9
    assert found(rgb, "text") == []


def test_a_photograph_on_a_plain_ground_is_a_picture_and_a_plain_box_is_none():
    rgb = page()
    rgb[200:500, 300:800] = photograph(300, 500)
    rgb[550:700, 300:800] = (30, 90, 200)
    (picture,) = found(rgb, "picture")
    assert overlap(picture, (300, 200, 800, 500)) > 0.93


def test_an_empty_page_and_a_photograph_suggest_nothing():
    assert suggested_areas(page()) == ()
    assert suggested_areas(photograph(600, 800)) == ()


@pytest.mark.parametrize("size", [(32, 32), (40, 3000), (3000, 40), (9000, 1280)])
def test_pictures_of_any_size_are_looked_at(size):
    rgb = np.random.default_rng(0).integers(0, 255, (*size, 3), dtype=np.uint8)
    assert len(suggested_areas(rgb)) <= MOST


@pytest.mark.parametrize("name", ["shop.jpg", "landing-b.jpg", "article.jpg", "dashboard.png", "signup.png"])
def test_suggestions_are_few_lie_in_the_picture_and_not_over_one_another(name):
    rgb = read_image(PICTURES / name).rgb
    suggestions = suggested_areas(rgb)
    assert 4 <= len(suggestions) <= MOST
    for kind in KINDS:
        of_kind = [s for s in suggestions if s.kind == kind]
        assert len(of_kind) <= MOST_OF_A_KIND[kind]
        for i, one in enumerate(of_kind):
            assert all(overlap(one, (*o.points[0], *o.points[1])) < 0.2 for o in of_kind[i + 1 :])
    for s in suggestions:
        (left, top), (right, bottom) = s.points
        assert 0 <= left < right <= rgb.shape[1]
        assert 0 <= top < bottom <= rgb.shape[0]
        assert 0.5 <= s.confidence <= 1


def test_what_a_designer_would_draw_is_found():
    shop = suggested_areas(read_image(PICTURES / "shop.jpg").rgb)
    buy = (880, 634, 1224, 692)
    assert max(overlap(s, buy) for s in shop if s.kind == "button") > 0.85
    article = suggested_areas(read_image(PICTURES / "article.jpg").rgb)
    assert max(overlap(s, (52, 388, 880, 752)) for s in article if s.kind == "picture") > 0.85
    landing = suggested_areas(read_image(PICTURES / "landing-b.jpg").rgb)
    assert max(overlap(s, (62, 190, 650, 440)) for s in landing if s.kind == "text") > 0.8


@pytest.mark.parametrize("name", ["astronaut.jpg", "coffee.jpg", "moose.jpg", "raccoon.jpg"])
def test_photographs_have_no_text_or_buttons(name):
    found_ = suggested_areas(read_image(PICTURES / name).rgb)
    assert [s for s in found_ if s.kind in ("text", "button")] == []


def test_a_larger_screenshot_has_the_same_suggestions():
    rgb = read_image(PICTURES / "article.jpg").rgb
    double = cv2.resize(rgb, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    small, large = suggested_areas(rgb), suggested_areas(double)
    same = sum(
        any(s.kind == o.kind and overlap(o, [2 * v for p in s.points for v in p]) > 0.8 for o in large) for s in small
    )
    assert same >= 0.7 * len(small)


def test_a_face_is_found_where_opencv_can_find_any():
    rgb = read_image(PICTURES / "astronaut.jpg").rgb
    faces = found(rgb, "face")
    assert len(faces) == (1 if finds_faces() else 0)
