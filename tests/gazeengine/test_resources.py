import pytest

from gazeengine import resources
from gazeengine.errors import CheckpointError, DataError
from gazeengine.resources import find_model, sample_pictures, shipped_models


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A resources folder with two models and one picture."""
    (tmp_path / "models").mkdir()
    (tmp_path / "pictures").mkdir()
    for name in ("b.safetensors", "a.safetensors", "notes.txt"):
        (tmp_path / "models" / name).touch()
    (tmp_path / "pictures" / "here.jpg").touch()
    (tmp_path / "pictures" / "pictures.json").write_text(
        '[{"file": "here.jpg", "title": "Here", "kind": "photograph"},'
        ' {"file": "gone.jpg", "title": "Gone", "kind": "screenshot"}]'
    )
    monkeypatch.setattr(resources, "FOLDER", tmp_path)
    return tmp_path


def test_shipped_models_come_by_name(shipped):
    assert [path.name for path in shipped_models()] == ["a.safetensors", "b.safetensors"]


def test_a_shipped_model_is_found_by_its_name_with_or_without_suffix(shipped):
    assert find_model("b") == find_model("b.safetensors") == shipped / "models" / "b.safetensors"


def test_a_file_wins_over_a_shipped_model_of_its_name(shipped, tmp_path, monkeypatch):
    here = tmp_path / "elsewhere"
    here.mkdir()
    (here / "b.safetensors").touch()
    monkeypatch.chdir(here)
    assert find_model("b.safetensors").resolve() == here / "b.safetensors"


def test_a_model_that_is_not_there_names_those_that_are(shipped):
    with pytest.raises(CheckpointError, match=r"model c: .* shipped \(a, b\)"):
        find_model("c")


def test_a_sample_picture_whose_file_is_gone_is_left_out(shipped):
    (picture,) = sample_pictures()
    assert (picture.path.name, picture.title, picture.kind) == ("here.jpg", "Here", "photograph")


@pytest.mark.parametrize("content", ["", "[1]", '[{"file": "here.jpg"}]', "7"])
def test_a_malformed_list_of_pictures_is_told(shipped, content):
    (shipped / "pictures" / "pictures.json").write_text(content)
    with pytest.raises(DataError, match="sample pictures"):
        sample_pictures()


def test_the_pictures_that_are_shipped_are_there():
    kinds = [picture.kind for picture in sample_pictures()]
    assert kinds.count("photograph") >= 4
    assert kinds.count("screenshot") >= 4
