import pytest

from gazeengine.commands import output
from gazeengine.commands.output import Progress, duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (89, "89 s"),
        (100, "2 min"),
        (3600 * 4 + 18 * 60, "4 h 18 min"),
        (3600 * 47.9, "47 h 54 min"),
        (3600 * 76, "3 d 4 h"),
        (3600 * 10739, "447 d"),
        (float("inf"), "unknown time"),
        (float("nan"), "unknown time"),
    ],
)
def test_a_duration_is_said_as_coarsely_as_it_is_known(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize("terminal", [False, True])
def test_progress_ends_once_and_without_time_left(capsys, monkeypatch, terminal):
    monkeypatch.setattr(output, "SPARSE_S", 0.0)
    progress = Progress("count", terminal)
    progress.show(1, 2, 5.0, "a.png")
    for _ in range(3):  # shares that all round to the whole
        progress.show(2, 2, 0.0)
    said = capsys.readouterr().err
    assert said.replace("\r\x1b[2K", "\n").split("\n")[-3 - terminal :] == [
        *([""] if terminal else []),
        "count: 1 of 2, 5 s left, a.png",
        "count: 2 of 2",
        "",
    ]
