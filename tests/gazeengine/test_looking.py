import numpy as np
import pytest

from gazeengine import kept_networks
from gazeengine.cost import flops_model
from gazeengine.domain import Look
from gazeengine.looking import Onlooker, look_at, shown_size
from gazeengine.networks import build
from gazeengine.plan import pruning_order
from gazeengine.viewports import fold_rows, folds_of
from tests.networks import random_checkpoint
from tests.pages import page_picture, page_pixels

CHECKPOINT = random_checkpoint()
NETWORK = build(CHECKPOINT)
PAGE = page_pixels(600, 96)
LOOK = Look("screens", viewport="16:10")


def looked(rgb, look, size=None):
    return look_at(NETWORK, CHECKPOINT, rgb, look, size)


def test_a_page_is_read_viewport_by_viewport_at_full_resolution():
    found = looked(PAGE, LOOK)
    assert found.log_density.shape == (600, 96)
    assert found.folds == folds_of(600, 96, "16:10")
    assert found.total == pytest.approx(1, abs=1e-4)
    for fold in found.folds:
        alone = looked(PAGE[fold.shown : fold.bottom], Look("screens", viewport="none")).log_density
        own = alone[len(alone) - fold.height :]
        assert np.ptp(found.log_density[fold.top : fold.bottom] - own) < 1e-3
        assert np.exp(found.log_density[fold.top : fold.bottom]).sum() == pytest.approx(fold.weight, rel=1e-3)


def test_as_one_view_it_has_no_folds_and_another_map():
    found = looked(PAGE, Look("screens", viewport="none"))
    assert found.folds == ()
    assert not np.allclose(found.log_density, looked(PAGE, LOOK).log_density, atol=0.1)


def test_a_smaller_map_of_a_page_has_the_same_weights():
    found = looked(PAGE, LOOK, (150, 24))
    for fold, rows in zip(found.folds, fold_rows(found.folds, 150), strict=True):
        assert np.exp(found.log_density[rows]).sum() == pytest.approx(fold.weight, rel=1e-3)


def test_what_changes_below_a_fold_changes_nothing_above_it():
    other = np.array(PAGE)
    other[300:] = 255 - other[300:]
    before, after = looked(PAGE, LOOK).log_density, looked(other, LOOK).log_density
    assert np.array_equal(before[:300], after[:300])
    assert not np.array_equal(before[300:], after[300:])


def test_on_display_a_page_has_what_its_folds_need_and_other_pictures_what_is_allowed():
    folds = folds_of(9000, 1280)
    rows, columns = shown_size(9000, 1280, 500_000, folds)
    assert rows * columns > 900_000
    rows, columns = shown_size(9000, 1280, 500_000)
    assert rows * columns <= 501_000


def test_an_onlooker_reads_pages_too():
    found = Onlooker().look(page_picture(600, 96), CHECKPOINT, None, LOOK, 10_000)
    assert len(found.folds) == 10
    assert found.total == pytest.approx(1, abs=1e-4)


def test_an_onlooker_builds_what_it_knows_only_once_and_answers_the_same(monkeypatch):
    built = []
    monkeypatch.setattr(kept_networks, "build", lambda checkpoint: built.append(checkpoint.id) or build(checkpoint))
    pruned = pruning_order(CHECKPOINT.signal, flops_model(CHECKPOINT.architecture, 64, 64), 1e-3).first(5)
    picture, look = page_picture(96, 96), Look("screens")
    onlooker = Onlooker()
    known = [onlooker.look(picture, CHECKPOINT, plan, look, 10_000) for plan in (None, pruned, None, pruned)]
    assert len(built) == 1
    for plan, found in zip((None, pruned, None, pruned), known, strict=True):
        alone = Onlooker().look(picture, CHECKPOINT, plan, look, 10_000)
        np.testing.assert_array_equal(found.log_density, alone.log_density)
    assert (known[0].log_density != known[1].log_density).any()
