"""Screens are not photographs: what tells them apart, and what people look at there that networks are blind to.

Four numbers make a map for screens of a network for photographs, all in the log domain:

    log q(x, y) = SHARPNESS · log q_network(x, y) + TEXT · text(x, y) − LEFT · x − UP · y + const

with x and y from 0 to 1 over the screen. They are fitted by maximum likelihood to where eleven people looked on 25 web
pages; docs/screens.md has the measurements, by which each page is predicted with numbers fitted to the others, and
`reproduce screens` makes them again (screens_fit.py). On no other screens has anybody been measured here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

EXAMINED = 640  # pixels along the longer side at most, of what tells a screen
FLAT = 2  # levels by which neighbours may differ that are flat together, as in a JPEG of a plain area
STRONG = 80  # of the sum of both gradients, from where on there is an edge
ALIGNED = 0.1  # ratio of gradients below which an edge is horizontal or vertical
SCREEN_WEIGHTS, SCREEN_BIAS = (4.52, 13.9, 9.34), -8.06
"""Logistic regression on half of 412 screenshots (ALEXA) and 500 photographs (OSIE, EyeCrowd).

Of the other half it takes 97 % of the screenshots for screens, 8 % of OSIE's pictures, many of which are drawn or stand
on plain ground, and 0.4 % of EyeCrowd's; of 25 web pages (WebPages) 23."""

TEXT_PIXELS = 800 * 450  # of a screen as its text is looked for
TEXT_NEAR, TEXT_WIDE = 6.0, 10.0  # standard deviations of Gaussians, pixels
TEXT_FLOOR = 5.0  # grey levels a pixel, below which nothing is text

SHARPNESS = 0.58
TEXT = 0.70
LEFT = 0.84
UP = 0.40


@dataclass(frozen=True, slots=True, eq=False)
class Channels:
    """What is computed once for a screen: text (h, w), the log of its density, on a grid over the picture."""

    text: Floats


def channels_of(rgb: Pixels) -> Channels:
    """The channels of a picture (H, W, 3)."""
    return Channels(text_density(rgb))


def text_density(rgb: Pixels) -> Floats:
    """Log of how much there is of strokes in both directions, as in text (h, w), of a picture (H, W, 3).

    Letters have edges across and along within a few pixels, where borders and photographs mostly have one of them:
    the lesser of the two gradients, each blurred, and blurred again. The picture is taken at about 800 x 450 pixels.
    """
    height, width = rgb.shape[:2]
    scale = math.sqrt(TEXT_PIXELS / (height * width))
    size = max(8, round(width * scale)), max(8, round(height * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    grey = cv2.resize(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), size, interpolation=how)
    across = cv2.GaussianBlur(np.abs(cv2.Sobel(grey, cv2.CV_32F, 1, 0)), (0, 0), TEXT_NEAR)
    along = cv2.GaussianBlur(np.abs(cv2.Sobel(grey, cv2.CV_32F, 0, 1)), (0, 0), TEXT_NEAR)
    return np.asarray(np.log(cv2.GaussianBlur(np.minimum(across, along), (0, 0), TEXT_WIDE) + TEXT_FLOOR), np.float32)


def screen_evidence(evidence: Floats, channels: Channels) -> Floats:
    """What is in a screen (h, w), in nats: a network's evidence (h, w) at the sharpness of screens, and its text."""
    height, width = evidence.shape
    text = cv2.resize(channels.text, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(SHARPNESS * evidence + TEXT * text, np.float32)


def screen_prior(own: Floats) -> Floats:
    """The habit on screens (h, w), in nats up to a constant: a center bias, and reading from the top left."""
    height, width = own.shape
    y = (np.arange(height, dtype=np.float32)[:, None] + 0.5) / height
    x = (np.arange(width, dtype=np.float32)[None] + 0.5) / width
    return np.asarray(SHARPNESS * own - LEFT * x - UP * y, np.float32)


def looks_like_screen(rgb: Pixels) -> bool:
    """Whether a picture (H, W, 3) is a screenshot rather than a photograph."""
    return float(np.dot(SCREEN_WEIGHTS, plainness(rgb))) + SCREEN_BIAS > 0


def plainness(rgb: Pixels) -> tuple[float, float, float]:
    """Shares of a picture (H, W, 3), each in [0, 1], that are high in screenshots.

    Of pixels as their neighbours; of the three most frequent of 32,768 colours; and of edges that are horizontal or
    vertical among all.
    """
    step = max(1, max(rgb.shape[:2]) // EXAMINED)
    some = np.ascontiguousarray(rgb[::step, ::step])  # pixels themselves: a mean would have more colours
    across = cv2.absdiff(some[:, 1:], some[:, :-1]).max(2)[:-1]
    down = cv2.absdiff(some[1:], some[:-1]).max(2)[:, :-1]
    flat = float(((across <= FLAT) & (down <= FLAT)).mean()) if across.size else 1.0
    fifth = (some >> 3).astype(np.int32)
    counts = np.bincount((fifth[..., 0] << 10 | fifth[..., 1] << 5 | fifth[..., 2]).ravel(), minlength=2**15)
    few = float(np.sort(counts)[-3:].sum() / some[..., 0].size)
    grey = cv2.cvtColor(some, cv2.COLOR_RGB2GRAY)
    x, y = np.abs(cv2.Sobel(grey, cv2.CV_32F, 1, 0)), np.abs(cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    edges = x + y > STRONG
    straight = (np.minimum(x, y) < ALIGNED * np.maximum(x, y)) & edges
    return flat, few, float(straight.sum() / max(1, edges.sum()))
