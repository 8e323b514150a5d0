import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazeengine.architecture import ARCHITECTURES, architecture
from gazeengine.errors import ArchitectureError
from tests.networks import TINY, narrow, random_images, random_network

FASTGAZE = ARCHITECTURES["fastgaze"]
DENSEGAZE = ARCHITECTURES["densegaze"]

every_architecture = pytest.mark.parametrize("one", [*ARCHITECTURES.values(), TINY], ids=lambda a: a.name)
sides = st.integers(1, 70)


@pytest.mark.parametrize(("name", "n"), [("fastgaze", 2803), ("densegaze", 7219)])
def test_the_papers_networks_have_as_many_features(name, n):
    assert architecture(name).n_features == n


def test_the_published_fastgaze_has_as_many_features_as_its_file_says():
    widths = ARCHITECTURES["published-fastgaze"].widths
    assert list(widths.values()) == [43, 44, 49, 56, 44, 38, 31, 20, 18, 10, 7, 7, 2, 1]


def test_densegaze_reads_all_of_block_three_at_once():
    grown = [f"dense3_{i}b" for i in range(1, 25)]
    assert [tap.layer for tap in DENSEGAZE["readout1"].inputs] == ["transition2", *grown]
    assert sum(DENSEGAZE[tap.layer].features for tap in DENSEGAZE["readout1"].inputs) == 1024


def test_deepgaze_reads_five_taps_of_block_five():
    taps = [(tap.layer, tap.activated) for tap in ARCHITECTURES["deepgaze2"]["readout1"].inputs]
    assert taps == [
        ("conv5_1", False),
        ("conv5_1", True),
        ("conv5_2", True),
        ("conv5_3", False),
        ("conv5_4", True),
    ]


@every_architecture
def test_a_layer_reads_only_earlier_ones_and_has_weights_of_its_own(one):
    before: set[str] = set()
    for layer in one.layers:
        assert {tap.layer for tap in layer.inputs} <= before
        assert layer.name not in before
        before.add(layer.name)
    keys = [layer.key for layer in one.layers]
    keys += [k for x in one.layers for k in (x.input_norm, x.output_norm, x.activation_key) if k]
    assert len(set(keys)) == len(keys)


@every_architecture
def test_the_last_layer_has_one_feature_and_every_other_is_read(one):
    assert one.layers[-1].features == 1
    read = {tap.layer for layer in one.layers for tap in layer.inputs}
    assert read == {layer.name for layer in one.layers} - {one.layers[-1].name}


@every_architecture
def test_what_a_layer_concatenates_has_one_extent(one):
    extents = one.extents(*one.padded(100, 75))
    pooled = {}
    for layer in one.layers:
        rows, columns = extents[layer.name]
        pooled[layer.name, False] = rows, columns
        pool = layer.pool
        pooled[layer.name, True] = (pool.extent(rows), pool.extent(columns)) if pool else (rows, columns)
        assert len({pooled[tap.layer, tap.activated] for tap in layer.inputs}) <= 1


@given(st.sampled_from([*ARCHITECTURES.values(), TINY]), sides, sides)
def test_the_padded_size_is_the_least_that_has_whole_cells(one, height, width):
    rows, columns = one.padded(height, width)
    assert rows % one.stride == columns % one.stride == 0
    assert 0 <= rows - height < one.stride
    assert 0 <= columns - width < one.stride
    cells = one.extents(rows, columns)[one.layers[-1].name]
    assert cells == (rows // one.stride, columns // one.stride)


@pytest.mark.parametrize("name", [n for n in ARCHITECTURES if n != "densegaze"] + ["densegaze"])
def test_extents_are_those_that_a_network_computes(name):
    one = ARCHITECTURES[name]
    network = random_network(one, narrow(one, 1))
    found = {}

    def record(layer):
        return lambda module, read, output: found.update({layer.name: tuple(output.shape[2:])})

    for layer in one.layers:
        network.get_submodule(layer.key).register_forward_hook(record(layer))
    network(random_images(1, 49, 70))
    assert found == one.extents(*one.padded(49, 70))


def test_a_cell_of_every_papers_network_is_16_pixels():
    assert {one.stride for one in ARCHITECTURES.values()} == {16}


@pytest.mark.parametrize("width", [0, 65])
def test_impossible_widths_are_told(width):
    message = f"FastGaze: layer 'conv1_1' has {width} features, wanted 1 to 64"
    with pytest.raises(ArchitectureError, match=message):
        FASTGAZE.validate(FASTGAZE.widths | {"conv1_1": width})


def test_a_missing_layer_is_told():
    widths = FASTGAZE.widths
    del widths["conv5_2"]
    with pytest.raises(ArchitectureError, match="'conv5_2' has 0 features, wanted 1 to 512"):
        FASTGAZE.validate(widths)


def test_an_unknown_layer_is_told():
    with pytest.raises(ArchitectureError, match="no layer 'conv6_1', wanted conv1_1"):
        FASTGAZE.validate(FASTGAZE.widths | {"conv6_1": 1})
    with pytest.raises(ArchitectureError, match="no layer 'conv6_1', wanted one of conv1_1"):
        FASTGAZE["conv6_1"]


def test_an_unknown_architecture_is_told():
    with pytest.raises(ArchitectureError, match="'slowgaze' is not known, wanted one of fastgaze, densegaze"):
        architecture("slowgaze")
