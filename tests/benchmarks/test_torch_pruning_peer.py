import pytest
import torch

from benchmarks import torch_pruning_peer as peer
from gazeengine.networks import build
from tests.networks import narrow_checkpoint


@pytest.fixture(scope="module")
def inputs():
    pytest.importorskip("torch_pruning", reason="only the race needs it")
    generator = torch.Generator().manual_seed(1)
    return [(torch.rand(1, 3, 64, 96, generator=generator), torch.rand(1, 64, 96, generator=generator)) for _ in "abc"]


def test_without_the_package_the_message_says_how_to_install_it(monkeypatch):
    def missing(name):
        raise peer.PackageNotFoundError(name)

    monkeypatch.setattr(peer, "version", missing)
    with pytest.raises(peer.PeerError, match=r"wanted 1\.6\.1: pip install --no-deps torch-pruning==1\.6\.1"):
        peer.torch_pruning()


def test_another_version_is_refused(monkeypatch, inputs):
    monkeypatch.setattr(peer, "version", lambda name: "1.5.0")
    with pytest.raises(peer.PeerError, match=r"found 1\.5\.0, wanted 1\.6\.1"):
        peer.torch_pruning()


def test_repaired_is_the_mean_of_squared_gradients_and_as_shipped_the_last_picture_alone(inputs):
    checkpoint = narrow_checkpoint("fastgaze", most=6)
    found = {}
    for kind in ("hessian", "hessian-repaired"):
        racer = peer.Peer(checkpoint, kind)
        assert len(list(racer.estimate(inputs, 0))) == len(inputs)
        racer.score()
        found[kind] = racer.gradients
    network = build(checkpoint).requires_grad_(True)
    for name in ("features.3.weight", "readout.0.weight"):
        squares = [
            torch.autograd.grad(-(target * network(image)).sum(), network.get_parameter(name))[0].square()
            for image, target in peer.data_points(inputs, 0)
        ]
        torch.testing.assert_close(found["hessian-repaired"][name], sum(squares) / len(squares))
        torch.testing.assert_close(found["hessian"][name], squares[-1])


def test_what_it_pruned_is_told_in_our_indices(inputs):
    checkpoint = narrow_checkpoint("fastgaze", most=6)
    racer = peer.Peer(checkpoint, "random", n_steps=10)
    for _ in range(4):
        racer.pruner.step()
    kept = racer.kept()  # compares its network with that of our surgery
    assert {name: len(features) for name, features in kept.items()} == racer.widths
    assert sum(racer.widths.values()) < checkpoint.n_features
