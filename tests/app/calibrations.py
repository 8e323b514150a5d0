"""Calibrations without a network: made-up signals, as many as there are pictures."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from app.calibration_job import CalibrationAnswer, CalibrationJob, CalibrationRequest
from gazeengine.checkpoint import Checkpoint
from gazeengine.plan import FisherSignal
from gazeengine.signal_source import OWN, CalibrationProgress, with_source


def progress(request: CalibrationRequest, n_done: int) -> CalibrationProgress:
    """A signal of its own after each picture."""
    rng = np.random.default_rng(n_done)
    checkpoint, n = request.checkpoint, len(request.pictures)
    delta = {name: rng.exponential(1e-3, width) for name, width in checkpoint.widths.items()}
    signal = FisherSignal(checkpoint.id, n_done, "sampled", delta)
    left = float(n - n_done)
    return CalibrationProgress(with_source(checkpoint, signal, [OWN], 0), n_done, n, float(n_done), left)


def counting(request: CalibrationRequest) -> Iterator[CalibrationAnswer]:
    """What answers in the thread of a job."""
    for n_done in range(1, len(request.pictures) + 1):
        yield CalibrationAnswer(request, progress(request, n_done))
        if request.stopped.is_set():
            return


class ByHand(CalibrationJob):
    """A job without a thread: a test says how many pictures are done."""

    def start(self, checkpoint: Checkpoint, pictures: Sequence[Any]) -> None:
        self.end()
        self._request = CalibrationRequest(replace(checkpoint), tuple(pictures))

    def do(self, *n_done: int) -> None:
        """As many pictures, one after the other."""
        for n in n_done:
            if self._request is not None:
                self._answered(CalibrationAnswer(self._request, progress(self._request, n)))

    def fail(self, message: str) -> None:
        self._request = None
        self.failed.emit(message)
