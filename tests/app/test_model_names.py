from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from app.library import ModelEntry
from app.model_names import told_apart


def entry(path, title="LiteGaze", *, shipped=False):
    return ModelEntry(path, title, Path(path), shipped)


def names(*entries):
    return list(told_apart(entries).values())


def test_names_that_differ_stay_as_they_are():
    assert names(entry("/m/a.safetensors"), entry("/m/b.safetensors", "FastGaze")) == ["LiteGaze", "FastGaze"]


def test_alike_ones_are_told_apart_by_file_or_folder_and_the_shipped_one_keeps_its_name():
    shipped = entry("/program/litegaze.safetensors", shipped=True)
    assert names(shipped, entry("/m/litegaze-n500"), entry("/m/own.safetensors")) == [
        "LiteGaze",
        "LiteGaze · litegaze-n500",
        "LiteGaze · own",
    ]


def test_where_files_are_alike_too_their_folders_tell():
    found = names(entry("/m/a/own.safetensors"), entry("/m/b/own.safetensors"), entry("/m/c.safetensors"))
    assert found == ["LiteGaze · a/own", "LiteGaze · b/own", "LiteGaze · c"]


def test_a_file_and_the_folder_of_its_name_are_told_by_the_suffix():
    assert names(entry("/m/own.safetensors"), entry("/m/own")) == ["LiteGaze · own.safetensors", "LiteGaze · own"]


PARTS = st.lists(st.sampled_from(["a", "b", "own", "own.safetensors"]), min_size=1, max_size=3)


@given(
    st.lists(st.tuples(PARTS, st.sampled_from(["LiteGaze", "FastGaze"])), max_size=6, unique_by=lambda x: tuple(x[0]))
)
def test_no_two_are_alike(found):
    entries = [entry("/" + "/".join(parts), title) for parts, title in found]
    assert len(set(names(*entries))) == len(entries)
