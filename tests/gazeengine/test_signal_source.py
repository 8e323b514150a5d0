from dataclasses import replace

import pytest

from gazeengine.checkpoint import load, save
from gazeengine.plan import FisherSignal
from gazeengine.signal_source import OWN, is_own, source_words, target_words, with_source
from tests.networks import narrow_checkpoint


def sourced(data, n=14, targets="sampled"):
    checkpoint = narrow_checkpoint()
    signal = FisherSignal(checkpoint.id, n, targets, checkpoint.signal.delta)
    return with_source(checkpoint, signal, data, seed=0)


@pytest.mark.parametrize(
    ("data", "n", "words"),
    [
        ([OWN], 14, "your 14 pictures"),
        ([OWN], 1, "your 1 picture"),
        (["OSIE train", "EyeCrowd train"], 1200, "1,200 training pictures"),
        (["screens"], 12, "12 pictures of screens"),
        ([], 12, "12 pictures"),
    ],
)
def test_the_source_is_told_in_words(data, n, words):
    assert source_words(sourced(data, n)) == words


def test_pictures_that_the_network_was_trained_on_are_called_so_whatever_their_names():
    checkpoint = sourced(["screens", "OSIE train"])
    trained = replace(checkpoint, provenance=dict(checkpoint.provenance) | {"data": ["screens", "OSIE train"]})
    assert source_words(trained) == "14 training pictures"


def test_only_pictures_chosen_in_the_window_are_own():
    assert is_own(sourced([OWN]))
    assert not is_own(sourced(["OSIE train"]))
    assert not is_own(replace(sourced([OWN]), signal=None))


def test_a_signal_that_was_estimated_before_pruning_says_so():
    checkpoint = sourced([OWN])
    before = replace(checkpoint, signal=replace(checkpoint.signal, checkpoint_id="parent"))
    assert source_words(before) == "your 14 pictures, before it was pruned"


def test_without_a_signal_there_is_nothing_to_say():
    assert source_words(replace(narrow_checkpoint(), signal=None)) == ""


@pytest.mark.parametrize("about", [None, 3, [], {"data": "OSIE train"}, {"data": None}])
def test_a_file_may_say_anything(about):
    checkpoint = narrow_checkpoint()
    odd = replace(checkpoint, provenance={"signal": about})
    assert source_words(odd) == "10 pictures"


def test_a_saved_model_tells_the_same(tmp_path):
    checkpoint = sourced([OWN])
    save(checkpoint, tmp_path / "own.safetensors")
    again = load(tmp_path / "own.safetensors")
    assert is_own(again)
    assert source_words(again) == source_words(checkpoint)


def test_all_kinds_of_targets_have_words():
    assert {target_words(sourced([], targets=t).signal) for t in ("fixations", "sampled", "teacher")}.isdisjoint(
        {"fixations", "sampled", "teacher"}
    )
    assert target_words(sourced([], targets="a coin").signal) == "a coin"
