"""How well a saliency map predicts where people looked: likelihoods, ROC areas and map comparisons.

Everything here scores one picture. Conventions and numbers are pysaliency's (Kümmerer et al.), to 1e-6;
where we depart from it, on degenerate input only, the docstring says so.

A *map* is an array (H, W). *Fixations* are two sequences of equal length, x to the right and y down, in
pixels of the map, 0 <= x < W and 0 <= y < H; a fixation belongs to the pixel (floor y, floor x), and one
that is there twice counts twice. Whatever does not fit raises DataError.

Averages over several pictures are pysaliency's if AUC, shuffled AUC, NSS, log-likelihood and information
gain are averaged over fixations (each picture weighs as many as it has), SIM, CC and KL over pictures.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from gazeengine.errors import DataError

FloatMap = npt.NDArray[np.float64]
AnyMap = npt.NDArray[np.floating[Any] | np.integer[Any]]
Shape = tuple[int, int]

LARGEST_EXCESS = 1e-4
"""How far the sum of a density may be from 1: what float32 needs, and less than anyone reads off a score."""

TRUNCATION = 4.0
"""Where the Gaussian of fixation_density is cut off, in standard deviations."""

SMALLEST_SALIENCY = 1e-20
"""What kl_divergence adds to every pixel of both maps, so that it stays finite."""


def log_likelihood(log_density: AnyMap, x: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """Mean log probability of the fixations' pixels, in nats per fixation.

    log_density (H, W) is normalised: its exp sums to 1 over the pixels, to 1e-4. So the value falls with the
    number of pixels, and only values for pictures of one size compare; information_gain does not
    have this flaw. -inf where a fixated pixel was given no probability at all.

    Raises DataError for a map that is not normalised or not a number, and for fixations that are none or
    outside.
    """
    return float(_log_probabilities("log density", log_density, x, y).mean())


def information_gain(log_density: AnyMap, baseline_log_density: AnyMap, x: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """What log_density knows about the fixations beyond the baseline, in bits per fixation.

    (log-likelihood − baseline's log-likelihood) / ln 2, Kümmerer, Wallis and Bethge (2015). The number
    means nothing unless the baseline is named beside it: usually a center bias, sometimes the uniform
    density. Both maps are normalised log densities (H, W). Negative where the baseline knows better, -inf
    where log_density gives a fixated pixel no probability.

    Raises DataError as log_likelihood does, for maps of different shapes, and where the *baseline* gives
    a fixated pixel no probability: no gain over it is defined (pysaliency answers inf or nan).
    """
    _check_same_shape("log density", log_density, "baseline", baseline_log_density)
    gained = _log_probabilities("log density", log_density, x, y)
    known = _log_probabilities("baseline log density", baseline_log_density, x, y)
    if np.isneginf(known).any():
        raise DataError(
            f"baseline log density: probability 0 at {np.isneginf(known).sum()} of {known.size} fixations, "
            "expected more than 0 at each"
        )
    return float((gained - known).mean() / math.log(2))


def auc(saliency: AnyMap, x: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """Chance that a fixated pixel is more salient than a pixel drawn from the whole picture.

    Per fixation the share of pixels (H, W) that are below it plus half the share that equal it, the mean
    over fixations. That is the area under the ROC curve with *all* pixels as negatives, the fixated ones
    included, and every value as a threshold (AUC-Judd as in pysaliency, without its noise). 0.5 for a
    constant map; only the order of the values matters, so a density and its log have the same.

    Raises DataError for a map with nan and for fixations that are none or outside.
    """
    _check_map("saliency map", saliency)
    rows, columns = _pixels(saliency.shape, x, y)
    return _roc_area(saliency[rows, columns], saliency.ravel())


def shuffled_auc(
    saliency: AnyMap, x: npt.ArrayLike, y: npt.ArrayLike, other_x: npt.ArrayLike, other_y: npt.ArrayLike
) -> float:
    """Chance that a fixated pixel is more salient than one fixated in another picture.

    As auc, but the negatives are the pixels at (other_x, other_y): all fixations of all other pictures,
    brought to this one by rescaled_fixations. Where they repeat, or coincide with fixations of this
    picture, they stay, as in pysaliency. So a center bias gains nothing here: about 0.5 (Tatler et al. 2005).

    Raises DataError for a map with nan and for fixations, of either kind, that are none or outside.
    """
    _check_map("saliency map", saliency)
    rows, columns = _pixels(saliency.shape, x, y)
    other_rows, other_columns = _pixels(saliency.shape, other_x, other_y, subject="other fixations")
    return _roc_area(saliency[rows, columns], saliency[other_rows, other_columns])


def rescaled_fixations(
    x: npt.ArrayLike, y: npt.ArrayLike, from_shape: Shape, to_shape: Shape
) -> tuple[FloatMap, FloatMap]:
    """Fixations (x, y) of a picture of from_shape (H, W) at the same relative places of one of to_shape.

    Each axis is stretched on its own, as pysaliency does for the shuffled AUC. A fixation at the very edge
    stays inside, where pysaliency's may round out of the picture. Raises DataError for fixations that are
    none or outside.
    """
    _pixels(from_shape, x, y)
    height, width = _check_shape(to_shape)
    to_x = np.asarray(x, np.float64) * (width / from_shape[1])
    to_y = np.asarray(y, np.float64) * (height / from_shape[0])
    return np.minimum(to_x, np.nextafter(width, 0)), np.minimum(to_y, np.nextafter(height, 0))


def nss(saliency: AnyMap, x: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """Normalised scanpath saliency: mean of the map at the fixations, in its standard deviations.

    The map (H, W) is brought to mean 0 and standard deviation 1 over its pixels (the population's, divided
    by N and not N − 1), then read at the fixations (Peters et al. 2005). 0 is chance. A density and its
    log differ; densities are what is usually meant. 0 for a constant map: so does pysaliency, except where
    rounding keeps it from noticing.

    Raises DataError for a map that is not finite and for fixations that are none or outside.
    """
    _check_map("saliency map", saliency, finite=True)
    rows, columns = _pixels(saliency.shape, x, y)
    return float(_standardised(saliency)[rows, columns].mean())


def fixation_density(x: npt.ArrayLike, y: npt.ArrayLike, shape: Shape, sigma_px: float) -> FloatMap:
    """The fixations as a density: counts per pixel, blurred by a Gaussian, divided by their sum.

    Returns (H, W) = shape, not logarithmic, sum 1. sigma_px is the standard deviation; the kernel is cut
    off at 4 of them, and what would leave the picture is reflected back at its edge (pixels repeat as
    d c b a | a b c d | d c b a). So pysaliency's FixationMap and scipy.ndimage.gaussian_filter.

    Raises DataError for fixations that are none or outside, and for a sigma_px that is not above 0.
    """
    height, width = _check_shape(shape)
    rows, columns = _pixels(shape, x, y)
    if not 0 < sigma_px < math.inf:
        raise DataError(f"fixation density: sigma is {sigma_px} pixels, expected more than 0")
    # Blurring is linear and separable: sum over pixels of count · column of blur · row of blur. Only rows
    # and columns that have a fixation take part.
    fixated_rows, row_of = np.unique(rows, return_inverse=True)
    fixated_columns, column_of = np.unique(columns, return_inverse=True)
    counts = np.zeros((fixated_rows.size, fixated_columns.size))
    np.add.at(counts, (row_of, column_of), 1)
    blurred = (
        _blurred_points(fixated_rows, height, sigma_px).T @ counts @ _blurred_points(fixated_columns, width, sigma_px)
    )
    density: FloatMap = blurred / blurred.sum()
    return density


def similarity(prediction: AnyMap, reference: AnyMap) -> float:
    """SIM: how much of two densities overlaps, Σ min(p, q), from 0 to 1.

    Both maps (H, W) are divided by their sum first. One with negative values is shifted up to a minimum
    of 0 before that, one that is 0 everywhere counts as uniform, as in pysaliency; so don't pass log
    densities. The reference is usually a fixation_density, but the two can change places.

    Raises DataError for maps that differ in shape or are not finite.
    """
    _check_pair(prediction, reference)
    return float(np.minimum(_as_density(prediction), _as_density(reference)).sum())


def correlation(prediction: AnyMap, reference: AnyMap) -> float:
    """CC: Pearson's correlation of two maps (H, W) over their pixels, from -1 to 1.

    The reference is usually a fixation_density, but the two can change places. 0 where either is constant;
    pysaliency says so for the prediction only and nan otherwise.

    Raises DataError for maps that differ in shape or are not finite.
    """
    _check_pair(prediction, reference)
    covariance = (_standardised(prediction) * _standardised(reference)).mean()
    return float(np.clip(covariance, -1, 1))  # rounding can carry it past 1


def kl_divergence(prediction: AnyMap, reference: AnyMap) -> float:
    """KL: Σ q ln(q / p), what is lost by taking the prediction p for the reference q, in nats.

    Not symmetric: the reference (usually a fixation_density) comes second and is what is averaged over.
    1e-20 is added to every pixel of both maps (H, W) as given, then they are divided by their sums, as in
    pysaliency's image-based divergence. So it is finite, but what a prediction of 0 costs where people
    looked is this constant's doing, and that of the scale of the map. Maps with negative values are
    shifted up to a minimum of 0 first; so don't pass log densities. The variant of the MIT benchmark,
    which adds 2.2e-16 inside the logarithm and to its divisor, gives other numbers.

    Raises DataError for maps that differ in shape or are not finite.
    """
    _check_pair(prediction, reference)
    p = _as_density(prediction, SMALLEST_SALIENCY)
    q = _as_density(reference, SMALLEST_SALIENCY)
    return max(0.0, float((q * (np.log(q) - np.log(p))).sum()))  # rounding can carry it below 0


def _roc_area(positives: AnyMap, negatives: AnyMap) -> float:
    ordered = np.sort(negatives)
    below = np.searchsorted(ordered, positives, side="left")
    not_above = np.searchsorted(ordered, positives, side="right")
    return float((below + not_above).mean() / (2 * ordered.size))


def _log_probabilities(name: str, log_density: AnyMap, x: npt.ArrayLike, y: npt.ArrayLike) -> FloatMap:
    _check_map(name, log_density)
    with np.errstate(over="ignore"):  # then it sums to inf, and that is said
        total = np.exp(log_density, dtype=np.float64).sum()
    if not abs(total - 1) <= LARGEST_EXCESS:
        raise DataError(f"{name}: its exp sums to {total:.6g} over the pixels, expected 1")
    rows, columns = _pixels(log_density.shape, x, y)
    return log_density[rows, columns].astype(np.float64)


def _standardised(values: AnyMap) -> FloatMap:
    """values with mean 0 and standard deviation 1; zeros where they are all the same."""
    if values.max() == values.min():  # the standard deviation of 0.1, 0.1, … need not be 0
        return np.zeros(values.shape)
    centered = values - values.mean(dtype=np.float64)
    centered /= np.abs(centered).max()  # squares of tiny densities would underflow
    standardised: FloatMap = centered / centered.std()
    return standardised


def _as_density(values: AnyMap, smallest: float = 0.0) -> FloatMap:
    saliency = values.astype(np.float64)
    saliency -= min(0.0, saliency.min())
    saliency += smallest  # in two steps: beside the minimum it would be rounded away
    total = saliency.sum()
    if total == 0:
        return np.full(saliency.shape, 1 / saliency.size)
    density: FloatMap = saliency / total
    return density


def _blurred_points(points: npt.NDArray[np.intp], length: int, sigma_px: float) -> FloatMap:
    """(len(points), length): a line for each point with its Gaussian, reflected at both ends."""
    radius = int(TRUNCATION * sigma_px + 0.5)
    offsets = np.arange(-radius, radius + 1)
    weights = np.exp(-0.5 * (offsets / sigma_px) ** 2)
    weights /= weights.sum()
    places = (points[:, None] + offsets) % (2 * length)
    places = np.minimum(places, 2 * length - 1 - places)
    lines = np.zeros((points.size, length))
    np.add.at(lines, (np.arange(points.size)[:, None], places), weights)
    return lines


def _pixels(
    shape: tuple[int, ...], x: npt.ArrayLike, y: npt.ArrayLike, subject: str = "fixations"
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Row and column of the pixel of each fixation."""
    height, width = _check_shape(shape)
    xs, ys = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if xs.ndim != 1 or xs.shape != ys.shape:
        raise DataError(f"{subject}: x is {xs.shape} and y {ys.shape}, expected as many of both, in a row")
    if xs.size == 0:
        raise DataError(f"{subject}: found none, expected at least one")
    inside = (xs >= 0) & (xs < width) & (ys >= 0) & (ys < height)
    if not inside.all():
        first = int(np.argmin(inside))
        raise DataError(
            f"{subject}: number {first} is at x {xs[first]:g}, y {ys[first]:g}, "
            f"expected 0 <= x < {width} and 0 <= y < {height}"
        )
    return ys.astype(np.intp), xs.astype(np.intp)  # both at least 0, so this is the floor


def _check_shape(shape: tuple[int, ...]) -> Shape:
    if len(shape) != 2 or min(shape) < 1:
        raise DataError(f"picture: found shape {tuple(shape)}, expected (height, width) of 1 or more")
    return shape[0], shape[1]


def _check_map(name: str, values: AnyMap, *, finite: bool = False) -> None:
    if values.ndim != 2 or values.size == 0:
        raise DataError(f"{name}: found shape {values.shape}, expected (height, width) of 1 or more")
    if np.isnan(values).any():
        raise DataError(f"{name}: found nan in {np.isnan(values).sum()} pixels, expected numbers")
    if finite and np.isinf(values).any():
        raise DataError(f"{name}: found inf in {np.isinf(values).sum()} pixels, expected finite numbers")


def _check_same_shape(name: str, values: AnyMap, other_name: str, other: AnyMap) -> None:
    if values.shape != other.shape:
        raise DataError(f"{name}: found shape {values.shape}, expected {other.shape} as of the {other_name}")


def _check_pair(prediction: AnyMap, reference: AnyMap) -> None:
    _check_map("prediction", prediction, finite=True)
    _check_map("reference", reference, finite=True)
    _check_same_shape("prediction", prediction, "reference", reference)
