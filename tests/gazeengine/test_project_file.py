import errno
import json
import os
import stat
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazeengine import project_file
from gazeengine.errors import OutputError
from gazeengine.project import Project, ProjectComparison, ProjectError, ProjectNetwork, ProjectPicture, ProjectSide
from gazeengine.project_file import DESCRIPTION, load_project, moved, picture_bytes, save_project
from gazeengine.regions import Area

words = st.text(max_size=20)
numbers = st.floats(-1e6, 1e6)
point = st.tuples(numbers, numbers)
values = st.dictionaries(
    words, st.one_of(words, numbers, st.integers(-(2**40), 2**40), st.booleans(), st.none()), max_size=4
)
colours = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
names = words.map(lambda text: " ".join(text.split()))
named = names.map(lambda text: text or "an area")
areas = st.one_of(
    st.builds(Area, named, st.sampled_from(["rectangle", "ellipse"]), st.tuples(point, point), colours, names),
    st.builds(Area, named, st.just("polygon"), st.lists(point, min_size=3, max_size=6).map(tuple), colours, names),
)
paths = st.text("abc äß長'\"%", min_size=1, max_size=8).map(lambda name: Path("/nowhere") / "pictures" / f"{name}.png")
networks = st.builds(
    ProjectNetwork,
    st.one_of(st.just("fastgaze"), paths.map(str)),
    words,
    st.one_of(st.none(), st.floats(0, 10)),
    st.integers(0, 5000),
    values,
)


@st.composite
def projects(draw):
    pictures = []
    for i in range(draw(st.integers(0, 4))):
        path = draw(st.one_of(st.none(), paths))
        member = f"pictures/{i}.png" if path is None or draw(st.booleans()) else None
        size = draw(st.integers(0, 2**40))
        pictures.append(
            ProjectPicture(draw(words), draw(words), path, member, size, tuple(draw(st.lists(areas, max_size=3))))
        )
    shown = draw(st.integers(0, len(pictures) - 1)) if pictures and draw(st.booleans()) else None
    pins = draw(st.lists(st.tuples(st.sampled_from("AB"), networks), max_size=2))
    network = draw(st.one_of(st.none(), networks))
    indices = st.one_of(st.none(), st.integers(0, len(pictures) - 1)) if pictures else st.none()
    sides = st.builds(ProjectSide, indices, st.one_of(st.none(), networks), st.booleans(), words)
    comparisons = st.builds(ProjectComparison, st.lists(sides, max_size=3).map(tuple), words, values)
    compare = draw(st.one_of(st.none(), comparisons))
    return Project(tuple(pictures), shown, network, tuple(pins), draw(values), draw(values), compare)


@given(projects(), st.binary(max_size=200))
def test_a_project_opens_exactly_as_it_was_saved(tmp_path_factory, project, data):
    path = tmp_path_factory.mktemp("p") / "a.fishergaze"
    members = [p.member for p in project.pictures if p.member is not None]
    save_project(project, path, {member: lambda m=member: m.encode() + data for member in members})
    assert load_project(path) == project
    for member in members:
        assert picture_bytes(path, member) == member.encode() + data
    assert moved(project) == tuple(i for i, p in enumerate(project.pictures) if p.member is None)


def saved(folder, project=None, contents=None):
    path = folder / "a.fishergaze"
    save_project(project or Project(), path, contents or {})
    return path


def described(path, change):
    """The project with its description changed."""
    with zipfile.ZipFile(path) as archive:
        found = json.loads(archive.read(DESCRIPTION))
        others = {name: archive.read(name) for name in archive.namelist() if name != DESCRIPTION}
    change(found)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(DESCRIPTION, json.dumps(found))
        for name, data in others.items():
            archive.writestr(name, data)
    return path


def test_a_project_that_moved_with_its_pictures_finds_them(tmp_path):
    before, after = tmp_path / "before", tmp_path / "after"
    (before / "pictures").mkdir(parents=True)
    picture = before / "pictures" / "a.png"
    picture.touch()
    saved(before, Project((ProjectPicture("a.png", "d", picture),)))
    before.rename(after)
    project = load_project(after / "a.fishergaze")
    assert project.pictures[0].path == after / "pictures" / "a.png"
    assert moved(project) == ()
    (after / "pictures" / "a.png").unlink()
    project = load_project(after / "a.fishergaze")
    assert moved(project) == (0,)
    assert project.pictures[0].path == picture


# --- files that are none


def test_what_is_no_project_is_told(tmp_path):
    path = tmp_path / "a.fishergaze"
    for data in (b"", b"text", b"PK\3\4 half of it", os.urandom(2000)):
        path.write_bytes(data)
        with pytest.raises(ProjectError, match="damaged or incomplete"):
            load_project(path)
    with pytest.raises(ProjectError, match="no such file"):
        load_project(tmp_path / "none.fishergaze")
    with pytest.raises(ProjectError):
        load_project(tmp_path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    with pytest.raises(ProjectError, match=r"project a\.fishergaze: it is damaged"):
        load_project(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(DESCRIPTION, '{"format": "another"}')
    with pytest.raises(ProjectError, match="another kind"):
        load_project(path)


def test_a_newer_version_is_told(tmp_path):
    path = described(saved(tmp_path), lambda found: found.update(version=2))
    with pytest.raises(ProjectError, match="version 2, wanted at most 1: a newer FisherGaze"):
        load_project(path)


@given(st.data())
def test_cut_or_changed_anywhere_a_file_is_a_project_or_an_error_in_words(tmp_path_factory, data):
    path = saved(
        tmp_path_factory.mktemp("p"),
        Project((ProjectPicture("a", "d", None, "pictures/0.png"),), 0, ProjectNetwork("fastgaze", n=3)),
        {"pictures/0.png": lambda: b"picture" * 9},
    )
    whole = path.read_bytes()
    if data.draw(st.booleans()):
        path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    else:
        at = data.draw(st.integers(0, len(whole) - 1))
        path.write_bytes(whole[:at] + bytes([data.draw(st.integers(0, 255))]) + whole[at + 1 :])
    said = "as wanted"
    try:
        project = load_project(path)
        for picture in project.pictures:
            if picture.member is not None:
                picture_bytes(path, picture.member)
    except ProjectError as error:
        said = str(error)
    assert "wanted" in said


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), words),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=6,
)


@given(st.sampled_from(["version", "pictures", "shown", "network", "pins", "look", "style", "compare"]), json_values)
def test_whatever_stands_in_its_description_it_is_a_project_or_an_error_in_words(tmp_path_factory, key, value):
    path = saved(tmp_path_factory.mktemp("p"), Project((ProjectPicture("a", "d", Path("/x/a.png")),), 0))
    described(path, lambda found: found.update({key: value}))
    said = "as wanted"
    try:
        assert isinstance(load_project(path), Project)
    except ProjectError as error:
        said = str(error)
    assert "wanted" in said


@pytest.mark.parametrize(
    "member", ["../../etc/passwd", "/etc/passwd", "pictures/../a.png", "C:\\a.png", "pictures/0.PNG", ""]
)
def test_a_member_of_another_name_is_refused(tmp_path, member):
    path = saved(
        tmp_path, Project((ProjectPicture("a", "d", None, "pictures/0.png"),)), {"pictures/0.png": lambda: b"x"}
    )
    described(path, lambda found: found["pictures"][0].update(member=member))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(member or "x", b"x")
    with pytest.raises(ProjectError, match="damaged"):
        load_project(path)


def test_a_bomb_is_refused_before_it_goes_off(tmp_path, monkeypatch):
    path = saved(tmp_path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(DESCRIPTION, b" " * 200_000_000, zipfile.ZIP_DEFLATED)
    with pytest.raises(ProjectError, match="unpacks to 200 MB, wanted at most 64"):
        load_project(path)
    monkeypatch.setattr(project_file, "MOST_PICTURE", 1000)
    path = saved(
        tmp_path, Project((ProjectPicture("a", "d", None, "pictures/0.png"),)), {"pictures/0.png": lambda: b"x" * 2000}
    )
    with pytest.raises(ProjectError, match="unpacks to"):
        picture_bytes(path, "pictures/0.png")


def test_another_computers_share_is_not_asked(tmp_path):
    picture = ProjectPicture("a", "d", Path("/x/a.png"))
    for place in ("//host/share/a.png", "\\\\host\\share\\a.png"):
        path = described(
            saved(tmp_path, Project((picture,))), lambda found, p=place: found["pictures"][0].update(path=p, relative=p)
        )
        assert load_project(path).pictures[0].path is None


# --- writing


def test_a_disk_that_fills_up_leaves_the_old_project(tmp_path, monkeypatch):
    path = saved(tmp_path, Project(look={"domain": "screens"}))
    before = path.read_bytes()

    def full():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    project = Project((ProjectPicture("a", "d", None, "pictures/0.png"),))
    with pytest.raises(OutputError, match="no space left"):
        save_project(project, path, {"pictures/0.png": full})
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(OutputError, match="cannot be written"):
        saved(tmp_path)
    tmp_path.chmod(0o700)


def test_a_project_may_be_saved_over_itself_with_what_is_in_it(tmp_path):
    project = Project((ProjectPicture("a", "d", None, "pictures/0.png"),))
    path = saved(tmp_path, project, {"pictures/0.png": lambda: b"pixels"})
    other = replace(project, pictures=(replace(project.pictures[0], member="pictures/7.png"),))
    save_project(other, path, {"pictures/7.png": lambda: picture_bytes(path, "pictures/0.png")})
    assert picture_bytes(path, "pictures/7.png") == b"pixels"
