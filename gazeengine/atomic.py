"""Writing a file beside its place, so that there is always the old one or the new one, never half of it."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gazeengine.errors import OutputError


@contextmanager
def written_beside(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path in the folder of path, to write to; it takes path's place when the block ends.

    It ends in the same suffix, as many writers choose the format by it. The file is there from the start,
    empty, so that a folder that can't be written is noticed before the work and not after it. Should the
    block raise whatever it may, the temporary file goes and path stays as it was. A link is followed.

    Raises OutputError for every OSError, of the block's too.
    """
    try:
        target = Path(os.path.realpath(path))
        _refuse_what_is_no_file(target)
        # short, so that a name of the greatest length still can be written
        beside = target.with_name(f".{secrets.token_hex(6)}{target.suffix}")
        # not tempfile: its files can be read by their owner only, and would stay so in the new place
        os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        try:
            yield beside
            _flush_to_disk(beside)
            os.replace(beside, target)
        finally:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
    except OSError as error:
        folder = Path(os.path.realpath(path)).parent
        raise OutputError(f"file {path}: {_found_and_wanted(error, folder)}") from error


def _refuse_what_is_no_file(target: Path) -> None:
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if target.exists() and not target.is_file():  # replacing /dev/null would be a bad surprise
        raise OSError(errno.ENXIO, os.strerror(errno.ENXIO))
    if target.exists() and not os.access(target, os.W_OK):  # os.replace would ask the folder only
        raise PermissionError(errno.EROFS, os.strerror(errno.EROFS))


def _flush_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _found_and_wanted(error: OSError, folder: Path) -> str:
    match error.errno:
        case errno.ENOSPC:
            return "no space left on the device, wanted room for the whole file"
        case errno.EDQUOT:
            return "the disk quota is used up, wanted room for the whole file"
        case errno.EFBIG:
            return "found a limit on the size of files, wanted room for the whole file"
        case errno.EACCES | errno.EPERM:
            return f"the folder {folder} cannot be written, wanted one where you may create files"
        case errno.EROFS:
            return "it is write-protected, wanted a file or folder that may be changed"
        case errno.ENOENT | errno.ENOTDIR if not folder.is_dir():
            return f"there is no folder {folder}, wanted one that exists"
        case errno.EISDIR:
            return "found a folder of this name, wanted the name of a file"
        case errno.ENXIO:
            return "found a device or a pipe, wanted the name of a file"
        case errno.ENAMETOOLONG:
            return "the name is too long, wanted a shorter one"
        case _:
            return f"could not be written ({error.strerror or error}), wanted a disk that takes it"
