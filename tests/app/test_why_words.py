import pytest

from app.why_words import _apart


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        (0.0172, 0.0381, ("0.0172", "0.0381")),
        (0.016581, 0.016577, ("0.016581", "0.016577")),
        (-1.5, 2, ("−1.5", "2")),
        (1.0, 1.0, ("1", "1")),
    ],
)
def test_what_decided_is_told_with_as_many_digits_as_it_takes(one, other, told):
    assert _apart(one, other) == told
