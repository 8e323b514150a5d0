import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gazeengine.atomic import written_beside
from gazeengine.errors import GazeError, OutputError
from gazeengine.image import (
    write_png,
)


@pytest.fixture
def old(tmp_path):
    """A file that is there already, alone in its folder."""
    path = tmp_path / "model.bin"
    path.write_bytes(b"old")
    return path


def assert_untouched(old):
    assert old.read_bytes() == b"old"
    assert os.listdir(old.parent) == [old.name]


def test_the_new_file_takes_the_place_when_it_is_whole(old):
    with written_beside(old) as beside:
        assert beside.parent == old.parent
        assert beside.suffix == old.suffix
        beside.write_bytes(b"new")
        assert old.read_bytes() == b"old"
    assert old.read_bytes() == b"new"
    assert os.listdir(old.parent) == [old.name]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit, GazeError])
def test_whatever_is_raised_the_old_file_stays(error, old):
    with pytest.raises(error), written_beside(old) as beside:  # noqa: PT012
        beside.write_bytes(b"ne")
        raise error
    assert_untouched(old)


@pytest.mark.parametrize(
    ("number", "found"),
    [
        (errno.ENOSPC, "no space left on the device, wanted room"),
        (errno.EDQUOT, "quota is used up"),
        (errno.EIO, "could not be written \\(Input/output error\\)"),
    ],
)
@pytest.mark.parametrize("when", ["fsync", "replace"])
def test_a_full_disk_is_told_and_leaves_the_old_file(number, found, when, old, monkeypatch):
    def full(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, when, full)
    with (
        pytest.raises(OutputError, match=rf"file .*model.bin: .*{found}") as raised,
        written_beside(old) as beside,
    ):
        beside.write_bytes(b"new")
    monkeypatch.undo()
    assert isinstance(raised.value.__cause__, OSError)
    assert_untouched(old)


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on the size of files")
def test_a_disk_that_is_full_in_the_middle_leaves_no_half_picture(old):
    code = (
        "import numpy as np, resource, sys; from gazeengine.image import write_png;"
        "from gazeengine.errors import OutputError;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000));"
        "noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)\n"
        "try: write_png(sys.argv[1], noise)\n"
        "except OutputError as error: print(error)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code, old], cwd=root, capture_output=True, text=True, check=True)
    assert "found a limit on the size of files, wanted room for the whole file" in done.stdout
    assert_untouched(old)


def test_a_folder_that_cannot_be_written_is_told_before_the_work(old, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(OutputError, match=rf"the folder {old.parent} cannot be written"), written_beside(old):
        pytest.fail("began to work")
    monkeypatch.undo()
    assert_untouched(old)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_write_protected_folder_is_told(old):
    old.parent.chmod(0o555)
    with pytest.raises(OutputError, match="cannot be written"), written_beside(old):
        pytest.fail("began to work")
    old.parent.chmod(0o755)
    assert_untouched(old)


def test_a_missing_folder_is_told(tmp_path):
    with (
        pytest.raises(OutputError, match=rf"there is no folder {tmp_path / 'gone'}"),
        written_beside(tmp_path / "gone" / "a.png"),
    ):
        pytest.fail("began to work")


def test_a_folder_is_not_written_over(tmp_path):
    with pytest.raises(OutputError, match="found a folder of this name"), written_beside(tmp_path):
        pytest.fail("began to work")


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="needs a device")
def test_a_device_is_not_replaced():
    with pytest.raises(OutputError, match="found a device or a pipe"), written_beside("/dev/null"):
        pytest.fail("began to work")


def test_a_name_may_be_as_long_as_the_disk_allows(tmp_path):
    path = tmp_path / ("n" * 251 + ".png")
    write_png(path, np.zeros((40, 60, 3), np.uint8))
    assert path.exists()
    with pytest.raises(OutputError, match="the name is too long"):
        write_png(tmp_path / ("n" * 300 + ".png"), np.zeros((40, 60, 3), np.uint8))


def test_a_link_keeps_pointing_where_it_did(old):
    link = old.with_name("link.bin")
    link.symlink_to(old)
    with written_beside(link) as beside:
        beside.write_bytes(b"new")
    assert link.is_symlink()
    assert old.read_bytes() == b"new"


def test_others_may_read_what_they_may_read_of_any_new_file(tmp_path):
    (tmp_path / "usual").touch()
    with written_beside(tmp_path / "new") as beside:
        beside.write_bytes(b"new")
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("usual", "new")}
    assert len(modes) == 1
