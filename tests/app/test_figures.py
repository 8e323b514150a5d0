from dataclasses import replace

import pytest

from app.figures import Figures, figure_rows, figures_sentence, figures_tsv
from gazeengine.records import Latency, RoundingGain

LATENCY = Latency(107.24, (101.0, 118.4), 20, 1, (240, 320), 1050.0, 9.8, (8.9, 10.4))
FIGURES = Figures(1203, 2803, 1_234_567, 9_237_461, 4.9, 91.74, (480, 640), LATENCY, "measured", 0.312, "estimate")


def row(figures: Figures, name: str):
    return next(row for row in figure_rows(figures) if row.name == name)


def test_each_figure_has_value_unit_and_what_it_is_compared_with():
    rows = [(r.name, r.value, r.unit, r.detail) for r in figure_rows(FIGURES)]
    assert rows == [
        ("Features", "1,203", "of 2,803", "42.9 % left"),
        ("Parameters", "1,234,567", "", "13.4 % of 9,237,461"),
        ("Cost", "4.90", "GFLOP", "5.3 % of 91.74 at 640 × 480"),
        ("Latency", "107", "ms", "101–118 · 1 thread · 20 runs"),
        ("Speed-up", "9.8", "×", "8.9–10.4 · unpruned 1,050 ms"),
        ("Information gain", "–", "bit", "not measured"),
        ("Loss increase", "+0.312", "bit", "per fixation"),
    ]


@pytest.mark.parametrize(
    ("state", "word", "mark"),
    [
        ("measured", "measured", ""),
        ("stale", "stale", "estimate"),
        ("measuring", "measuring…", "estimate"),
        ("waiting", "waiting", "estimate"),
    ],
)
def test_what_is_not_of_the_present_setting_is_marked_with_a_word(state, word, mark):
    latency = row(replace(FIGURES, latency_state=state), "Latency")
    assert (latency.word, latency.mark) == (word, mark)


@pytest.mark.parametrize(
    ("trust", "word", "mark"),
    [("exact", "", ""), ("estimate", "estimate", "estimate"), ("unreliable", "unreliable", "problem")],
)
def test_a_loss_says_how_far_it_can_be_trusted(trust, word, mark):
    loss = row(replace(FIGURES, loss_trust=trust), "Loss increase")
    assert (loss.word, loss.mark) == (word, mark)


GAINS = (("OSIE", 1.754), ("EyeCrowd", 1.007))


@pytest.mark.parametrize(
    ("n_trained", "n_estimated", "pruned", "word", "mark", "detail"),
    [
        (0, 0, "unpruned", "measured", "", "per fixation"),
        (0, 240, "240 estimated", "measured unpruned", "estimate", "per fixation"),
        (1000, 0, "1,000 trained", "measured", "", "per fixation, past the trained 1,000"),
        (
            1000,
            240,
            "1,000 trained + 240 estimated",
            "measured at 1,000",
            "estimate",
            "per fixation, past the trained 1,000",
        ),
    ],
)
def test_what_is_trained_is_told_from_what_is_estimated(n_trained, n_estimated, pruned, word, mark, detail):
    figures = replace(FIGURES, n_trained=n_trained, n_estimated=n_estimated, gains=GAINS)
    assert row(figures, "Features").word == pruned
    gain = row(figures, "Information gain")
    assert (gain.value, gain.unit, gain.detail) == ("1.75", "bit", "OSIE · EyeCrowd 1.01")
    assert (gain.word, gain.mark) == (word, mark)
    assert "OSIE 1.754, EyeCrowd 1.007" in gain.explanation
    assert row(figures, "Loss increase").detail == detail


def test_the_speed_up_says_what_it_is_compared_with():
    speed_up = row(replace(FIGURES, n_reference=400), "Speed-up")
    assert speed_up.detail == "8.9–10.4 · without 400 1,050 ms"
    assert "than the network without 400," in speed_up.explanation


def test_what_was_opened_pruned_is_not_called_unpruned():
    opened = replace(FIGURES, n_reference=400, n_trained=0, n_estimated=0)
    assert row(opened, "Features").word == "as opened"
    assert row(replace(opened, n_estimated=3, gains=(("OSIE", 1.5),)), "Information gain").word == "measured as opened"


def test_what_is_left_of_much_is_not_nothing():
    assert row(replace(FIGURES, parameters=301), "Parameters").detail == "below 0.1 % of 9,237,461"


def test_one_run_is_one():
    assert row(replace(FIGURES, latency=replace(LATENCY, runs=1)), "Latency").detail.endswith(" · 1 run")


def test_a_latency_not_yet_measured_is_a_dash():
    figures = replace(FIGURES, latency=None, latency_state="waiting")
    assert row(figures, "Latency").value == row(figures, "Speed-up").value == "–"
    assert len(figure_rows(figures)) == len(figure_rows(FIGURES))


def test_a_loss_that_rounds_to_nothing_has_no_sign():
    assert row(replace(FIGURES, loss_increase_bits=1e-6), "Loss increase").value == "0.000"
    assert row(replace(FIGURES, loss_increase_bits=-0.02), "Loss increase").value == "−0.020"


def test_digits_depend_on_the_unpruned_network_only():
    assert row(replace(FIGURES, gflop=91.74), "Cost").value == "91.74"
    assert row(replace(FIGURES, gflop=0.05), "Cost").value == "0.05"
    assert row(replace(FIGURES, gflop=0.05, gflop_all=2.0), "Cost").value == "0.050"


def test_the_copied_table_has_a_row_for_each_figure():
    lines = figures_tsv(FIGURES).splitlines()
    assert lines[0] == "figure\tvalue\tunit\tdetail\tstate"
    assert [line.split("\t")[0] for line in lines[1:]] == [r.name for r in figure_rows(FIGURES)]
    assert {line.count("\t") for line in lines} == {4}


def test_every_figure_is_explained_and_read_aloud():
    assert all(r.explanation.endswith(".") for r in figure_rows(FIGURES))
    assert "Eq. 11" in row(FIGURES, "Cost").explanation
    assert "Latency 107 ms measured" in figures_sentence(FIGURES)


def test_what_was_compensated_is_not_called_trained_and_both_words_fit():
    at_mark = replace(FIGURES, n_trained=2000, n_estimated=0, made="compensated", loss_trust="exact")
    past = replace(at_mark, n_estimated=100, loss_trust="estimate")
    rows = {state: {row.name: row for row in figure_rows(f)} for state, f in (("at", at_mark), ("past", past))}
    assert rows["at"]["Features"].word == "2,000 compensated"
    assert rows["past"]["Features"].word == "2,000 + 100 estimated"
    assert rows["past"]["Loss increase"].detail == "per fixation, past 2,000"
    for found in rows.values():
        assert not any("trained" in f"{row.word} {row.detail}" for row in found.values())


def test_what_rounding_gains_stands_beside_the_speed_up():
    figures = replace(FIGURES, rounding=RoundingGain(1.043, (1.01, 1.08), 1.06))
    speed_up = row(figures, "Speed-up")
    assert speed_up.detail.endswith("rounding 1.04 ×, predicted 1.06")
    assert "quartiles 1.01 to 1.08" in speed_up.explanation
    assert "rounding" not in row(FIGURES, "Speed-up").detail.lower()


def test_where_time_is_the_cost_predicted_stands_beside_measured():
    figures = replace(FIGURES, predicted_ms=98.76, predicted_on="here (x86_64)")
    latency = row(figures, "Latency")
    assert latency.detail == "101–118 · predicted 98.8"
    assert "measured on here (x86_64) with 1 thread" in latency.explanation
    assert row(replace(figures, latency=replace(LATENCY, threads=2)), "Latency").detail.endswith(
        "predicted 98.8 with 1 thread"
    )
    assert row(replace(figures, latency=None), "Latency").detail == "predicted 98.8"
    assert "predicted" not in row(FIGURES, "Latency").detail
