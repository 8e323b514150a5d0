import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.orders import Ruling
from app.planned import Model, Planned, Trained
from app.pruning_method import PruningMethod
from app.selection import NetworkChoice
from app.targeting import answer, question
from gazeengine.errors import PruningError
from gazeengine.family_files import read_family
from gazeengine.plan import FLOP_PER_GFLOP
from gazeengine.pricing import Pricing
from tests.families import write_family


@pytest.fixture(scope="module")
def family(tmp_path_factory, checkpoint):
    """Of 1.9 bits; its snapshots have 1.78 and 1.74 at either β."""
    return read_family(write_family(tmp_path_factory.mktemp("family"), checkpoint, {1e-3: (20, 60), 1e-1: (20, 60)}))


def planned(family, n=0, beta=1e-3, **method):
    model, choice = Model.of(family), NetworkChoice("m", beta, n, PruningMethod(**method))
    snapshot = family.base(beta, n)
    base = family.checkpoint if snapshot is family.origin else snapshot.checkpoint()
    pricing = Pricing("flops", model.flops, model.flops)
    ruling = Ruling(base.signal, pricing, base.signal)
    order = pricing.order(base.signal, beta)
    return Planned.of(choice, model, order, Trained(snapshot, base), None, ruling)


def found(plan, gflop, tuned=True, unit="gflop", times=None):
    return answer(question(plan, gflop, unit, tuned, lambda snapshot: snapshot.checkpoint(), times))


def shown(family, choice):
    """What the window makes of a choice."""
    return planned(family, choice.n, choice.beta, rounded=choice.method.rounded)


def gflop(plan):
    return plan.model.flops.total(plan.widths) / FLOP_PER_GFLOP


def test_what_is_found_keeps_the_target_in_the_window_too(family):
    """The family is no argument of the law: it would be told with all its numbers where it is broken."""

    @given(share=st.floats(0.12, 1.1), rounded=st.booleans(), tuned=st.booleans())
    @settings(max_examples=25, deadline=None)
    def law(share, rounded, tuned):
        plan = planned(family, rounded=rounded)
        most = share * gflop(planned(family))
        try:
            one = found(plan, most, tuned)
        except PruningError:
            assert rounded or share < 0.2
            return
        there = shown(family, one.choice)
        assert gflop(there) <= most * (1 + 1e-9)
        assert gflop(there) == pytest.approx(one.point.gflop)
        assert tuned or one.choice.beta == plan.choice.beta

    law()


def test_of_all_betas_none_is_expected_to_lose_less(family):
    plan = planned(family)
    most = 0.5 * gflop(plan)
    best = found(plan, most)
    for beta in (0.0, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, None):
        assert best.point.bits <= found(planned(family, beta=beta), most, tuned=False).point.bits + 1e-9


def test_a_trained_network_that_is_small_enough_counts_with_what_it_was_measured_to_lose(family):
    snapshot = next(s for s in family.snapshots if s.n == 60 and s.beta == 1e-3)
    most = 1.0001 * planned(family).model.flops.total(snapshot.widths) / FLOP_PER_GFLOP
    one = found(planned(family), most, tuned=False)
    assert (one.choice.n, one.point.begun.n) == (60, 60) or one.point.bits < 0.16
    assert "measured with" in one.words


def test_nothing_is_pruned_where_the_whole_network_is_small_enough(family):
    one = found(planned(family, 30), 1e3)
    assert (one.choice.n, one.point.bits) == (0, 0.0)


def test_a_target_that_nothing_keeps_is_told_with_the_nearest(family):
    with pytest.raises(PruningError, match=r"target 1e-09 GFLOP: pruning all that can go leaves .* GFLOP, wanted"):
        found(planned(family), 1e-9)


def test_milliseconds_are_of_the_times_of_layers(family):
    plan = planned(family)
    model = plan.model.flops  # a picosecond each
    whole_ms = model.total(plan.widths) / 1e9 + 2.0
    one = found(plan, 2.0 + 0.5 * (whole_ms - 2.0), unit="ms", times=(model, 2e-3))
    assert one.amount <= 2.0 + 0.5 * (whole_ms - 2.0)
    assert one.amount > 2.0
    assert "ms predicted" in one.words
    with pytest.raises(PruningError, match="no times of this computer"):
        found(plan, 5.0, unit="ms")


def test_another_criterion_prunes_the_present_network_only(family):
    plan = planned(family, 30, criterion="l1w")
    one = found(plan, 0.5 * gflop(planned(family)))
    assert one.point.begun.n == plan.snapshot.n == 20
    assert one.choice.method == plan.choice.method


def test_a_network_without_a_signal_is_told(family):
    plan = planned(family)
    bare = Planned.of(plan.choice, plan.model, None, Trained(plan.snapshot, plan.base))
    with pytest.raises(PruningError, match="calibrate"):
        found(bare, 1.0)
