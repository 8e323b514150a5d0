from dataclasses import replace

import numpy as np
import pytest

from gazeengine.checkpoint import save
from gazeengine.errors import CheckpointError, DataError, ImageError
from gazeengine.fixations import Stimulus
from gazeengine.image import read_image, write_png
from gazeengine.results_gathered import gathered
from gazeengine.results_maps import CELL_PX, chosen_models, chosen_pictures, draw_maps
from gazeengine.results_records import described
from gazeengine.teacher_maps import TeacherMaps
from tests.evaluations import PRIOR, evaluation, stored
from tests.networks import narrow_checkpoint


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Model files of a FastGaze at three widths and a published one, by their names."""
    folder = tmp_path_factory.mktemp("models")
    made = {
        "a": narrow_checkpoint(most=4),
        "b": narrow_checkpoint(most=3),
        "p": narrow_checkpoint("published-fastgaze"),
    }
    for name, checkpoint in made.items():
        save(replace(checkpoint, name=f"Model {name}"), folder / f"{name}.safetensors")
    return {name: (folder / f"{name}.safetensors", checkpoint) for name, checkpoint in made.items()}


@pytest.fixture
def found(files):
    rows = [evaluation(PRIOR)]
    for i, (path, checkpoint) in enumerate(files.values()):
        rows.append(evaluation(replace(described(checkpoint, str(path)), name=path.stem), level=1 - 0.1 * i, seed=i))
    return gathered([stored(rows)])


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, shape in (("wide", (48, 96)), ("tall", (80, 40))):
        rgb = np.random.default_rng(0).integers(0, 255, (*shape, 3)).astype(np.uint8)
        write_png(folder / f"{name}.png", rgb)
    (folder / "notes.txt").touch()
    return folder


def test_samples_are_photographs_and_screenshots():
    paths = [picture.path for picture in chosen_pictures(None)]
    assert len(paths) == len(set(paths)) == 6
    assert all(path.parent.name == "pictures" for path in paths)


def test_pictures_of_a_folder_are_taken_by_name(pictures):
    assert [picture.path.name for picture in chosen_pictures(pictures)] == ["tall.png", "wide.png"]


def test_a_folder_without_pictures_is_told(tmp_path):
    with pytest.raises(ImageError, match="found 0 of"):
        chosen_pictures(tmp_path)
    with pytest.raises(ImageError, match="No such file"):
        chosen_pictures(tmp_path / "gone")


def test_without_a_choice_there_are_the_published_and_pareto_optimal_models(found):
    assert [model.name for model, _ in chosen_models(found, None)] == ["p", "a", "b"]


def test_models_asked_for_come_in_the_order_of_their_cost(found, files):
    asked = [str(files[name][0]) for name in ("b", "a")]
    assert [model.name for model, _ in chosen_models(found, asked)] == ["a", "b"]


def test_a_model_that_was_not_evaluated_or_has_changed_or_is_gone_is_told(found, files, tmp_path):
    other = tmp_path / "other.safetensors"
    save(narrow_checkpoint(seed=5), other)
    with pytest.raises(DataError, match="no evaluated model has its id"):
        chosen_models(found, [str(other)])
    moved = [replace(row, model=replace(row.model, source=str(other))) for row in found.rows if row.model.id]
    with pytest.raises(DataError, match="which was evaluated"):
        chosen_models(gathered([stored(moved)]), None)
    gone = [replace(row, model=replace(row.model, source="gone")) for row in found.rows if row.model.id]
    with pytest.raises(CheckpointError, match="gone"):
        chosen_models(gathered([stored(gone)]), None)


def test_the_figure_has_a_row_for_pictures_teacher_and_each_model(found, pictures, tmp_path):
    teacher = TeacherMaps.create(tmp_path / "maps", {"name": "Ensemble"})
    shown = chosen_pictures(pictures)
    nobody = np.zeros(0, np.float32)
    for picture in shown:
        stimulus = Stimulus(picture.path, *picture.rgb.shape[:2], nobody, nobody)
        teacher.add(stimulus, np.random.default_rng(1).standard_normal((6, 8)).astype(np.float32))
    models = chosen_models(found, None)
    steps = list(draw_maps(models, shown, teacher, tmp_path / "out.png"))
    assert [(step.n_done, step.n_rows) for step in steps] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    rows = read_image(tmp_path / "out.png").rgb.shape[0] / CELL_PX
    assert rows == pytest.approx(5, rel=0.1)


def test_a_teacher_that_lacks_a_map_is_told(found, pictures, tmp_path):
    teacher = TeacherMaps.create(tmp_path / "maps", {"name": "Ensemble"})
    with pytest.raises(DataError, match=r"there is none of tall.png"):
        list(draw_maps(chosen_models(found, None), chosen_pictures(pictures), teacher, tmp_path / "out.png"))
    assert not (tmp_path / "out.png").exists()
