"""Whether a MATLAB file of version 5 is built as it says.

scipy believes what an uncompressed file says about itself: a flipped bit may have it read beyond the end of memory,
which ends the program. What is compressed carries its own check and is left to it.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass

HEADER = 128
_BYTES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8, 16: 1, 17: 2, 18: 4}
"""Of a number, by the type of its element: miINT8 and so on."""
_MATRIX, _COMPRESSED = 14, 15
_CELL, _STRUCT, _OBJECT, _TEXT, _SPARSE, _FUNCTION, _OPAQUE = 1, 2, 3, 4, 5, 16, 17
_COMPLEX = 0x800


@dataclass(frozen=True, slots=True)
class _Element:
    kind: int
    data: bytes

    @property
    def n_values(self) -> int:
        if self.kind not in _BYTES or len(self.data) % _BYTES[self.kind]:
            raise ValueError(f"{len(self.data)} bytes of type {self.kind}")
        return len(self.data) // _BYTES[self.kind]


def check_structure(content: bytes) -> None:
    """Raise ValueError or struct.error where elements don't fit into one another. Other versions pass unseen."""
    marks = {b"\0\1IM": "<", b"\1\0MI": ">"}
    order = marks.get(content[HEADER - 4 : HEADER])
    if order is not None:
        for element in _elements(content[HEADER:], order):
            if element.kind != _COMPRESSED:
                _check_matrix(element, order)


def _elements(data: bytes, order: str) -> Iterator[_Element]:
    at = 0
    while at < len(data):
        kind, size = struct.unpack_from(f"{order}2I", data, at)
        if kind >> 16:  # a short one, with its data in the place of its size
            begin, size, kind, end = at + 4, kind >> 16, kind & 0xFFFF, at + 8
        else:
            begin = at + 8
            end = begin + size + (0 if kind == _COMPRESSED else -size % 8)
        if begin + size > len(data) or (begin == at + 4 and size > 4):
            raise ValueError(f"an element of {size} bytes where there are {len(data) - begin}")
        yield _Element(kind, data[begin : begin + size])
        at = end


def _check_matrix(matrix: _Element, order: str) -> None:
    if matrix.kind != _MATRIX:
        raise ValueError(f"an element of type {matrix.kind} in the place of a matrix")
    if not matrix.data:
        return  # MATLAB's []
    flags, *parts = _elements(matrix.data, order)
    if flags.kind not in (5, 6) or len(flags.data) != 8:
        raise ValueError("a matrix without flags")
    (flag,) = struct.unpack_from(f"{order}I", flags.data)
    kind = flag & 0xFF
    if kind == _OPAQUE:  # an object: texts, and what it holds
        _check_texts(parts[:-1])
        _check_matrix(parts[-1], order)
        return
    extent, name, *parts = parts
    if extent.kind not in (5, 6) or extent.n_values < 2:
        raise ValueError("a matrix without an extent")
    extents = struct.unpack(f"{order}{extent.n_values}I", extent.data)
    n = math.prod(extents)
    _check_texts([name])
    if kind == _SPARSE:
        _check_sparse(parts, extents, order)
        return
    if kind in (_STRUCT, _OBJECT):
        if kind == _OBJECT:
            _check_texts([parts.pop(0)])
        length, names, *parts = parts
        (each,) = struct.unpack(f"{order}I", length.data)
        _check_texts([names])
        if each == 0 or len(names.data) % each:
            raise ValueError("names of fields of another length")
        n *= len(names.data) // each
    if kind in (_CELL, _STRUCT, _OBJECT, _FUNCTION):
        if len(parts) != (1 if kind == _FUNCTION else n):
            raise ValueError(f"{len(parts)} elements, where {n} were announced")
        for part in parts:
            _check_matrix(part, order)
    else:
        _check_values(parts, n, kind, bool(flag & _COMPLEX))


def _check_values(parts: list[_Element], n: int, kind: int, is_complex: bool) -> None:
    if not _TEXT <= kind <= 15:
        raise ValueError(f"a matrix of class {kind}")
    if len(parts) != 1 + is_complex and (parts or n):
        raise ValueError(f"{len(parts)} parts of a matrix")
    for part in parts:
        # letters may take several bytes each
        if part.n_values < n if kind == _TEXT else part.n_values != n:
            raise ValueError(f"{part.n_values} values, where {n} were announced")


def _check_sparse(parts: list[_Element], extents: tuple[int, ...], order: str) -> None:
    rows, columns, *values = parts
    if {rows.kind, columns.kind} - {5, 6} or columns.n_values != extents[1] + 1:
        raise ValueError("a sparse matrix without rows or columns")
    ends = struct.unpack(f"{order}{columns.n_values}I", columns.data)
    if list(ends) != sorted(ends) or ends[-1] > rows.n_values:
        raise ValueError("columns of a sparse matrix out of order")
    if any(row >= extents[0] for row in struct.unpack(f"{order}{rows.n_values}I", rows.data)[: ends[-1]]):
        raise ValueError("a row that a sparse matrix does not have")
    # MATLAB 6 calls the bytes of true and false numbers of 8 bytes
    if any(len(part.data) < ends[-1] for part in values):
        raise ValueError("a sparse matrix without values")


def _check_texts(parts: list[_Element]) -> None:
    for part in parts:
        if part.kind not in (1, 2, 16):
            raise ValueError(f"an element of type {part.kind} in the place of a name")
