"""MATLAB files up to version 7, as values that know where they stand in their file.

scipy is imported by whoever reads the first one: it takes its time, and the plain format needs none of it.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from gazeengine.errors import DataError
from gazeengine.published.matlab_structure import check_structure

# All that scipy throws at broken data. It warns of some of it, which may be turned into errors, too.
_DAMAGE = (
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    NameError,  # of a variable that scipy has not set by then
    EOFError,
    RuntimeError,
    MemoryError,
    Warning,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A value of a MATLAB file; where is how MATLAB would say it: fixations{3}.subjects{1}."""

    value: Any
    file: str
    where: str

    def field(self, name: str) -> Node:
        """A field of a struct, or of the first one of an array of structs."""
        if name not in self.names():
            raise self.unlike(f"a struct with a field {name!r}")
        first = self.value if isinstance(self.value, np.void) else self.value.ravel()[0]
        return Node(first[name], self.file, f"{self.where}.{name}")

    def names(self) -> tuple[str, ...]:
        """The fields of a struct; none where it is something else."""
        if isinstance(self.value, np.void | np.ndarray) and np.size(self.value):
            return self.value.dtype.names or ()
        return ()

    def elements(self) -> Iterator[Node]:
        """What is in a cell array or an array of structs, in MATLAB's order."""
        if not isinstance(self.value, np.ndarray):
            raise self.unlike("a cell array or an array of structs")
        if self.value.size and self.value.dtype != object and self.value.dtype.names is None:
            raise self.unlike("a cell array or an array of structs")
        brackets = "()" if self.value.dtype.names else "{}"
        for i, element in enumerate(self.value.ravel(order="F"), 1):
            yield Node(element, self.file, f"{self.where}{brackets[0]}{i}{brackets[1]}")

    def text(self) -> str:
        if not (isinstance(self.value, np.ndarray) and self.value.dtype.kind == "U" and self.value.size == 1):
            raise self.unlike("a text")
        return str(self.value.ravel()[0])

    def numbers(self) -> npt.NDArray[np.float64]:
        """A matrix as float64, whatever it is stored as."""
        return self.matrix().astype(np.float64)

    def matrix(self) -> npt.NDArray[Any]:
        """A matrix of numbers as it is stored, if not sparse."""
        value = self.value.toarray() if hasattr(self.value, "toarray") else self.value  # a sparse one
        if not (isinstance(value, np.ndarray) and value.dtype.kind in "biuf"):
            raise self.unlike("numbers")
        return value

    def points(self) -> npt.NDArray[np.float64]:
        """The first two columns of a matrix, (K, 2). An empty one has no points, whatever its shape."""
        matrix = self.numbers()
        if matrix.size == 0:
            return np.zeros((0, 2))
        if matrix.ndim != 2 or matrix.shape[1] < 2:
            raise self.unlike("a matrix with columns x and y")
        return matrix[:, :2]

    def unlike(self, wanted: str) -> DataError:
        found = type(self.value).__name__
        if isinstance(self.value, np.ndarray):
            kinds = {"U": "text", "O": "cells", "V": "structs"}
            shape = "x".join(str(n) for n in self.value.shape)
            found = f"{shape} {kinds.get(self.value.dtype.kind, 'numbers')}"
        return DataError(f"{self.file}: {self.where} is {found}, wanted {wanted}")


def read_matlab(path: Path, subject: str) -> Mapping[str, Node]:
    """The variables of a file by their names; subject begins the text of errors.

    Raises FileNotFoundError where there is no file, DataError where it cannot be read or is of version 7.3, which
    is another format (HDF5).
    """
    variables = _loaded(_read(path, subject), subject)
    return {name: Node(value, subject, name) for name, value in variables.items() if not name.startswith("__")}


def read_map(path: Path, subject: str) -> Mapping[str, Node]:
    """What the containers.Map of a file maps texts to. Raises like read_matlab.

    MATLAB writes an object as a number; what is in it follows the variables in a workspace without a name, a
    MATLAB file within the file. The map is the struct there that has keys and values.
    """
    workspace = _loaded(_read(path, subject), subject).get("__function_workspace__")
    if workspace is None:
        raise DataError(f"{subject}: found no object, wanted a containers.Map")
    content = workspace.tobytes()
    order = "<" if content[2:4] == b"IM" else ">"
    # a header of 8 bytes, then the type and size of the first element; others after it have no name either
    end = 16 + struct.unpack(f"{order}I", content[12:16])[0] if len(content) >= 16 else 0
    header = b"MATLAB 5.0 MAT-file".ljust(124) + content[:4]
    objects = _loaded(header + content[8:end], subject).get("__function_workspace__")
    for found_struct in _structs(objects):
        if {"keys", "values"} <= set(found_struct.dtype.names or ()):
            found = Node(found_struct, subject, "the map")
            keys, values = (list(found.field(name).elements()) for name in ("keys", "values"))
            if keys:
                return {key.text(): value for key, value in zip(keys, values, strict=False)}
    raise DataError(f"{subject}: found an object of another kind, wanted a containers.Map")


def _structs(value: Any) -> Iterator[np.ndarray[Any, Any]]:
    """All structs in nested cells and objects, the outer ones first."""
    if isinstance(value, np.ndarray) and value.size and value.dtype.names:
        yield value
        for name in value.dtype.names:
            yield from _structs(value.ravel()[0][name])
    elif isinstance(value, np.ndarray) and value.dtype == object:
        for element in value.ravel():
            yield from _structs(element)


def _read(path: Path, subject: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise DataError(f"{subject}: cannot be read ({error.strerror}), wanted a MATLAB file") from error


def _loaded(content: bytes, subject: str) -> dict[str, Any]:
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        check_structure(content)
        return dict(loadmat(cast(Any, io.BytesIO(content))))  # its stubs know of names only
    except NotImplementedError as error:
        raise DataError(
            f"{subject}: found a MATLAB file of version 7.3 (HDF5), wanted version 7 or earlier: "
            "load it in MATLAB and save it again with '-v7'"
        ) from error
    except (MatReadError, *_DAMAGE) as error:
        found = str(error) or type(error).__name__
        raise DataError(f"{subject}: found a damaged or incomplete file ({found}), wanted a MATLAB file") from error
