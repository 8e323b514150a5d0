import os
import shutil
from collections import namedtuple

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gazeengine import feature_cache
from gazeengine.architecture import ARCHITECTURES
from gazeengine.errors import DataError, ImageError, OutputError
from gazeengine.feature_cache import CachedLayers, FeatureCache
from gazeengine.fixations import Stimulus
from gazeengine.image import read_image, resized
from tests.networks import TINY, narrow, random_images, random_network
from tests.teachers import EXTENT, VGG, disk_that_takes, filled_cache, looked_at

DEEPGAZE = [VGG, ARCHITECTURES["deepgaze2"]]
every_architecture = pytest.mark.parametrize("one", [*ARCHITECTURES.values(), TINY], ids=lambda a: a.name)


@pytest.fixture
def stimuli(tmp_path):
    return looked_at(tmp_path / "made", 3)


@pytest.fixture
def network():
    return random_network(VGG, narrow(VGG))


# what is kept


@every_architecture
@given(seed=st.integers(0, 50))
def test_what_a_readout_reads_can_be_made_of_what_is_kept(one, seed):
    layers, widths = CachedLayers.of(one), narrow(one)
    read = [one.expanded(widths)[tap.layer] for tap in layers.taps]
    features = torch.randn(2, sum(read), 3, 4)
    parts = list(torch.split(features, read, 1))
    names = [tap.layer for tap in layers.taps]
    for i, tap in enumerate(layers.taps):  # a layer that is read twice is read as it is, and behind its ReLU
        if tap.activated:
            parts[i] = torch.relu(parts[names.index(tap.layer)])
    features = torch.cat(parts, 1)
    assert torch.equal(layers.expanded(layers.reduced(features, widths), widths), features)


@pytest.mark.parametrize("one", DEEPGAZE, ids=lambda a: a.name)
def test_it_is_so_for_the_features_of_deepgaze(one):
    network, layers = random_network(one, narrow(one)), CachedLayers.of(one)
    features = network.extracted(random_images(2, 33, 47))
    kept = layers.reduced(features, network.widths)
    assert torch.equal(layers.expanded(kept, network.widths), features)
    assert (features < 0).any()


@pytest.mark.parametrize("one", DEEPGAZE, ids=lambda a: a.name)
def test_a_layer_that_is_read_twice_is_kept_once(one):
    layers = CachedLayers.of(one)
    names = [name for name, _ in layers.kept]
    assert sorted(set(names)) == sorted(names)
    assert len(names) < len(layers.taps)
    assert dict(layers.kept)["conv5_1"] is False


# on disk


def test_features_come_back_as_float16_has_them(network, stimuli, tmp_path):
    cache = filled_cache(network, stimuli, tmp_path)
    for stimulus in stimuli:
        rgb = resized(read_image(stimulus.path).rgb, *EXTENT)
        images = torch.from_numpy(rgb.copy()).permute(2, 0, 1)[None] / 255
        expected = network.extracted(images)
        found = cache.read([stimulus])
        assert found.dtype == torch.float32
        torch.testing.assert_close(found, expected, rtol=2**-10, atol=2e-4)
    together = cache.read(stimuli)
    assert torch.equal(together[1], cache.read(stimuli[1:2])[0])


def test_their_size_is_told_beforehand(network, stimuli, tmp_path):
    cache = filled_cache(network, stimuli, tmp_path)
    sizes = {path.stat().st_size for path in cache.folder.iterdir()}
    assert sizes == {cache.bytes_per_picture}
    assert len(list(cache.folder.iterdir())) == 3


def test_what_is_there_is_not_missing_and_a_picture_is_missing_once(network, stimuli, tmp_path):
    cache = FeatureCache(network, EXTENT, tmp_path)
    assert cache.missing([*stimuli, *stimuli]) == stimuli
    cache.make_room(stimuli)
    cache.add(stimuli[1])
    assert cache.missing(stimuli) == [stimuli[0], stimuli[2]]
    assert FeatureCache(network, EXTENT, tmp_path).missing(stimuli) == [stimuli[0], stimuli[2]]


def test_other_features_and_other_extents_have_another_folder_and_other_readouts_have_not(network, tmp_path):
    folder = FeatureCache(network, EXTENT, tmp_path).folder
    other = random_network(VGG, narrow(VGG))
    other.get_parameter("readout.0.weight").add_(1)
    assert FeatureCache(other, EXTENT, tmp_path).folder == folder
    assert FeatureCache(other, (48, 32), tmp_path).folder != folder
    other.get_parameter("features.28.bias").add_(1e-3)
    assert FeatureCache(other, EXTENT, tmp_path).folder != folder


def test_networks_with_norms_have_a_folder_too(tmp_path):
    one, other = random_network(), random_network()
    other.get_buffer("features.norm.running_mean").add_(0.1)
    folders = {FeatureCache(network, EXTENT, tmp_path).folder for network in (one, random_network(), other)}
    assert len(folders) == 2


# what may go wrong


def test_a_disk_without_room_is_told_before_the_work(network, stimuli, tmp_path, monkeypatch):
    cache = FeatureCache(network, EXTENT, tmp_path)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 2 * cache.bytes_per_picture))
    with pytest.raises(OutputError, match=r"3 pictures need 0.0 GB and the disk has 0.0 GB left, wanted more room or"):
        cache.make_room(stimuli)
    cache.make_room(stimuli[:1])
    assert feature_cache.ROOM * cache.bytes_per_picture < 2 * cache.bytes_per_picture


def test_a_disk_that_is_full_in_the_middle_leaves_nothing_half_written(network, stimuli, tmp_path):
    cache = filled_cache(network, stimuli[:1], tmp_path)
    with disk_that_takes(cache.bytes_per_picture - 1), pytest.raises(OutputError, match="room for the whole file"):
        cache.add(stimuli[1])
    assert cache.missing(stimuli) == stimuli[1:]
    assert len(os.listdir(cache.folder)) == 1
    cache.add(stimuli[1])
    assert cache.missing(stimuli) == stimuli[2:]


def test_features_that_are_no_float16_numbers_are_told(network, stimuli, tmp_path):
    network.get_parameter("features.0.weight").mul_(1e9)
    cache = FeatureCache(network, EXTENT, tmp_path)
    cache.make_room(stimuli)
    with pytest.raises(DataError, match=r"picture .*train0.png: its features are too large for float16, wanted other"):
        cache.add(stimuli[0])
    assert os.listdir(cache.folder) == []


def test_features_that_are_damaged_or_missing_are_told(network, stimuli, tmp_path):
    cache = filled_cache(network, stimuli[:1], tmp_path)
    (path,) = cache.folder.iterdir()
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(
        DataError, match=r"features .*train0-.*npy: cannot be read .*; delete the file and call the comm"
    ):
        cache.read(stimuli[:1])
    with pytest.raises(DataError, match=r"features .*: there is none of train1.png"):
        cache.read(stimuli[1:2])
    np.save(path, np.zeros((9, 3, 3), np.float16))
    with pytest.raises(DataError, match=r"found float16 \(9, 3, 3\), wanted finite float16 \(9, 2, 3\)"):
        cache.read(stimuli[:1])


def test_pictures_that_are_gone_are_told_where_they_are_needed(network, stimuli, tmp_path):
    cache = filled_cache(network, stimuli[:2], tmp_path)
    shutil.rmtree(tmp_path / "made")
    assert cache.read(stimuli[:2]).shape[0] == 2
    with pytest.raises(DataError, match=r"picture .*train2.png: cannot be read"):
        cache.missing(stimuli)
    known = Stimulus(stimuli[0].path, 1, 1, stimuli[0].x, stimuli[0].y)
    with pytest.raises(ImageError, match=r"picture train0.png: found no such file"):
        cache.add(known)


def test_a_folder_that_cannot_be_made_is_told(network, stimuli, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"features .*: cannot be made \(.*\), wanted a folder to write to"):
        FeatureCache(network, EXTENT, tmp_path / "file").make_room(stimuli)
