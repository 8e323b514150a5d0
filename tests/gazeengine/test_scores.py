import json
import math
from dataclasses import replace

import pytest

from gazeengine.checkpoint import load
from gazeengine.errors import DataError
from gazeengine.resources import find_model
from gazeengine.scores import METRICS, Scores

OLD = {
    "information_gain_bits": 1.84,
    "auc": 0.918,
    "nss": 3.09,
    "sim": 0.599,
    "cc": 0.703,
    "kl": 0.624,
    "sauc": 0.865,
    "n_images": 74,
    "n_fixations": 9310,
    "baseline": "center bias of OSIE train, EyeCrowd train",
}
SCORES = Scores(1.84, 0.918, 3.09, 0.599, 0.703, 0.624, None, 74, 9310, "prior", {"auc": (0.9, 0.93), "kl": (0.5, 0.7)})


def test_scores_come_back_from_json_with_their_intervals():
    assert Scores.from_json(json.loads(json.dumps(SCORES.to_json()))) == SCORES


def test_what_was_written_before_there_were_intervals_is_read_and_written_alike():
    scores = Scores.from_json(OLD)
    assert scores.intervals == {}
    assert scores.to_json() == OLD


@pytest.mark.slow
def test_the_scores_of_the_shipped_model_are_read():
    for scores in load(find_model("fastgaze")).scores.values():
        found = Scores.from_json(scores)
        assert 0.8 < found.auc < 1
        assert Scores.from_json(found.to_json()) == found


def test_each_metric_has_a_value():
    assert [SCORES.value(name) for name in METRICS] == [1.84, 0.918, None, 3.09, 0.599, 0.703, 0.624]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"auc": "high"}, "auc is 'high', expected float"),
        ({"n_images": True}, "n_images is True"),
        ({"nss": math.nan}, "nss is nan"),
        ({"extra": 1}, "found .*extra, expected"),
        ({"intervals": [1, 2]}, r"intervals is \[1, 2\], expected an object"),
        ({"intervals": {"speed": [1, 2]}}, "intervals has 'speed', expected some of information_gain_bits"),
        ({"intervals": {"auc": [1]}}, r"interval of auc is \[1\], expected two numbers"),
        ({"intervals": {"auc": ["a", 1]}}, "interval of auc is 'a', expected float"),
        ({"intervals": {"auc": [0.9, 0.8]}}, "0.9 to 0.8, expected the lower end first"),
    ],
)
def test_damaged_scores_are_told(changed, told):
    with pytest.raises(DataError, match=told):
        Scores.from_json(OLD | changed)


def test_a_missing_score_is_told():
    with pytest.raises(DataError, match="expected information_gain_bits"):
        Scores.from_json({name: value for name, value in OLD.items() if name != "cc"})


def test_an_infinite_score_is_not_written():
    with pytest.raises(DataError, match="information_gain_bits is -inf"):
        replace(SCORES, information_gain_bits=-math.inf).to_json()
