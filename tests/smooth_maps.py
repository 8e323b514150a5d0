"""Random maps as smooth as those of a network, for laws that hold of such."""

import cv2
import numpy as np
from hypothesis import strategies as st

from gazeengine.saliency_map import normalised


def smooth_map(seed, height, width, blur=6.0, nats=2.0):
    """A log density (height, width) of random hills, so many nats high."""
    noise = np.random.default_rng(seed).normal(size=(height, width))
    hills = cv2.GaussianBlur(noise, (0, 0), blur, borderType=cv2.BORDER_REFLECT)
    return normalised(hills / (hills.std() + 1e-9) * nats).log_density


smooth_maps = st.builds(
    smooth_map,
    st.integers(0, 10**6),
    st.integers(60, 110),
    st.integers(60, 110),
    st.floats(6, 12),
    st.floats(0.5, 2.5),
)


def finer(log_density, times=3):
    """The same hills on a grid so many times finer, as cells of a network are shown; levels of its own are rough."""
    fine = cv2.resize(log_density, None, fx=times, fy=times, interpolation=cv2.INTER_LINEAR)
    return normalised(fine).log_density


fine_maps = smooth_maps.map(finer)
any_maps = st.builds(
    lambda seed, height, width, nats: (
        normalised(nats * np.random.default_rng(seed).normal(size=(height, width))).log_density
    ),
    st.integers(0, 10**6),
    st.integers(1, 30),
    st.integers(1, 30),
    st.sampled_from([0.0, 0.1, 1.0, 10.0]),
)
shares = st.floats(0.01, 1)
