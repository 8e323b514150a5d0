import shutil
from pathlib import Path
from threading import get_ident

import numpy as np
import pytest
from PIL import Image

from app import library as library_module
from app.background import Background
from app.library import AHEAD, THUMBNAIL, Library
from gazeengine.image import read_image
from tests.app.gates import LIMIT_S, Gate
from tests.families import snapshot_path, write_family

MS = 1000 * LIMIT_S


@pytest.fixture
def background(qtbot):
    background = Background("files")
    yield background
    background.close()


@pytest.fixture
def library(background):
    library = Library(background)
    library.opened, library.failed, library.problems, library.models_opened = [], [], [], []
    library.changes = []
    library.picture_opened.connect(lambda key, picture: library.opened.append((key, picture)))
    library.picture_failed.connect(library.failed.append)
    library.problem.connect(library.problems.append)
    library.model_opened.connect(lambda key, checkpoint: library.models_opened.append((key, checkpoint)))
    library.pictures_changed.connect(lambda: library.changes.append(list(library.pictures)))
    return library


@pytest.fixture
def held(background):
    """Holds the background until it is opened."""
    gate = Gate()
    background.do(gate.pass_through, lambda _: None, pytest.fail)
    gate.wait_until_reached()
    yield gate
    gate.open()


def opened_keys(library):
    return [key for key, _ in library.opened]


# --- pictures


def test_several_are_listed_at_once_and_read_in_their_order(library, picture_files, held, qtbot):
    keys = library.open_pictures(picture_files)
    assert keys == [str(path) for path in picture_files]
    assert list(library.pictures) == keys
    assert library.changes == [keys]
    assert [(e.name, e.detail, e.thumbnail) for e in library.pictures.values()] == [
        (path.name, "…", None) for path in picture_files
    ]
    held.open()
    qtbot.waitUntil(lambda: len(library.opened) == 3, timeout=MS)
    assert opened_keys(library) == keys
    assert [entry.detail for entry in library.pictures.values()] == ["128 × 96", "120 × 80", "64 × 128"]


def test_a_broken_one_among_them_keeps_its_place_and_says_what_is_wrong(library, picture_files, qtbot):
    picture_files[1].write_text("this is a text")
    keys = library.open_pictures(picture_files)
    qtbot.waitUntil(lambda: len(library.opened) == 2 and bool(library.problems), timeout=MS)
    assert list(library.pictures) == keys
    entry = library.pictures[keys[1]]
    assert entry.detail == "not opened"
    assert entry.problem == library.problems[0]
    assert "b.png: found a text file, wanted PNG" in entry.problem
    assert library.failed == [keys[1]]
    assert library.readable_beside(keys[1]) == keys[2]


def test_one_removed_while_it_is_read_stays_away_without_a_word(library, picture_files, held, qtbot):
    picture_files[1].write_text("this is a text")
    keys = library.open_pictures(picture_files)
    library.remove_picture(keys[0])
    library.remove_picture(keys[1])
    library.remove_picture("not there")
    held.open()
    qtbot.waitUntil(lambda: bool(library.opened), timeout=MS)
    assert opened_keys(library) == [keys[2]]
    assert list(library.pictures) == [keys[2]]
    assert library.problems == []


def test_one_removed_and_opened_again_while_it_is_read_is_read_once(library, picture_files, held, qtbot):
    (key,) = library.open_pictures(picture_files[:1])
    library.remove_picture(key)
    library.open_pictures(picture_files[:1])
    held.open()
    qtbot.waitUntil(lambda: bool(library.opened), timeout=MS)
    qtbot.wait(1)
    assert opened_keys(library) == [key]


def test_the_same_path_is_the_same_picture_however_it_is_written(library, picture_files, held, qtbot, monkeypatch):
    monkeypatch.chdir(picture_files[0].parent)
    (picture_files[0].parent / "folder").mkdir()
    ways = [picture_files[0], Path("a.png"), Path("folder/../a.png")]
    assert len(library.open_pictures(ways)) == 1
    library.open_pictures([Path("a.png")])
    assert len(library.pictures) == 1
    held.open()
    qtbot.waitUntil(lambda: bool(library.opened), timeout=MS)


def test_one_that_is_open_is_read_again_and_keeps_its_place(library, picture_files, qtbot):
    keys = library.open_pictures(picture_files)
    qtbot.waitUntil(lambda: len(library.opened) == 3, timeout=MS)
    Image.new("RGB", (200, 100)).save(picture_files[0])
    library.open_pictures(picture_files[:1])
    assert library.pictures[keys[0]].detail == "128 × 96"  # until the new one is there
    qtbot.waitUntil(lambda: len(library.opened) == 4, timeout=MS)
    assert library.pictures[keys[0]].detail == "200 × 100"
    assert list(library.pictures) == keys


def test_one_that_is_open_and_breaks_keeps_what_was_good(library, picture_files, qtbot):
    (key,) = library.open_pictures(picture_files[:1])
    qtbot.waitUntil(lambda: bool(library.opened), timeout=MS)
    picture_files[0].write_bytes(b"")
    library.open_pictures(picture_files[:1])
    qtbot.waitUntil(lambda: bool(library.problems), timeout=MS)
    entry = library.pictures[key]
    assert entry.thumbnail is not None
    assert entry.detail == "128 × 96"
    assert "an empty file" in entry.problem


def test_thumbnails_are_small_and_made_elsewhere(library, tmp_path, qtbot):
    path = tmp_path / "large.png"
    Image.new("RGB", (2000, 1000)).save(path)
    (key,) = library.open_pictures([path])
    qtbot.waitUntil(lambda: bool(library.opened), timeout=MS)
    assert library.pictures[key].thumbnail.shape == (THUMBNAIL // 2, THUMBNAIL, 3)


def test_pasted_ones_are_numbered_and_read_elsewhere(library, picture_files, qtbot):
    threads = []

    def source():
        threads.append(get_ident())
        return read_image(picture_files[0])

    keys = [library.paste(source), library.paste(source), library.paste(source, "Captured region")]
    assert [library.pictures[key].name for key in keys] == ["Pasted picture", "Pasted picture 2", "Captured region"]
    qtbot.waitUntil(lambda: len(library.opened) == 3, timeout=MS)
    assert get_ident() not in threads
    assert np.array_equal(library.opened[0][1].rgb, library.opened[1][1].rgb)
    named = {key: picture.name for key, picture in library.opened}
    assert [named[key] for key in keys] == ["Pasted picture", "Pasted picture 2", "Captured region"]


def test_a_path_that_does_not_exist_is_told(library, tmp_path, qtbot):
    library.open_pictures([tmp_path / "nothing.png"])
    qtbot.waitUntil(lambda: bool(library.problems), timeout=MS)
    assert "picture nothing.png: found no such file" in library.problems[0]


def test_the_neighbour_is_the_next_or_else_the_one_before(library, picture_files, held):
    a, b, c = library.open_pictures(picture_files)
    assert [library.neighbour(key) for key in (a, b, c)] == [b, c, b]
    library.remove_picture(b)
    library.remove_picture(c)
    assert library.neighbour(a) is None
    assert library.neighbour(b) is None


def test_readable_beside_passes_over_what_has_a_problem(library, picture_files, qtbot):
    for path in picture_files:
        path.write_text("text")
    keys = library.open_pictures(picture_files)
    qtbot.waitUntil(lambda: len(library.failed) == 3, timeout=MS)
    assert [library.readable_beside(key) for key in keys] == [None] * 3


# --- many of them


@pytest.fixture
def many_files(tmp_path):
    paths = [tmp_path / f"{n:03}.png" for n in range(AHEAD + 12)]
    for n, path in enumerate(paths):
        Image.new("RGB", (64, 48), (n, n, n)).save(path)
    return paths


def test_of_many_only_the_first_are_read_ahead(library, many_files, qtbot):
    keys = library.open_pictures(many_files)
    assert list(library.pictures) == keys
    qtbot.waitUntil(lambda: len(library.opened) == AHEAD, timeout=MS)
    qtbot.wait(1)
    assert opened_keys(library) == keys[:AHEAD]


def test_what_is_looked_at_is_read_before_what_waits(library, many_files, held, qtbot):
    keys = library.open_pictures(many_files)
    library.want(keys[-1])
    library.want("not there")
    held.open()
    qtbot.waitUntil(lambda: len(library.opened) == AHEAD + 1, timeout=MS)
    assert opened_keys(library)[:3] == [keys[0], keys[-1], keys[1]]  # the first was being read


def test_rows_that_come_in_sight_get_their_thumbnails(library, many_files, qtbot):
    keys = library.open_pictures(many_files)
    qtbot.waitUntil(lambda: len(library.opened) == AHEAD, timeout=MS)
    library.want_thumbnails(keys[AHEAD - 2 : AHEAD + 2])
    qtbot.waitUntil(lambda: len(library.opened) == AHEAD + 2, timeout=MS)
    assert opened_keys(library)[AHEAD:] == keys[AHEAD : AHEAD + 2]
    library.want_thumbnails(keys[AHEAD : AHEAD + 2])
    assert library._queue == []


def test_only_the_latest_thumbnails_are_kept_and_made_again_when_seen(library, many_files, qtbot, monkeypatch):
    monkeypatch.setattr(library_module, "MOST_THUMBNAILS", 10)
    keys = library.open_pictures(many_files)
    library.want_thumbnails(keys[:2])
    qtbot.waitUntil(lambda: len(library.opened) == AHEAD, timeout=MS)
    with_thumbnail = [key for key, entry in library.pictures.items() if entry.thumbnail is not None]
    assert len(with_thumbnail) <= 12
    assert with_thumbnail[:2] == keys[:2]  # they are in sight
    gone = next(key for key in keys[:AHEAD] if library.pictures[key].thumbnail is None)
    assert library.pictures[gone].detail == "64 × 48"
    library.want_thumbnails([gone])
    qtbot.waitUntil(lambda: library.pictures[gone].thumbnail is not None, timeout=MS)


def test_other_work_has_its_turn_between_pictures(library, background, many_files, held, qtbot):
    library.open_pictures(many_files)
    done = []
    background.do(lambda: None, lambda _: done.append(len(library.opened)), pytest.fail)
    held.open()
    qtbot.waitUntil(lambda: bool(done), timeout=MS)
    assert done[0] <= 2


def test_what_is_wanted_is_fetched_with_what_is_there_in_the_order_asked(library, picture_files, qtbot):
    keys = library.open_pictures(picture_files)
    qtbot.waitUntil(lambda: len(library.opened) == 3, timeout=MS)
    have = dict(library.opened[1:])
    came = []
    library.fetch([keys[2], "not there", keys[0], keys[1]], have, came.append)
    qtbot.waitUntil(lambda: bool(came), timeout=MS)
    assert list(came[0]) == [keys[2], keys[0], keys[1]]
    assert came[0][keys[2]] is have[keys[2]]
    assert came[0][keys[0]].digest == library.opened[0][1].digest
    picture_files[0].unlink()
    library.fetch(keys, have, came.append)
    qtbot.waitUntil(lambda: len(came) == 2, timeout=MS)
    assert list(came[1]) == keys[1:]
    library.fetch(keys[1:], have, came.append)  # at once
    assert list(came[2]) == keys[1:]


# --- models


def test_listed_models_are_read_when_they_are_chosen(library, model_file, checkpoint, qtbot):
    library.list_models([model_file])
    (key,) = library.models
    assert (library.models[key].checkpoint, library.models[key].title) == (None, "tiny")
    assert library.open_model(model_file) == key
    qtbot.waitUntil(lambda: bool(library.models_opened), timeout=MS)
    assert library.models[key].shipped
    assert library.models[key].checkpoint.id == checkpoint.id
    assert library.models_opened[0][0] == key


def test_shipped_models_are_called_as_they_are_once_they_are_read(library):
    library.list_models([Path(f"{name}.safetensors") for name in ("fastgaze", "deepgaze2-vgg16", "mine")])
    assert [entry.title for entry in library.models.values()] == ["FastGaze", "DeepGaze II (VGG-16)", "mine"]


def test_a_model_written_anew_is_read_again(library, model_file, other_model_file, other_checkpoint, qtbot):
    key = library.open_model(model_file)
    qtbot.waitUntil(lambda: bool(library.models_opened), timeout=MS)
    shutil.copy(other_model_file, model_file)
    assert library.open_model(model_file) == key
    qtbot.waitUntil(lambda: len(library.models_opened) == 2, timeout=MS)
    assert library.models[key].checkpoint.id == other_checkpoint.id


def test_a_model_comes_with_its_family(library, tmp_path, checkpoint, qtbot):
    path = write_family(tmp_path, checkpoint, {1e-3: (20, 40)})
    library.list_models([path])
    key = library.open_model(path.with_suffix(""))  # its folder
    assert key == str(path)
    qtbot.waitUntil(lambda: bool(library.models_opened), timeout=MS)
    entry = library.models[key]
    assert (entry.title, entry.shipped) == ("Tiny", True)
    assert [s.n for s in entry.family.snapshots] == [20, 40]
    assert entry.checkpoint is entry.family.checkpoint is library.models_opened[0][1]
    assert library.problems == []


def test_a_snapshot_that_does_not_belong_is_told_and_the_family_opened(library, tmp_path, checkpoint, qtbot):
    path = write_family(tmp_path, checkpoint, {1e-3: (20, 40)})
    snapshot_path(path, 1e-3, 20).write_text("this is a text")
    library.open_model(path)
    qtbot.waitUntil(lambda: bool(library.problems), timeout=MS)
    assert library.problems[0].startswith("family tiny: left out of tiny/ beta1e-03-n20.safetensors (damaged")
    assert len(library.models_opened) == 1


def test_a_folder_of_snapshots_finds_its_parent_among_the_open_models(library, tmp_path, checkpoint, qtbot):
    path = write_family(tmp_path, checkpoint, {1e-3: (20, 40)})
    folder = shutil.move(path.with_suffix(""), tmp_path / "run")
    library.open_model(path)
    qtbot.waitUntil(lambda: len(library.models_opened) == 1, timeout=MS)
    key = library.open_model(Path(folder))
    qtbot.waitUntil(lambda: len(library.models_opened) == 2, timeout=MS)
    assert library.models[key].checkpoint.id == checkpoint.id
    assert [s.n for s in library.models[key].family.snapshots] == [20, 40]


@pytest.mark.parametrize("damage", ["truncated", "text", "gone"])
def test_a_broken_model_is_told_and_leaves_the_good_ones(library, model_file, other_model_file, damage, qtbot):
    good = library.open_model(model_file)
    qtbot.waitUntil(lambda: bool(library.models_opened), timeout=MS)
    changes = []
    library.models_changed.connect(lambda: changes.append(list(library.models)))
    if damage == "truncated":
        other_model_file.write_bytes(other_model_file.read_bytes()[:-100])
    elif damage == "text":
        other_model_file.write_text("this is a text")
    else:
        other_model_file.unlink()
    library.open_model(other_model_file)
    qtbot.waitUntil(lambda: bool(library.problems), timeout=MS)
    assert library.problems[0].startswith("model file other.safetensors: ")
    assert changes == [[good]]  # for the box, which shows the broken one as chosen


def test_a_model_that_breaks_stays_as_it_was_read(library, model_file, checkpoint, qtbot):
    key = library.open_model(model_file)
    qtbot.waitUntil(lambda: bool(library.models_opened), timeout=MS)
    model_file.write_text("broken")
    library.open_model(model_file)
    qtbot.waitUntil(lambda: bool(library.problems), timeout=MS)
    assert library.models[key].checkpoint.id == checkpoint.id
