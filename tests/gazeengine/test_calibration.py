from dataclasses import replace

import numpy as np
import pytest
import torch

from gazeengine.calibration import calibrate
from gazeengine.errors import DataError
from gazeengine.fisher import fisher_signal
from gazeengine.fixations import Stimulus
from gazeengine.image import Picture, read_image, write_png
from gazeengine.predict import as_input
from gazeengine.signal_source import FEW, OWN
from tests.networks import random_checkpoint

SIZE = 32, 48  # the working size of the tests' networks: their pictures are looked at as they are


def made_pictures(n, seed=0, size=SIZE):
    rng = np.random.default_rng(seed)
    return [Picture(f"{i}", None, rng.integers(0, 255, (*size, 3), np.uint8), f"{seed}-{i}") for i in range(n)]


def same(one, other):
    return all(np.allclose(one.delta[name], other.delta[name], rtol=1e-6) for name in one.delta)


def in_drawn_order(pictures, seed):
    return [pictures[i] for i in np.random.default_rng(seed).permutation(len(pictures))]


def directly(checkpoint, pictures, seed):
    """The signals that fisher_signal gives of these pictures in this order."""
    inputs = [(as_input(p.rgb), None) for p in pictures]
    return list(fisher_signal(checkpoint, inputs, targets="sampled", seed=seed))


def test_every_step_is_the_mean_over_the_pictures_so_far():
    checkpoint, pictures = random_checkpoint(), made_pictures(5)
    steps = list(calibrate(checkpoint, [OWN], pictures, seed=3))
    for step, expected in zip(steps, directly(checkpoint, in_drawn_order(pictures, 3), 3), strict=True):
        assert same(step.checkpoint.signal, expected)
        assert step.checkpoint.signal.n_images == step.n_done == expected.n_images
        assert step.n_pictures == 5


def test_nothing_but_the_signal_and_its_provenance_changes():
    checkpoint = random_checkpoint()
    (*_, last) = calibrate(checkpoint, [OWN], made_pictures(2), seed=7)
    about = {"data": [OWN], "n_images": 2, "targets": "sampled", "seed": 7}
    assert last.checkpoint.provenance == dict(checkpoint.provenance) | {"signal": about}
    assert last.checkpoint.signal.checkpoint_id == checkpoint.id == last.checkpoint.id
    left = replace(last.checkpoint, signal=checkpoint.signal, provenance=checkpoint.provenance)
    assert all(
        getattr(left, name) is getattr(checkpoint, name) for name in ("weights", "kept", "scores", "architecture")
    )


def test_the_time_left_falls_to_nothing():
    times = [(step.elapsed_s, step.left_s) for step in calibrate(random_checkpoint(), [OWN], made_pictures(4))]
    for done, (elapsed, left) in enumerate(times, 1):
        assert left == pytest.approx(elapsed / done * (4 - done))
    assert times[-1][1] == 0


def test_a_file_and_the_picture_in_it_give_the_same_signal(tmp_path):
    checkpoint = random_checkpoint()
    none = np.zeros(0, np.float32)
    stimuli, pictures = [], []
    for picture in made_pictures(3, size=(60, 40)):
        path = tmp_path / f"{picture.name}.png"
        write_png(path, picture.rgb)
        stimuli.append(Stimulus(path, 0, 0, none, none))
        pictures.append(read_image(path))
    (*_, of_files) = calibrate(checkpoint, ["folder"], stimuli)
    (*_, of_pictures) = calibrate(checkpoint, [OWN], pictures)
    assert same(of_files.checkpoint.signal, of_pictures.checkpoint.signal)


def test_at_most_so_many_pictures_are_looked_at():
    checkpoint, pictures = random_checkpoint(), made_pictures(6)
    steps = list(calibrate(checkpoint, [OWN], pictures, n_images=2, seed=1))
    assert [(step.n_done, step.n_pictures) for step in steps] == [(1, 2), (2, 2)]
    assert same(steps[-1].checkpoint.signal, directly(checkpoint, in_drawn_order(pictures, 1)[:2], 1)[-1])


def test_a_network_without_a_signal_gets_one():
    checkpoint = replace(random_checkpoint(), signal=None)
    (*_, last) = calibrate(checkpoint, [OWN], made_pictures(1))
    assert {name: len(delta) for name, delta in last.checkpoint.signal.delta.items()} == checkpoint.widths


def test_no_pictures_are_told():
    with pytest.raises(DataError, match="Fisher signal: own pictures has no pictures, wanted at least one"):
        next(calibrate(random_checkpoint(), [OWN], []))


def test_pictures_without_fixations_are_told_where_these_are_wanted():
    with pytest.raises(DataError, match="has no pictures with fixations, wanted at least one"):
        next(calibrate(random_checkpoint(), ["made"], made_pictures(2), targets="fixations"))


@pytest.mark.parametrize("n", [1, FEW, FEW + 3])
def test_a_network_without_gradients_is_told_early(n):
    checkpoint = random_checkpoint()
    dead = dict(checkpoint.weights) | {"readout.2.weight": np.zeros_like(checkpoint.weights["readout.2.weight"])}
    done = []
    with pytest.raises(DataError, match="zero for all features after") as told:
        done.extend(calibrate(replace(checkpoint, weights=dead), [OWN], made_pictures(n)))
    assert f"after {min(n, FEW)} of {n} pictures" in str(told.value)


def test_gradients_stay_as_the_caller_has_them():
    for _ in calibrate(random_checkpoint(), [OWN], made_pictures(2)):
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()
