import sys

import pytest
import torch
from safetensors.torch import save_file

from gazeengine import backbones
from gazeengine.architecture import ARCHITECTURES
from gazeengine.backbones import (
    features_named,
    import_torchvision,
    origin,
    pretrained_features,
    torchvision_features,
    vgg19_from_vgg16,
)
from gazeengine.checkpoint import shapes
from gazeengine.errors import CheckpointError
from gazeengine.networks import GazeNetwork, uniform_center_bias
from tests.networks import narrow, random_images, random_network
from tests.teachers import narrow_all

PUBLISHED = ARCHITECTURES["published-fastgaze"]  # the smallest of the known ones, with a VGG's keys


def features_of(architecture=PUBLISHED):
    state = random_network(architecture).state_dict()
    return {name: tensor.clone() for name, tensor in state.items() if name.startswith("features.")}


@pytest.fixture
def file(tmp_path):
    def write(tensors):
        path = tmp_path / "some.safetensors"
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)
        return path

    return write


# torchvision


def test_torchvision_can_be_imported_even_beside_another_build_of_torch():
    torchvision = import_torchvision()
    assert sys.modules["torchvision"] is torchvision
    assert import_torchvision() is torchvision
    with torch.device("meta"):
        assert torchvision.models.densenet121(weights=None).features.denseblock3
    assert torchvision.models.VGG11_Weights.DEFAULT.url


def test_another_error_of_torchvisions_is_not_hidden(monkeypatch):
    def broken(name):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(backbones.importlib, "import_module", broken)
    with pytest.raises(RuntimeError, match="out of memory"):
        import_torchvision()


def test_a_torchvision_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision", None)
    with pytest.raises(CheckpointError, match="torchvision: it is not installed, wanted it for"):
        import_torchvision()


def test_weights_that_torchvision_has_not_published_are_told():
    with pytest.raises(CheckpointError, match="torchvision: it has no weights for Published FastGaze, wanted a file"):
        features_named("torchvision", PUBLISHED)


@pytest.mark.parametrize("share", [0, 0.5, 0.99, None])
def test_a_download_that_is_damaged_is_told(tmp_path, monkeypatch, share):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    path = tmp_path / "hub" / "checkpoints" / "vgg11-8a719046.pth"
    torch.save(features_of(), path)
    path.write_bytes(b"half of it" if share is None else path.read_bytes()[: int(share * path.stat().st_size)])
    told = (
        rf"VGG11_Weights of torchvision: they cannot be had from .* {tmp_path}/hub/checkpoints .*, wanted a network, or"
    )
    with pytest.raises(CheckpointError, match=told):
        torchvision_features(ARCHITECTURES["fastgaze"])


class Malice:
    def __reduce__(self):
        return print, ("executed",)


def test_a_download_is_not_executed(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    torch.save({"features.0.weight": Malice()}, tmp_path / "hub" / "checkpoints" / "vgg11-8a719046.pth")
    with pytest.raises(CheckpointError, match="they cannot be had"):
        torchvision_features(ARCHITECTURES["fastgaze"])
    assert capsys.readouterr().out == ""


def test_what_features_come_from_is_told_without_folders():
    assert origin("/home/me/vgg11.safetensors", ARCHITECTURES["fastgaze"]) == "vgg11.safetensors"
    assert origin("random", ARCHITECTURES["fastgaze"]) == "random"
    assert origin("torchvision", ARCHITECTURES["deepgaze2"]) == "torchvision VGG19_Weights.IMAGENET1K_V1"


# features of a file


@pytest.mark.parametrize("prefix", ["features.", ""])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_features_are_read_with_and_without_their_prefix_in_either_precision(file, prefix, dtype):
    expected = features_of()
    path = file({prefix + n.removeprefix("features."): t.to(dtype) for n, t in expected.items()})
    found = pretrained_features(path, PUBLISHED)
    assert found.keys() == expected.keys()
    for name, tensor in found.items():
        assert tensor.dtype == torch.float32
        assert torch.equal(tensor, expected[name].to(dtype).float())


def test_features_of_a_densenet_are_read_with_their_norms(file):
    densegaze = ARCHITECTURES["densegaze"]
    generator = torch.Generator().manual_seed(0)
    tensors = {
        name: torch.rand(shape, generator=generator)
        for name, shape in shapes(densegaze, densegaze.widths).items()
        if name.startswith("features.") and not name.endswith("num_batches_tracked")
    }
    behind = {"features.norm5.weight": torch.ones(3), "classifier.weight": torch.ones(3, 3)}
    found = pretrained_features(file(tensors | behind), densegaze)
    network = GazeNetwork(densegaze, densegaze.widths, uniform_center_bias())
    network.load_state_dict(found, strict=False, assign=True)
    wanted = {name for name in network.state_dict() if name.startswith("features.")}
    assert found.keys() == wanted
    assert all(torch.equal(found[name], tensor) for name, tensor in tensors.items())
    assert found["features.norm0.num_batches_tracked"].dtype == torch.int64


@pytest.mark.shared
def test_the_pretrained_weights_in_shared_fit(shared):
    for path, name in (
        ("vgg16/vgg16_features", "deepgaze2-vgg16"),
        ("vgg11-from-vgg16/vgg11_features", "fastgaze"),
    ):
        found = pretrained_features(shared / "weights" / f"{path}.safetensors", ARCHITECTURES[name])
        assert sum(t.numel() for t in found.values()) > 9_000_000


def without_a_bias(tensors):
    del tensors["features.17.bias"]


def with_other_widths(tensors):
    tensors["features.7.weight"] = tensors["features.7.weight"][:, :40]


def in_bfloat16(tensors):
    tensors["features.0.weight"] = tensors["features.0.weight"].bfloat16()


def of_integers(tensors):
    tensors["features.0.weight"] = tensors["features.0.weight"].int()


def with_nan(tensors):
    tensors["features.0.weight"][0, 0, 0, 0] = torch.nan


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (without_a_bias, r"weight 'features.17.bias' is missing, wanted shape \(20,\) of Published FastGaze"),
        (with_other_widths, r"'features.7.weight' has shape \(56, 40, 3, 3\), wanted \(56, 49, 3, 3\) of"),
        (in_bfloat16, "'features.0.weight' is bfloat16, wanted float16 or float32"),
        (of_integers, "'features.0.weight' is int32, wanted float16 or float32"),
        (with_nan, "'features.0.weight' has values that are NaN or infinite, wanted numbers"),
    ],
)
def test_features_that_do_not_fit_are_told(file, spoil, message):
    tensors = features_of()
    spoil(tensors)
    with pytest.raises(CheckpointError, match=f"weights some.safetensors: .*{message}"):
        pretrained_features(file(tensors), PUBLISHED)


@pytest.mark.parametrize("other", ["fastgaze", "deepgaze2", "densegaze"])
def test_features_of_another_network_are_told(file, other):
    with pytest.raises(CheckpointError, match=r"weights some.safetensors: weight 'features.* wanted "):
        pretrained_features(file(features_of()), ARCHITECTURES[other])


def test_a_file_of_another_kind_is_told(tmp_path):
    path = tmp_path / "vgg11.pth"
    path.write_bytes(b"PK\x03\x04 a pickle")
    with pytest.raises(CheckpointError, match=r"weights vgg11.pth: it is damaged or no safetensors file"):
        pretrained_features(path, PUBLISHED)
    with pytest.raises(CheckpointError, match=r"weights none.safetensors: there is no such file in"):
        pretrained_features(tmp_path / "none.safetensors", PUBLISHED)
    with pytest.raises(CheckpointError, match="wanted one of features"):
        pretrained_features(tmp_path, PUBLISHED)


# VGG-19 from VGG-16


def vgg_pair(most=6):
    """Equal networks but for the depth of their VGG."""
    vgg16, vgg19 = ARCHITECTURES["deepgaze2-vgg16"], ARCHITECTURES["deepgaze2"]
    small = random_network(vgg16, narrow(vgg16, most))
    large = GazeNetwork(vgg19, narrow(vgg19, most), small.center_bias.numpy())
    state = small.state_dict()
    features = {name: tensor for name, tensor in state.items() if name.startswith("features.")}
    rest = {name: tensor for name, tensor in state.items() if not name.startswith("features.")}
    large.load_state_dict(vgg19_from_vgg16(features) | rest, assign=True)
    return small, large.eval()


def test_a_vgg19_made_from_a_vgg16_has_its_function():
    small, large = vgg_pair()
    images = random_images(2, 40, 50)
    read = {}

    def observe(reader, names, x):
        if reader is not None and reader.name == "readout1":
            read[names[-1]] = x
        return x

    with torch.no_grad():
        assert torch.equal(large(images, observer=observe), small(images, observer=observe))
    assert torch.equal(read["conv5_4"], read["conv5_3"])
    assert read["conv5_4"].any()


def test_a_vgg19_made_from_a_vgg16_can_learn_other_kernels():
    _, large = vgg_pair()
    assert large.get_parameter("features.16.weight").shape == (6, 6, 3, 3)
    large(random_images(1, 32, 32)).square().sum().backward()
    assert large.get_parameter("features.16.weight").grad.any()


@pytest.mark.parametrize("prefix", ["features.", ""])
def test_the_file_of_a_vgg16_serves_a_vgg19_and_that_of_a_vgg19_too(file, prefix, monkeypatch):
    narrow_all(monkeypatch)
    vgg16, vgg19 = ARCHITECTURES["deepgaze2-vgg16"], ARCHITECTURES["deepgaze2"]
    behind = {"classifier.0.weight": torch.ones(3, 3)} if prefix else {}
    for own, expected in ((vgg19, features_of(vgg19)), (vgg16, vgg19_from_vgg16(features_of(vgg16)))):
        given_tensors = {prefix + n.removeprefix("features."): t for n, t in features_of(own).items()}
        found = features_named(str(file(given_tensors | behind)), vgg19)
        assert found.keys() == expected.keys()
        assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())


def test_weights_of_another_network_make_no_vgg19():
    with pytest.raises(CheckpointError, match=r"'features.2.weight' is missing, wanted the features of a VGG-16"):
        vgg19_from_vgg16(features_of(ARCHITECTURES["fastgaze"]))
