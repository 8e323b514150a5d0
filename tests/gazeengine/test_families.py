import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazeengine.families import Family, Snapshot, alone, as_number, nearest_beta
from tests.networks import random_checkpoint

CHECKPOINT = random_checkpoint()
WHOLE = 1000  # features; two layers, so that 998 can go

betas = st.one_of(st.none(), st.just(0.0), st.sampled_from([1e-5, 1e-4, 3e-4, 1e-3, 1e-2, 0.1]), st.floats(1e-8, 1e4))
numbers = st.integers(0, WHOLE - 2)


def snapshot(beta, n, *, signal=True):
    widths = {"a": (WHOLE - n) // 2, "b": WHOLE - n - (WHOLE - n) // 2}
    return Snapshot(Path(f"{beta}-{n}"), "", "f", "id", beta, n, "fisher", "tiny", (32, 48), widths, signal)


def family(places, origin=None, *, signal=True):
    """Of snapshots at these (β, n), the ones without signal after a minus sign."""
    snapshots = [snapshot(beta, abs(n), signal=n > 0) for beta, n in places]
    snapshots.sort(key=lambda s: (as_number(s.beta), s.n))
    return Family(Path("f"), origin or snapshot(None, 0, signal=signal), CHECKPOINT, tuple(snapshots))


positive = st.integers(1, WHOLE - 2)
places = st.lists(st.tuples(betas, positive), max_size=8, unique=True)


@given(places, betas, numbers)
def test_the_base_is_the_one_with_most_pruned_of_the_nearest_run_and_not_past_n(at, beta, n):
    base = family(at).base(beta, n)
    runs = {b for b, _ in at}
    fitting = [m for b, m in at if b == nearest_beta(beta, runs) and m <= n] if at else []
    assert base.n == max(fitting, default=0)


@given(places, betas, numbers, numbers)
def test_the_base_never_goes_back_as_n_grows(at, beta, one, other):
    low, high = sorted((one, other))
    assert family(at).base(beta, low).n <= family(at).base(beta, high).n


@given(places, betas, numbers, st.data())
def test_of_those_that_are_ready_the_same_rule_holds(at, beta, n, data):
    whole = family(at)
    ready = data.draw(st.sets(st.sampled_from(whole.snapshots))) if at else set()
    of_these = Family(whole.path, whole.origin, CHECKPOINT, tuple(s for s in whole.snapshots if s in ready))
    assert whole.base(beta, n, ready) is of_these.base(beta, n)


@given(places, betas, st.integers(-5, 2 * WHOLE))
def test_with_signals_every_n_can_be_chosen(at, beta, n):
    assert family(at).nearest_n(beta, n) == min(max(n, 0), WHOLE - 2)


@given(st.lists(st.tuples(betas, positive, st.booleans()), max_size=8, unique_by=lambda p: p[:2]), betas, numbers)
def test_without_a_signal_n_is_what_its_base_reaches(at, beta, n):
    some = family([(b, m if signal else -m) for b, m, signal in at])
    possible = some.nearest_n(beta, n)
    assert possible <= some.base(beta, possible).n_most
    assert some.nearest_n(beta, possible) == possible
    # and nothing that can be chosen is nearer
    nearer = range(n - abs(n - possible) + 1, n + abs(n - possible))
    assert all(m < 0 or m > some.base(beta, m).n_most for m in nearer)


@given(places, betas, numbers)
def test_neighbours_are_the_bases_that_a_small_move_leads_to(at, beta, n):
    some = family(at)
    neighbours = some.neighbours(beta, n)
    assert some.base(beta, n) not in neighbours
    assert len(set(neighbours)) == len(neighbours) <= 4
    if behind := [m for m in some.marks(beta) if m > n]:
        assert neighbours[0] is some.base(beta, behind[0])


@given(st.sets(betas, min_size=1), betas)
def test_the_nearest_beta_has_the_least_difference_of_logarithms(among, beta):
    found = nearest_beta(beta, among)
    assert found in among
    if beta and found and beta not in among:
        least = min(abs(math.log10(b) - math.log10(beta)) for b in among if b)
        assert abs(math.log10(found) - math.log10(beta)) == pytest.approx(least, abs=1e-8)


@pytest.mark.parametrize(
    ("beta", "among", "nearest"),
    [
        (1e-3, {1e-4, 1e-2}, 1e-4),  # equally near: the smaller
        (1.1e-3, {1e-4, 1e-2}, 1e-2),
        (1e-3, {1e-3, None}, 1e-3),
        (0.0, {1e-4, 1e-2, None}, 1e-4),
        (0.0, {0.0, 1e-2}, 0.0),
        (0.0, {None}, None),
        (None, {0.0, 1e-4, 1e-2}, 1e-2),
        (None, {1e-4, None}, None),
        (None, {0.0}, 0.0),
        (1e-9, {0.0, 1e-2}, 1e-2),
        (1e-9, {0.0, None}, 0.0),
        (5.0, {None}, None),
    ],
)
def test_0_and_beta_star_stand_at_the_ends(beta, among, nearest):
    assert nearest_beta(beta, among) == nearest


def test_runs_come_by_beta_and_marks_by_n():
    some = family([(None, 7), (1e-3, 20), (1e-3, 10), (0.0, 5)])
    assert some.betas == (0.0, 1e-3, None)
    assert some.marks(2e-3) == (10, 20)
    assert some.marks(None) == (7,)


def test_a_family_of_one_reaches_as_far_as_its_signal_allows():
    one = alone(CHECKPOINT)
    assert one.most(1e-3) == CHECKPOINT.n_prunable
    assert one.base(None, 5) is one.origin
    assert (one.betas, one.marks(0.0), one.neighbours(1e-3, 3)) == ((), (), ())


def test_a_family_without_its_parent_begins_with_its_first_snapshot():
    first = snapshot(1e-2, 100)
    some = Family(Path("f"), first, CHECKPOINT, (snapshot(1e-3, 300), first))
    assert some.n_features == WHOLE
    assert some.nearest_n(1e-3, 0) == 100
    assert some.base(1e-3, 299) is first
    assert some.base(1e-3, 300).beta == 1e-3


def test_a_damaged_snapshot_is_taken_out():
    some = family([(1e-3, 10), (1e-3, 20)])
    assert some.without(some.snapshots[0]).marks(1e-3) == (20,)


@given(places, st.booleans())
def test_a_signal_can_come_and_go(at, signal):
    some = family([(b, -m) for b, m in at], signal=False)
    for s in some.snapshots:
        some = some.replaced(s, s.with_signal(signal))
    assert [s.has_signal for s in some.snapshots] == [signal] * len(at)
    assert some.with_checkpoint(CHECKPOINT).origin.has_signal


ways = st.sampled_from(["trained", "compensated", "refined"])
made = st.lists(st.tuples(betas, positive, ways), max_size=8, unique=True)


def family_of(at):
    """Of snapshots at (β, n) that were made in these ways."""
    whole = family(())
    return whole.joined([replace(snapshot(beta, n), made=way) for beta, n, way in at])


@given(made, betas, numbers)
def test_what_is_made_at_a_beta_of_ones_own_takes_no_trained_network_away(at, beta, n):
    some = family_of(at)
    assert some.base(beta, n).n >= some.made("trained").base(beta, n).n


@given(made, betas, numbers)
def test_of_equal_widths_a_trained_network_is_the_base(at, beta, n):
    some = family_of(at)
    base = some.base(beta, n)
    if any(s.made == "trained" and s.n == base.n for s in some.run(beta)):
        assert base.made == "trained"


@given(made, st.data())
def test_joining_replaces_what_was_made_alike(at, data):
    some = family_of(at)
    again = data.draw(st.sets(st.sampled_from(some.snapshots))) if at else set()
    new = [replace(s, name="new") for s in again]
    joined = some.joined(new)
    assert len(joined.snapshots) == len(some.snapshots)
    assert {s.name for s in joined.snapshots if s not in some.snapshots} <= {"new"}
    assert set(new) <= set(joined.snapshots)
    assert joined.marks(0.01) == some.marks(0.01)


@given(made, ways)
def test_ways_that_are_left_out_leave_the_others(at, way):
    some = family_of(at)
    assert {s.made for s in some.made(way).snapshots} <= {way}
    assert some.made("trained", "compensated", "refined").snapshots == some.snapshots
