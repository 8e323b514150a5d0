import argparse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazeengine.commands import argument_kinds as kinds
from gazeengine.commands.arguments import TEACHING, TRAINING, Parser, UsageError, parser


@given(st.integers(32, 4096), st.integers(32, 4096), st.sampled_from("x×"))
def test_a_size_is_height_and_width(height, width, sign):
    assert kinds.size(f"{height}{sign}{width}") == (height, width)


@given(st.floats(0.1, 1))
def test_a_number_within_its_bounds_is_taken(value):
    assert kinds.number(0.1, 1)(repr(value)) == value


@given(st.lists(st.integers(0, 9999), min_size=1))
def test_counts_come_in_ascending_order_and_once(values):
    assert kinds.counts(",".join(map(str, values))) == tuple(sorted(set(values)))


def test_names_come_once_in_their_order():
    assert kinds.names("val,train, val") == ("val", "train")


def test_beta_may_be_the_star():
    assert [kinds.beta(text) for text in ("star", "*", "0", "1e-3")] == ["star", "star", 0, 1e-3]


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        (kinds.number(0), "-1", "wanted a number of at least 0"),
        (kinds.number(0), "nan", "wanted a number of at least 0"),
        (kinds.number(0), "inf", "wanted a number of at least 0"),
        (kinds.number(0, 1), "many", "'many', wanted a number of 0 to 1"),
        (kinds.whole_number(2), "1", "wanted a whole number of at least 2"),
        (kinds.whole_number(0), "1.5", "wanted a whole number"),
        (kinds.whole_number(0), "-3", "wanted a whole number"),
        (kinds.one_of(("float32", "bfloat16")), "float16", "'float16', wanted float32 or bfloat16"),
        (kinds.size, "240", "'240', wanted height x width"),
        (kinds.size, "16x16", "of at least 32"),
        (kinds.size, "9999x9999", "wanted height x width"),
        (kinds.formats, "npy,gif", "wanted some of npy,png,overlay,focus,contours,hotspots,png16"),
        (kinds.counts, "5,,6", "wanted numbers of features as in 500,1000"),
        (kinds.names, "", "wanted names as in train,val"),
        (kinds.beta, "-1", "wanted a number"),
    ],
)
def test_what_is_of_another_kind_is_told(kind, text, told):
    with pytest.raises(argparse.ArgumentTypeError) as error:
        kind(text)
    assert told in str(error.value)


@pytest.mark.parametrize("table", [TRAINING, TEACHING])
def test_defaults_are_within_their_own_bounds(table):
    for _, _, kind, default, _ in table:
        assert kind(str(default)) == default  # nor is one nan


def test_every_command_says_what_it_does_and_takes_json():
    commands = parser()._subparsers._group_actions[0].choices
    assert len(commands) >= 14
    for name, command in commands.items():
        assert isinstance(command, Parser)
        assert "--json" in command.format_help()
        assert command.description.endswith("."), name


def test_errors_are_one_line():
    with pytest.raises(UsageError, match=r"required: .*\(see gazeengine train --help\)"):
        parser().parse_args(["train"])
