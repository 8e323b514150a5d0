import math
import os
import shutil

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gazeengine.errors import DataError, ImageError
from gazeengine.examples import CachedFeatures, Draw, Pictures, Seen, drawn, fixated
from gazeengine.fixations import DataSet, Stimulus, counts
from gazeengine.image import write_png
from gazeengine.training import cross_entropy
from tests.networks import narrow, random_images, random_network
from tests.teachers import EXTENT, VGG, filled_cache, looked_at

HEIGHT, WIDTH = 24, 32
NOBODY = np.zeros(0, np.float32)

shares = st.floats(0, 1)
scales = st.floats(0.2, 1)
parts = st.builds(Draw, st.just(0), st.booleans(), scales, shares, shares)


def log_softmax(logits):
    logits = np.asarray(logits, np.float64)
    return (logits - logits.max() - np.log(np.exp(logits - logits.max()).sum())).astype(np.float32)


def smooth(seed=0, shape=(12, 16)):
    """A log density on a grid over the picture."""
    noise = np.random.default_rng(seed).normal(0, 1, (4, 5)).astype(np.float32)
    return log_softmax(2 * cv2.resize(noise, shape[::-1], interpolation=cv2.INTER_CUBIC))


MAP, BIAS = smooth(1), smooth(2)


@pytest.fixture(scope="module")
def stimulus(tmp_path_factory):
    """A picture of 48 x 64 with a white square, at which everyone looks."""
    path = tmp_path_factory.mktemp("pictures") / "a.png"
    rgb = np.zeros((48, 64, 3), np.uint8)
    rgb[28:36, 12:20] = 255
    write_png(path, rgb)
    rng = np.random.default_rng(0)
    return Stimulus(path, 48, 64, *(rng.uniform(low, low + 8, 9).astype(np.float32) for low in (12, 28)))


def unseen(stimulus):
    return Stimulus(stimulus.path, stimulus.height, stimulus.width, NOBODY, NOBODY)


def pictures(*stimuli, teacher=lambda _: MAP, **more):
    return Pictures(stimuli, HEIGHT, WIDTH, teacher=teacher, **more)


def target(examples, draw):
    (found,) = examples.batch([draw])[1].numpy()
    return found


def centres(n, begin, scale):
    """Pixel centres of a part, as shares of the whole."""
    return begin * (1 - scale) + scale * (np.arange(n) + 0.5) / n


# which examples a step has


@given(st.integers(1, 9), st.integers(1, 7), st.integers(0, 5))
def test_every_epoch_shows_each_picture_once(n, batch, seed):
    draws = [draw for step in range(3 * n) for draw in drawn(step, n, batch, seed, 1.0)]
    assert len(draws) == 3 * n * batch
    epochs = [[draw.index for draw in draws[k : k + n]] for k in range(0, len(draws), n)]
    assert all(sorted(epoch) == list(range(n)) for epoch in epochs)


def test_epochs_differ_and_about_half_of_them_is_mirrored():
    draws = [draw for step in range(40) for draw in drawn(step, 20, 5, 3, 0.5)]
    orders = {tuple(draw.index for draw in draws[k : k + 20]) for k in range(0, 200, 20)}
    assert len(orders) == 10
    assert 70 < sum(draw.flip for draw in draws) < 130
    assert len({draw.seed for draw in draws}) == 200


@given(st.integers(0, 500), st.integers(1, 30), st.floats(0.1, 1), st.integers(0, 9))
def test_a_step_is_the_same_whenever_it_is_asked_for(step, n, least, seed):
    draws = drawn(step, n, 3, seed, least)
    assert draws == drawn(step, n, 3, seed, least)
    for draw in draws:
        assert least <= draw.scale <= 1
        assert 0 <= draw.top <= 1
        assert 0 <= draw.left <= 1


def test_without_crops_all_of_a_picture_is_seen():
    assert {draw.scale for step in range(9) for draw in drawn(step, 5, 4, 0, 1.0)} == {1.0}


# mixtures of targets


@given(parts, st.floats(0, 1), st.integers(0, 9))
def test_the_loss_is_the_weighted_sum_of_both_cross_entropies(stimulus, draw, share, seed):
    log_density = torch.from_numpy(log_softmax(np.random.default_rng(seed).normal(size=(1, HEIGHT, WIDTH))))
    if not Seen.of(draw, HEIGHT, WIDTH).fixations(stimulus).any():
        share = 1.0
    losses = [
        cross_entropy(log_density, examples.batch([draw])[1])
        for examples in (
            pictures(stimulus, teacher_share=share, center_bias=BIAS),
            pictures(unseen(stimulus), center_bias=BIAS),
            pictures(stimulus, teacher=None, center_bias=BIAS),
        )
    ]
    mixed, taught, looked = map(float, losses)
    assert mixed == pytest.approx(share * taught + (1 - share) * looked, rel=1e-5)


def test_nine_tenths_are_the_teachers(stimulus):
    log_density = torch.randn(1, HEIGHT, WIDTH).flatten(1).log_softmax(1).view(1, HEIGHT, WIDTH)
    mixed, taught, looked = (
        float(cross_entropy(log_density, examples.batch([Draw(0)])[1]))
        for examples in (pictures(stimulus), pictures(unseen(stimulus)), pictures(stimulus, teacher=None))
    )
    assert mixed == pytest.approx(0.9 * taught + 0.1 * looked, rel=1e-5)


def test_a_picture_without_fixations_has_the_teachers_map_whatever_its_share(stimulus):
    expected = np.exp(log_softmax(cv2.resize(MAP, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)))
    for share in (0.0, 0.9):
        found = target(pictures(unseen(stimulus), teacher_share=share), Draw(0))
        np.testing.assert_allclose(found, expected, rtol=0.05)
        assert np.abs(found - expected).sum() < 0.01


def test_without_a_teacher_there_are_the_fixations(stimulus):
    found = target(pictures(stimulus, teacher=None), Draw(0))
    np.testing.assert_allclose(found, counts(stimulus, HEIGHT, WIDTH) / 9, rtol=1e-6)


def test_a_picture_with_neither_is_refused(stimulus):
    with pytest.raises(DataError, match=r"picture a.png: it has no fixations, wanted some or a teacher's map"):
        pictures(stimulus, unseen(stimulus), teacher=None)


@pytest.mark.parametrize("grid", [(1, 1), (6, 8), (24, 32), (96, 128), (5, 31)])
def test_a_teachers_map_may_have_any_grid(stimulus, grid):
    rows, columns = (np.arange(n) + 0.5 for n in grid)
    slope = log_softmax(1.5 * rows[:, None] / grid[0] - columns / grid[1])
    found = target(pictures(unseen(stimulus), teacher=lambda _: slope), Draw(0))
    y, x = centres(HEIGHT, 0, 1), centres(WIDTH, 0, 1)
    inside = [np.clip(at, 0.5 / n, 1 - 0.5 / n) for at, n in ((y, grid[0]), (x, grid[1]))]
    expected = np.exp(log_softmax(1.5 * inside[0][:, None] - inside[1]))
    np.testing.assert_allclose(found, expected, rtol=0.1 / min(grid))


def test_maps_that_may_not_be_written_to_are_targets_too(stimulus):
    locked = MAP.copy()
    locked.setflags(write=False)
    draw = Draw(0, scale=0.6)
    found = target(pictures(unseen(stimulus), teacher=lambda _: locked, center_bias=locked), draw)
    assert np.array_equal(found, target(pictures(unseen(stimulus), center_bias=MAP), draw))


# parts of pictures


@given(parts, st.sampled_from([None, BIAS]), st.sampled_from([None, MAP]))
def test_a_target_is_a_density(stimulus, draw, bias, taught):
    teacher = None if taught is None else lambda _: taught
    found = target(pictures(stimulus, teacher=teacher, center_bias=bias), draw)
    assert found.shape == (HEIGHT, WIDTH)
    assert found.dtype == np.float32
    assert (found >= 0).all()
    assert found.sum(dtype=np.float64) == pytest.approx(1, abs=1e-5)


@given(parts, st.floats(-4, 4), st.floats(-4, 4))
def test_the_target_of_a_part_is_the_densitys_part(stimulus, draw, down, right):
    """A log density that is a plane has planes for parts: known without any interpolation."""
    rows, columns = 60, 80
    y, x = (np.arange(n) + 0.5 for n in (rows, columns))
    plane = log_softmax(down * y[:, None] / rows + right * x / columns)
    found = target(pictures(unseen(stimulus), teacher=lambda _: plane), draw)
    part_y = centres(HEIGHT, draw.top, draw.scale).clip(0.5 / rows, 1 - 0.5 / rows)
    part_x = centres(WIDTH, draw.left, draw.scale).clip(0.5 / columns, 1 - 0.5 / columns)
    expected = np.exp(log_softmax(down * part_y[:, None] + right * part_x))
    expected = expected[:, ::-1] if draw.flip else expected
    np.testing.assert_allclose(found, expected, rtol=0.01)


@given(parts)
def test_fixations_in_a_part_are_counted_where_they_lie_in_it(stimulus, draw):
    seen = Seen.of(draw, HEIGHT, WIDTH)
    expected = np.zeros((HEIGHT, WIDTH))
    for x, y in zip(stimulus.x / 64, stimulus.y / 48, strict=True):
        row = (y - seen.top) / draw.scale * HEIGHT
        column = (x - seen.left) / draw.scale * WIDTH
        if 0 <= row < HEIGHT and 0 <= column < WIDTH:
            expected[math.floor(row), math.floor(column)] += 1
    found = seen.fixations(stimulus)
    assert np.abs(found - expected).sum() <= 2  # one on the border of a pixel may be rounded beyond it


@given(parts)
def test_a_mirrored_example_has_a_mirrored_picture_and_a_mirrored_target(stimulus, draw):
    examples = pictures(stimulus, center_bias=BIAS)
    mirrored = Draw(draw.index, not draw.flip, draw.scale, draw.top, draw.left)
    (one, other), (target, other_target) = examples.batch([draw, mirrored])
    assert torch.equal(other, one.flip(-1))
    assert torch.equal(other_target, target.flip(-1))
    assert examples.batch([draw])[0].is_contiguous(memory_format=torch.channels_last)


@given(parts)
def test_people_look_at_what_they_looked_at_in_the_part_too(stimulus, draw):
    examples = Pictures([stimulus], 96, 128, least_scale=0.2)
    images, target = examples.batch([draw])
    if Seen.of(draw, 96, 128).fixations(stimulus).any():
        near_white = cv2.dilate(images[0].amax(0).numpy(), np.ones((7, 7))) > 0.5
        assert target[0].numpy()[near_white].sum() > 0.99


def test_a_part_without_fixations_is_the_teachers_or_tells_nothing(stimulus):
    corner = Draw(0, scale=0.3, top=0.0, left=1.0)
    assert np.array_equal(target(pictures(stimulus), corner), target(pictures(unseen(stimulus)), corner))
    np.testing.assert_allclose(target(pictures(stimulus, teacher=None), corner), 1 / (HEIGHT * WIDTH), rtol=1e-5)


# where people look whatever they are shown


@given(parts)
def test_a_gaze_that_is_nothing_but_habit_is_so_in_every_part(stimulus, draw):
    found = target(pictures(unseen(stimulus), teacher=lambda _: BIAS, center_bias=BIAS), draw)
    expected = np.exp(log_softmax(cv2.resize(BIAS, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)))
    np.testing.assert_allclose(found[:, ::-1] if draw.flip else found, expected, rtol=0.02)


def test_fixations_are_freed_of_habits_where_a_part_is_seen_and_not_where_all_is(stimulus):
    draw = Draw(0, scale=0.7, top=0.5, left=0.1)
    seen = Seen.of(draw, HEIGHT, WIDTH)
    habit = np.exp(cv2.resize(BIAS, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR) - seen.grid(BIAS))
    expected = seen.fixations(stimulus) * habit
    found = target(pictures(stimulus, teacher=None, center_bias=BIAS), draw)
    np.testing.assert_allclose(found, expected / expected.sum(), rtol=1e-4, atol=1e-9)
    whole = [target(pictures(stimulus, center_bias=bias), Draw(0)) for bias in (None, BIAS)]
    assert np.array_equal(*whole)


def test_a_uniform_habit_frees_of_nothing(stimulus):
    draw = Draw(0, scale=0.7, top=0.5, left=0.1)
    uniform = np.full((4, 5), -math.log(20), np.float32)
    with_it, without = (target(pictures(stimulus, center_bias=bias), draw) for bias in (uniform, None))
    np.testing.assert_allclose(with_it, without, rtol=1e-5, atol=1e-9)


# files


def test_pictures_are_read_when_they_are_first_drawn_and_never_again(stimulus, tmp_path):
    path = tmp_path / "b.png"
    shutil.copy(stimulus.path, path)
    moved = Stimulus(path, 48, 64, stimulus.x, stimulus.y)
    examples = pictures(moved, moved)
    first = examples.batch([Draw(0)])[0]
    os.unlink(path)
    assert torch.equal(examples.batch([Draw(0)])[0], first)
    with pytest.raises(ImageError, match=r"picture b.png: found no such file"):
        examples.batch([Draw(1)])


def test_the_network_answers_pictures(stimulus):
    network, images = random_network(), random_images(2, HEIGHT, WIDTH)
    assert torch.equal(pictures(stimulus).log_density(network, images), network(images))


def test_only_pictures_that_people_looked_at_are_fixated(stimulus):
    some = DataSet("some", (stimulus, unseen(stimulus), stimulus))
    assert fixated([some, some]) == (stimulus,) * 4
    with pytest.raises(DataError, match="data set one, two: no picture has fixations, wanted some to train on"):
        fixated([DataSet("one", (unseen(stimulus),)), DataSet("two", ())])


# frozen features


@pytest.fixture(scope="module")
def cached(tmp_path_factory):
    """(cache, stimuli, network)"""
    folder = tmp_path_factory.mktemp("cached")
    stimuli, network = looked_at(folder / "made", 3), random_network(VGG, narrow(VGG))
    return filled_cache(network, stimuli, folder), stimuli, network


def test_cached_examples_are_the_features_and_where_people_looked(cached):
    cache, stimuli, _ = cached
    examples = CachedFeatures(cache, stimuli)
    assert (len(examples), examples.extent) == (3, EXTENT)
    features, targets = examples.batch([Draw(2), Draw(0)])
    assert torch.equal(features, cache.read([stimuli[2], stimuli[0]]))
    assert targets.shape == (2, *examples.grid(features)) == (2, 8, 12)
    looked = counts(stimuli[2], 8, 12)
    np.testing.assert_allclose(targets[0].numpy(), looked / looked.sum(), rtol=1e-6)


def test_a_mirrored_one_has_mirrored_features(cached):
    cache, stimuli, _ = cached
    examples = CachedFeatures(cache, stimuli)
    features, targets = examples.batch([Draw(1), Draw(1, flip=True)])
    assert torch.equal(features[1], features[0].flip(-1))
    assert torch.equal(targets[1], targets[0].flip(-1))


@settings(max_examples=10)
@given(st.integers(0, 2**31), st.floats(0.05, 0.9))
def test_dropout_leaves_whole_features_out_and_keeps_their_mean(cached, seed, dropout):
    cache, stimuli, _ = cached
    examples = CachedFeatures(cache, stimuli, dropout=dropout)
    full = cache.read(stimuli)
    features, _ = examples.batch([Draw(i, seed=seed) for i in range(3)])
    scaled = torch.isclose(features, full / (1 - dropout), rtol=1e-5).all(-1).all(-1)
    gone = (features == 0).all(-1).all(-1)
    assert (scaled | gone).all()
    assert torch.equal(features, examples.batch([Draw(i, seed=seed) for i in range(3)])[0])
    assert torch.equal(examples.without_dropout().batch([Draw(i, seed=seed) for i in range(3)])[0], full)


def test_dropout_leaves_out_its_share(cached):
    cache, stimuli, _ = cached
    alive = cache.read(stimuli).abs().amax((-1, -2)) > 0
    examples = CachedFeatures(cache, stimuli, dropout=0.3)
    gone = [
        (examples.batch([Draw(i, seed=seed) for i in range(3)])[0] == 0).all(-1).all(-1)[alive] for seed in range(60)
    ]
    assert float(torch.cat(gone).float().mean()) == pytest.approx(0.3, abs=0.06)


def test_the_network_answers_features_as_it_answers_pictures(cached):
    cache, stimuli, network = cached
    examples = CachedFeatures(cache, stimuli)
    features, _ = examples.batch([Draw(0)])
    expected = network.log_density(network.read_out(features), EXTENT, (8, 12))
    assert torch.equal(examples.log_density(network, features), expected)


def test_cached_pictures_without_fixations_are_refused(cached):
    cache, stimuli, _ = cached
    with pytest.raises(DataError, match=r"picture train1.png: it has no fixations, wanted some to train a readout on"):
        CachedFeatures(cache, [stimuli[0], unseen(stimuli[1])])
