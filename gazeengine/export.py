"""Taking a network away: as a model file, as ONNX or as a torch program, each compared right after it was written.

A file takes its place only after what was read back from it agreed with the network, so a bad one never replaces
a good one.
"""

from __future__ import annotations

import json
import logging
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gazeengine.atomic import written_beside
from gazeengine.checkpoint import Checkpoint, load, save
from gazeengine.cost import flops_model
from gazeengine.errors import CheckpointError, ExportError, OutputError
from gazeengine.networks import GazeNetwork, build

log = logging.getLogger(__name__)

LARGEST_DIFFERENCE = 1e-3
"""In nats of log density at any pixel, between an export and the network: a tenth of a percent of a probability."""

LARGEST_ROUNDING = 0.1
"""In nats of log density at any pixel, by float16 weights."""

Step = Callable[[str], None]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Verified:
    """A file that was written, read back and compared with the network.

    largest_difference is that of log densities, in nats at any pixel of the test pictures; against names what ran
    the file; limits says what the file cannot do that the network can.
    """

    path: Path
    largest_difference: float
    size_bytes: int
    seconds: float
    against: str
    limits: str = ""


def save_model(checkpoint: Checkpoint, path: Path, *, half: bool = False, progress: Step | None = None) -> Verified:
    """Write the model file, and compare its network with checkpoint's; half stores float16 weights.

    The maps are equal, but for what half rounds off: largest_difference is that. Where that would shift a map by more
    than LARGEST_ROUNDING, or a weight is too large for float16, weights are stored as they are. Raises OutputError
    where the file cannot be written, ExportError where it cannot be read again.
    """
    started = time.monotonic()
    tell = progress or _silent
    if half:
        try:
            return _saved(checkpoint, path, True, tell, started)
        except ExportError as error:
            log.warning("%s: weights are stored as float32 instead", error)
    return _saved(checkpoint, path, False, tell, started)


def _saved(checkpoint: Checkpoint, path: Path, half: bool, tell: Step, started: float) -> Verified:
    with written_beside(path) as beside:
        tell("writing the model file")
        try:
            with np.errstate(over="ignore"):  # infinite weights are told when they are read again
                save(checkpoint, beside, half=half)
            reloaded = load(beside)
        except OutputError as error:
            raise OutputError(str(error).replace(str(beside), str(path))) from error
        except CheckpointError as error:
            reason = str(error).replace(beside.name, path.name)
            raise ExportError(f"{reason}; {path.name} was not written") from error
        tell("comparing it with the network")
        _check_same_data(path, checkpoint, reloaded)
        images = _pictures(*checkpoint.working_size)[:1]
        difference = _difference(_maps(build(checkpoint), images), _maps(build(reloaded), images))
        _check_agreement(path, difference, LARGEST_ROUNDING if half else 0.0, "the reloaded file")
        size = beside.stat().st_size
    return Verified(path, difference, size, time.monotonic() - started, "itself reloaded")


def export_onnx(checkpoint: Checkpoint, path: Path, *, progress: Step | None = None) -> Verified:
    """Write an ONNX model, its conventions and provenance in metadata_props, and compare ONNX Runtime with torch.

    image (1, 3, height, width), float32 RGB in [0, 1], to log_density (1, height, width) in nats, at any size; it
    was trained at the working size. Compared there on a drawn picture, noise and grey, and on noise at a size
    with sides that are no whole cells. Raises OutputError where the file cannot be written, ExportError where onnx
    or onnxruntime refuse it, or it differs by more than LARGEST_DIFFERENCE.
    """
    started = time.monotonic()
    tell = progress or _silent
    tell("importing ONNX")
    import onnx  # here: a second that saving a model file need not wait for
    import onnxruntime

    from gazeengine.onnx_graph import INPUT, OUTPUT, onnx_model

    network = build(checkpoint)
    with written_beside(path) as beside:
        tell("writing the graph")
        with _reported(path, "ONNX export"):
            model = onnx_model(network, _metadata(checkpoint))
            onnx.checker.check_model(model, full_check=True)
            content = model.SerializeToString()
        beside.write_bytes(content)
        tell("running it with ONNX Runtime")
        height, width = checkpoint.working_size
        images = [*_pictures(height, width), *_pictures(width + 5, height // 2 + 35)[1:2]]
        with _reported(path, "ONNX Runtime"):
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = torch.get_num_threads()
            options.log_severity_level = 4  # what goes wrong is raised, too
            session = onnxruntime.InferenceSession(beside, options, providers=["CPUExecutionProvider"])
            found = [session.run([OUTPUT], {INPUT: image.numpy()})[0] for image in images]
        version = ".".join(onnxruntime.__version__.split(".")[:2])
        against = f"ONNX Runtime {version}"
        difference = _difference(_maps(network, images), found)
        _check_agreement(path, difference, LARGEST_DIFFERENCE, against)
        size = beside.stat().st_size
    return Verified(path, difference, size, time.monotonic() - started, against)


def export_pt2(checkpoint: Checkpoint, path: Path, *, progress: Step | None = None) -> Verified:
    """Write a program for torch.export.load, its metadata in the extra file fishergaze.json, and compare it reloaded.

    image and log_density as in export_onnx, but of the working size only: tracing for all sizes takes minutes for
    a DenseNet. Raises OutputError where the file cannot be written, ExportError where torch refuses it or it
    differs by more than LARGEST_DIFFERENCE.
    """
    started = time.monotonic()
    tell = progress or _silent
    network = _Traceable(build(checkpoint))
    images = _pictures(*checkpoint.working_size)
    with written_beside(path) as beside:
        with _reported(path, "torch.export"), _quiet():
            tell("tracing the network")
            program = torch.export.export(network, (images[0],))
            tell("writing the program")
            with beside.open("wb") as file:  # by its name torch would ask for the suffix .pt2
                torch.export.save(program, file, extra_files={"fishergaze.json": json.dumps(_metadata(checkpoint))})
            tell("comparing it with the network")
            with beside.open("rb") as file:
                reloaded = torch.export.load(file).module()
            with torch.inference_mode():
                found = [reloaded(image).numpy() for image in images]
        difference = _difference(_maps(network, images), found)
        _check_agreement(path, difference, LARGEST_DIFFERENCE, "torch.export")
        size = beside.stat().st_size
    height, width = checkpoint.working_size
    limits = f"takes pictures of {height} x {width} (height x width) only"
    return Verified(path, difference, size, time.monotonic() - started, "itself reloaded", limits)


class _Traceable(GazeNetwork):
    """A network whose blur is of a plain number, not of a weight: its kernel's length can be traced."""

    def __init__(self, network: GazeNetwork) -> None:
        super().__init__(network.architecture, network.widths, network.center_bias.numpy())
        self._sigma = network.blur_sigma
        self.load_state_dict(network.state_dict(), assign=True)
        self.requires_grad_(False).eval()

    @property
    def blur_sigma(self) -> float:
        return self._sigma


def _pictures(height: int, width: int) -> list[Tensor]:
    """A drawn picture, noise, and grey, each (1, 3, height, width)."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j].astype(np.float32)
    drawn = np.stack([x, y, 0.5 * np.ones_like(x)])
    drawn[:, (x - 0.3) ** 2 + (y - 0.6) ** 2 < 0.02] = 1.0
    drawn[:, (abs(x - 0.7) < 0.1) & (abs(y - 0.3) < 0.15)] = ((0.1,), (0.2,), (0.8,))
    noise = np.random.default_rng(0).random((3, height, width), np.float32)
    grey = np.full((3, height, width), 0.5, np.float32)
    return [torch.from_numpy(np.ascontiguousarray(p))[None] for p in (drawn, noise, grey)]


def _maps(network: GazeNetwork, images: Sequence[Tensor]) -> list[Floats]:
    with torch.inference_mode():
        return [network(image).numpy() for image in images]


def _difference(wanted: Sequence[Floats], found: Sequence[Floats]) -> float:
    """The largest difference at any pixel; infinite where shapes differ or something is not a number."""
    if any(w.shape != f.shape for w, f in zip(wanted, found, strict=True)):
        return float("inf")
    largest = max(float(abs(w - f).max()) for w, f in zip(wanted, found, strict=True))
    return largest if largest == largest else float("inf")


def _check_agreement(path: Path, difference: float, most: float, against: str) -> None:
    if difference > most:
        raise ExportError(
            f"file {path}: the network and {against} differ by {difference:.3g} nats, "
            f"wanted at most {most:g}; it was not written"
        )


def _check_same_data(path: Path, checkpoint: Checkpoint, reloaded: Checkpoint) -> None:
    """What does not show in a map: kept features, signal, and all that is said about the network."""

    def described(one: Checkpoint) -> tuple[Any, ...]:
        signal = one.signal
        delta = {name: d.tolist() for name, d in signal.delta.items()} if signal else None
        about = (signal.n_images, signal.targets) if signal else None
        said = json.dumps([one.name, one.architecture.name, dict(one.provenance), dict(one.scores)])
        return {name: k.tolist() for name, k in one.kept.items()}, tuple(one.working_size), delta, about, said

    if described(checkpoint) != described(reloaded):
        raise ExportError(f"file {path}: what was read back is not what was written; it was not written")


def _metadata(checkpoint: Checkpoint) -> dict[str, str]:
    """What someone needs who has the file alone, as text or JSON."""
    height, width = checkpoint.working_size
    return {
        "name": checkpoint.name,
        "architecture": checkpoint.architecture.name,
        "widths": json.dumps(checkpoint.widths),
        "working_size": json.dumps([height, width]),
        "gflop": f"{flops_model(checkpoint.architecture, height, width).total(checkpoint.widths) / 1e9:.4f}",
        "input": "image: float32 (1, 3, height, width), RGB in [0, 1], best at about the working size (height, width)",
        "output": "log_density: float32 (1, height, width), natural logarithm of the probability of a fixation at "
        "each pixel; its exp sums to 1",
        "checkpoint_id": checkpoint.id,
        "provenance": json.dumps(dict(checkpoint.provenance)),
        "scores": json.dumps(dict(checkpoint.scores)),
    }


@contextmanager
def _reported(path: Path, subject: str) -> Iterator[None]:
    """Whatever an exporter raises as ExportError: they document no exceptions. The disk's stay what they are."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise ExportError(f"file {path}: {subject} failed ({reason}); it was not written") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the deprecations of torch's own code that it warns of, and the notes that it logs."""
    log = logging.getLogger("torch.export")
    level = log.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        log.setLevel(logging.ERROR)
        try:
            yield
        finally:
            log.setLevel(level)


def _silent(_: str) -> None:
    pass
