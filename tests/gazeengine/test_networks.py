import math
import weakref

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F  # noqa: N812

from gazeengine.architecture import ARCHITECTURES
from gazeengine.backbones import import_torchvision
from gazeengine.checkpoint import shapes
from gazeengine.errors import ArchitectureError
from gazeengine.networks import (
    BLUR_GRID,
    BLUR_REACH,
    GazeNetwork,
    build,
    initialise,
    sliced,
    uniform_center_bias,
    weights,
)
from gazeengine.surgery import pruned
from tests.gazeengine.test_surgery import plan_of
from tests.networks import (
    TINY,
    narrow,
    narrow_checkpoint,
    random_checkpoint,
    random_images,
    random_kept,
    random_network,
)

NETWORK = random_network()
every_architecture = pytest.mark.parametrize("one", [*ARCHITECTURES.values(), TINY], ids=lambda a: a.name)
sides = st.integers(1, 40)


def total(log_density):
    return log_density.double().exp().sum((1, 2))


# a density


@settings(max_examples=40)
@given(st.integers(1, 3), sides, sides)
def test_the_density_sums_to_one_over_a_picture_of_any_size(n, height, width):
    log_density = NETWORK(random_images(n, height, width))
    assert log_density.shape == (n, height, width)
    torch.testing.assert_close(total(log_density), torch.ones(n).double(), rtol=0, atol=1e-5)


@settings(max_examples=40)
@given(sides, sides, sides, sides)
def test_the_density_sums_to_one_over_any_other_size(height, width, rows, columns):
    log_density = NETWORK(random_images(2, height, width), (rows, columns))
    assert log_density.shape == (2, rows, columns)
    torch.testing.assert_close(total(log_density), torch.ones(2).double(), rtol=0, atol=1e-5)


@every_architecture
def test_every_architecture_gives_a_density_of_the_pictures_size(one):
    log_density = random_network(one, narrow(one))(random_images(2, 37, 50))
    assert log_density.shape == (2, 37, 50)
    torch.testing.assert_close(total(log_density), torch.ones(2).double(), rtol=0, atol=1e-5)


def test_the_density_of_a_large_picture_sums_to_one():
    log_density = NETWORK(random_images(1, 64, 96), (1080, 1920))
    torch.testing.assert_close(total(log_density), torch.ones(1).double(), rtol=0, atol=1e-4)


@every_architecture
def test_a_picture_has_the_same_map_alone_as_in_a_batch(one):
    network = random_network(one, narrow(one))
    images = random_images(3, 32, 48)
    together = network(images)
    for i in range(3):
        torch.testing.assert_close(network(images[i : i + 1])[0], together[i], rtol=0, atol=1e-4)


# upsampling and cropping


@settings(max_examples=30)
@given(sides, sides)
def test_padding_a_picture_to_whole_cells_does_not_move_its_map(height, width):
    images = random_images(1, height, width)
    rows, columns = TINY.padded(height, width)
    padded = torch.zeros(1, 3, rows, columns) + NETWORK.mean
    padded[..., :height, :width] = images
    network = random_network()
    network.center_bias_weight.zero_()  # it belongs to the picture, which is larger when padded
    cropped = network(padded)[:, :height, :width]
    cropped = cropped - cropped.double().exp().sum().log().float()
    torch.testing.assert_close(network(images), cropped, rtol=0, atol=1e-4)


def test_upsampled_cells_stand_in_the_middle_of_their_pixels():
    network = random_network()
    network.center_bias_weight.zero_()
    network.log_blur_sigma.fill_(math.log(0.1))  # no blur to speak of
    saliency = torch.zeros(1, 1, 5, 6)
    saliency[0, 0, 2, 3] = 40
    network.saliency = lambda images, observer=None: saliency
    density = network(torch.zeros(1, 3, 20, 24))[0].double().exp()
    assert float((density.sum(1) * torch.arange(20)).sum()) == pytest.approx(2 * 4 + 1.5, abs=0.02)
    assert float((density.sum(0) * torch.arange(24)).sum()) == pytest.approx(3 * 4 + 1.5, abs=0.02)


def test_a_map_of_another_size_is_the_same_map_on_other_pixels():
    images = random_images(1, 32, 48)
    fine = NETWORK(images, (64, 96))[0].double().exp()
    coarse = NETWORK(images)[0].double().exp()
    merged = fine.unflatten(0, (32, 2)).unflatten(2, (48, 2)).sum((1, 3))
    assert float((merged - coarse).abs().sum()) < 0.03


# blur


@pytest.mark.parametrize("sigma", [1.0, 5.0, 14.0, 40.0])
def test_the_separable_blur_is_a_two_dimensional_gaussian(sigma):
    network = random_network().double()
    network.log_blur_sigma.fill_(math.log(sigma))
    x = torch.randn(2, 1, 11, 17, generator=torch.Generator().manual_seed(0)).double()
    reach = math.ceil(BLUR_REACH * sigma / BLUR_GRID)
    taps = np.arange(-reach, reach + 1) * BLUR_GRID
    gaussian = np.exp(-(taps[:, None] ** 2 + taps[None, :] ** 2) / (2 * sigma**2))
    kernel = torch.from_numpy(gaussian / gaussian.sum())[None, None]
    expected = F.conv2d(F.pad(x, (reach,) * 4, mode="replicate"), kernel)
    torch.testing.assert_close(network.blur(x), expected)


@pytest.mark.parametrize("sigma", [0.3, 16.0, 100.0])
def test_blurring_a_constant_changes_nothing(sigma):
    network = random_network()
    network.log_blur_sigma.fill_(math.log(sigma))
    x = torch.full((1, 1, 6, 7), 3.0)
    torch.testing.assert_close(network.blur(x), x)


@pytest.mark.parametrize("lost", [math.inf, math.nan, 90.0])
def test_a_blur_that_training_has_lost_is_no_reason_to_fail(lost):
    network = random_network()
    network.log_blur_sigma.fill_(lost)
    blurred = network.blur(torch.randn(1, 1, 6, 7))
    assert blurred.shape == (1, 1, 6, 7)
    assert bool(blurred.isnan().all()) == math.isnan(lost)


# center bias


def test_a_constant_added_to_the_center_bias_changes_nothing():
    network, shifted = random_network(), random_network()
    shifted.center_bias += 7.5
    images = random_images(2, 21, 34)
    torch.testing.assert_close(network(images), shifted(images), rtol=0, atol=1e-5)


def test_a_uniform_center_bias_of_any_grid_leaves_the_pictures_own_map():
    images = random_images(1, 21, 34)
    without = random_network()
    without.center_bias_weight.zero_()
    uniform = random_network()
    for grid in ((1, 1), (48, 64), (7, 90)):
        uniform.center_bias = torch.from_numpy(uniform_center_bias(*grid))
        torch.testing.assert_close(uniform(images), without(images), rtol=0, atol=1e-5)


def test_replacing_the_center_bias_adds_the_difference():
    images = random_images(1, 16, 20)
    before, after = random_network(), random_network()
    after.center_bias = before.center_bias + torch.linspace(0, 3, 8)
    differs = (after(images) - before(images))[0]
    slope = F.interpolate(torch.linspace(0, 3, 8).expand(1, 1, 6, 8), (16, 20), mode="bilinear")[0, 0]
    expected = 0.7 * slope
    torch.testing.assert_close(differs - differs.mean(), (expected - expected.mean()), rtol=0, atol=1e-5)


def test_a_uniform_center_bias_is_a_density():
    assert np.exp(uniform_center_bias(48, 64).astype(float)).sum() == pytest.approx(1, abs=1e-6)


# what the readout reads


@every_architecture
@settings(max_examples=5)
@given(height=sides, width=sides, rows=sides)
def test_a_network_is_what_reads_out_what_it_extracts(one, height, width, rows):
    network, images = random_network(one, narrow(one)), random_images(2, height, width)
    features = network.extracted(images)
    taps = next(layer for layer in one.layers if layer.group == "readout").inputs
    assert features.shape[1] == sum(one.expanded(network.widths)[tap.layer] for tap in taps)
    assert torch.equal(network.read_out(features), network.saliency(images))
    found = network.log_density(network.read_out(features), (height, width), (rows, 9))
    assert torch.equal(found, network(images, (rows, 9)))


# state and weights


@every_architecture
def test_shapes_are_those_of_the_state_dict(one):
    widths = narrow(one)
    state = random_network(one, widths).state_dict()
    found = {name: tuple(tensor.shape) for name, tensor in state.items() if name != "center_bias"}
    assert found == shapes(one, widths)


@every_architecture
def test_parameters_belong_to_the_features_or_to_the_readout(one):
    network = GazeNetwork(one, narrow(one), uniform_center_bias())
    both = network.feature_parameters() + network.readout_parameters()
    assert {id(p) for p in both} == {id(p) for p in network.parameters()}
    assert len(both) == len(list(network.parameters()))


def test_a_network_of_impossible_widths_is_refused():
    with pytest.raises(ArchitectureError, match="'conv2' has 9 features, wanted 1 to 4"):
        GazeNetwork(TINY, TINY.widths | {"conv2": 9}, uniform_center_bias())


def test_building_a_checkpoint_of_its_weights_gives_the_same_network():
    images = random_images(2, 25, 33)
    checkpoint = random_checkpoint()
    torch.testing.assert_close(build(checkpoint)(images), NETWORK(images), rtol=0, atol=1e-5)


def test_a_built_network_owns_its_weights():
    checkpoint = random_checkpoint()
    network = build(checkpoint)
    for tensor in network.state_dict().values():
        tensor.zero_()
    assert all(np.array_equal(a, random_checkpoint().weights[n]) for n, a in checkpoint.weights.items())


def test_weights_are_copies():
    network = random_network()
    before = weights(network)
    network.center_bias.zero_()
    assert before["center_bias"].any()


def test_initial_weights_are_those_of_their_seed():
    networks = [GazeNetwork(TINY, TINY.widths, uniform_center_bias()) for _ in range(3)]
    for network, seed in zip(networks, (1, 1, 2), strict=True):
        initialise(network, seed)
    one, same, other = (network.get_parameter("features.3.weight") for network in networks)
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_he_initialisation_keeps_the_variance_from_layer_to_layer():
    one = ARCHITECTURES["fastgaze"]
    widths = {name: min(width, 64) for name, width in one.widths.items()}
    network = GazeNetwork(one, widths, uniform_center_bias())
    initialise(network, 0)
    deviations = []

    def observe(reader, names, x):
        deviations.append(float(x.square().mean().sqrt()))
        return x

    with torch.no_grad():
        network.saliency(torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0)), observe)
    before_readout = deviations[:-4]
    assert max(before_readout) / min(before_readout) < 6


@pytest.mark.parametrize("name", [*ARCHITECTURES, "tiny"])
def test_slicing_a_network_is_building_the_pruned_checkpoint(name):
    checkpoint = random_checkpoint() if name == "tiny" else narrow_checkpoint(name)
    kept = random_kept(checkpoint.widths, 0)
    images = random_images(1, 33, 40)
    network = sliced(build(checkpoint), kept)
    expected = build(pruned(checkpoint, plan_of(checkpoint, kept)))
    assert network.widths == expected.widths
    for name, tensor in expected.state_dict().items():
        assert torch.equal(network.state_dict()[name], tensor)
    assert torch.equal(network(images), expected(images))


def test_features_are_let_go_once_nobody_reads_them_anymore():
    """They are most of the memory that a picture takes."""
    one = ARCHITECTURES["fastgaze"]
    seen = []

    def observe(reader, names, x):
        if reader is not None:
            assert all(earlier() is None for earlier in seen)
        seen.append(weakref.ref(x))
        return x

    random_network(one, narrow(one)).saliency(random_images(1, 32, 32), observe)
    assert len(seen) == len(one.layers)


# torchvision's networks are ours, with the same weights


def test_features_of_a_full_vgg11_are_torchvisions():
    compare_with_torchvision("fastgaze", "vgg11", vgg_taps(19))


@pytest.mark.slow
def test_features_of_a_full_vgg16_are_torchvisions():
    compare_with_torchvision("deepgaze2-vgg16", "vgg16", vgg_taps(24, 25, 27, 28, 29))


@pytest.mark.slow
def test_features_of_a_full_vgg19_are_torchvisions():
    compare_with_torchvision("deepgaze2", "vgg19", vgg_taps(28, 29, 31, 32, 35))


@pytest.mark.slow
def test_features_of_a_full_densenet121_are_torchvisions():
    def block_three(features, x):
        for name, module in features.named_children():
            x = module(x)
            if name == "denseblock3":
                return x
        raise AssertionError("no denseblock3")

    compare_with_torchvision("densegaze", "densenet121", block_three)


def vgg_taps(*indices):
    def read(features, x):
        taps = []
        for i, module in enumerate(features):
            x = module(x)
            if i in indices:
                taps.append(x.clone())  # the ReLU behind it works in place
        return torch.cat(taps, 1)

    return read


def compare_with_torchvision(name, theirs, taps):
    one = ARCHITECTURES[name]
    with torch.device("meta"):  # its classifier has a hundred million weights that nobody needs
        features = getattr(import_torchvision().models, theirs)(weights=None).features
    features.to_empty(device="cpu").eval()
    network = GazeNetwork(one, one.widths, uniform_center_bias())
    initialise(network, 0)
    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    for norm in norms:
        for tensor in (norm.weight, norm.bias, norm.running_var, norm.running_mean):
            torch.nn.init.uniform_(tensor, 0.2, 1.0, generator=torch.Generator().manual_seed(len(tensor)))
    network.eval().requires_grad_(False)
    state = network.state_dict()
    ours = {n.removeprefix("features."): t for n, t in state.items() if n.startswith("features.")}
    missing, unexpected = features.load_state_dict(ours, strict=False)
    assert not unexpected
    assert all(n.startswith(("denseblock4", "transition3", "norm5")) for n in missing)
    seen = []

    def observe(reader, names, x):
        if reader is one["readout1"]:
            seen.append(x)
        return x

    images = random_images(1, 32, 48)
    with torch.no_grad():
        network.saliency(images, observe)
        expected = taps(features, (images - network.mean) / network.std)
    torch.testing.assert_close(seen[0], expected, rtol=1e-4, atol=1e-4 * float(expected.std()))
