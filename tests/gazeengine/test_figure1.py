import json

import numpy as np
import pytest

from gazeengine.errors import DataError
from gazeengine.figure1 import CURVES, Curve, Figure1Options, Point, as_csv, figure1, points_in
from gazeengine.figure1_claims import claims, draw, increases, joined, page
from gazeengine.fixations import read_data_set
from tests.data_sets import made_data_set
from tests.networks import narrow_checkpoint

OPTIONS = Figure1Options((64, 64), every=15, n_signal=2, n_held_out=2)


@pytest.fixture
def checkpoint():
    return narrow_checkpoint("fastgaze", most=6)


@pytest.fixture
def material(tmp_path):
    made_data_set(tmp_path / "made", n=3)
    return [read_data_set(tmp_path / "made", "train")], [read_data_set(tmp_path / "made", "test")]


def steps(checkpoint, material, folder, curves, options=OPTIONS):
    return list(figure1(checkpoint, *material, folder, options, curves))


def test_every_curve_goes_from_the_whole_network_to_its_end(checkpoint, material, tmp_path):
    found = steps(checkpoint, material, tmp_path / "run", CURVES)
    points = points_in(tmp_path / "run", checkpoint, OPTIONS)
    assert list(points) == [c.title for c in CURVES]
    assert len(found) == sum(map(len, points.values()))
    for row in points.values():
        assert row[0] == Point(0, row[0].gflop, row[0].loss)
        assert [p.n for p in row] == sorted({p.n for p in row})
        assert [p.gflop for p in row] == sorted((p.gflop for p in row), reverse=True)
        assert row[-1].gflop <= 0.1 * row[0].gflop or row[-1].n == checkpoint.n_prunable
        assert all(np.isfinite(p.loss) for p in row)
    assert len({row[0].loss for row in points.values()}) == 1
    assert as_csv({0: points}).count("\n") == 1 + len(found)


def test_a_run_that_was_stopped_goes_on_to_the_same_curve(checkpoint, material, tmp_path):
    curve = [Curve("Fisher, β = 0", "fisher")]
    whole = steps(checkpoint, material, tmp_path / "whole", curve)
    going = figure1(checkpoint, *material, tmp_path / "run", OPTIONS, curve)
    begun = [next(going), next(going)]
    going.close()
    rest = steps(checkpoint, material, tmp_path / "run", curve)
    assert [s.point for s in begun + rest] == [s.point for s in whole]
    assert steps(checkpoint, material, tmp_path / "run", curve) == []


def test_a_folder_of_other_options_or_a_damaged_one_is_refused(checkpoint, material, tmp_path):
    curve = CURVES[:1]
    steps(checkpoint, material, tmp_path / "run", curve)
    with pytest.raises(DataError, match="other options"):
        steps(checkpoint, material, tmp_path / "run", curve, Figure1Options((64, 64), 5, 2, 2))
    (path,) = (tmp_path / "run").iterdir()
    path.write_text(json.dumps({"points": 3}))
    with pytest.raises(DataError, match="cannot be read"):
        steps(checkpoint, material, tmp_path / "run", curve)


def row(losses):
    """Points at 100, 90, … % of 10 GFLOP with these loss increases."""
    return [Point(10 * i, 10 - i, 8 + loss) for i, loss in enumerate(losses)]


def test_claims_hold_or_not_by_the_curves():
    straight = np.linspace(0, 1, 10)
    points = {
        "Fisher, β = 0": row(straight),
        "Fisher, β = 0.001": row(straight * 0.6),
        "Fisher, β = 0.01": row(np.where(np.arange(10) < 6, straight, 0.4)),
        "Fisher, β = 0.01, costs held fixed": row(straight * 2),
        "Fisher, β*": row(np.where(np.arange(10) < 4, straight * 0.6, 2)),
        "Molchanov": row(straight * 1.05),
        "Random": row(straight * 0.5),
    }
    by_words = {claim.words.split(":")[0]: claim for claim in claims(points)}
    assert not by_words["Naive baselines fail"].holds
    assert by_words["Fisher without cost equals Molchanov"].holds
    assert by_words["Several β beat one"].holds
    assert by_words["Updated costs beat fixed ones at β = 0.01"].holds
    assert by_words["β* is good for few features"].holds
    assert by_words["β* is worse for many"].holds
    text = page(claims(points), "COMMAND")
    assert text.count("| holds |") == 6
    assert "**does not hold**" in text


def test_increases_are_interpolated_and_end_where_a_curve_ends():
    found = increases({"a": row([0, 0.1, 0.2, 0.3])})["a"]
    assert found[0] == pytest.approx(0.05)
    assert np.isnan(found[-1])


def test_seeds_are_averaged_as_far_as_all_go():
    both = joined({0: {"a": row([0, 1, 2])}, 1: {"a": row([0, 3])}})
    assert [p.loss for p in both["a"]] == [8, 10]


def test_the_figure_is_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    draw({c.title: row(np.linspace(0, 1, 5)) for c in CURVES}, tmp_path / "f.svg")
    assert b"Molchanov" in (tmp_path / "f.svg").read_bytes() or (tmp_path / "f.svg").stat().st_size > 5000
