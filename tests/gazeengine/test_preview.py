from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from gazeengine import kept_networks, preview
from gazeengine.cost import flops_model
from gazeengine.domain import Look, composed
from gazeengine.image import Picture
from gazeengine.looking import look_at
from gazeengine.networks import build, sliced
from gazeengine.plan import pruning_order
from gazeengine.predict import predict
from gazeengine.preview import Previewer
from gazeengine.records import PreviewRequest
from gazeengine.surgery import pruned
from tests.networks import random_checkpoint
from tests.pages import page_picture

CHECKPOINT = random_checkpoint()
ORDER = pruning_order(CHECKPOINT.signal, flops_model(CHECKPOINT.architecture, 32, 48), 1.0)


def picture(height=40, width=60, seed=0):
    rgb = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Picture("noise", None, rgb, f"digest {seed}")


PICTURE = picture()


def request(n=0, **changes):
    return replace(PreviewRequest(PICTURE, CHECKPOINT, ORDER.first(n)), **changes)


@pytest.fixture
def every_network_is_expensive(monkeypatch):
    monkeypatch.setattr(preview, "COARSE_ABOVE_FLOPS", 0)


def test_a_map_comes_first_coarse_then_full_then_the_latency_run_by_run(every_network_is_expensive):
    asked = request(4)
    answer = list(Previewer().answer(asked))
    stages = [p.stage for p in answer]
    assert stages[:2] == ["coarse", "full"]
    assert set(stages[2:]) == {"latency"}
    assert all(p.request is asked for p in answer)
    assert [p.latency.runs for p in answer[2:-1]] == list(range(1, len(answer) - 2))
    assert [p.latency_final for p in answer] == [False] * (len(answer) - 1) + [True]
    assert answer[-1].latency == answer[-2].latency
    coarse, full = (p.saliency_map for p in answer[:2])
    assert coarse.log_density.shape == full.log_density.shape == (40, 60)
    assert coarse.total == pytest.approx(1, abs=1e-5)
    assert not np.array_equal(coarse.log_density, full.log_density)


def test_a_cheap_network_gives_its_full_map_at_once():
    assert next(Previewer().answer(request(4))).stage == "full"


def test_the_full_map_is_that_of_the_pruned_network():
    for n in (0, 4, ORDER.n_removals):
        previewed = next(Previewer().answer(request(n)))
        from_scratch = predict(sliced(build(CHECKPOINT), ORDER.first(n).kept), PICTURE.rgb, (32, 48))
        np.testing.assert_allclose(previewed.saliency_map.log_density, from_scratch.log_density, atol=1e-5)


def test_a_request_without_a_plan_is_for_the_network_as_it_is():
    previewer = Previewer()
    with_plan, without = (next(previewer.answer(request(plan=plan))) for plan in (ORDER.first(0), None))
    assert np.array_equal(with_plan.saliency_map.log_density, without.saliency_map.log_density)


def test_the_unpruned_network_is_not_touched_by_pruning():
    previewer = Previewer()
    before = next(previewer.answer(request(0))).saliency_map.log_density
    for n in range(1, ORDER.n_removals + 1):
        next(previewer.answer(request(n, measure=False)))
    after = next(previewer.answer(request(0))).saliency_map.log_density
    assert np.array_equal(before, after)
    weights = random_checkpoint().weights
    assert all(np.array_equal(array, weights[name]) for name, array in CHECKPOINT.weights.items())


@pytest.mark.parametrize("after", [1, 2, 3])
def test_it_may_be_closed_behind_any_preview_and_asked_again(after, every_network_is_expensive):
    previewer = Previewer()
    answer = previewer.answer(request(4))
    for _ in range(after):
        last = next(answer)
    answer.close()
    again = [p for _, p in zip(range(after), previewer.answer(request(4)), strict=False)]
    from_the_beginning = ["coarse"] if after == 1 else []  # a full map that is known is given at once
    assert [p.stage for p in again] == [*from_the_beginning, "full", "latency", "latency"][:after]
    if last.saliency_map is not None:
        assert np.array_equal(again[0].saliency_map.log_density, last.saliency_map.log_density)


def test_a_request_not_to_measure_ends_with_the_map():
    assert [p.stage for p in Previewer().answer(request(4, measure=False))] == ["full"]


def test_latency_is_compared_with_the_unpruned_network_and_not_with_the_trained_one(monkeypatch):
    compared = []
    original = preview.measure_latency

    def measure_latency(network, base, *arguments, **options):
        compared.append((network.widths, base.widths))
        return original(network, base, *arguments, **options)

    monkeypatch.setattr(preview, "measure_latency", measure_latency)
    trained = pruned(CHECKPOINT, ORDER.first(4))
    cost = flops_model(trained.architecture, 32, 48)
    past = pruning_order(trained.signal, cost, 1.0).first(2)
    list(Previewer().answer(request(checkpoint=trained, plan=past, unpruned=CHECKPOINT)))
    list(Previewer().answer(request(checkpoint=trained, plan=past)))
    assert compared == [(past.widths, CHECKPOINT.widths), (past.widths, trained.widths)]


def test_a_network_is_built_once_for_all_requests_that_it_answers(monkeypatch):
    built = []
    original = kept_networks.build
    monkeypatch.setattr(kept_networks, "build", lambda checkpoint: built.append(checkpoint.id) or original(checkpoint))
    previewer = Previewer()
    for seed in range(3):
        for n in (0, 3):
            list(previewer.answer(request(n, picture=picture(seed=seed), measure=False)))
    assert built == [CHECKPOINT.id]


def test_a_cheap_network_is_masked_for_its_map_and_cut_only_to_be_measured(monkeypatch):
    cut = []
    original = kept_networks.sliced
    monkeypatch.setattr(kept_networks, "sliced", lambda network, kept: cut.append(1) or original(network, kept))
    previewer = Previewer()
    answer = previewer.answer(request(4))
    assert next(answer).stage == "full"
    assert not cut
    list(answer)
    assert cut == [1]


def test_where_widths_are_rounded_what_that_gains_is_measured_and_predicted_at_the_end():
    plan, exact = ORDER.first(4), ORDER.first(3)
    *before, last = Previewer().answer(request(plan=plan, exact=exact))
    assert last.latency_final
    assert all(p.rounding is None for p in before)
    low, high = last.rounding.quartiles
    assert 0 < low <= last.rounding.measured <= high
    assert last.rounding.predicted > 0
    *_, same = Previewer().answer(request(plan=plan, exact=replace(plan)))
    assert same.rounding is None, "nothing was rounded"


def test_another_network_is_not_mistaken_for_one_that_was_kept():
    previewer = Previewer()
    other = random_checkpoint(seed=1)
    maps = [
        next(previewer.answer(request(0, checkpoint=c, plan=plan, measure=False))).saliency_map.log_density
        for c in (CHECKPOINT, other)
        for plan in (None, ORDER.first(3), ORDER.first(5))
    ]
    assert len({m.tobytes() for m in maps}) == len(maps)


def test_a_large_picture_has_a_map_of_at_most_so_many_pixels():
    for height, width in ((400, 600), (1000, 3)):
        asked = request(0, picture=picture(height, width), most_pixels=1500, measure=False)
        shown = next(Previewer().answer(asked)).saliency_map.log_density
        assert shown.size <= 1500 * 1.05
        assert shown.shape[0] / shown.shape[1] == pytest.approx(height / width, rel=0.2)


def test_an_overtaken_request_gives_its_first_result_and_no_other(every_network_is_expensive):
    asked = request(4)
    asked.overtaken.set()
    assert [p.stage for p in Previewer().answer(asked)] == ["coarse"]


def test_a_measurement_ends_where_its_request_is_overtaken():
    asked = request(4)
    answer = Previewer().answer(asked)
    assert [next(answer).stage, next(answer).stage] == ["full", "latency"]
    asked.overtaken.set()
    assert list(answer) == []


def test_the_coarse_map_is_that_of_the_pruned_network_on_fewer_pixels(every_network_is_expensive):
    asked = request(4)
    coarse = next(Previewer().answer(asked)).saliency_map.log_density
    by_surgery = predict(sliced(build(CHECKPOINT), asked.plan.kept), PICTURE.rgb, (21, 32)).log_density
    assert np.abs(coarse - by_surgery).max() < 1e-5


@pytest.mark.parametrize("until", [1, 2, 3, None])
def test_it_is_quiet_while_a_latency_is_measured_and_at_no_other_time(until):
    quiet = [False]

    @contextmanager
    def nothing_else_computes():
        quiet[0] = True
        try:
            yield
        finally:
            quiet[0] = False

    with closing(Previewer(nothing_else_computes).answer(request(4))) as answer:
        seen = [(p.stage == "latency" and not p.latency_final, quiet[0]) for p in islice(answer, until)]
    assert all(measuring == silent for measuring, silent in seen)
    assert not quiet[0]


# --- pages

PAGE = page_picture(600, 96)
OF_PAGE = Look("screens", viewport="16:10")


@pytest.fixture
def every_fold_is_told(monkeypatch):
    monkeypatch.setattr(preview, "PAGE_PAUSE_S", 0.0)


def of_page(n=0, **changes):
    return request(n, **{"picture": PAGE, "look": OF_PAGE, "measure": False, **changes})


def test_a_page_comes_fold_by_fold_from_the_top_and_is_full_at_the_end(every_fold_is_told):
    answer = list(Previewer().answer(of_page()))
    assert [p.stage for p in answer] == ["coarse"] * 9 + ["full"]
    assert [p.folds_read for p in answer] == [tuple(range(1, n + 1)) for n in range(1, 11)]
    assert all(len(p.saliency_map.folds) == 10 for p in answer)
    whole = look_at(build(CHECKPOINT), CHECKPOINT, PAGE.rgb, OF_PAGE, answer[-1].saliency_map.log_density.shape)
    np.testing.assert_allclose(answer[-1].saliency_map.log_density, whole.log_density, atol=1e-5)


def test_of_an_expensive_network_the_first_fold_comes_coarse_and_then_each_is_full(
    every_network_is_expensive, every_fold_is_told
):
    answer = list(Previewer().answer(of_page()))
    assert [p.folds_read for p in answer[:3]] == [(1,), (1,), (1, 2)]
    assert len(answer) == 11
    coarse, fine = (p.saliency_map.log_density for p in answer[:2])
    assert coarse.shape == fine.shape
    assert not np.array_equal(coarse, fine)
    assert answer[-1].stage == "full"


def test_the_fold_in_sight_is_read_first_and_the_map_is_the_same(every_fold_is_told):
    first = list(Previewer().answer(of_page(first_fold=4)))
    assert [p.folds_read for p in first[:2]] == [(4,), (4, 5)]
    again = list(Previewer().answer(of_page()))
    np.testing.assert_allclose(first[-1].saliency_map.log_density, again[-1].saliency_map.log_density, atol=1e-6)


def test_folds_that_were_read_are_not_read_again(monkeypatch, every_fold_is_told):
    looks = []
    original = preview.predict
    monkeypatch.setattr(preview, "predict", lambda *a: looks.append(1) or original(*a))
    previewer = Previewer()
    with closing(previewer.answer(of_page())) as answer:
        list(islice(answer, 3))
    assert len(looks) == 3
    rest = list(previewer.answer(of_page()))
    assert [p.folds_read[-1] for p in rest] == list(range(4, 11))
    assert len(looks) == 10
    another_look = list(previewer.answer(of_page(look=replace(OF_PAGE, center_bias=0.0))))
    assert [p.stage for p in another_look] == ["full"]
    assert len(looks) == 10


def test_an_overtaken_page_ends_within_a_fold(every_fold_is_told):
    asked = of_page()
    answer = Previewer().answer(asked)
    next(answer)
    asked.overtaken.set()
    assert list(answer) == []


def test_a_page_whose_depth_falls_gives_its_first_fold_more():
    even, falling = (
        list(Previewer().answer(of_page(look=replace(OF_PAGE, depth=depth))))[-1].saliency_map
        for depth in ("even", "viewing time")
    )
    rows = len(even.log_density) // 10
    assert np.exp(falling.log_density[:rows]).sum() > 5 * np.exp(even.log_density[:rows]).sum()


def test_another_look_is_made_of_what_the_network_saw(every_network_is_expensive):
    previewer = Previewer()
    first = list(previewer.answer(request(4, measure=False, look=Look("photographs"))))
    assert [p.stage for p in first] == ["coarse", "full"]
    (again,) = previewer.answer(request(4, measure=False, look=Look("photographs", center_bias=0)))
    assert again.stage == "full"
    wanted = composed(first[-1].saliency_map.log_density, CHECKPOINT, "photographs", Look("photographs", center_bias=0))
    assert np.array_equal(again.saliency_map.log_density, wanted.log_density)


def test_a_page_that_is_read_fast_is_not_told_fold_by_fold(monkeypatch):
    monkeypatch.setattr(preview, "PAGE_PAUSE_S", 60.0)
    answer = list(Previewer().answer(of_page()))
    assert [p.folds_read for p in answer] == [(1,), tuple(range(1, 11))]
    asked = of_page(look=replace(OF_PAGE, viewport="4:3"))
    answers = Previewer().answer(asked)
    next(answers)
    asked.overtaken.set()
    assert list(answers) == []
