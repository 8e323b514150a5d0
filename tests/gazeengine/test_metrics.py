import json
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gazeengine import metrics
from gazeengine.errors import DataError
from gazeengine.scores import Scores
from tests.golden import make_metrics
from tests.golden.make_metrics import MAPS, SIGMA_PX, SMALL_SHAPE, SMALL_SIGMAS_PX

GOLDEN = json.loads(make_metrics.GOLDEN.read_text())
PICTURES = make_metrics.pictures()
SCORES = Scores(1.25, 0.87, 2.1, 0.6, 0.7, 0.8, None, 74, 9321, "center bias of OSIE train")


def as_pysaliency(value):
    return pytest.approx(value, rel=0, abs=1e-6)


def fixated_elsewhere(n):
    """Fixations of all pictures but the n-th, at the same relative places of the n-th."""
    scaled = [
        metrics.rescaled_fixations(other.x, other.y, other.shape, PICTURES[n].shape)
        for m, other in enumerate(PICTURES)
        if m != n
    ]
    return np.concatenate([x for x, _ in scaled]), np.concatenate([y for _, y in scaled])


def over_fixations(values):
    return np.average(values, weights=[len(p.x) for p in PICTURES])


# pysaliency's numbers


def test_the_input_is_the_one_that_the_golden_numbers_were_made_of():
    assert [p.checksum for p in PICTURES] == pytest.approx(GOLDEN["checksums"], rel=1e-12)


@pytest.mark.parametrize("name", MAPS)
def test_auc_is_pysaliencys_ties_included(name):
    values = [metrics.auc(p.maps[name], p.x, p.y) for p in PICTURES]
    assert values == as_pysaliency(GOLDEN["scores"][name]["auc"])
    assert over_fixations(values) == as_pysaliency(GOLDEN["scores"][name]["all_pictures"]["auc"])


def test_auc_of_each_level_of_a_tied_map_is_pysaliencys():
    tied = PICTURES[0].maps["tied"]
    for level, expected in GOLDEN["auc_of_each_level_of_the_tied_map"].items():
        y, x = np.argwhere(tied == float(level))[0]
        assert metrics.auc(tied, [x], [y]) == as_pysaliency(expected)


@pytest.mark.parametrize("name", MAPS)
def test_shuffled_auc_is_pysaliencys_for_pictures_of_different_sizes(name):
    values = [metrics.shuffled_auc(p.maps[name], p.x, p.y, *fixated_elsewhere(n)) for n, p in enumerate(PICTURES)]
    assert values == as_pysaliency(GOLDEN["scores"][name]["shuffled_auc"])
    assert over_fixations(values) == as_pysaliency(GOLDEN["scores"][name]["all_pictures"]["shuffled_auc"])


@pytest.mark.parametrize("name", MAPS)
def test_nss_is_pysaliencys(name):
    values = [metrics.nss(p.maps[name], p.x, p.y) for p in PICTURES]
    assert values == as_pysaliency(GOLDEN["scores"][name]["nss"])
    assert over_fixations(values) == as_pysaliency(GOLDEN["scores"][name]["all_pictures"]["nss"])


@pytest.mark.parametrize("name", MAPS)
@pytest.mark.parametrize("metric", ["similarity", "correlation", "kl_divergence"])
def test_comparisons_with_blurred_fixations_are_pysaliencys(metric, name):
    compare = getattr(metrics, metric)
    values = [compare(p.maps[name], metrics.fixation_density(p.x, p.y, p.shape, SIGMA_PX)) for p in PICTURES]
    assert values == as_pysaliency(GOLDEN["scores"][name][metric])


@pytest.mark.parametrize("pair", GOLDEN["pairs_on_first_picture"])
def test_comparisons_of_two_maps_are_pysaliencys(pair):
    maps = PICTURES[0].maps
    for metric in ("similarity", "correlation", "kl_divergence"):
        value = getattr(metrics, metric)(maps[pair["prediction"]], maps[pair["reference"]])
        assert value == as_pysaliency(pair[metric])


def test_log_likelihood_is_pysaliencys():
    values = [metrics.log_likelihood(p.log_density, p.x, p.y) for p in PICTURES]
    assert values == as_pysaliency(GOLDEN["densities"]["log_likelihood"])
    overall = GOLDEN["densities"]["all_pictures"]["log_likelihood"]
    assert over_fixations(values) == as_pysaliency(overall)


def test_information_gain_is_pysaliencys():
    values = [metrics.information_gain(p.log_density, p.center_bias, p.x, p.y) for p in PICTURES]
    assert values == as_pysaliency(GOLDEN["densities"]["information_gain"])
    overall = GOLDEN["densities"]["all_pictures"]["information_gain"]
    assert over_fixations(values) == as_pysaliency(overall)


def test_information_gain_over_the_uniform_density_is_pysaliencys():
    values = [
        metrics.information_gain(p.log_density, np.full(p.shape, -np.log(p.log_density.size)), p.x, p.y)
        for p in PICTURES
    ]
    assert values == as_pysaliency(GOLDEN["densities"]["information_gain_over_uniform"])


@pytest.mark.parametrize("case", range(len(SMALL_SIGMAS_PX)))
def test_fixation_density_is_pysaliencys_in_every_pixel(case):
    density = metrics.fixation_density(*make_metrics.small_fixations(), SMALL_SHAPE, SMALL_SIGMAS_PX[case])
    np.testing.assert_allclose(density, GOLDEN["fixation_densities"][case], rtol=0, atol=1e-12)


# Laws

LEVELS = st.integers(0, 20)


@st.composite
def scenes(draw, n_maps=1):
    """A picture of at most 8x8: maps of whole numbers, so that arithmetic on them is exact, and fixations."""
    shape = draw(st.tuples(st.integers(1, 8), st.integers(1, 8)))
    n_fixations = draw(st.integers(1, 6))
    inside = [
        st.lists(st.floats(0, size, exclude_max=True, width=32), min_size=n_fixations, max_size=n_fixations)
        for size in shape
    ]
    maps = [draw(arrays(np.float64, shape, elements=LEVELS)) for _ in range(n_maps)]
    return SimpleNamespace(shape=shape, maps=maps, y=draw(inside[0]), x=draw(inside[1]))


def log_density_of(saliency):
    density = (saliency + 1) / (saliency + 1).sum()
    return np.log(density)


@given(scenes())
def test_auc_is_the_share_of_pixels_below_and_half_the_equal(scene):
    (saliency,) = scene.maps
    shares = [
        np.mean([(v < saliency[int(y), int(x)]) + (v == saliency[int(y), int(x)]) / 2 for v in saliency.flat])
        for x, y in zip(scene.x, scene.y, strict=True)
    ]
    assert metrics.auc(saliency, scene.x, scene.y) == pytest.approx(np.mean(shares), abs=1e-12)


@given(scenes(), st.sampled_from([np.exp, np.cbrt, lambda s: 3 * s - 7, lambda s: np.log(s + 1)]))
def test_auc_only_depends_on_the_order_of_the_values(scene, transformed):
    (saliency,) = scene.maps
    assert metrics.auc(transformed(saliency), scene.x, scene.y) == metrics.auc(saliency, scene.x, scene.y)


@given(scenes())
def test_auc_of_the_reverse_map_is_one_minus_the_auc(scene):
    (saliency,) = scene.maps
    reverse = metrics.auc(-saliency, scene.x, scene.y)
    assert reverse == pytest.approx(1 - metrics.auc(saliency, scene.x, scene.y), abs=1e-12)


@given(scenes(), st.floats(-1e6, 1e6))
def test_a_constant_map_knows_nothing(scene, value):
    flat = np.full(scene.shape, value)
    reference = metrics.fixation_density(scene.x, scene.y, scene.shape, 1.0)
    assert metrics.auc(flat, scene.x, scene.y) == 0.5
    assert metrics.shuffled_auc(flat, scene.x, scene.y, scene.x, scene.y) == 0.5
    assert metrics.nss(flat, scene.x, scene.y) == 0
    assert metrics.correlation(flat, reference) == 0
    assert metrics.correlation(reference, flat) == 0


@given(scenes())
def test_shuffled_auc_with_a_fixation_in_every_pixel_is_the_auc(scene):
    (saliency,) = scene.maps
    other_y, other_x = np.divmod(np.arange(saliency.size), scene.shape[1])
    shuffled = metrics.shuffled_auc(saliency, scene.x, scene.y, other_x, other_y)
    assert shuffled == pytest.approx(metrics.auc(saliency, scene.x, scene.y), abs=1e-12)


@given(scenes())
def test_shuffled_auc_against_the_fixations_themselves_is_chance(scene):
    (saliency,) = scene.maps
    shuffled = metrics.shuffled_auc(saliency, scene.x, scene.y, scene.x, scene.y)
    assert shuffled == pytest.approx(0.5, abs=1e-12)


@given(scenes(), st.floats(1e-3, 1e3), st.floats(-1e3, 1e3))
def test_nss_does_not_depend_on_scale_and_offset(scene, scale, offset):
    (saliency,) = scene.maps
    expected = metrics.nss(saliency, scene.x, scene.y)
    moved = scale * (saliency + offset)  # in this order the steps between values survive
    assert metrics.nss(moved, scene.x, scene.y) == pytest.approx(expected, abs=1e-6)


@given(scenes())
def test_nss_with_a_fixation_in_every_pixel_is_zero(scene):
    (saliency,) = scene.maps
    y, x = np.divmod(np.arange(saliency.size), scene.shape[1])
    assert metrics.nss(saliency, x, y) == pytest.approx(0, abs=1e-9)


@given(scenes())
def test_information_gain_of_a_density_over_itself_is_zero(scene):
    log_density = log_density_of(scene.maps[0])
    assert metrics.information_gain(log_density, log_density, scene.x, scene.y) == 0


@given(scenes(n_maps=2))
def test_information_gain_is_the_difference_of_log_likelihoods_in_bits(scene):
    model, baseline = map(log_density_of, scene.maps)
    gain = metrics.information_gain(model, baseline, scene.x, scene.y)
    nats = [metrics.log_likelihood(log_density, scene.x, scene.y) for log_density in (model, baseline)]
    assert gain == pytest.approx((nats[0] - nats[1]) / np.log(2), abs=1e-9)
    assert gain == pytest.approx(-metrics.information_gain(baseline, model, scene.x, scene.y), abs=1e-9)


@given(scenes(n_maps=2))
def test_kl_divergence_is_never_negative_and_zero_for_the_same_map(scene):
    p, q = scene.maps
    assert metrics.kl_divergence(p, q) >= 0
    assert metrics.kl_divergence(p, p) == pytest.approx(0, abs=1e-12)


@given(scenes(n_maps=2))
def test_similarity_is_between_zero_and_one_and_symmetric(scene):
    p, q = scene.maps
    assert -1e-12 <= metrics.similarity(p, q) <= 1 + 1e-12
    assert metrics.similarity(p, q) == metrics.similarity(q, p)
    assert metrics.similarity(p, p) == pytest.approx(1)


@given(scenes(n_maps=2), st.floats(1e-3, 1e3), st.floats(-1e3, 1e3))
def test_correlation_is_symmetric_and_does_not_depend_on_scale_and_offset(scene, scale, offset):
    p, q = scene.maps
    assert -1 <= metrics.correlation(p, q) <= 1
    assert metrics.correlation(p, q) == metrics.correlation(q, p)
    assert metrics.correlation(scale * (p + offset), q) == pytest.approx(metrics.correlation(p, q), abs=1e-6)
    assert metrics.correlation(-p, q) == pytest.approx(-metrics.correlation(p, q), abs=1e-12)


@given(scenes(), st.floats(0.05, 30))
def test_fixation_density_sums_to_one_and_adds_up_over_fixations(scene, sigma_px):
    density = metrics.fixation_density(scene.x, scene.y, scene.shape, sigma_px)
    singles = [metrics.fixation_density([x], [y], scene.shape, sigma_px) for x, y in zip(scene.x, scene.y, strict=True)]
    assert density.shape == scene.shape
    assert density.min() >= 0
    assert density.sum() == pytest.approx(1)
    np.testing.assert_allclose(density, np.mean(singles, axis=0), atol=1e-12)


@given(scenes(), st.tuples(st.integers(1, 4000), st.integers(1, 4000)))
def test_rescaled_fixations_stay_inside_and_at_the_same_relative_place(scene, to_shape):
    x, y = metrics.rescaled_fixations(scene.x, scene.y, scene.shape, to_shape)
    assert 0 <= min(x) <= max(x) < to_shape[1]
    assert 0 <= min(y) <= max(y) < to_shape[0]
    np.testing.assert_allclose(x / to_shape[1], np.array(scene.x) / scene.shape[1])
    np.testing.assert_allclose(y / to_shape[0], np.array(scene.y) / scene.shape[0])


def test_a_fixation_at_the_very_edge_stays_inside_when_rescaled():
    for size, to_size in pairwise(range(1, 200)):
        edge = [np.nextafter(size, 0)]
        x, y = metrics.rescaled_fixations(edge, edge, (size, size), (to_size, to_size))
        assert x[0] < to_size
        assert y[0] < to_size


# Examples


def test_a_constant_map_has_nss_zero_even_where_its_mean_is_rounded():
    flat = np.full((7, 9), 0.1)
    assert flat.std() > 0
    assert metrics.nss(flat, [3], [3]) == 0


def test_maps_of_tiny_values_keep_their_nss_and_correlation():
    saliency = np.arange(12.0).reshape(3, 4)
    assert metrics.nss(saliency * 1e-200, [3], [2]) == pytest.approx(metrics.nss(saliency, [3], [2]))
    assert metrics.correlation(saliency * 1e-200, saliency) == pytest.approx(1)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32])
def test_maps_may_have_any_real_type(dtype):
    saliency = np.arange(12).reshape(3, 4)
    x, y = [3, 0], [2, 1]
    for metric in (metrics.auc, metrics.nss):
        assert metric(saliency.astype(dtype), x, y) == pytest.approx(metric(saliency.astype(float), x, y))
    for compare in (metrics.similarity, metrics.correlation, metrics.kl_divergence):
        expected = compare(saliency[::-1].astype(float), saliency.astype(float))
        assert compare(saliency[::-1].astype(dtype), saliency.astype(dtype)) == pytest.approx(expected)


def test_a_float32_log_density_of_a_large_picture_counts_as_normalised():
    h, w = np.mgrid[:480, :640]
    log_density = (-((h - 200) ** 2 + (w - 300) ** 2) / 5000).astype(np.float32)
    log_density -= np.log(np.exp(log_density).sum())
    assert metrics.log_likelihood(log_density, [300], [200]) == pytest.approx(-np.log(5000 * np.pi), abs=1e-3)


def test_no_probability_where_people_looked_is_infinitely_bad():
    with np.errstate(divide="ignore"):
        blind = np.log(np.array([[0.0, 0.5, 0.5]]))
    assert metrics.log_likelihood(blind, [0], [0]) == -np.inf
    assert metrics.information_gain(blind, np.full((1, 3), -np.log(3)), [0, 1], [0, 0]) == -np.inf
    assert metrics.auc(blind, [0], [0]) == pytest.approx(1 / 6)


def test_the_reference_of_the_kl_divergence_is_its_second_map():
    prediction, reference = np.array([[0.5, 0.5]]), np.array([[1.0, 0.0]])
    assert metrics.kl_divergence(prediction, reference) == pytest.approx(np.log(2))
    assert metrics.kl_divergence(reference, prediction) > 20


def test_input_is_left_as_it_was():
    scene = PICTURES[0]
    for values in (*scene.maps.values(), scene.log_density, scene.x, scene.y):
        values.flags.writeable = False
    signed, smooth = scene.maps["signed"], scene.maps["smooth"]
    for metric in (metrics.auc, metrics.nss):
        metric(signed, scene.x, scene.y)
    for compare in (metrics.similarity, metrics.correlation, metrics.kl_divergence):
        compare(signed, smooth)
    metrics.log_likelihood(scene.log_density, scene.x, scene.y)
    metrics.fixation_density(scene.x, scene.y, scene.shape, 2.0)


# Bad input

UNIFORM = np.full((4, 5), -np.log(20))
AT_FIXATIONS = {
    "log_likelihood": lambda x, y: metrics.log_likelihood(UNIFORM, x, y),
    "information_gain": lambda x, y: metrics.information_gain(UNIFORM, UNIFORM, x, y),
    "auc": lambda x, y: metrics.auc(UNIFORM, x, y),
    "shuffled_auc": lambda x, y: metrics.shuffled_auc(UNIFORM, x, y, [0], [0]),
    "shuffled_auc, others": lambda x, y: metrics.shuffled_auc(UNIFORM, [0], [0], x, y),
    "rescaled_fixations": lambda x, y: metrics.rescaled_fixations(x, y, (4, 5), (8, 9)),
    "nss": lambda x, y: metrics.nss(UNIFORM, x, y),
    "fixation_density": lambda x, y: metrics.fixation_density(x, y, (4, 5), 1.0),
}
at_fixations = pytest.mark.parametrize("score", AT_FIXATIONS.values(), ids=AT_FIXATIONS.keys())
compare_two = pytest.mark.parametrize("compare", [metrics.similarity, metrics.correlation, metrics.kl_divergence])


@at_fixations
@pytest.mark.parametrize(("x", "y"), [(5, 0), (0, 4), (-0.1, 0), (0, -0.1), (np.nan, 0), (0, np.inf)], ids=str)
def test_a_fixation_outside_the_picture_is_an_error_that_says_where(score, x, y):
    with pytest.raises(DataError, match=rf"fixations: number 1 is at x {x}, y {y}, expected 0 <= x < 5"):
        score([1, x], [1, y])


@at_fixations
def test_no_fixations_are_an_error(score):
    with pytest.raises(DataError, match="fixations: found none, expected at least one"):
        score([], [])


@at_fixations
def test_coordinates_that_do_not_pair_up_are_an_error(score):
    with pytest.raises(DataError, match=r"fixations: x is \(2,\) and y \(1,\), expected as many of both"):
        score([1, 2], [1])


@pytest.mark.parametrize("log_density", [UNIFORM - 0.01, UNIFORM + 0.01, np.zeros((4, 5)), UNIFORM + 1e4])
def test_an_unnormalised_log_density_is_an_error_that_names_its_sum(log_density):
    with pytest.raises(DataError, match=r"log density: its exp sums to .* expected 1"):
        metrics.log_likelihood(log_density, [0], [0])
    with pytest.raises(DataError, match=r"log density: its exp sums to .* expected 1"):
        metrics.information_gain(log_density, UNIFORM, [0], [0])
    with pytest.raises(DataError, match=r"baseline log density: its exp sums to .* expected 1"):
        metrics.information_gain(UNIFORM, log_density, [0], [0])


def test_a_baseline_that_excludes_a_fixation_is_an_error():
    with np.errstate(divide="ignore"):
        blind = np.log(np.array([[0.0, 0.5, 0.5]]))
    with pytest.raises(DataError, match="baseline log density: probability 0 at 1 of 2 fixations"):
        metrics.information_gain(np.full((1, 3), -np.log(3)), blind, [0, 1], [0, 0])


@compare_two
def test_maps_of_different_shapes_are_an_error(compare):
    with pytest.raises(DataError, match=r"prediction: found shape \(4, 5\), expected \(5, 4\)"):
        compare(np.ones((4, 5)), np.ones((5, 4)))


def test_a_baseline_of_another_shape_is_an_error():
    with pytest.raises(DataError, match=r"log density: found shape \(4, 5\), expected \(5, 4\)"):
        metrics.information_gain(UNIFORM, UNIFORM.T, [0], [0])


@compare_two
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_comparison_of_maps_that_are_not_finite_is_an_error(compare, value):
    broken = np.ones((4, 5))
    broken[2, 2] = value
    with pytest.raises(DataError, match=r"prediction: found (nan|inf) in 1 pixels"):
        compare(broken, np.ones((4, 5)))
    with pytest.raises(DataError, match=r"reference: found (nan|inf) in 1 pixels"):
        compare(np.ones((4, 5)), broken)


@pytest.mark.parametrize("shape", [(20,), (1, 4, 5), (0, 5)])
def test_a_map_that_is_not_height_by_width_is_an_error(shape):
    with pytest.raises(DataError, match="found shape"):
        metrics.auc(np.ones(shape), [0], [0])
    with pytest.raises(DataError, match="found shape"):
        metrics.fixation_density([0], [0], shape, 1.0)


def test_a_map_with_nan_has_no_auc():
    with pytest.raises(DataError, match="saliency map: found nan in 20 pixels"):
        metrics.auc(np.full((4, 5), np.nan), [0], [0])


@pytest.mark.parametrize("sigma_px", [0, -1, np.nan, np.inf])
def test_a_blur_without_width_is_an_error(sigma_px):
    with pytest.raises(DataError, match=r"fixation density: sigma is .* expected more than 0"):
        metrics.fixation_density([0], [0], (4, 5), sigma_px)


# Scores

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(
    st.builds(
        Scores,
        information_gain_bits=finite,
        auc=finite,
        nss=finite,
        sim=finite,
        cc=finite,
        kl=finite,
        sauc=st.none() | finite,
        n_images=st.integers(0),
        n_fixations=st.integers(0),
        baseline=st.text(),
    )
)
def test_scores_survive_a_round_trip_through_json_text(scores):
    assert Scores.from_json(json.loads(json.dumps(scores.to_json(), allow_nan=False))) == scores


def test_a_whole_number_in_json_is_a_score_too():
    scores = Scores.from_json(SCORES.to_json() | {"nss": 2, "sauc": 1})
    assert scores == replace(SCORES, nss=2.0, sauc=1.0)
    assert isinstance(scores.nss, float)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_scores_that_json_cannot_say_are_an_error(value):
    with pytest.raises(DataError, match=r"scores: information_gain_bits is .*, expected a finite number"):
        replace(SCORES, information_gain_bits=value).to_json()
    with pytest.raises(DataError, match=r"scores: sauc is .*, expected a finite number"):
        Scores.from_json(SCORES.to_json() | {"sauc": value})


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("auc", "high", "float"),
        ("auc", None, "float"),
        ("auc", True, "float"),
        ("sauc", "none", "float | None"),
        ("n_images", 1.5, "int"),
        ("n_images", True, "int"),
        ("baseline", 3, "str"),
    ],
)
def test_a_score_of_the_wrong_type_is_an_error_that_names_it(name, value, wanted):
    with pytest.raises(DataError) as caught:
        Scores.from_json(SCORES.to_json() | {name: value})
    assert str(caught.value) == f"scores: {name} is {value!r}, expected {wanted}"


def test_missing_and_unknown_scores_are_errors():
    values = SCORES.to_json()
    with pytest.raises(DataError, match=r"scores: found .*, expected information_gain_bits, auc"):
        Scores.from_json(values | {"ndcg": 1.0})
    del values["auc"]
    with pytest.raises(DataError, match=r"scores: found .*, expected information_gain_bits, auc"):
        Scores.from_json(values)
