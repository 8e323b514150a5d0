import subprocess
import sys
import time

import psutil
import pytest

from app.cores import Cores, wake
from tests.app.gates import LIMIT_S

PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
print(child.pid, flush=True)
input()
"""


@pytest.fixture
def family():
    """A process and its child, which both wait."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        child = int(parent.stdout.readline())
        yield psutil.Process(parent.pid), psutil.Process(child)
        for number in (child, parent.pid):
            psutil.Process(number).kill()


def held(processes, *, expected):
    """Whether all come to be so; a signal takes its time."""
    until = time.monotonic() + LIMIT_S
    while [p.status() == psutil.STATUS_STOPPED for p in processes] != [expected] * len(processes):
        assert time.monotonic() < until, [p.status() for p in processes]
        time.sleep(0.001)
    return True


def test_a_job_and_its_children_hold_still_while_something_is_measured(family):
    told = []
    cores = Cores(told.append)
    cores.add(family[0].pid)
    with cores.quiet():
        assert held(family, expected=True)
        with cores.quiet():
            assert held(family, expected=True)
        assert held(family, expected=True)
    assert held(family, expected=False)
    assert told == [True, True, False, False]


def test_they_go_on_when_measuring_fails(family):
    cores = Cores()
    cores.add(family[0].pid)

    def measured():
        with cores.quiet():
            raise ValueError("no latency")

    with pytest.raises(ValueError, match="no latency"):
        measured()
    assert held(family, expected=False)


def test_they_go_on_when_measuring_never_ends(family):
    cores = Cores(limit_s=0.01)
    cores.add(family[0].pid)
    with cores.quiet():
        assert held(family, expected=False)


def test_a_job_that_begins_meanwhile_holds_still_from_the_beginning(family):
    cores = Cores()
    with cores.quiet():
        cores.add(family[0].pid)
        assert held(family, expected=True)
    assert held(family, expected=False)


def test_one_that_has_ended_is_none_of_its_business(family):
    told = []
    cores = Cores(told.append)
    cores.add(family[0].pid)
    cores.remove(family[0].pid)
    with cores.quiet():
        assert held(family, expected=False)
    cores.add(2**22 + 1)  # there is no such process
    with cores.quiet():
        pass
    assert told == [True, False]


def test_one_that_a_killed_window_held_is_woken(family):
    family[0].suspend()
    assert held(family[:1], expected=True)
    wake(family[0].pid)
    assert held(family, expected=False)


def test_a_job_makes_way_for_others(family):
    before = family[0].nice()
    Cores().add(family[0].pid)
    assert family[0].nice() == max(10, before)
