import pytest

from gazeengine import resources
from gazeengine.errors import CheckpointError, DataError
from gazeengine.resources import DEFAULT_BETA, default_model, default_point, find_model, sample_pictures, shipped_models


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


@pytest.fixture
def with_snapshots(shipped):
    """Of the model a, and of one without its parent."""
    for name in (
        "a/beta1e-3-n2.safetensors",
        "a/beta1e-3-n1.safetensors",
        "alone/n1.safetensors",
        "a/.half.safetensors",
    ):
        (shipped / "models" / name).parent.mkdir(exist_ok=True)
        (shipped / "models" / name).touch()
    return shipped / "models"


def test_snapshots_belong_to_their_parent_and_a_folder_without_one_is_a_model(with_snapshots):
    assert [path.name for path in shipped_models()] == ["a.safetensors", "alone", "b.safetensors"]


@pytest.mark.parametrize("name", ["a/beta1e-3-n1", "a/beta1e-3-n1.safetensors", "./a/beta1e-3-n1"])
def test_a_shipped_snapshot_is_found_by_family_and_name(with_snapshots, name):
    assert find_model(name) == with_snapshots / "a" / "beta1e-3-n1.safetensors"


def test_a_folder_of_that_name_is_no_model(with_snapshots, monkeypatch):
    monkeypatch.chdir(with_snapshots)
    assert find_model("a") == with_snapshots / "a.safetensors"


@pytest.mark.parametrize("name", ["a/n3", "a/../n3", "a/b/n3"])
def test_a_snapshot_that_is_not_there_names_those_of_its_family(with_snapshots, name):
    with pytest.raises(CheckpointError, match=r"shipped \(a/beta1e-3-n1, a/beta1e-3-n2\)"):
        find_model(name)


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


@pytest.mark.parametrize(
    ("written", "point"),
    [
        (None, (DEFAULT_BETA, 0)),
        ('{"beta": 0.15, "n_pruned": 1500, "reason": "best"}', (0.15, 1500)),
        ('{"beta": null, "n_pruned": 7}', (None, 7)),
    ],
)
def test_the_default_model_opens_where_its_file_says(shipped, written, point):
    if written is not None:
        (shipped / "models" / "default.json").write_text(written)
    assert default_point() == point


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (None, "fastgaze"),
        ('{"model": "b", "beta": 0.15, "n_pruned": 0}', "b"),
        ('{"model": "gone", "beta": 0.15, "n_pruned": 0}', "a"),
    ],
)
def test_the_default_model_is_the_one_that_its_file_names_or_the_first(shipped, written, name):
    for model in ("a", "b", "fastgaze"):
        (shipped / "models" / f"{model}.safetensors").touch()
    if written is not None:
        (shipped / "models" / "default.json").write_text(written)
    assert default_model().stem == name


@pytest.mark.parametrize("written", ["", "[]", "{}", '{"beta": 1}', '{"beta": "much", "n_pruned": 3}'])
def test_a_malformed_default_is_one_message(shipped, written):
    (shipped / "models" / "default.json").write_text(written)
    with pytest.raises(DataError, match=r"default model: .*default.json cannot be read .*wanted beta and n_pruned"):
        default_point()
