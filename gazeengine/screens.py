"""Screens are not photographs: what tells them apart, and what people look at there that networks are blind to."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from gazeengine.checkpoint import Checkpoint

Floats = npt.NDArray[np.float32]

EXAMINED = 640  # pixels along the longer side at most, of what is examined
FLAT = 2  # levels by which neighbours may differ that are flat together, as in a JPEG of a plain area


@dataclass(frozen=True, slots=True, eq=False)
class Channels:
    """What is computed once for a screen, each (h, w) with mean 0 and standard deviation 1."""


def channels_of(rgb: npt.NDArray[np.uint8]) -> Channels:
    """The channels of a picture (H, W, 3)."""
    return Channels()


def looks_like_screen(rgb: npt.NDArray[np.uint8]) -> bool:
    """Whether a picture (H, W, 3) is a screenshot: plain areas of few colours."""
    flat, few = plainness(rgb)
    return flat + few > 0.75


def plainness(rgb: npt.NDArray[np.uint8]) -> tuple[float, float]:
    """The share of pixels (H, W, 3) as their neighbours, and that of the three most frequent colours, of 32,768."""
    step = max(1, max(rgb.shape[:2]) // EXAMINED)
    height, width = rgb.shape[0] // step, rgb.shape[1] // step
    some = np.ascontiguousarray(rgb[: height * step, : width * step])
    if step > 1:  # pixels themselves: a mean would have more colours
        some = np.ascontiguousarray(some[::step, ::step])
    across = cv2.absdiff(some[:, 1:], some[:, :-1]).max(2)[:-1]
    down = cv2.absdiff(some[1:], some[:-1]).max(2)[:, :-1]
    flat = float(((across <= FLAT) & (down <= FLAT)).mean()) if across.size else 1.0
    fifth = (some >> 3).astype(np.int32)
    counts = np.bincount((fifth[..., 0] << 10 | fifth[..., 1] << 5 | fifth[..., 2]).ravel(), minlength=2**15)
    return flat, float(np.sort(counts)[-3:].sum() / some[..., 0].size)


def screen_evidence(evidence: Floats, channels: Channels | None, checkpoint: Checkpoint) -> Floats:
    """What is in a screen (h, w), in nats: a network's evidence (h, w), calibrated, and the channels."""
    return evidence


def screen_prior(height: int, width: int) -> Floats:
    """Log density (height, width) of a gaze on a screen, whatever it shows: from the top left on."""
    y = (np.arange(height, dtype=np.float32)[:, None] + 0.5) / height
    x = (np.arange(width, dtype=np.float32)[None] + 0.5) / width
    log_values = -0.5 * ((x - 0.4) / 0.35) ** 2 - 0.5 * ((y - 0.35) / 0.4) ** 2
    return np.asarray(log_values - np.log(np.exp(log_values).sum()), np.float32)
