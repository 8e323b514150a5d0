from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QPushButton

from app.library import ModelEntry
from app.model_box import ModelBox, details, summary
from gazeengine.family_files import read_family
from tests.families import write_family

SCORES = {"OSIE test": {"information_gain_bits": 1.754, "auc": 0.9141, "nss": 2.934, "baseline": "prior"}}


def entry(key, checkpoint=None, *, shipped=False):
    return ModelEntry(key, f"{key} of file", Path(f"/models/{key}.safetensors"), shipped, checkpoint)


@pytest.fixture
def box(qtbot):
    box = ModelBox()
    qtbot.addWidget(box)
    return box


@pytest.fixture
def combo(box):
    return box.findChild(QComboBox)


def test_shipped_ones_come_first_and_the_chosen_one_is_shown(box, combo, checkpoint):
    entries = [entry("own"), entry("one", shipped=True), entry("two", checkpoint, shipped=True)]
    box.show_models(entries, "two")
    assert [combo.itemText(i) for i in range(3)] == ["one of file", "Tiny", "own of file"]
    assert combo.currentText() == "Tiny"
    assert combo.itemData(0, Qt.ItemDataRole.ToolTipRole) == "/models/one.safetensors"
    box.show_models(entries, None)
    assert combo.currentIndex() == -1


def test_showing_says_nothing_and_choosing_says_which(box, combo, checkpoint):
    chosen = []
    box.chosen.connect(chosen.append)
    box.show_models([entry("one"), entry("two", checkpoint)], "two")
    assert chosen == []
    combo.activated.emit(0)
    assert chosen == ["one"]


def test_the_button_asks_for_a_file(box, qtbot):
    button = next(button for button in box.findChildren(QPushButton) if button.text() == "Open…")
    with qtbot.waitSignal(box.open_asked):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_few_words_say_what_it_is(checkpoint):
    assert summary(replace(checkpoint, scores=SCORES)) == "FastGaze, looks at 48 × 32\nOSIE 1.75 bit, AUC 0.914"
    assert "carries no Fisher signal" in summary(replace(checkpoint, signal=None))
    assert "no scores of its own yet" in summary(replace(checkpoint, scores={}))


def test_all_words_say_where_it_comes_from(checkpoint):
    said = details(replace(checkpoint, scores=SCORES, provenance={"seed": 3, "data": ["OSIE"]}))
    assert said.split("\n") == [
        "seed: 3",
        "data: ['OSIE']",
        "OSIE test: 1.754 bit per fixation over the prior, NSS 2.93",
    ]


def test_a_family_says_how_many_networks_were_trained_and_where(box, checkpoint, tmp_path):
    family = read_family(write_family(tmp_path, checkpoint, {1e-3: (20, 40), None: (30,)}))
    assert summary(family.checkpoint, family).startswith("FastGaze, looks at 48 × 32, 3 snapshots\n")
    said = details(family.checkpoint, family).split("\n")
    assert said[-2:] == [
        "trained at β 0.001 with so many pruned: 20 (1.78 bit), 40 (1.76 bit)",
        "trained at β* with so many pruned: 30 (1.77 bit)",
    ]
    box.show_models([replace(entry("f", family.checkpoint), family=family)], "f")
    assert "3 snapshots" in box._about.text()


@pytest.mark.parametrize("scores", [{"mine": {"nats": 1.5}}, {"mine": 3}, {"mine": None}, {"mine": {"auc": "good"}}])
def test_scores_of_another_kind_are_no_trouble(box, checkpoint, scores):
    odd = replace(checkpoint, scores=scores)
    assert "no scores of its own yet" in summary(odd)
    assert "mine: " in details(odd)
    box.show_models([entry("odd", odd)], "odd")
