import gzip
import json
import struct
from dataclasses import replace

import numpy as np
import pytest
import torch

from gazeengine.__main__ import main
from gazeengine.cost import conv_flops
from gazeengine.errors import DataError, TrainingError
from gazeengine.lenet import (
    LAYERS,
    Digits,
    LeNet,
    cut,
    initialised,
    lenet_cost,
    mask_gradients,
    of_state,
    read_digits,
)  # fmt: skip
from gazeengine.lenet_pruning import LeNetOptions, copied, errors, pruned_along, trained
from gazeengine.table1 import NOTE, table1

QUICK = LeNetOptions(batch=8, steps=4, settle_steps=3, steps_per_feature=1, validate_every=2)


def made_digits(n=40, seed=0):
    """Bright in one of ten columns, which is the class."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, n)
    images = 0.1 * rng.random((n, 1, 28, 28), dtype=np.float32)
    for i, label in enumerate(labels):
        images[i, 0, :, 4 + 2 * label : 6 + 2 * label] += 0.8
    return Digits(torch.from_numpy(images), torch.from_numpy(labels))


def write_idx(folder, split="train", n=3, packed=True):
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (n, 28, 28), dtype=np.uint8), rng.integers(0, 10, n, dtype=np.uint8)
    folder.mkdir(exist_ok=True)
    for name, array, magic in (("images-idx3", images, 0x803), ("labels-idx1", labels, 0x801)):
        data = struct.pack(f">{1 + array.ndim}I", magic, *array.shape) + array.tobytes()
        path = folder / f"{split}-{name}-ubyte"
        if packed:
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(data))
        else:
            path.write_bytes(data)
    return images, labels


def test_it_is_caffes_network():
    network = initialised(0)
    assert sum(p.numel() for p in network.parameters()) == 431_080
    assert network(torch.zeros(2, 1, 28, 28)).shape == (2, 10)


def test_its_cost_is_that_of_its_convolutions():
    cost, widths = lenet_cost(), {"conv1": 7, "conv2": 11, "fc1": 13}
    c1, c2, f = widths.values()
    expected = conv_flops(24, 24, 1, c1, 5) + conv_flops(8, 8, c1, c2, 5)
    expected += conv_flops(1, 1, 16 * c2, f, 1) + conv_flops(1, 1, f, 10, 1) - 10
    assert cost.total(widths) == expected


def test_the_gradient_in_a_mask_is_that_of_finite_differences():
    network, digits, step = initialised(1).double(), made_digits(1), 1e-6
    images = digits.images.double()
    scores, read = network.read(images)
    loss = torch.nn.functional.cross_entropy(scores, digits.labels, reduction="sum")
    found = mask_gradients(read, dict(zip(read, torch.autograd.grad(loss, list(read.values())), strict=True)))

    def loss_with(layer, k, by):
        """A feature's output times 1 + by is its reader's weights times that."""
        scaled = LeNet().double()
        state = copied(network)
        if layer == "conv1":
            state["conv2.weight"][:, k] *= 1 + by
        elif layer == "conv2":
            state["fc1.weight"][:, 16 * k : 16 * k + 16] *= 1 + by
        else:
            state["fc2.weight"][:, k] *= 1 + by
        scaled.load_state_dict(state)
        return float(torch.nn.functional.cross_entropy(scaled(images), digits.labels).detach())

    for layer, k in (("conv1", 3), ("conv2", 20), ("fc1", 100), ("fc1", 7)):
        slope = (loss_with(layer, k, step) - loss_with(layer, k, -step)) / (2 * step)
        assert float(found[layer][0, k]) == pytest.approx(slope, abs=1e-7, rel=1e-4)


def test_what_is_cut_computes_what_masking_does():
    network, images = initialised(2), made_digits(3).images
    rng = np.random.default_rng(0)
    kept = {name: np.sort(rng.choice(width, width // 2, replace=False)) for name, width in network.widths.items()}
    state = copied(network)
    gone = {name: np.setdiff1d(np.arange(width), kept[name]) for name, width in network.widths.items()}
    for name in LAYERS:
        state[f"{name}.weight"][gone[name]] = 0
        state[f"{name}.bias"][gone[name]] = 0
    masked = of_state(state)
    small = of_state(cut(copied(network), kept))
    assert small.widths == {name: width // 2 for name, width in network.widths.items()}
    torch.testing.assert_close(small(images), masked(images), atol=1e-5, rtol=1e-5)


def test_it_learns():
    training = made_digits(200)
    network = trained(initialised(0), training, made_digits(50, 1), 60, replace(QUICK, validate_every=20))
    assert errors(network, made_digits(50, 2))[0] < 0.3


@pytest.mark.parametrize("beta", [0.0, 10.0, None])
def test_pruning_reaches_each_share_and_the_same_seed_the_same_network(beta):
    training, held = made_digits(60), made_digits(20, 1)

    def run():
        return list(pruned_along(initialised(0), training, held, held, beta, (0.9, 0.85), QUICK))

    found = run()
    assert [r.share <= share for r, share in zip(found, (0.9, 0.85), strict=True)] == [True, True]
    assert found[0].share > 0.85 > found[1].share > 0.8
    assert found == run()


def test_a_learning_rate_that_is_too_large_is_told():
    with pytest.raises(TrainingError, match="LeNet-5: the loss is nan, wanted a smaller learning rate"):
        trained(initialised(0), made_digits(), made_digits(), 50, replace(QUICK, learning_rate=1e9))


@pytest.mark.parametrize("packed", [True, False])
def test_digits_are_read_as_published(tmp_path, packed):
    images, labels = write_idx(tmp_path / "MNIST", packed=packed)
    found = read_digits(tmp_path / "MNIST", "train")
    np.testing.assert_allclose(found.images[:, 0].numpy(), images / 255.0, rtol=1e-6)
    np.testing.assert_array_equal(found.labels.numpy(), labels)


def test_files_that_are_not_as_published_are_told(tmp_path):
    with pytest.raises(DataError, match="train-images-idx3-ubyte is missing, wanted the four idx files of MNIST"):
        read_digits(tmp_path, "train")
    write_idx(tmp_path / "m", packed=False)
    path = tmp_path / "m" / "train-labels-idx1-ubyte"
    whole = path.read_bytes()
    for spoilt in (b"", whole[:5], whole[:-1], b"\0" + whole):
        path.write_bytes(spoilt)
        with pytest.raises(DataError, match="is no idx file of 1 dimensions, wanted it as published"):
            read_digits(tmp_path / "m", "train")
    path.unlink()
    path.with_name(path.name + ".gz").write_bytes(b"nothing packed")
    with pytest.raises(DataError, match="train-labels-idx1-ubyte cannot be read"):
        read_digits(tmp_path / "m", "train")


# the table


@pytest.fixture
def few(monkeypatch):
    """A few digits for MNIST."""
    digits = made_digits(40), made_digits(20, 1), made_digits(20, 2)
    monkeypatch.setattr("gazeengine.table1.split_digits", lambda folder, seed: digits)
    monkeypatch.setattr("gazeengine.table1.SHARES", (0.95, 0.9))


def test_the_table_goes_on_where_it_was_stopped(few, tmp_path):
    whole = list(table1(tmp_path, tmp_path / "whole", (0, 1), (0.0, "star"), QUICK))
    assert len(whole) == 2 * (1 + 2 * 2)
    begun = table1(tmp_path, tmp_path / "run", (0, 1), (0.0, "star"), QUICK)
    for _ in range(4):
        next(begun)
    begun.close()
    assert len(json.loads((tmp_path / "run" / NOTE).read_text())["cells"]) == 4
    again = list(table1(tmp_path, tmp_path / "run", (0, 1), (0.0, "star"), QUICK))
    assert sorted(map(repr, again)) == sorted(map(repr, whole))
    before = (tmp_path / "run" / NOTE).stat().st_mtime_ns
    assert len(list(table1(tmp_path, tmp_path / "run", (0, 1), (0.0, "star"), QUICK))) == len(whole)
    assert (tmp_path / "run" / NOTE).stat().st_mtime_ns == before
    with pytest.raises(DataError, match=r"it is of other options .*, wanted another folder"):
        list(table1(tmp_path, tmp_path / "run", (0,), (0.0,), replace(QUICK, steps=5)))


def test_the_command_writes_a_table_with_the_papers_rows(few, tmp_path, capsys):
    line = ["reproduce", "table1", "--data", str(tmp_path / "MNIST"), "--run", str(tmp_path / "run"), "--json"]
    out = tmp_path / "table.md"
    assert main([*line, "--seeds", "2", "--betas", "star", "--steps", "1", "--out", str(out)]) == 0
    assert len(json.loads(capsys.readouterr().out)["cells"]) == 2 * (1 + 2)
    text = out.read_text()
    assert "| Fisher (β > 0), as printed | 10 % | 0.79 % | | |" in text
    assert text.count("| Fisher (β*) |") == 2
    assert "python -m gazeengine reproduce table1 --data DATA/MNIST --seeds 2 --betas star" in text


def test_data_that_is_missing_is_told_in_one_line(tmp_path, capsys):
    line = ["reproduce", "table1", "--data", str(tmp_path), "--run", str(tmp_path / "run")]
    assert main(line) == 2
    assert "train-images-idx3-ubyte is missing, wanted the four idx files" in capsys.readouterr().err
