import json

import pytest

from gazeengine.errors import cause


def raised(what):
    try:
        what()
    except Exception as error:  # whatever it is
        return error
    return pytest.fail("nothing was raised")


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (lambda: {}["beta"], "'beta' is missing"),
        (lambda: json.loads("hello"), "Expecting value: line 1 column 1 (char 0)"),
        (lambda: open("/there is none"), "No such file or directory"),  # noqa: SIM115
        (lambda: int("many"), "invalid literal for int() with base 10: 'many'"),
        (lambda: [].pop(), "pop from empty list"),
    ],
)
def test_a_cause_is_told_without_the_names_of_classes(what, words):
    assert cause(raised(what)) == words


def test_what_says_nothing_is_named():
    assert cause(RecursionError()) == "RecursionError"
