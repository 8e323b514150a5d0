import pytest
import torch
from torch import nn

from gazeengine.architecture import ARCHITECTURES
from gazeengine.fused import folded, fused
from gazeengine.networks import masking
from tests.networks import narrow, random_images, random_network

SIZE = 64, 96


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_map_is_the_same_masked_or_not(name):
    network = random_network(ARCHITECTURES[name], narrow(ARCHITECTURES[name]))
    generator = torch.Generator().manual_seed(1)
    masks = {layer: (torch.rand(width, generator=generator) > 0.3).float() for layer, width in network.widths.items()}
    images, fast = random_images(1, *SIZE), fused(network)
    with torch.inference_mode():
        for observer in (None, masking(masks)):
            assert (network(images, observer=observer) - fast(images, observer=observer)).abs().max() < 1e-4


def test_of_litegaze_every_norm_goes_and_of_densegaze_those_behind_one_convolution():
    assert not [m for m in fused(random_network(ARCHITECTURES["litegaze"], None)).modules() if _norm(m)]
    table = ARCHITECTURES["densegaze"]
    left = [name for name, m in fused(random_network(table, narrow(table))).named_modules() if _norm(m)]
    assert all(name.endswith(".norm1") or "transition" in name for name in left)
    assert len(list(folded(table))) == 1 + 42


def test_what_both_have_is_shared_and_the_given_network_can_still_be_cut():
    network = random_network()
    before = set(network.state_dict())
    fast = fused(network)
    assert fast.get_parameter("readout.0.weight") is network.get_parameter("readout.0.weight")
    assert set(network.state_dict()) == before
    assert not any(parameter.requires_grad for parameter in fast.parameters())


def _norm(module):
    return isinstance(module, nn.BatchNorm2d)
