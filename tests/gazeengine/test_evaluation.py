from dataclasses import replace

import numpy as np
import pytest

from gazeengine import metrics
from gazeengine.errors import DataError
from gazeengine.evaluation import NetworkMaps, evaluate, evaluate_densities, evaluate_together
from gazeengine.fixations import DataSet, center_bias, read_data_set, resized_log_density
from gazeengine.image import read_image
from gazeengine.networks import build
from gazeengine.predict import predict
from gazeengine.scores import METRICS, SIGMA_OF_WIDTH
from tests.data_sets import N_FIXATIONS, made_data_set
from tests.networks import narrow_checkpoint

CHECKPOINT = narrow_checkpoint()
NETWORK = build(CHECKPOINT)
OTHER = narrow_checkpoint(seed=1)


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


# maps of any origin


def last(steps):
    *_, step = steps
    return step


def test_models_scored_together_score_what_they_score_alone(test_set, prior):
    maps = NetworkMaps()
    both = [maps.of(build(c), c.working_size) for c in (CHECKPOINT, OTHER)]
    together = last(evaluate_together(both, test_set, prior, "prior", resamples=20))
    for checkpoint, found in zip((CHECKPOINT, OTHER), together.results, strict=True):
        alone = last(evaluate(build(checkpoint), checkpoint.working_size, test_set, prior, "prior", resamples=20))
        assert found.scores == alone.scores
    assert together.results[0].scores != together.results[1].scores


def test_what_is_the_same_for_all_models_is_computed_once(test_set, prior, monkeypatch):
    blurred, read = [], []
    density, image = metrics.fixation_density, read_image
    monkeypatch.setattr("gazeengine.metrics.fixation_density", lambda *a: blurred.append(a) or density(*a))
    monkeypatch.setattr("gazeengine.evaluation.read_image", lambda path: read.append(path) or image(path))
    maps = NetworkMaps()
    last(evaluate_together([maps.of(NETWORK, CHECKPOINT.working_size)] * 3, test_set, prior, "prior"))
    assert len(blurred) == len(read) == len(test_set.stimuli)


def test_the_baseline_as_a_model_gains_exactly_nothing_and_scores_as_metrics_say(test_set, prior):
    found = last(evaluate_densities(lambda _: prior, test_set, prior, "prior", resamples=50)).results[0]
    assert found.scores.information_gain_bits == 0
    assert found.scores.intervals["information_gain_bits"] == (0, 0)
    first = test_set.stimuli[0]
    known = resized_log_density(prior, first.height, first.width)
    assert found.pictures.values["nss"][0] == metrics.nss(np.exp(known, dtype=np.float64), first.x, first.y)


def test_the_scores_of_pictures_average_to_those_of_the_set(test_set, prior):
    found = last(evaluate(NETWORK, CHECKPOINT.working_size, test_set, prior, "prior", resamples=200)).results[0]
    assert found.pictures.pictures == tuple(s.path.name for s in test_set.stimuli)
    for name in METRICS:
        low, high = found.scores.intervals[name]
        assert low <= found.scores.value(name) <= high
        assert found.pictures.mean(name) == found.scores.value(name)


def test_a_map_that_is_no_density_is_told(test_set, prior):
    def counted(stimulus):
        return np.zeros((stimulus.height, stimulus.width), np.float32)

    with pytest.raises(DataError, match="sums to"):
        last(evaluate_densities(counted, test_set, prior, "prior"))
