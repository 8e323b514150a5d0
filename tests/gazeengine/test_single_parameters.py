import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gazeengine.__main__ import main
from gazeengine.checkpoint import load, save
from gazeengine.errors import DataError, PruningError
from gazeengine.networks import build
from gazeengine.single_parameters import compressed_bytes, magnitudes, parameter_signal, sparse
from tests.data_sets import made_data_set
from tests.networks import narrow_checkpoint, random_images

CHECKPOINT = narrow_checkpoint("fastgaze", most=4)


def one_hot(row, column):
    density = torch.zeros(1, 32, 48)
    density[0, row, column] = 1
    return density


@pytest.fixture(scope="module")
def signal():
    pictures = [(random_images(1, 32, 48, seed=i), one_hot(5 + i, 20)) for i in range(2)]
    *_, found = parameter_signal(CHECKPOINT, iter(pictures), n_targets=1)
    return found


def test_the_signal_is_half_of_theta_squared_times_the_mean_squared_gradient_by_finite_differences(signal):
    network = build(CHECKPOINT).double()
    rng = np.random.default_rng(0)
    for layer in CHECKPOINT.architecture.layers[::3]:
        weight = network.get_parameter(f"{layer.key}.weight")
        at = tuple(int(rng.integers(size)) for size in weight.shape)
        value, slopes = float(weight[at].detach()), []
        for i in range(2):
            image, target = random_images(1, 32, 48, seed=i).double(), one_hot(5 + i, 20).double()
            losses = []
            for moved in (value * (1 + 1e-5), value * (1 - 1e-5)):
                with torch.no_grad():
                    weight[at] = moved
                    losses.append(float(-(target * network(image)).sum()))
                    weight[at] = value
            slopes.append((losses[0] - losses[1]) / 2e-5)  # dL/dlogθ: it has θ already
        assert signal.delta[layer.name][at] == pytest.approx(np.mean(np.square(slopes)) / 2, rel=2e-2, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(few=st.floats(0, 0.99), more=st.floats(0, 0.99))
def test_what_is_zero_at_a_sparsity_stays_zero_at_a_greater_one(few, more):
    few, more = sorted((few, more))
    rule = magnitudes(CHECKPOINT)
    one, other = sparse(CHECKPOINT, rule, few), sparse(CHECKPOINT, rule, more)
    assert one.sparsity == pytest.approx(few, abs=1e-3)
    for layer in CHECKPOINT.architecture.layers:
        name = f"{layer.key}.weight"
        before, after = one.checkpoint.weights[name], other.checkpoint.weights[name]
        assert not (after[before == 0]).any()
        assert one.by_layer[layer.name] == np.mean(before == 0)


def test_nothing_but_weights_of_convolutions_changes_and_the_least_go(signal):
    found = sparse(CHECKPOINT, signal, 0.5)
    kept, gone = [], []
    for layer in CHECKPOINT.architecture.layers:
        zero = found.checkpoint.weights[f"{layer.key}.weight"] == 0
        gone.append(signal.delta[layer.name][zero])
        kept.append(signal.delta[layer.name][~zero])
    assert np.concatenate(gone).max() <= np.concatenate(kept).min()
    assert found.loss_increase == pytest.approx(np.concatenate(gone).sum())
    weights = {f"{layer.key}.weight" for layer in CHECKPOINT.architecture.layers}
    for name, array in CHECKPOINT.weights.items():
        if name not in weights:
            assert (found.checkpoint.weights[name] == array).all()
    assert compressed_bytes(found.checkpoint.weights) < compressed_bytes(CHECKPOINT.weights)
    assert found.checkpoint.widths == CHECKPOINT.widths


def test_without_pictures_or_of_another_network_it_is_refused(signal):
    with pytest.raises(DataError, match="no pictures"):
        list(parameter_signal(CHECKPOINT, iter([])))
    with pytest.raises(PruningError, match="another network"):
        sparse(narrow_checkpoint("fastgaze", most=3), signal, 0.5)
    with pytest.raises(PruningError, match="less than 1"):
        sparse(CHECKPOINT, signal, 1.0)


def test_the_command_writes_a_model_and_says_that_it_is_no_faster(tmp_path, capsys):
    data = made_data_set(tmp_path / "made", n=2)
    save(CHECKPOINT, tmp_path / "m.safetensors")
    line = ["prune-parameters", str(tmp_path / "m.safetensors"), "--sparsity", "0.75", "--json"]
    line += ["--out", str(tmp_path / "s.safetensors")]
    assert main([*line, "--data", str(data), "--images", "1"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["sparsity"] == pytest.approx(0.75, abs=0.01)
    assert found["compressed_bytes"] < found["compressed_bytes_before"]
    assert "no faster" in found["speed"]
    assert load(tmp_path / "s.safetensors").provenance["single_parameters"]["rule"] == "fisher"
    assert main([*line, "--rule", "magnitude"]) == 0
    capsys.readouterr()
    assert main(line) == 2
    assert "--data" in capsys.readouterr().err
