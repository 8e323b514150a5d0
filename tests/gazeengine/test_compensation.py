import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gazeengine.architecture import ARCHITECTURES
from gazeengine.compensation import Outputs, compensated
from gazeengine.errors import DataError, PruningError
from gazeengine.networks import build
from gazeengine.plan import PruningPlan
from gazeengine.surgery import pruned
from tests.networks import TINY, random_checkpoint, random_images

every_architecture = pytest.mark.parametrize("one", [*ARCHITECTURES.values(), TINY], ids=lambda a: a.name)


def few(one, most=6):
    """A checkpoint with at most so many features a layer, not the first ones."""
    return random_checkpoint(one, {name: range(width)[-most:] for name, width in one.widths.items()})


def pictures(n=3, height=64, width=96):
    return [random_images(1, height, width, seed) for seed in range(n)]


def keeping(checkpoint, kept):
    """Pruned to kept features of some layers and all of the others."""
    whole = {name: np.arange(width) for name, width in checkpoint.widths.items()} | kept
    gone = checkpoint.n_features - sum(map(len, whole.values()))
    return pruned(checkpoint, PruningPlan(0.0, gone, whole, 0, 0.0))


def halved(checkpoint):
    kept = {name: np.arange(0, width, 2) for name, width in checkpoint.widths.items()}
    return keeping(checkpoint, kept)


def last(found):
    return list(found)[-1]


def outputs_apart(checkpoint, outputs):
    """Mean squared distance from the wanted outputs, of each layer that reads others."""
    network, found = build(checkpoint), {}
    with torch.inference_mode():
        for n, image in enumerate(outputs.images):
            values, x = {}, network.padded(image)
            for layer in checkpoint.architecture.layers:
                x = network.read(layer, values) if layer.inputs else x
                y = network.get_submodule(layer.key)(x)[0].flatten(1)[:, outputs.at[layer.name][n]].T
                root = checkpoint.architecture.roots[layer.name]
                kept = np.searchsorted(outputs.kept[root], checkpoint.kept[root])
                wanted = outputs.values[layer.name][n][:, torch.from_numpy(kept)]
                found[layer.name] = found.get(layer.name, 0.0) + float((y - wanted).square().mean())
                network.run(layer, x, values)
    return found


@every_architecture
def test_a_whole_network_stays_as_it_is(one):
    checkpoint = few(one)
    found = last(compensated(checkpoint, Outputs.of(checkpoint, pictures())))
    for name, array in checkpoint.weights.items():
        np.testing.assert_allclose(found.weights[name], array.astype(found.weights[name].dtype), atol=2e-4, rtol=1e-3)


@every_architecture
def test_it_comes_closer_to_the_unpruned_network(one):
    checkpoint = few(one)
    outputs, smaller = Outputs.of(checkpoint, pictures()), halved(checkpoint)
    before, after = (outputs_apart(c, outputs) for c in (smaller, last(compensated(smaller, outputs))))
    readers = [layer.name for layer in one.layers if layer.inputs]
    assert sum(after[name] for name in readers) < sum(before[name] for name in readers)
    assert after[readers[0]] <= before[readers[0]] * (1 + 1e-5) + 1e-9  # what it reads is the same in both


@settings(max_examples=10)
@given(seed=st.integers(0, 99))
def test_a_copy_of_a_feature_is_replaced_exactly(seed):
    """Law: a pruned feature that is a linear function of the kept ones costs nothing."""
    checkpoint = random_checkpoint(TINY, seed=seed)
    first, reader = TINY.layers[0], next(layer for layer in TINY.layers if layer.inputs)
    weights = {name: np.array(array, np.float32) for name, array in checkpoint.weights.items()}
    weights[f"{first.key}.weight"][1] = weights[f"{first.key}.weight"][0]
    weights[f"{first.key}.bias"][1] = weights[f"{first.key}.bias"][0]
    checkpoint = type(checkpoint)(**{**fields_of(checkpoint), "weights": weights})
    outputs = Outputs.of(checkpoint, pictures(6), positions=400)
    smaller = keeping(checkpoint, {first.name: np.delete(np.arange(checkpoint.widths[first.name]), 1)})
    before = outputs_apart(smaller, outputs)[reader.name]
    assert outputs_apart(last(compensated(smaller, outputs, ridge=1e-6)), outputs)[reader.name] < 1e-4 * before


def fields_of(checkpoint):
    return {name: getattr(checkpoint, name) for name in checkpoint.__dataclass_fields__}


def test_it_is_the_least_squares_of_numpy():
    one = ARCHITECTURES["fastgaze"]
    checkpoint = few(one)
    outputs, smaller = Outputs.of(checkpoint, pictures(8), positions=200), halved(checkpoint)
    found, layer = last(compensated(smaller, outputs, ridge=0.0)), one["conv2_1"]
    network = build(smaller)
    rows, wanted = [], []
    kept = torch.from_numpy(np.searchsorted(outputs.kept[layer.name], smaller.kept[layer.name]))
    for n, image in enumerate(outputs.images):
        values = {}
        network.run(one.layers[0], network.padded(image), values)
        x = network.read(layer, values)
        patches = torch.nn.functional.unfold(x, layer.kernel, padding=layer.padding)[0].T[outputs.at[layer.name][n]]
        rows.append(torch.cat([patches, torch.ones(len(patches), 1)], 1))
        wanted.append(outputs.values[layer.name][n][:, kept])
    solution = np.linalg.lstsq(torch.cat(rows).double().numpy(), torch.cat(wanted).double().numpy(), rcond=None)[0]
    expected = solution[:-1].T.reshape(found.weights[f"{layer.key}.weight"].shape)
    np.testing.assert_allclose(found.weights[f"{layer.key}.weight"], expected, atol=5e-3)
    np.testing.assert_allclose(found.weights[f"{layer.key}.bias"], solution[-1], atol=5e-3)


def test_it_says_what_it_is_and_what_is_no_longer_true():
    one = ARCHITECTURES["fastgaze"]
    checkpoint = few(one)
    smaller = halved(checkpoint)
    steps = list(compensated(smaller, Outputs.of(checkpoint, pictures(2), positions=10)))
    assert steps[:-1] == [None] * len(one.layers)
    found = steps[-1]
    assert found.provenance["compensated"] == {"pictures": 2, "positions": 10, "ridge": 1e-3}
    assert found.provenance["parent"] == smaller.provenance["parent"]
    assert (found.scores, found.signal) == ({}, None)
    assert found.id != smaller.id


# what may go wrong


def test_no_pictures_are_told():
    with pytest.raises(DataError, match="there are no pictures, wanted at least one"):
        Outputs.of(random_checkpoint(TINY), [])


def test_outputs_of_another_network_are_told():
    one, outputs = ARCHITECTURES["fastgaze"], Outputs.of(random_checkpoint(TINY), pictures(1))
    with pytest.raises(PruningError, match="it was not pruned from the network whose outputs these are"):
        list(compensated(few(one), outputs))


def test_a_layer_that_reads_zeros_alone_stays_as_it_is():
    one = ARCHITECTURES["fastgaze"]
    checkpoint = few(one)
    first = one.layers[0]
    weights = {name: np.array(array, np.float32) for name, array in checkpoint.weights.items()}
    weights[f"{first.key}.weight"][:] = 0
    weights[f"{first.key}.bias"][:] = -1
    dark = type(checkpoint)(**{**fields_of(checkpoint), "weights": weights})
    found = last(compensated(dark, Outputs.of(dark, pictures(1))))
    assert all(np.isfinite(array).all() for array in found.weights.values())


def test_features_that_are_no_number_are_told():
    one = ARCHITECTURES["fastgaze"]
    checkpoint = few(one)
    weights = {name: np.array(array, np.float32) for name, array in checkpoint.weights.items()}
    weights[f"{one.layers[0].key}.weight"][:] = 1e38
    weights[f"{one.layers[0].key}.bias"][:] = 0
    large = type(checkpoint)(**{**fields_of(checkpoint), "weights": weights})
    with pytest.raises(DataError, match="is not a number on these pictures"):
        list(compensated(large, Outputs.of(large, pictures(1))))
