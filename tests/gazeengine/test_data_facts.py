import csv
import re

import pytest

from gazeengine.data_facts import DATA_SETS, DOMAINS, facts_of, not_covered, viewing_times_s

NAMES = [facts.name for facts in DATA_SETS]


@pytest.mark.parametrize("name", NAMES)
def test_a_data_set_is_found_by_its_name_with_or_without_a_split(name):
    for written in (name, f"{name} train", f"{name.lower()} test"):
        assert facts_of(written).name == name
    assert facts_of(f"{name}2 train") is None


@pytest.mark.parametrize("name", ["", " ", "screens", "my OSIE"])
def test_what_is_not_known_is_none(name):
    assert facts_of(name) is None


def test_the_facts_are_whole():
    assert len(set(NAMES)) == len(NAMES)
    for facts in DATA_SETS:
        assert facts.covers <= DOMAINS.keys()
        assert facts.covers
        assert facts.url.startswith("http")
        assert re.search(r"\b(19|20)\d\d\b", facts.citation)
        assert (facts.viewing_s is None) == (facts.observers is None)


def test_viewing_times_are_told_once_each():
    assert viewing_times_s(["EyeCrowd train", "OSIE train", "MIT1003", "ALEXA", "unknown"]) == (3, 5)
    assert viewing_times_s([]) == ()


def test_more_data_sets_never_leave_more_untested():
    for i in range(len(NAMES)):
        assert set(not_covered(NAMES[: i + 1])) <= set(not_covered(NAMES[:i]))
    assert not_covered([]) == tuple(DOMAINS.values())


def test_pictures_that_nobody_was_measured_on_test_nothing():
    assert not_covered(["ALEXA unlabelled"]) == not_covered([])
    assert DOMAINS["web pages"] not in not_covered(["WebPages val"])


@pytest.mark.parametrize("name", ["OSIE", "EyeCrowd", "WebPages", "ALEXA"])
@pytest.mark.shared
def test_the_facts_are_those_of_the_data(shared, name):
    facts = facts_of(name)
    table = (shared / "data" / name / "images.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(table.splitlines()))
    assert f"{len(rows)}" in facts.shows
    assert max(int(row["n_observers"]) for row in rows) == (facts.observers or 0)
