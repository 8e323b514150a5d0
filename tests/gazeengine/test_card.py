import math
from dataclasses import replace
from pathlib import Path

import pytest

from gazeengine.card import card
from gazeengine.card_parts import markdown
from gazeengine.checkpoint import load
from gazeengine.cost import flops_model
from gazeengine.plan import pruning_order
from gazeengine.scores import METRICS
from gazeengine.signal_source import OWN, with_source
from gazeengine.surgery import pruned
from tests.networks import narrow_checkpoint

SCORES = {
    "information_gain_bits": 1.8368,
    "auc": 0.9185,
    "nss": 3.0879,
    "sim": 0.5987,
    "cc": 0.7032,
    "kl": 0.6244,
    "sauc": None,
    "n_images": 74,
    "n_fixations": 9310,
    "baseline": "center bias of OSIE train, EyeCrowd train",
}
PROVENANCE = {
    "architecture": "fastgaze",
    "features": "vgg11_features.safetensors",
    "data": ["OSIE train", "EyeCrowd train"],
    "validation": ["OSIE val"],
    "objective": "cross-entropy on fixations",
    "training": {"n_steps": 1440, "batch": 4},
    "steps": 1440,
    "best_step": 1200,
    "validation_loss_nats": 9.784,
    "seconds": 6063,
    "seed": 0,
    "licence": "CC BY 4.0",
}


def model(**changes):
    checkpoint = replace(narrow_checkpoint(most=8), name="Tiny", provenance=PROVENANCE, scores={"OSIE test": SCORES})
    return replace(checkpoint, **changes)


def plan(checkpoint, n, beta=1e-3):
    return pruning_order(checkpoint.signal, flops_model(checkpoint.architecture, *checkpoint.working_size), beta).first(
        n
    )


def section(found, title):
    return next(s for s in found.sections if s.title.startswith(title))


def facts(found, title):
    return {fact.label: fact.text for fact in section(found, title).facts}


def test_it_tells_data_working_size_viewing_time_scores_and_baseline():
    found = card(model())
    text = markdown(found)
    assert "48 × 32 pixels" in facts(found, "Network")["Working size"]
    data = facts(found, "Training data")
    assert "15 observers a picture, 3 s" in data["OSIE train"]
    assert "16 observers a picture, 5 s" in data["EyeCrowd train"]
    assert data["Viewing time"].startswith("3 to 5 s")
    assert "Journal of Vision 2014" in text
    assert "center bias of OSIE train, EyeCrowd train" in section(found, "Scores").note
    assert facts(found, "How it was made")["Licence"] == "CC BY 4.0"


def test_the_table_has_the_scores_as_they_are_in_the_file():
    table = section(card(model()), "Scores").table
    row = dict(zip(table.head, table.rows[0], strict=True))
    assert row["Data set"] == "OSIE test"
    assert row["AUC"] == f"{SCORES['auc']:.3f}"
    assert row["IG (bits)"] == "1.837"
    assert (row["Pictures"], row["Fixations"]) == ("74", "9,310")
    assert "sAUC" not in row  # nobody has one


def test_intervals_are_shown_where_there_are_some():
    assert "In brackets" not in section(card(model()), "Scores").note
    scores = SCORES | {"intervals": {"auc": [0.9, 0.93], "nss": "odd"}}
    found = section(card(model(scores={"OSIE test": scores})), "Scores")
    row = dict(zip(found.table.head, found.table.rows[0], strict=True))
    assert row["AUC"] == "0.918 [0.900, 0.930]"
    assert row["NSS"] == "3.088"
    assert "In brackets" in found.note


def test_what_it_was_not_tested_on_follows_from_what_it_was_scored_on():
    points = section(card(model()), "Not tested on").points
    assert "web pages" in points
    assert "photographs" not in points
    assert "viewing times other than 3 s" in points  # it learned from 5 s, too, but was not scored on them
    both = section(card(model(scores={"OSIE test": SCORES, "WebPages val": SCORES})), "Not tested on").points
    assert "web pages" not in both
    assert "viewing times other than 3 s and 5 s" in both


def test_without_scores_it_was_tested_on_nothing():
    found = card(model(scores={}))
    assert section(found, "Not tested on").points[0].startswith("anything")
    assert section(found, "Scores").note.startswith("None")


def test_of_a_data_set_that_is_not_known_it_says_so():
    found = card(model(provenance={"data": ["screens train"]}, scores={"screens test": SCORES}))
    assert "nothing is known" in facts(found, "Training data")["screens train"]
    assert "screens test" in section(found, "Not tested on").note


def test_a_trained_network_has_no_estimate():
    found = card(model())
    assert found.estimate == ""
    assert "Estimate" not in markdown(found)
    assert f"all {model().n_features} features" in found.trained


def test_pruning_past_it_is_an_estimate_without_scores():
    checkpoint = model()
    here = plan(checkpoint, 9)
    found = card(checkpoint, here)
    assert "9 features" in found.estimate
    assert "without training" in found.estimate
    assert f"{here.loss_increase / math.log(2):.3f} bits" in found.estimate
    assert "no measured scores" in found.estimate
    assert found.trained == card(checkpoint).trained
    assert section(found, "Scores").title == "Scores of Tiny, before pruning here"
    assert facts(found, "Network")["Features"].startswith(f"{checkpoint.n_features - 9:,} of ")
    assert card(checkpoint, plan(checkpoint, 0)) == card(checkpoint)


def test_a_file_that_was_pruned_without_training_says_which_part_was_trained():
    checkpoint = model()
    found = card(pruned(checkpoint, plan(checkpoint, 9)))
    assert found.trained == f"Tiny with its {checkpoint.n_features} features, before pruning."
    assert "9 of its features were pruned at β 0.001 and nothing was trained afterwards" in found.estimate
    assert section(found, "Not tested on").points[0].startswith("anything")


def test_a_snapshot_of_a_family_was_trained_and_what_is_pruned_of_it_was_not():
    whole = model()
    family = {"parent": whole.id, "name": "Tiny", "beta": 0.001, "n_pruned": 9, "criterion": "fisher"}
    child = pruned(whole, plan(whole, 9))
    snapshot = replace(child, provenance=dict(child.provenance) | {"family": family, "trained_after_pruning": True})
    left = whole.n_features - 9
    found = card(snapshot)
    assert found.estimate == ""
    assert found.trained.startswith("a snapshot of Tiny: 9 of its features were pruned at β 0.001")
    assert f"the {left} that were left were trained on" in found.trained
    further = card(snapshot, plan(snapshot, 4, None))
    assert further.trained == found.trained
    assert "4 features are pruned past it here, at β*" in further.estimate
    saved = card(pruned(snapshot, plan(snapshot, 4)))
    assert saved.trained == found.trained
    assert "4 of its features were pruned" in saved.estimate


def test_how_it_was_pruned_and_trained_is_told_in_words():
    made = {
        "pruning": {"beta": 0.15, "gflop": None, "forget": False, "steps_per_round": 1, "features_per_round": 10}
        | {"learning_rate": 0.0025, "momentum": 0.9},
        "distilled_from": {"name": "Tiny −9", "id": "abc"},
        "training": {"n_steps": 40, "batch": 8, "learning_rate": 1e-3, "readout_learning_rate": 3e-4},
        "cost": "flops",
        "licence": "MIT",
    }
    found = facts(card(model(provenance=made)), "How it was made")
    told = "by the Fisher signal of the steps; β 0.15; 1 step and 10 features a round; SGD, learning rate 0.0025, "
    assert found["Pruned while training"] == told + "momentum 0.9"
    assert found["Distilled from"] == "Tiny −9, abc"
    assert found["Training"] == "40 steps of 8 pictures; Adam, learning rate 0.001, of the readout 0.0003"
    assert found["Licence"] == "MIT"
    assert not {"Pruning", "Cost"} & found.keys()


def test_every_shipped_model_has_a_licence():
    folder = Path(__file__).parents[2] / "resources" / "models"
    models = sorted(folder.rglob("*.safetensors"))
    assert len(models) > 20
    assert all(load(path).provenance.get("licence") for path in models)


def test_it_tells_whose_pictures_the_signal_is_of():
    checkpoint = model()
    own = with_source(checkpoint, checkpoint.signal, [OWN], 0)
    assert facts(card(own), "Network")["Fisher signal"].startswith("of your 10 pictures; targets: where the network")
    assert "by the signal of your 10 pictures" in card(own, plan(own, 3)).estimate
    assert "Fisher signal" not in facts(card(replace(checkpoint, signal=None)), "Network")


@pytest.mark.parametrize(
    "provenance",
    [
        {},
        {"data": "OSIE train", "training": 3, "family": "Tiny", "parent": None, "pruned": "9", "signal": []},
        {"family": {"name": None, "n_pruned": 1}, "validation_loss_nats": "nan", "steps": None, "beta": {}},
        {"pruned": 4, "trained_after_pruning": False, "notes": {"a": [1, {"b": 2.5}]}, "x|y": "a\nb"},
    ],
)
@pytest.mark.parametrize("scores", [{}, {"OSIE test": 3}, {"OSIE test": {"auc": True, "intervals": [1]}}, {"": {}}])
def test_a_file_may_say_anything(provenance, scores):
    assert markdown(card(model(provenance=provenance, scores=scores))).startswith("# Tiny\n")


def test_all_that_a_file_says_of_its_origin_is_told_somewhere():
    text = markdown(card(model(provenance=PROVENANCE | {"teacher": {"name": "Big", "auc": 0.5}, "note": "by hand"})))
    for word in (
        "vgg11_features",
        "OSIE val",
        "cross-entropy on fixations",
        "1,440 steps of 4",
        "1,200",
        "9.784",
        "101",
    ):
        assert word in text
    assert "**Teacher:** name Big, auc 0.5" in text
    assert "**Note:** by hand" in text


def test_markdown_has_a_row_of_as_many_cells_for_every_data_set():
    text = markdown(card(model(scores={"OSIE test": SCORES, "a|b": SCORES})))
    scores = text.partition("## Scores")[2].partition("\n## ")[0]
    rows = [line for line in scores.splitlines() if line.startswith("|")]
    assert len(rows) == 4
    assert {line.replace("\\|", "").count("|") for line in rows} == {len(METRICS) - 1 + 4}
