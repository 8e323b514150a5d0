"""predict: saliency maps of pictures as arrays and pictures."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

import numpy as np

from gazeengine.commands.argument_kinds import VIEWS
from gazeengine.commands.output import Progress, Result, folder_made, look_of, model
from gazeengine.errors import GazeError, OutputError
from gazeengine.fused import ready
from gazeengine.image import Picture, read_image, write_png
from gazeengine.looking import look_at
from gazeengine.map_files import write_npy, write_png16
from gazeengine.map_style import MODES, MapStyle, Mode
from gazeengine.rendering import rendered
from gazeengine.saliency_map import COLOR_MAPS, SaliencyMap, intensity

ENDINGS = {"npy": ".npy", "png": "-map.png", "png16": "-density.png"} | {view: f"-{view}.png" for view in VIEWS}


def run(options: Namespace) -> Result:
    if options.colors not in COLOR_MAPS:
        raise GazeError(f"color map {options.colors!r} is not known, wanted one of {', '.join(COLOR_MAPS)}")
    checkpoint = model(options.model)
    network = ready(checkpoint)
    folder_made(options.out)
    names = _names(options.images)
    _refuse_to_overwrite(options, names)
    progress = Progress("predict")
    started = monotonic()
    written = []
    for i, (path, name) in enumerate(zip(options.images, names, strict=True), 1):
        picture = read_image(path)
        saliency_map = look_at(network, checkpoint, picture.rgb, look_of(options))
        files = {}
        for kind in options.formats:
            files[kind] = str(options.out / (name + ENDINGS[kind]))
            _write(kind, Path(files[kind]), picture, saliency_map, options)
        height, width = picture.rgb.shape[:2]
        written.append({"image": str(path), "height": height, "width": width, "note": picture.note, "files": files})
        left = (monotonic() - started) / i * (len(names) - i)
        progress.show(i, len(names), left, path.name)
    text = "\n".join(file for row in written for file in row["files"].values())
    return Result({"model": checkpoint.name, "maps": written}, text)


def _write(kind: str, path: Path, picture: Picture, saliency_map: SaliencyMap, options: Namespace) -> None:
    if kind == "npy":
        write_npy(path, saliency_map.log_density)
        return
    if kind == "png16":
        write_png16(path, saliency_map.log_density)
        return
    if kind == "png":
        write_png(path, np.rint(255 * intensity(saliency_map.log_density)).astype(np.uint8))
        return
    mode: Mode = next(mode for mode, _, _ in MODES if mode == kind)
    style = MapStyle(mode, options.opacity, options.colors)
    write_png(path, rendered(picture.rgb, saliency_map.log_density, style))


def _names(images: Sequence[Path]) -> list[str]:
    """Names of files without endings: the pictures' own, numbered where two are the same."""
    names: list[str] = []
    for path in images:
        name, n = path.stem, 1
        while name in names:
            n += 1
            name = f"{path.stem}-{n}"
        names.append(name)
    return names


def _refuse_to_overwrite(options: Namespace, names: Sequence[str]) -> None:
    pictures = {path.resolve() for path in options.images}
    for name in names:
        for kind in options.formats:
            path = options.out / (name + ENDINGS[kind])
            if path.resolve() in pictures:
                raise OutputError(f"file {path}: it is one of the pictures, wanted another folder for the maps")
