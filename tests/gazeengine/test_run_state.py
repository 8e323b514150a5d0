import json
from dataclasses import dataclass

import pytest
import torch
from safetensors.torch import save_file

from gazeengine import run_state
from gazeengine.errors import OutputError, TrainingError
from gazeengine.run_state import (
    Due,
    check_options,
    fitting,
    load_network,
    load_optimizer,
    made,
    read_state,
    save_state,
)
from tests.networks import TINY, narrow, random_images, random_network
from tests.teachers import disk_that_takes


@dataclass(frozen=True)
class Options:
    n: int = 3
    rate: float = 0.1
    sizes: tuple[int, ...] = (1, 2)


def learning(kind=torch.optim.Adam, seed=0, steps=2, **more):
    """(network, optimizer) after some steps."""
    network = random_network(seed=seed).requires_grad_(True)
    optimizer = kind(network.parameters(), lr=0.01, **more)
    for step in range(steps):
        one_step(network, optimizer, step)
    return network, optimizer


def one_step(network, optimizer, step):
    optimizer.zero_grad()
    network(random_images(2, 16, 16, step)).square().mean().backward()
    optimizer.step()


KINDS = pytest.mark.parametrize(("kind", "more"), [(torch.optim.Adam, {}), (torch.optim.SGD, {"momentum": 0.9})])


@KINDS
def test_learning_goes_on_from_a_state_as_if_nothing_had_been(tmp_path, kind, more):
    network, optimizer = learning(kind, **more)
    save_state(tmp_path / "s.safetensors", network, optimizer, {})
    other, its_optimizer = learning(kind, seed=5, steps=1, **more)
    tensors, _ = read_state(tmp_path / "s.safetensors")
    load_network(other, tensors, tmp_path)
    load_optimizer(its_optimizer, tensors)
    for step in (2, 3):
        one_step(network, optimizer, step)
        one_step(other, its_optimizer, step)
    assert all(torch.equal(a, other.state_dict()[name]) for name, a in network.state_dict().items())


def test_what_is_said_and_more_tensors_come_back(tmp_path):
    about = {"progress": {"step": 3, "loss": None}, "options": [1, 2.5, "ü"], "flag": True}
    more = {"own.x": torch.arange(6).reshape(2, 3), "own.y": torch.tensor(1.5)}
    network, _ = learning(steps=0)
    save_state(tmp_path / "s.safetensors", network, None, about, more)
    tensors, found = read_state(tmp_path / "s.safetensors")
    assert found == about
    assert all(torch.equal(tensors[name], tensor) for name, tensor in more.items())
    assert not any(name.startswith("optimizer.") for name in tensors)


def test_tensors_in_any_memory_layout_are_saved(tmp_path):
    network, _ = learning(steps=0)
    network.to(memory_format=torch.channels_last)
    save_state(tmp_path / "s.safetensors", network, None, {})
    found = fitting(network, read_state(tmp_path / "s.safetensors")[0], tmp_path)
    assert all(torch.equal(found[name], tensor) for name, tensor in network.state_dict().items())


def test_several_networks_stand_side_by_side_behind_prefixes(tmp_path):
    (one, _), (other, _) = learning(steps=0), learning(seed=1, steps=0)
    more = {f"other.{name}": tensor for name, tensor in other.state_dict().items()}
    save_state(tmp_path / "s.safetensors", one, None, {}, more)
    tensors, _ = read_state(tmp_path / "s.safetensors")
    found, _ = learning(seed=2, steps=0)
    load_network(found, tensors, tmp_path, "other.")
    assert all(torch.equal(a, found.state_dict()[name]) for name, a in other.state_dict().items())


def test_a_state_of_another_network_is_told_and_changes_nothing(tmp_path):
    network, _ = learning(steps=0)
    smaller = random_network(TINY, narrow(TINY, 2))
    before = {name: tensor.clone() for name, tensor in smaller.state_dict().items()}
    save_state(tmp_path / "s.safetensors", network, None, {})
    tensors, _ = read_state(tmp_path / "s.safetensors")
    with pytest.raises(TrainingError, match=r"s.safetensors: it is of another network: .* has shape \(\d.*, wanted \("):
        load_network(smaller, tensors, tmp_path / "s.safetensors")
    with pytest.raises(TrainingError, match=r"has shape None, wanted \("):
        load_network(smaller, tensors, tmp_path, "nobody's.")
    assert all(torch.equal(before[name], tensor) for name, tensor in smaller.state_dict().items())


def test_options_are_compared_as_they_come_back(tmp_path):
    network, _ = learning(steps=0)
    save_state(tmp_path / "s.safetensors", network, None, {"options": {"n": 3, "rate": 0.1, "sizes": [1, 2]}})
    _, about = read_state(tmp_path / "s.safetensors")
    check_options(about, Options(), tmp_path)
    for other, told in (
        (Options(4), "n 3 instead of 4"),
        (Options(rate=0.2), "rate 0.1 instead of 0.2"),
        (Options(sizes=(1,)), "sizes 1 and 2 instead of 1"),
    ):
        with pytest.raises(TrainingError, match=rf": it was begun with {told}, wanted the same options or an empty"):
            check_options(about, other, tmp_path)
    with pytest.raises(TrainingError, match="it was begun with options that cannot be read"):
        check_options({}, Options(), tmp_path)


def test_what_cannot_be_read_is_told(tmp_path):
    path = tmp_path / "s.safetensors"
    with pytest.raises(TrainingError, match=r"training state .*s.safetensors: cannot be read"):
        read_state(path)
    save_file({"x": torch.zeros(3)}, path, {"options": "no JSON"})
    with pytest.raises(TrainingError, match=r"cannot be read .*, wanted one that training wrote"):
        read_state(path)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(TrainingError, match=r"cannot be read"):
        read_state(path)
    with pytest.raises(TrainingError, match=r"cannot be read"):
        read_state(tmp_path)


def test_on_a_full_disk_the_state_before_stays(tmp_path):
    path = tmp_path / "s.safetensors"
    network, optimizer = learning()
    save_state(path, network, optimizer, {"step": 2})
    before = path.read_bytes()
    one_step(network, optimizer, 2)
    with disk_that_takes(len(before) // 2), pytest.raises(OutputError, match="wanted room for the whole file"):
        save_state(path, network, optimizer, {"step": 3})
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_folder_is_made_with_all_above_it_or_it_is_told(tmp_path):
    assert made(tmp_path / "a" / "b").is_dir()
    assert made(tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"training .*run: .*, wanted a folder that can be written"):
        made(tmp_path / "file" / "run")


def test_a_run_is_saved_again_when_some_time_has_passed(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(run_state.time, "monotonic", lambda: now[0])
    due = Due()
    assert not due()
    now[0] += run_state.SAVE_EVERY_S
    assert due()
    assert due()
    due.done()
    assert not due()


def test_what_is_said_is_readable_without_the_tensors(tmp_path):
    network, _ = learning(steps=0)
    save_state(tmp_path / "s.safetensors", network, None, {"progress": {"step": 7}})
    head = (tmp_path / "s.safetensors").read_bytes()
    size = int.from_bytes(head[:8], "little")
    assert json.loads(json.loads(head[8 : 8 + size])["__metadata__"]["progress"]) == {"step": 7}
