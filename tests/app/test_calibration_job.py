import pytest

from app.calibration_job import CalibrationAnswer, CalibrationJob
from gazeengine.errors import DataError
from tests.app.calibrations import counting, progress
from tests.app.gates import LIMIT_S, Gate

MS = 1000 * LIMIT_S


@pytest.fixture
def make_job(qtbot):
    jobs = []

    def make(prepare):
        job = CalibrationJob(prepare)
        job.heard, job.told = [], []
        job.progressed.connect(job.heard.append)
        job.failed.connect(job.told.append)
        jobs.append(job)
        return job

    yield make
    for job in jobs:
        job.stop()


def n_done(job):
    return [progress.n_done for progress in job.heard]


def test_progress_comes_after_each_picture_and_then_it_is_over(make_job, checkpoint, qtbot):
    job = make_job(lambda: counting)
    job.start(checkpoint, ("a", "b", "c"))
    assert job.request is not None
    qtbot.waitUntil(lambda: n_done(job) == [1, 2, 3], timeout=MS)
    assert job.request is None


def test_what_was_ended_is_not_heard_of_again(make_job, checkpoint, qtbot):
    gate, closed = Gate(), []

    def held(request):
        try:
            yield CalibrationAnswer(request, progress(request, 1))
            gate.pass_through()
            yield CalibrationAnswer(request, progress(request, 2))
        finally:
            closed.append(request)

    job = make_job(lambda: held)
    job.start(checkpoint, ("a", "b"))
    qtbot.waitUntil(lambda: n_done(job) == [1], timeout=MS)
    gate.wait_until_reached()
    request = job.request
    job.end()
    assert request.stopped.is_set()
    gate.open()
    job.stop()
    qtbot.wait(1)
    assert n_done(job) == [1]
    assert closed == [request]


def test_another_one_takes_its_place(make_job, checkpoint, other_checkpoint, qtbot):
    gate = Gate()

    def held(request):
        yield CalibrationAnswer(request, progress(request, 1))
        if request.checkpoint is checkpoint:
            gate.pass_through()
        yield CalibrationAnswer(request, progress(request, 2))

    job = make_job(lambda: held)
    job.start(checkpoint, ("a", "b"))
    gate.wait_until_reached()
    job.start(other_checkpoint, ("a", "b"))
    gate.open()
    qtbot.waitUntil(lambda: job.request is None, timeout=MS)
    assert {progress.checkpoint.id for progress in job.heard[-2:]} == {other_checkpoint.id}


def test_a_failure_is_told_once_and_the_next_one_can_begin(make_job, checkpoint, qtbot):
    def failing(request):
        if len(request.pictures) == 1:
            raise DataError("Fisher signal: found nothing, wanted something")
        yield from counting(request)

    job = make_job(lambda: failing)
    job.start(checkpoint, ("a",))
    qtbot.waitUntil(lambda: bool(job.told), timeout=MS)
    assert job.told == ["Fisher signal: found nothing, wanted something"]
    assert job.request is None
    job.start(checkpoint, ("a", "b"))
    qtbot.waitUntil(lambda: n_done(job) == [1, 2], timeout=MS)
    assert len(job.told) == 1


def test_an_engine_that_cannot_start_is_told_and_may_start_the_next_time(make_job, checkpoint, qtbot, caplog):
    tries = []

    def prepare():
        tries.append(1)
        if len(tries) == 1:
            raise ImportError("no torch")
        return counting

    job = make_job(prepare)
    job.start(checkpoint, ("a",))
    qtbot.waitUntil(lambda: bool(job.told), timeout=MS)
    assert job.told == ["the engine could not start: no torch"]
    job.start(checkpoint, ("a",))
    qtbot.waitUntil(lambda: n_done(job) == [1], timeout=MS)


def test_nothing_runs_before_it_is_needed_and_stopping_it_is_nothing(make_job):
    job = make_job(lambda: pytest.fail("not started"))
    job.end()
    job.stop()
    assert job.request is None
