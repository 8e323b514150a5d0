import pytest
import torch

from gazeengine import kept_networks
from gazeengine.cost import flops_model
from gazeengine.kept_networks import LEAST, KeptNetworks
from gazeengine.networks import build
from gazeengine.plan import pruning_order
from tests.networks import random_checkpoint, random_images

CHECKPOINT = random_checkpoint()
ORDER = pruning_order(CHECKPOINT.signal, flops_model(CHECKPOINT.architecture, 64, 64), 1e-3)


def test_a_network_is_built_once_and_cut_once_for_each_plan(monkeypatch):
    built, cut = [], []
    original = kept_networks.sliced
    monkeypatch.setattr(kept_networks, "build", lambda c: built.append(c.id) or build(c))
    monkeypatch.setattr(kept_networks, "sliced", lambda net, kept: cut.append(1) or original(net, kept))
    networks = KeptNetworks()
    plans = [None, ORDER.first(0), ORDER.first(3), ORDER.first(5)]
    first = [networks.to_run(CHECKPOINT, plan) for plan in plans]
    assert [networks.to_run(CHECKPOINT, plan) for plan in plans] == first
    assert first[0] is first[1]
    assert built == [CHECKPOINT.id]
    assert len(cut) == 2
    assert first[3].widths == ORDER.first(5).widths


def test_what_need_not_be_kept_is_the_same_network():
    networks, plan = KeptNetworks(), ORDER.first(4)
    kept, other = networks.to_run(CHECKPOINT, plan), networks.pruned(CHECKPOINT, plan)
    assert other is not kept
    with torch.inference_mode():
        images = random_images(1, 32, 48)
        torch.testing.assert_close(other(images), kept(images))


@pytest.mark.parametrize("most_bytes", [0, 1e9])
def test_networks_are_kept_for_as_long_as_they_are_few_or_small(most_bytes, monkeypatch):
    monkeypatch.setattr(kept_networks, "BYTES", most_bytes)
    networks, seen = KeptNetworks(), 0
    for n in range(LEAST + 4):
        networks.to_run(CHECKPOINT, ORDER.first(n))
        seen = max(seen, len(networks._networks))
    assert (seen == LEAST) if not most_bytes else (seen > LEAST)
