"""Small data sets on disk as their authors publish them, MATLAB's nesting of cells and structs included.

Checked against the files themselves where they can be had: OSIE's fixations.mat.
"""

from __future__ import annotations

import struct
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import savemat


def write_picture(path: Path, height: int, width: int, seed: int = 0) -> None:
    """A JPEG of coarse noise, like no other of another seed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC).save(path, "JPEG")


def write_matlab(path: Path, **variables: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, variables, do_compression=True)


def cells(*values: object) -> np.ndarray:
    """A cell array (n, 1). What is a dict becomes a struct (1, 1)."""
    array = np.empty((len(values), 1), object)
    for i, value in enumerate(values):
        array[i, 0] = value
    return array


def structs(*values: dict[str, object]) -> np.ndarray:
    """An array of structs (n, 1)."""
    array = np.empty((len(values), 1), [(name, object) for name in values[0]])
    for i, value in enumerate(values):
        array[i, 0] = tuple(value.values())
    return array


def row(values: list[float]) -> np.ndarray:
    """MATLAB's (1, K), or its 0x0 where there is nothing."""
    return np.array(values, float).reshape(1, -1) if values else np.zeros((0, 0))


def write_osie(folder: Path, scanpaths: dict[str, list[list[tuple[float, float]]]], height=60, width=80) -> Path:
    """Scanpaths are of each picture and person."""
    for seed, name in enumerate(scanpaths):
        write_picture(folder / "data" / "stimuli" / name, height, width, seed)
    entries = [
        {
            "img": name,
            "subjects": cells(
                *(
                    {
                        "fix_x": row([x for x, _ in path]),
                        "fix_y": row([y for _, y in path]),
                        "fix_duration": row([200] * len(path)).astype(np.uint16),
                    }
                    for path in people
                )
            ),
        }
        for name, people in scanpaths.items()
    ]
    write_matlab(folder / "data" / "eye" / "fixations.mat", fixations=cells(*entries))
    return folder


def write_salicon(folder: Path, split: str, gazes: dict[int, list[list[tuple[int, int]]]]) -> Path:
    """Fixations are of each picture, by its number, and person."""
    for number, people in gazes.items():
        name = f"COCO_{split}2014_{number:012d}"
        write_picture(folder / "images" / split / f"{name}.jpg", 480, 640, number)
        gaze = structs(
            *(
                {
                    "location": np.array([(320, 240), *points], np.uint16),
                    "timestamp": np.arange(len(points) + 1, dtype=float)[:, None] * 16,
                    "fixations": np.array(points, np.uint16).reshape(-1, 2) if points else np.zeros((0, 0)),
                }
                for points in people
            )
        )
        write_matlab(
            folder / "fixations" / split / f"{name}.mat",
            image=name,
            resolution=np.array([[480, 640]], np.uint16),
            gaze=gaze,
        )
    return folder


def write_cat2000(folder: Path, fixated: dict[str, list[tuple[int, int]]], height=108, width=192) -> Path:
    """Rows and columns, from 0, of pixels that were looked at, by <category>/<number>. testSet has the same names."""
    for seed, (name, pixels) in enumerate(fixated.items()):
        write_picture(folder / "trainSet" / "Stimuli" / f"{name}.jpg", height, width, seed)
        write_picture(folder / "testSet" / "Stimuli" / f"{name}.jpg", height, width, 100 + seed)
        category, number = name.split("/")
        beside = folder / "trainSet" / "Stimuli" / category / "Output" / f"{number}_SaliencyMap.jpg"
        write_picture(beside, height, width)
        located = np.zeros((height, width), np.uint8)
        for at in pixels:
            located[at] = 1
        write_matlab(folder / "trainSet" / "FIXATIONLOCS" / f"{name}.mat", fixLocs=located)
    return folder


def write_mit1003(folder: Path, samples: dict[str, dict[str, np.ndarray]], height=60, width=80) -> Path:
    """Samples are of each picture, without its ending, and person."""
    for seed, (stem, people) in enumerate(samples.items()):
        write_picture(folder / "ALLSTIMULI" / f"{stem}.jpeg", height, width, seed)
        for person, eye_data in people.items():
            recorded = {"imgName": f"{stem}.jpeg", "DATA": {"eyeData": eye_data, "sampleRate": 240}}
            write_matlab(folder / "DATA" / person / f"{stem}.mat", **{stem[:63]: recorded})
    for person in {person for people in samples.values() for person in people}:
        write_matlab(folder / "DATA" / person / "CalibrationData.mat", calibration=np.eye(3))
        write_matlab(folder / "DATA" / person / "shuff_stimnames.mat", names=cells("a.jpeg", "b.jpeg"))
    return folder


def eye_samples(places: list[tuple[float, float]], n_samples: int, noise: float = 0, seed: int = 0) -> np.ndarray:
    """An eye tracker's samples (T, 2) of eyes that rest n_samples at each place, and in between jump for 8 samples."""
    parts = [np.tile(np.array(places[0], float), (n_samples, 1))]
    rise = (1 - np.cos(np.pi * np.arange(1, 9) / 9)) / 2
    for before, after in pairwise(places):
        a, b = np.array(before, float), np.array(after, float)
        parts += [a + rise[:, None] * (b - a), np.tile(b, (n_samples, 1))]
    samples = np.concatenate(parts)
    return samples + np.random.default_rng(seed).uniform(-noise, noise, samples.shape)


def write_map(path: Path, entries: dict[str, object]) -> None:
    """A file with a containers.Map, as MATLAB saves objects: a number, and their content in a workspace of its own."""
    saved = BytesIO()
    content = {"keys": cells(*entries).T, "values": cells(*entries.values()).T, "uniformity": 0, "keyType": "char"}
    savemat(saved, {"x": cells(np.zeros((3, 1), np.uint8), content, np.zeros((2, 1)))})
    inner = _anonymous(saved.getvalue()[128:])
    wrapped = _opaque("", "FileWrapper__", inner)
    names = _element(5, struct.pack("<i", 8)) + _element(1, b"MCOS".ljust(8, b"\0"))
    workspace = _matrix(2, (1, 1), "", names + wrapped)
    payload = b"\0\1IM\0\0\0\0" + workspace + _matrix(9, (1, 4), "", _element(2, b"more"))
    number = _matrix(13, (6, 1), "", _element(6, struct.pack("<6I", 0xDD000000, 2, 1, 1, 1, 1)))
    header = b"MATLAB 5.0 MAT-file".ljust(116) + struct.pack("<Q", 0) + b"\0\1IM"
    variable = _opaque("allData", "containers.Map", number)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(header + variable + _matrix(9, (1, len(payload)), "", _element(2, payload)))


def _element(kind: int, data: bytes) -> bytes:
    return struct.pack("<II", kind, len(data)) + data + bytes(-len(data) % 8)


def _matrix(kind: int, shape: tuple[int, int], name: str, content: bytes) -> bytes:
    head = _element(6, struct.pack("<II", kind, 0)) + _element(5, struct.pack("<2i", *shape))
    return _element(14, head + _element(1, name.encode()) + content)


def _opaque(name: str, kind: str, content: bytes) -> bytes:
    texts = b"".join(_element(1, text.encode()) for text in (name, "MCOS", kind))
    return _element(14, _element(6, struct.pack("<II", 17, 0)) + texts + content)


def _anonymous(matrix: bytes) -> bytes:
    """The matrix without its name x, which is in a short element of 8 bytes behind flags and extent."""
    named = 8 + 16 + 16
    assert matrix[named : named + 5] == struct.pack("<HHB", 1, 1, ord("x"))
    return matrix[:named] + struct.pack("<II", 1, 0) + matrix[named + 8 :]
