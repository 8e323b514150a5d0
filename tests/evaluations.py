"""Made-up evaluations: models with scores of a few pictures, as if evaluate had found them."""

from dataclasses import replace

import numpy as np

from gazeengine.picture_scores import PictureScores, averaged
from gazeengine.results_records import EvaluatedModel, Evaluation, Machine, StoredEvaluations, Timing
from gazeengine.scores import METRICS

MACHINE = Machine("Made-up CPU", 2, "2.13.0")
BASELINE = "center bias of OSIE train"
N_FIXATIONS = np.array([30, 10, 20, 40, 25])


def picture_scores(level=1.0, seed=0, baseline=BASELINE, n_fixations=N_FIXATIONS, sauc=True):
    """Scores about level on pictures of unequal numbers of fixations."""
    rng = np.random.default_rng(seed)
    names = [name for name in METRICS if sauc or name != "sauc"]
    values = {name: level * (1 + 0.2 * rng.standard_normal(len(n_fixations))) for name in names}
    return PictureScores(tuple(f"{i}.jpg" for i in range(len(n_fixations))), n_fixations, values, baseline)


def evaluation(model, data_set="OSIE test", **more):
    pictures = picture_scores(**more)
    return Evaluation(model, data_set, averaged(pictures, 50), pictures)


WHOLE = EvaluatedModel(
    "FastGaze", "network", "fastgaze", "a0", "fastgaze", {"conv1": 2000, "conv2": 803}, (240, 320), 0, 9_237_461,
    22.94, 91.74, data=("OSIE train",), objective="cross-entropy to a teacher's maps",
    timing=Timing(300.0, (290.0, 320.0), 15, 1),
)  # fmt: skip
SMALL = replace(
    WHOLE, name="FastGaze −1000", source="runs/small.safetensors", id="a1", widths={"conv1": 1500, "conv2": 303},
    n_pruned=1000, n_parameters=4_000_000, gflop=11.0, gflop_640x480=44.0, beta=1e-3,
    parent={"name": "FastGaze", "id": "a0"}, trained_after_pruning=True, timing=Timing(150.0, (145.0, 158.0), 15, 1),
)  # fmt: skip
SMALLEST = replace(
    SMALL, name="FastGaze −2000", source="runs/smallest.safetensors", id="a2", widths={"conv1": 600, "conv2": 203},
    n_pruned=2000, gflop=2.7, gflop_640x480=10.8, beta="star", parent={"name": "FastGaze −1000", "id": "a1"},
    trained_after_pruning=False, timing=Timing(60.0, (58.0, 66.0), 15, 1),
)  # fmt: skip
DENSE = replace(
    WHOLE, name="DenseGaze", source="densegaze", id="b0", architecture="densegaze", gflop=8.06, gflop_640x480=32.2,
    timing=Timing(200.0, (190.0, 230.0), 15, 1),
)  # fmt: skip
PUBLISHED = replace(
    WHOLE, name="Published FastGaze", kind="published", source="published.safetensors", id="c0",
    architecture="published-fastgaze", gflop=4.9, gflop_640x480=19.6, timing=Timing(90.0, (88.0, 95.0), 15, 1),
)  # fmt: skip
TEACHER = EvaluatedModel("Ensemble of ten", "teacher", "teacher/maps", data=("OSIE train",))
PRIOR = EvaluatedModel("Center prior", "center prior", BASELINE)
MODELS = (PRIOR, WHOLE, SMALL, SMALLEST, DENSE, PUBLISHED, TEACHER)


def stored(rows=None, date="2026-01-02T03:04:05+00:00", command="python -m gazeengine evaluate fastgaze", **more):
    """One file of evaluations, by default of all models on two data sets."""
    if rows is None:
        rows = [
            evaluation(model, name, level=0.5 + 0.1 * i, seed=i)
            for i, model in enumerate(MODELS)
            for name in ("OSIE test", "EyeCrowd test")
        ]
    return StoredEvaluations(date, command, more.pop("machine", MACHINE), 50, 0, tuple(rows))
