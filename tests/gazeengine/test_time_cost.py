import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from gazeengine.architecture import ARCHITECTURES
from gazeengine.cost import flops_model
from gazeengine.errors import DataError
from gazeengine.networks import build
from gazeengine.plan import pruning_order
from gazeengine.time_cost import LayerTimes, TimeTable, _read_extents, clock_for, layer_seconds, time_model, timed
from gazeengine.time_whole import widths_at
from tests.networks import TINY, random_checkpoint, random_images

every_architecture = pytest.mark.parametrize("one", [*ARCHITECTURES.values(), TINY], ids=lambda a: a.name)


def made_table(one=TINY, constant=1e-6, own=2e-8, read=1e-8, pair=1e-9):
    """Times that follow the model exactly."""
    layers = []
    for layer in one.layers:
        reads = bool(layer.inputs) and not layer.depthwise
        most = sum(one[tap.layer].features for tap in layer.inputs) or 3
        rows = [
            (i, o, constant + own * o + (read * i + pair * i * o) * reads)
            for i in ((1, most) if reads else (3,))
            for o in (1, 2, layer.features)
        ]
        layers.append(LayerTimes(layer.name, tuple(rows)))
    return TimeTable(one.name, (32, 48), "a machine", 1, tuple(layers))


@every_architecture
def test_times_that_follow_the_model_are_found_again(one):
    model = time_model(one, made_table(one))
    assert model.error < 1e-6
    widths, expected = one.expanded(one.widths), 0.0
    for layer in one.layers:
        c_in = 0 if layer.depthwise else sum(widths[tap.layer] for tap in layer.inputs)
        expected += 1e-6 + 2e-8 * widths[layer.name] + 1e-8 * c_in + 1e-9 * c_in * widths[layer.name]
    assert model.seconds(widths) == pytest.approx(expected, rel=1e-5)


def test_orders_are_made_of_it_as_of_flops():
    checkpoint = random_checkpoint(TINY)
    order = pruning_order(checkpoint.signal, time_model(TINY, made_table()).cost, 0.0)
    assert order.n_removals == checkpoint.n_prunable
    assert (np.diff(order.flops) < 0).all()


@every_architecture
def test_layers_are_timed_on_what_they_read_in_a_network(one):
    checkpoint = random_checkpoint(one, {name: [0] for name in one.widths})
    network, seen, values = build(checkpoint), {}, {}
    x = network.padded(random_images(1, 32, 48))
    for layer in one.layers:
        x = network.read(layer, values) if layer.inputs else x
        seen[layer.name] = tuple(x.shape[-2:])
        network.run(layer, x, values)
    assert _read_extents(one, *one.padded(32, 48)) == seen


def test_every_layer_is_timed_and_the_table_comes_back_from_disk(tmp_path):
    *shares, table = timed(TINY, (32, 48), "here", runs=2)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert [one.layer for one in table.layers] == list(TINY.widths)
    assert all(seconds > 0 for one in table.layers for *_, seconds in one.rows)
    assert {c_in for c_in, *_ in table.layers[0].rows} == {3}
    assert max(c_out for _, c_out, _ in table.layers[1].rows) == 4
    table.save(tmp_path / "times.json")
    assert TimeTable.load(tmp_path / "times.json") == table
    assert [share for share, _ in table.whole] == [0.25, 1]
    assert time_model(TINY, table).seconds(TINY.widths) > 0


def test_what_a_whole_network_takes_besides_its_layers_is_a_constant():
    alone = made_table()
    model = time_model(TINY, alone)
    quarter, all_of = (model.seconds(widths_at(TINY, share)) for share in (0.25, 1))
    table = replace(alone, whole=((0.25, quarter + 4e-3), (1.0, all_of + 6e-3)))
    assert time_model(TINY, table).seconds(TINY.widths) == pytest.approx(all_of + 5e-3)
    np.testing.assert_array_equal(time_model(TINY, table).cost.pairs, model.cost.pairs)
    faster = replace(alone, whole=((1.0, all_of / 2),))
    assert time_model(TINY, faster).seconds(TINY.widths) == pytest.approx(all_of)


def test_a_foreign_table_is_told(tmp_path):
    with pytest.raises(DataError, match="they are of tiny, wanted those of fastgaze"):
        time_model(ARCHITECTURES["fastgaze"], made_table())
    path = tmp_path / "times.json"
    for text in ("{", "[]", '{"version": 4}'):
        path.write_text(text)
        with pytest.raises(DataError, match="wanted a table of times as it was saved"):
            TimeTable.load(path)
    made_table().save(path)
    path.write_text(path.read_text().replace('"version": 4', '"version": 9'))
    with pytest.raises(DataError, match="found version 9, wanted version 4"):
        TimeTable.load(path)


def test_what_is_dear_in_time_goes_first():
    """β acts on the measured time, not on FLOPs."""
    table = made_table(pair=0.0, read=0.0, own=1e-9)
    dear = replace(table.layers[1], rows=tuple((i, o, 1e-6 + 1e-3 * o) for i, o, _ in table.layers[1].rows))
    table = replace(table, layers=(table.layers[0], dear, *table.layers[2:]))
    signal = random_checkpoint(TINY).signal
    beta = 1e6
    by_time = pruning_order(signal, time_model(TINY, table).cost, beta)
    by_flops = pruning_order(signal, flops_model(TINY, 32, 48), beta)
    assert by_time.layer[0] == 1
    assert by_flops.layer[0] == 0


def test_layers_are_timed_at_exactly_the_widths_that_are_given():
    network = ARCHITECTURES["fastgaze"]
    widths = network.widths | {"conv5_1": 3, "conv5_2": 5}
    few = layer_seconds(network, widths, (64, 96), runs=3)
    assert list(few) == [layer.name for layer in network.layers]
    assert all(seconds > 0 for seconds in few.values())


def test_with_one_thread_what_other_programs_take_does_not_count(monkeypatch):
    assert clock_for(2) is time.perf_counter
    coarse = SimpleNamespace(resolution=0.0156)
    assert clock_for(1) in (time.thread_time, time.perf_counter)
    monkeypatch.setattr(time, "get_clock_info", lambda name: coarse)
    assert clock_for(1) is time.perf_counter
    monkeypatch.setattr(time, "get_clock_info", lambda name: SimpleNamespace(resolution=1e-9))
    assert clock_for(1) is time.thread_time
