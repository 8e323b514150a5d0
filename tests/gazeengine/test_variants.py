import numpy as np
import pytest
from PIL import Image

from gazeengine.errors import DataError, OutputError
from gazeengine.fixations import read_data_set
from gazeengine.image import read_image
from gazeengine.variants import NOTE, VariantOptions, variant, write_variants
from tests.data_sets import made_data_set

OPTIONS = VariantOptions(3, (36, 48), 1)


@pytest.fixture
def stimuli(tmp_path):
    made_data_set(tmp_path / "made", n=4)
    return read_data_set(tmp_path / "made", "train").stimuli


def written(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.jpg")}


def pictures(seed=0):
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 256, (36, 48, 3), dtype=np.uint8) for _ in range(2)]


def test_every_picture_has_its_variants_of_the_size_asked_for(stimuli, tmp_path):
    assert list(write_variants(stimuli, tmp_path / "more", OPTIONS)) == [True] * 12
    made = written(tmp_path / "more")
    assert sorted(made) == [f"{i}-{k}.jpg" for i in range(4) for k in range(3)]
    assert len(set(made.values())) == 12
    assert {read_image(tmp_path / "more" / name).rgb.shape for name in made} == {(36, 48, 3)}


def test_the_same_seed_gives_the_same_files_and_another_others(stimuli, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        list(write_variants(stimuli, tmp_path / name, VariantOptions(2, (36, 48), seed)))
    assert written(tmp_path / "a") == written(tmp_path / "b")
    assert not set(written(tmp_path / "a").values()) & set(written(tmp_path / "c").values())


def test_a_run_that_was_stopped_goes_on_with_what_is_missing(stimuli, tmp_path):
    whole = list(write_variants(stimuli, tmp_path / "whole", OPTIONS))
    begun = write_variants(stimuli, tmp_path / "begun", OPTIONS)
    assert [next(begun) for _ in range(5)] == [True] * 5
    begun.close()
    assert list(write_variants(stimuli, tmp_path / "begun", OPTIONS)) == [False] * 5 + [True] * 7
    assert len(whole) == 12
    assert written(tmp_path / "begun") == written(tmp_path / "whole")


def test_no_picture_is_as_it_was_and_half_of_them_see_the_other():
    picture, other = pictures()
    white = np.full_like(other, 255)
    seen = 0
    for seed in range(200):
        alone = variant(picture, other, np.random.default_rng(seed))
        assert alone.shape == picture.shape
        assert alone.dtype == np.uint8
        assert not np.array_equal(alone, picture)
        seen += not np.array_equal(alone, variant(picture, white, np.random.default_rng(seed)))
    assert 75 < seen < 125


def test_what_goes_in_stays_as_it_was():
    picture, other = pictures()
    before = picture.copy(), other.copy()
    for seed in range(20):
        variant(picture, other, np.random.default_rng(seed))
    np.testing.assert_array_equal(picture, before[0])
    np.testing.assert_array_equal(other, before[1])


def test_variants_of_other_pictures_are_not_mixed(stimuli, tmp_path):
    list(write_variants(stimuli[:2], tmp_path / "more", OPTIONS))
    with pytest.raises(DataError, match="they are of other pictures or options, wanted an empty folder"):
        list(write_variants(stimuli, tmp_path / "more", OPTIONS))
    assert len(written(tmp_path / "more")) == 6


def test_a_damaged_note_and_a_file_in_the_way_are_told(stimuli, tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / NOTE).write_text("{")
    (tmp_path / "file").touch()
    for folder in ("more", "file"):
        with pytest.raises(OutputError, match=f"{folder}: cannot be made"):
            list(write_variants(stimuli, tmp_path / folder, OPTIONS))


def test_a_picture_of_one_colour_and_one_pixel_is_no_trouble(tmp_path):
    Image.new("RGB", (64, 48), (9, 9, 9)).save(tmp_path / "dull.png")
    dull = read_image(tmp_path / "dull.png").rgb.copy()
    assert variant(dull, dull, np.random.default_rng(0)).std() < 3
    assert variant(dull[:1, :1], dull[:1, :1], np.random.default_rng(0)).shape == (1, 1, 3)
