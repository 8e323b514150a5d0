from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from app.export_order import ENDINGS, OF_ALL, ExportItem, planned_files, renamed, taken
from gazeengine.regions import Area

AREA = Area("a", "rectangle", ((0, 0), (9, 9)))
wanted = st.lists(st.sampled_from(list(ENDINGS)), unique=True)
items = st.lists(
    st.builds(
        lambda name, areas: ExportItem("k", name, lambda: None, (AREA,) * areas), st.text(max_size=12), st.booleans()
    ),
    max_size=5,
)


@given(wanted, items)
def test_every_file_has_its_own_name_within_the_folder(wanted, items):
    files = planned_files(wanted, items, Path("/out"))
    names = [file.path.name.casefold() for file in files]
    assert len(set(names)) == len(names)
    assert all(file.path.parent == Path("/out") for file in files)
    assert not any(c in name for name in names for c in '<>:"/\\|?*\n\0')


@given(wanted, items)
def test_each_picture_has_each_kind_once_and_reports_and_tables_are_of_all(wanted, items):
    files = planned_files(wanted, items, Path("/out"))
    for what in wanted:
        own = [file.items for file in files if file.what == what]
        some = [i for i, item in enumerate(items) if item.areas]
        if what in OF_ALL:
            assert own == ([tuple(range(len(items)))] if (some if what == "csv" else items) else [])
        else:
            assert own == [(i,) for i in (some if what == "json" else range(len(items)))]


def test_what_exists_is_kept_beside_the_new_file(tmp_path):
    files = planned_files(["overlay", "npy"], [ExportItem("k", "a.png", lambda: None)], tmp_path)
    for name in (files[0].path.name, f"{files[0].path.stem} 2.png"):
        (tmp_path / name).touch()
    assert taken(files) == [files[0].path]
    kept = renamed(files, frozenset(taken(files)))
    assert [file.path.name for file in kept] == [f"{files[0].path.stem} 3.png", files[1].path.name]
    assert taken(kept) == []
