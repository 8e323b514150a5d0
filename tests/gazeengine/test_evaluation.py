import csv
import io
import json
import math
from dataclasses import replace

import numpy as np
import pytest

from gazeengine import metrics
from gazeengine.errors import DataError
from gazeengine.evaluation import SIGMA_OF_WIDTH, Scored, evaluate, render_table
from gazeengine.fixations import DataSet, center_bias, read_data_set, resized_log_density
from gazeengine.image import read_image
from gazeengine.networks import build
from gazeengine.predict import predict
from gazeengine.scores import Scores
from tests.data_sets import N_FIXATIONS, made_data_set
from tests.networks import narrow_checkpoint

CHECKPOINT = narrow_checkpoint()
NETWORK = build(CHECKPOINT)
SCORES = Scores(1.25, 0.9, 2.5, 0.5, 0.6, 0.7, 0.8, 3, 21, "center bias of a train")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return made_data_set(tmp_path_factory.mktemp("data") / "made", n=4)


@pytest.fixture(scope="module")
def test_set(folder):
    return read_data_set(folder, "test")


@pytest.fixture(scope="module")
def prior(folder):
    return center_bias([read_data_set(folder, "train")])


def evaluated(data_set, prior):
    return list(evaluate(NETWORK, CHECKPOINT.working_size, data_set, prior, "prior"))


def test_there_is_a_record_for_each_picture_and_scores_with_the_last(test_set, prior):
    steps = evaluated(test_set, prior)
    assert [(s.n_done, s.n_pictures) for s in steps] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert [s.scores is None for s in steps] == [True, True, True, False]
    assert steps[-1].left_s == 0


def test_likelihood_scores_are_means_over_fixations_and_map_scores_over_pictures(test_set, prior):
    # pictures of unequal numbers of fixations tell the two means apart
    uneven = tuple(replace(s, x=s.x[: 1 + 2 * i], y=s.y[: 1 + 2 * i]) for i, s in enumerate(test_set.stimuli))
    data = DataSet("uneven", uneven)
    gains, hits, sims, weights = [], [], [], []
    for s in uneven:
        found = predict(NETWORK, read_image(s.path).rgb, CHECKPOINT.working_size).log_density
        known = resized_log_density(prior, s.height, s.width)
        gains.append(metrics.information_gain(found, known, s.x, s.y))
        hits.append(metrics.auc(found, s.x, s.y))
        blurred = metrics.fixation_density(s.x, s.y, found.shape, SIGMA_OF_WIDTH * s.width)
        sims.append(metrics.similarity(np.exp(found), blurred))
        weights.append(len(s.x))
    scores = evaluated(data, prior)[-1].scores
    assert weights == [1, 3, 5, 7]
    assert scores.information_gain_bits == pytest.approx(np.average(gains, weights=weights))
    assert scores.auc == pytest.approx(np.average(hits, weights=weights))
    assert scores.sim == pytest.approx(np.mean(sims), rel=1e-5)
    assert (scores.n_images, scores.n_fixations, scores.baseline) == (4, 16, "prior")


def test_a_network_that_knows_only_the_baseline_gains_nothing_over_it(test_set, prior):
    key = "readout.6.weight"
    blind = dict(CHECKPOINT.weights)
    blind[key] = np.zeros_like(blind[key])
    blind["readout.6.bias"] = np.zeros_like(blind["readout.6.bias"])
    blind["center_bias"], blind["center_bias_weight"] = prior, np.array(1, np.float32)
    network = build(replace(CHECKPOINT, weights=blind))
    *_, last = evaluate(network, CHECKPOINT.working_size, test_set, prior, "prior")
    assert last.scores.information_gain_bits == pytest.approx(0, abs=1e-4)


def test_a_single_picture_has_no_shuffled_auc(test_set, prior):
    one = DataSet("one", test_set.stimuli[:1])
    assert evaluated(one, prior)[-1].scores.sauc is None
    assert evaluated(test_set, prior)[-1].scores.sauc is not None


def test_pictures_without_fixations_are_left_out_and_none_at_all_is_told(test_set, prior):
    none = np.zeros(0, np.float32)
    unseen = replace(test_set.stimuli[0], x=none, y=none)
    mixed = DataSet("mixed", (unseen, *test_set.stimuli[1:]))
    assert evaluated(mixed, prior)[-1].scores.n_fixations == 3 * N_FIXATIONS
    with pytest.raises(DataError, match="no picture has fixations"):
        evaluated(DataSet("unseen", (unseen,)), prior)


def test_a_picture_of_another_size_than_its_table_says_is_told(test_set, prior):
    wrong = replace(test_set.stimuli[0], height=50)
    with pytest.raises(DataError, match=r"test0.png: it is 64 x 48 pixels, wanted 64 x 50"):
        evaluated(DataSet("wrong", (wrong,)), prior)


# tables


ROWS = [
    Scored("A | B", "made test", 4.9, SCORES),
    Scored("C", "made test", 22.94, replace(SCORES, sauc=None)),
]


def test_a_markdown_table_has_a_line_for_each_row_and_names_the_baseline():
    lines = render_table(ROWS, "markdown").splitlines()
    assert lines[0].startswith("| model | data | GFLOP | IG (bits) | AUC |")
    assert lines[2].startswith("| A \\| B | made test | 4.90 | 1.250 | 0.900 | 0.800 |")
    assert "| – |" in lines[3]
    assert lines[-1] == "IG is the information gain per fixation over the center bias of a train."


def test_csv_and_json_hold_every_field():
    table = list(csv.DictReader(io.StringIO(render_table(ROWS, "csv"))))
    listed = json.loads(render_table(ROWS, "json"))
    for read, row in zip(listed, ROWS, strict=True):
        about = {"model": row.model, "data_set": row.data_set, "gflop": row.gflop}
        assert read == about | row.scores.to_json()
    assert [float(line["information_gain_bits"]) for line in table] == [1.25, 1.25]
    assert [line["model"] for line in table] == ["A | B", "C"]


def test_an_infinite_score_is_not_written():
    with pytest.raises(DataError, match="information_gain_bits"):
        render_table([replace(ROWS[0], scores=replace(SCORES, information_gain_bits=-math.inf))], "json")
