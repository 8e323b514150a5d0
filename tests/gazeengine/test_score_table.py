import csv
import io

import pytest

from gazeengine.score_table import lines_of, milliseconds, model_values, render_table, score_values, signed
from gazeengine.scores import METRICS, Scores
from tests.evaluations import PRIOR, SMALL, WHOLE, evaluation

ROWS = [evaluation(PRIOR, sauc=False), evaluation(WHOLE), evaluation(SMALL, "A | B test", seed=1)]


def cells(table, line):
    return [word.strip() for word in table.splitlines()[line].replace("\\|", "/").strip("| ").split(" | ")]


def test_a_markdown_table_has_a_line_for_each_row_under_as_many_heads():
    table = render_table(ROWS, "markdown")
    head = cells(table, 0)
    assert head[:6] == ["model", "data", "features", "parameters", "GFLOP", "ms"]
    assert head[6:-2] == list(METRICS.values())
    assert [len(cells(table, i)) for i in range(5)] == [len(head)] * 5
    assert cells(table, 3)[:6] == ["FastGaze", "OSIE test", "2,803", "9,237,461", "22.94", "300 [290, 320]"]
    assert cells(table, 4)[1] == "A / B test"


def test_what_is_not_known_is_a_dash():
    line = cells(render_table(ROWS, "markdown"), 2)
    assert line[2:6] == ["–"] * 4
    assert line[6 + list(METRICS).index("sauc")] == "–"


def test_scores_stand_with_their_intervals_and_the_notes_say_what_they_are():
    table = render_table(ROWS, "markdown")
    low, high = ROWS[1].scores.intervals["auc"]
    assert f"{ROWS[1].scores.auc:.3f} [{low:.3f}, {high:.3f}]" in table
    assert "IG is the information gain per fixation over the center bias of OSIE train." in table
    assert "95 % bootstrap intervals over pictures" in table
    assert "with 1 thread, and quartiles" in table


def test_no_column_of_times_where_none_was_measured():
    table = render_table([ROWS[0]], "markdown")
    assert "ms" not in cells(table, 0)
    assert "ms:" not in table


def test_csv_holds_every_score_with_every_digit():
    read = list(csv.DictReader(io.StringIO(render_table(ROWS, "csv"))))
    for line, row in zip(read, ROWS, strict=True):
        assert (line["model"], line["data_set"]) == (row.model.name, row.data_set)
        for name in METRICS:
            value = row.scores.value(name)
            assert line[name] == ("" if value is None else repr(value))
            if value is not None:
                assert (float(line[f"{name}_low"]), float(line[f"{name}_high"])) == row.scores.intervals[name]
    assert [line["latency_ms"] for line in read] == ["", "300.0", "150.0"]
    assert [line["gflop_640x480"] for line in read] == ["", "91.74", "44.0"]


def test_json_values_of_a_row_are_the_scores_with_model_and_data_set():
    values = score_values(ROWS[1])
    about = {name: values.pop(name) for name in ("model", "data_set", "gflop")}
    assert about == {"model": "FastGaze", "data_set": "OSIE test", "gflop": 22.94}
    assert Scores.from_json(values) == ROWS[1].scores


def test_json_values_of_a_model_say_what_it_costs():
    values = model_values(SMALL)
    assert (values["features"], values["n_pruned"], values["params"]) == (1803, 1000, 4_000_000)
    assert (values["latency_ms"], values["latency_quartiles_ms"], values["threads"]) == (150.0, [145.0, 158.0], 1)
    assert model_values(PRIOR)["latency_ms"] is None


def test_times_have_a_digit_behind_the_point_below_a_tenth_of_a_second():
    assert milliseconds(SMALL.timing) == "150 [145, 158]"
    assert milliseconds(None) == "–"


@pytest.mark.parametrize("n_words", [1, 2])
def test_numbers_are_flush_right(n_words):
    assert lines_of(["a", "b", "c"], [], n_words).splitlines()[1].count("---:") == 3 - n_words


@pytest.mark.parametrize(
    ("value", "shown"), [(-0.051, "−0.05"), (-0.001, "0.00"), (0.001, "0.00"), (1.256, "+1.26"), (-3.0, "−3.00")]
)
def test_signs_are_real_and_nothing_has_none(value, shown):
    assert signed(value, 2, plus=True) == shown
