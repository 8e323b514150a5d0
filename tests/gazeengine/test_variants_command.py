import json
import os
import signal

import pytest

from gazeengine.__main__ import main
from gazeengine.commands import variants as command
from tests.data_sets import made_data_set


@pytest.fixture
def ask(tmp_path, capsys):
    made_data_set(tmp_path / "made", n=2)
    made_data_set(tmp_path / "shots", ("unlabelled",), 1, fixations=False, seed=1)

    def answered(*arguments, code=0):
        words = [str(tmp_path / word) if (tmp_path / word).exists() else word for word in arguments]
        line = ["variants", "--out", str(tmp_path / "more"), "--size", "36x48", "--json", *words]
        assert main(line) == code
        out, err = capsys.readouterr()
        return json.loads(out) if code != 2 else err.splitlines()[-1]

    return answered


def test_it_writes_those_of_train_and_unlabelled(ask, tmp_path):
    found = ask("--data", "made", "--data", "shots", "--per-picture", "2")
    assert found == {"variants": str(tmp_path / "more"), "pictures": 3, "files": 6, "written": 6}
    assert len(list((tmp_path / "more").glob("*.jpg"))) == 6
    assert ask("--data", "made", "--data", "shots", "--per-picture", "2")["written"] == 0


def test_splits_and_folders_of_pictures_may_be_chosen(ask):
    assert ask("--data", "made", "--splits", "train,val", "--data", "shots/images")["pictures"] == 5


def test_ctrl_c_stops_between_files_and_the_same_command_goes_on(ask, tmp_path, monkeypatch):
    write = command.write_variants

    def interrupted(*arguments):
        for i, new in enumerate(write(*arguments)):
            if i == 2:
                os.kill(os.getpid(), signal.SIGINT)
            yield new

    monkeypatch.setattr(command, "write_variants", interrupted)
    assert ask("--data", "made", code=130)["interrupted"]
    assert len(list((tmp_path / "more").glob("*.jpg"))) == 3
    monkeypatch.setattr(command, "write_variants", write)
    assert ask("--data", "made")["written"] == 5


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--data", "gone"), "folder gone: cannot be read (No such file or directory), wanted a folder of pictures"),
        (("--data", "made", "--splits", "tset"), "it has no split tset, wanted some of test, train, val"),
        (("--data", "made", "--per-picture", "0"), "wanted a whole number of at least 1"),
    ],
)
def test_bad_input_is_told_in_one_line(ask, tmp_path, arguments, told):
    assert told in ask(*arguments, code=2)
    assert not (tmp_path / "more").exists()
