"""Makes metrics.json: what pysaliency says about synthetic maps, to hold gazeengine.metrics against.

pysaliency 0.2.22 installs but does not run as it comes. In an environment of its own (Python 3.11, a CPU
build of torch is enough), from the root of the repository:

    pip install "setuptools<81" "numpy<2.4" torch pysaliency==0.2.22
    python -W ignore -m tests.golden.make_metrics

pictures() is deterministic and needs numpy only, so the test rebuilds the very same input; the checksums
in the file tell when it does not. All scores come out of pysaliency's own models, fixation maps and
functions; nothing of gazeengine is imported here.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

GOLDEN = Path(__file__).with_name("metrics.json")
SIGMA_PX = 2.5
MAPS = ("smooth", "tied", "signed", "single", "flat")
PAIRS = (("smooth", "tied"), ("tied", "smooth"), ("signed", "smooth"), ("smooth", "single"), ("flat", "tied"))
SMALL_SHAPE = (7, 9)
# the second kernel is wider than the picture, so it is reflected more than once
SMALL_SIGMAS_PX = (1.5, 6.0)


@dataclass(frozen=True, slots=True)
class Picture:
    """Fixations on a picture that nobody needs to see, and maps (H, W) that may have predicted them."""

    shape: tuple[int, int]
    x: np.ndarray
    y: np.ndarray
    maps: dict[str, np.ndarray]
    log_density: np.ndarray
    center_bias: np.ndarray

    @property
    def checksum(self) -> float:
        parts = [*self.maps.values(), np.exp(self.log_density), np.exp(self.center_bias), self.x, self.y]
        return float(sum((k + 1) * part.sum() for k, part in enumerate(parts)))


def pictures() -> list[Picture]:
    """Three pictures of different sizes."""
    rng = np.random.default_rng(20180120)
    return [picture(rng, *size) for size in ((30, 40, 25), (24, 36, 12), (45, 31, 40))]


def small_fixations() -> tuple[np.ndarray, np.ndarray]:
    """x and y of four fixations in a picture of SMALL_SHAPE, one in the corner, two in one pixel."""
    return np.array([0.0, 4.5, 4.9, 8.2]), np.array([0.9, 3.0, 3.7, 5.5])


def picture(rng: np.random.Generator, height: int, width: int, n_fixations: int) -> Picture:
    h, w = np.mgrid[:height, :width]
    centers = rng.random((4, 2))
    blobs = [
        (0.5 + rng.random()) * np.exp(-(((h - a * height) / 6) ** 2) - ((w - b * width) / 8) ** 2) for a, b in centers
    ]
    smooth = sum(blobs) + 0.05 * rng.random((height, width)) + 0.01
    tied = np.floor(5 * rng.random((height, width))) / 4 * (smooth > np.median(smooth))
    single = np.zeros((height, width))
    single[height // 3, width // 2] = 1.0
    center_bias = np.exp(-(((h - height / 2) / height * 2) ** 2) - ((w - width / 2) / width * 2) ** 2)
    looked_at = centers[rng.integers(0, 4, n_fixations)] + 0.4 * (rng.random((n_fixations, 2)) - 0.5)
    looked_at = np.clip(looked_at, 0, 0.999)
    return Picture(
        shape=(height, width),
        x=looked_at[:, 1] * width,
        y=looked_at[:, 0] * height,
        maps={
            "smooth": smooth,
            "tied": tied,
            "signed": smooth - 0.3,
            "single": single,
            "flat": np.full((height, width), 0.25),
        },
        log_density=np.log(smooth / smooth.sum()),
        center_bias=np.log(center_bias / center_bias.sum()),
    )


def main() -> None:
    import pysaliency
    from pysaliency import metrics
    from pysaliency.datasets import get_image_hash
    from pysaliency.numba_utils import auc_for_one_positive

    shown = pictures()
    images = [np.full((*p.shape, 3), 10 * n, np.uint8) for n, p in enumerate(shown)]
    ids = [get_image_hash(image) for image in images]
    stimuli = pysaliency.Stimuli(images)
    fixations = pysaliency.Fixations.create_without_history(
        np.concatenate([p.x for p in shown]),
        np.concatenate([p.y for p in shown]),
        np.repeat(np.arange(len(shown)), [len(p.x) for p in shown]),
    )

    class GivenMaps(pysaliency.SaliencyMapModel):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

        def _saliency_map(self, stimulus: np.ndarray) -> np.ndarray:
            return shown[ids.index(get_image_hash(stimulus))].maps[self.name]

    class GivenLogDensities(pysaliency.Model):
        def __init__(self, of: Callable[[Picture], np.ndarray]) -> None:
            super().__init__()
            self.of = of

        def _log_density(self, stimulus: np.ndarray) -> np.ndarray:
            return self.of(shown[ids.index(get_image_hash(stimulus))])

    def per_picture(values: np.ndarray) -> list[float]:
        return [float(values[fixations.n == n].mean()) for n in range(len(shown))]

    fixation_map = pysaliency.FixationMap(stimuli, fixations, kernel_size=SIGMA_PX)
    scores = {}
    for name in MAPS:
        model = GivenMaps(name)
        scores[name] = {
            "auc": per_picture(model.AUCs(stimuli, fixations)),
            "shuffled_auc": per_picture(model.sAUCs(stimuli, fixations)),
            "nss": per_picture(model.NSSs(stimuli, fixations)),
            "similarity": model.SIMs(stimuli, fixation_map).tolist(),
            "correlation": model.CCs(stimuli, fixation_map).tolist(),
            "kl_divergence": [float(kl) for kl in model.KLDivs(stimuli, fixation_map)],
            "all_pictures": {
                "auc": float(model.AUC(stimuli, fixations)),
                "shuffled_auc": float(model.sAUC(stimuli, fixations)),
                "nss": float(model.NSS(stimuli, fixations)),
            },
        }

    model, baseline = GivenLogDensities(lambda p: p.log_density), GivenLogDensities(lambda p: p.center_bias)
    densities = {
        "log_likelihood": per_picture(model.log_likelihoods(stimuli, fixations)),
        "information_gain": per_picture(model.information_gains(stimuli, fixations, baseline)),
        "information_gain_over_uniform": per_picture(model.information_gains(stimuli, fixations)),
        "all_pictures": {
            "log_likelihood": float(model.log_likelihood(stimuli, fixations)),
            "information_gain": float(model.information_gain(stimuli, fixations, baseline)),
        },
    }

    pairs = [
        {
            "prediction": prediction,
            "reference": reference,
            "similarity": float(metrics.SIM(p.maps[prediction], p.maps[reference])),
            "correlation": float(metrics.CC(p.maps[prediction], p.maps[reference])),
            "kl_divergence": float(metrics.image_based_kl_divergence(p.maps[prediction], p.maps[reference])),
        }
        for p in shown[:1]
        for prediction, reference in PAIRS
    ]

    tied = shown[0].maps["tied"].ravel()
    levels = sorted({float(value) for value in tied})
    small = pysaliency.Stimuli([np.zeros((*SMALL_SHAPE, 3), np.uint8)])
    x, y = small_fixations()
    on_small = pysaliency.Fixations.create_without_history(x, y, np.zeros(len(x), int))
    blurred = [
        pysaliency.FixationMap(small, on_small, kernel_size=sigma).saliency_map(small[0]) for sigma in SMALL_SIGMAS_PX
    ]

    golden = {
        "format": 1,
        "made_by": "tests/golden/make_metrics.py",
        "versions": {name: version(name) for name in ("pysaliency", "numpy", "scipy")},
        "checksums": [p.checksum for p in shown],
        "scores": scores,
        "densities": densities,
        "pairs_on_first_picture": pairs,
        "auc_of_each_level_of_the_tied_map": {str(level): float(auc_for_one_positive(level, tied)) for level in levels},
        "fixation_densities": [(m / m.sum()).tolist() for m in blurred],
    }
    GOLDEN.write_text(json.dumps(golden, indent=1, allow_nan=False) + "\n")


if __name__ == "__main__":
    main()
