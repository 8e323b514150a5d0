import re
from dataclasses import replace

import pytest

from gazeengine.results_gathered import gathered
from gazeengine.results_page import Links, page
from gazeengine.results_paper import DENSEGAZE, FASTGAZE, OTHERS, beside, differences
from tests.evaluations import SMALL, WHOLE, evaluation, stored

LINKS = Links("../models/README.md", "../CONTRIBUTING.md", "figure2.svg", "figure4.jpg", "The pictures are samples.")
COMMAND = "python -m gazeengine results made.json --out docs/results.md"


@pytest.fixture(scope="module")
def found():
    return gathered([stored()])


@pytest.fixture(scope="module")
def text(found):
    return page(found, LINKS, COMMAND)


def tables(text):
    """Each table as rows of cells."""
    blocks = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    return [[line[2:-2].split(" | ") for line in block.splitlines()] for block in blocks]


def test_every_table_has_as_many_cells_in_each_line(text):
    for table in tables(text):
        assert {len(line) for line in table} == {len(table[0])}


def test_there_is_a_table_of_models_and_one_for_each_data_set(text, found):
    models, *others = tables(text)
    assert [line[0].split(" †")[0].split(" (")[0] for line in models[2:]] == [m.name for m in found.models]
    assert text.index("## OSIE test") < text.index("## EyeCrowd test")
    for table in others[:2]:
        assert len(table) == 2 + len(found.models)


def test_estimates_are_marked_and_the_mark_is_told(text):
    assert "FastGaze −2000 †" in text
    assert "FastGaze −1000 †" not in text
    assert "† not trained since it was pruned; *compensated* ones" in text
    assert "†" not in page(gathered([stored([evaluation(WHOLE), evaluation(SMALL)])]), LINKS, COMMAND)


def test_differences_to_the_unpruned_network_have_their_interval(text, found):
    row = next(row for row in found.rows if row.model.id == SMALL.id)
    difference = found.difference(row)
    shown = f"{difference.mean:+.2f}<br><sub>{difference.low:.2f} to {difference.high:.2f}</sub>"
    assert shown.replace("-", "−") in text


def test_without_bootstrap_there_are_no_intervals():
    rows = [evaluation(WHOLE), evaluation(SMALL)]
    bare = [replace(row, scores=replace(row.scores, intervals={})) for row in rows]
    text = page(gathered([replace(stored(bare), resamples=0)]), LINKS, COMMAND)
    assert "<sub>" not in text
    assert "bootstrap intervals over pictures (" not in text


def test_every_number_can_be_made_again(text):
    assert "```\npython -m gazeengine evaluate fastgaze\n```" in text
    assert f"```\n{COMMAND}\n```" in text


def test_pictures_and_folders_are_linked(text, found):
    for target in ("figure2.svg", "figure4.jpg", "../models/README.md", "../CONTRIBUTING.md"):
        assert f"]({target})" in text
    bare = page(found, Links("m", "d"), COMMAND)
    assert "![" not in bare
    assert "Figure 4" not in bare


# beside the paper


def test_table_2_stands_whole_with_our_models_beside_it(found):
    lines = dict(beside(found))
    assert len(lines) == 11
    assert [model.name for model in lines[FASTGAZE]] == ["FastGaze", "FastGaze −2000", "Published FastGaze"]
    assert [model.name for model in lines[DENSEGAZE]] == ["DenseGaze"]
    assert all(lines[other] == [] for other in OTHERS)


def test_reported_figures_are_in_the_page(text):
    assert "| *FastGaze, 2,250 features pruned* | *MIT300* | *0.85* | *1.21* | *0.61* | *2.00* | *10.7* |" in text
    assert "| *eDN* | *MIT300* | *0.82* | *1.14* | *0.41* | *1.14* | *–* |" in text


def test_every_difference_has_two_sides_and_names_the_data(found):
    told = differences(found)
    assert all(all(line) for line in told)
    here = {what: ours for what, _, ours in told}
    assert "OSIE test: 5 pictures with 125 fixations" in here["pictures scored on"]
    assert "15 for 3 s" in here["observers and viewing time"]
    assert "16 for 5 s" in here["observers and viewing time"]
    assert "OSIE test: other pictures of the same set" in here["seen in training"]
    assert "EyeCrowd test: nothing of this set" in here["seen in training"]
    assert here["teacher"] == "Ensemble of ten, trained on OSIE train"
    assert here["what networks learned from"] == "cross-entropy to a teacher's maps, on OSIE train"
    assert here["baseline"].startswith("center bias of OSIE train")
    assert "1 thread of Made-up CPU" in here["time"]


def test_what_is_not_known_is_said_and_not_guessed():
    unknown = replace(WHOLE, data=(), objective=None, timing=None)
    here = {what: ours for what, _, ours in differences(gathered([stored([evaluation(unknown, "Own test")])]))}
    assert here["observers and viewing time"] == "Own test: not known"
    assert here["seen in training"] == here["what networks learned from"] == "not said in the model files"
    assert here["time"] == "not measured"
    assert here["teacher"].startswith("none")


def test_networks_that_learned_from_other_things_are_told_apart():
    own = replace(SMALL, data=("Own train",), objective="cross-entropy on fixations", teachers=("Ensemble of five",))
    here = {what: ours for what, _, ours in differences(gathered([stored([evaluation(WHOLE), evaluation(own)])]))}
    assert here["what networks learned from"] == (
        "FastGaze: cross-entropy to a teacher's maps, on OSIE train; "
        "FastGaze −1000: cross-entropy on fixations, on Own train"
    )
    assert here["teacher"] == "Ensemble of five"


@pytest.mark.parametrize(
    ("data_set", "seen", "left_out"),
    [
        ("OSIE train", "these very pictures", "forces"),
        ("OSIE all", "some of these very pictures", "forces"),
        ("CAT2000 train", "nothing of this set", "none of CAT2000 train as published"),
    ],
)
def test_what_was_seen_in_training_and_left_out_of_the_data_is_told(data_set, seen, left_out):
    here = {what: ours for what, _, ours in differences(gathered([stored([evaluation(WHOLE, data_set)])]))}
    assert here["seen in training"] == f"{data_set}: {seen}"
    assert left_out in here["fixations left out"]
