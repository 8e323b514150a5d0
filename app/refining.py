"""Refining in the window: a job makes networks on the way to what is set, and each takes its place in the family.

Signals are estimated anew at each, and weights compensated (gazeengine/refinement.py). They are kept among the
program's data by the id of the family's parent, and are there again at the next start.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.background import Background
from app.beta_scale import beta_words
from app.explorer import Explorer
from app.job_desk import JobDesk
from app.job_records import UNFINISHED, Job
from app.job_words import in_short, share
from app.layout import Panels
from app.library import Library
from app.method_controls import RefiningState
from app.planned import Planned
from app.refinement_plan import Refinement, is_worth_it, prepared, refinement
from app.settings import Settings
from app.trained_choice import choice_at, go_to
from app.undo import ChoiceHistory
from gazeengine.families import Snapshot
from gazeengine.family_files import cached_place, cached_snapshot
from gazeengine.runs import TrainingProgress

REST_MS = 6000  # of the hand, after which it may be refined without being asked for
HOLD_MS = 600  # behind the last move of the hand, in which a refining job holds still


class Refining(QObject):
    """Asks for nothing: what is set says what to do. by_itself_changed tells whether it begins on its own, too."""

    by_itself_changed = Signal(bool)

    def __init__(
        self,
        window: QWidget,
        panels: Panels,
        explorer: Explorer,
        library: Library,
        desk: JobDesk,
        history: ChoiceHistory,
        settings: Settings,
        background: Background,
    ) -> None:
        super().__init__(window)
        self._controls, self._messages = panels.method, panels.messages
        self._explorer, self._library, self._desk, self._jobs = explorer, library, desk, desk.jobs
        self._history, self._settings, self._background = history, settings, background
        self._cache = library.cache = settings.data_folder / "refined"
        self._preparing = False
        self._ways: dict[str, Refinement] = {}  # of the jobs that began here
        self._reached: dict[str, list[Snapshot]] = {}
        self._tried: set[tuple[object, ...]] = set()  # without being asked
        self._moved: object = None
        self._holding = ExitStack()
        self._held = False
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._rested)
        self._release = QTimer(self, singleShot=True, interval=HOLD_MS)
        self._release.timeout.connect(self._let_go)
        explorer.planned.connect(self._planned)
        library.pictures_changed.connect(self._show)
        self._jobs.changed.connect(self._show)
        self._jobs.progressed.connect(self._progressed)
        self._jobs.ended.connect(self._ended)
        self._jobs.gone.connect(self._forget)
        self._controls.refine_asked.connect(self.begin)
        self._controls.stop_asked.connect(self.end)
        self._controls.by_itself_chosen.connect(self.choose_by_itself)

    @property
    def by_itself(self) -> bool:
        """Whether it begins on its own where the hand rests."""
        return self._settings.refines_by_itself()

    # --- what one can do

    def begin(self) -> None:
        """Refine from the network that the present setting is pruned from, to the present n and a little further."""
        wanted = self._wanted()
        if self._preparing or self._unfinished is not None:
            return
        self._messages.withdraw_about("refining")
        if isinstance(wanted, str):
            self._messages.show_problem(f"refining: {wanted}")
            return
        self._start(wanted, asked=True)

    def end(self) -> None:
        """Stop; the networks that there are by now stay."""
        if (job := self._unfinished) is not None:
            (self._jobs.discard if job.key in self._desk.unasked_for else self._jobs.stop)(job.key)

    def choose_by_itself(self, on: bool) -> None:
        self._settings.save_refines_by_itself(on)
        self._tried.clear()
        job = self._unfinished
        if not on and job is not None and job.key in self._desk.unasked_for:
            self._jobs.discard(job.key)
        self.by_itself_changed.emit(on)
        self._show()
        if on:
            self._rest.start()

    def toggle_by_itself(self) -> None:
        self.choose_by_itself(not self.by_itself)

    def show_result(self, path: Path) -> bool:
        """Look with the model whose refined networks lie in path; False where none do."""
        if path.parent != self._cache:
            return False
        for key, model in self._explorer.models.items():
            if model.family.origin.parent == path.name:
                self._go_to(key, None)
                return True
        self._messages.show_problem("refined networks: their model is not open, wanted it open")
        return True

    def stop(self) -> None:
        """The program ends."""
        self._rest.stop()
        self._let_go()

    # --- jobs

    @property
    def _unfinished(self) -> Job | None:
        return next((j for j in self._jobs.jobs.values() if j.kind == "refine" and j.state in UNFINISHED), None)

    def _wanted(self) -> Refinement | str:
        if (plan := self._explorer.plan) is None:
            return "no model is open, wanted one to begin with"
        return refinement(plan, self._settings.folders("training"), tuple(self._explorer.pictures.values()))

    def _start(self, wanted: Refinement, *, asked: bool) -> None:
        self._preparing = True
        place = cached_place(self._cache, wanted.parent)
        job = Job.new(self._jobs.folder, "refine", wanted.title, (), place)
        self._show()

        def queue(job: Job) -> None:
            self._preparing = False
            self._ways[job.key] = wanted
            if not asked:
                self._desk.unasked_for.add(job.key)
            if self._jobs.queue(job) is None:  # another window looks after jobs, and says so
                self._forget(job.key)
                self._remove(job.folder)
            elif asked:
                self._messages.show_notice(
                    f"{wanted.title}, on {wanted.words}: the networks come one by one.", "Show job", self._show_job
                )
            self._show()

        def failed(message: str) -> None:
            self._preparing = False
            self._remove(job.folder)
            self._messages.show_problem(f"{wanted.title}: {message}")
            self._show()

        self._background.do(partial(prepared, wanted, job), queue, failed)

    def _show_job(self) -> None:
        if (job := self._unfinished) is not None:
            self._desk.show_job(job.key)

    @Slot(str, object)
    def _progressed(self, key: str, published: Sequence[TrainingProgress]) -> None:
        job = self._jobs.jobs.get(key)
        if job is None or job.kind != "refine":
            return
        for progress in published:
            if progress.snapshot is not None:
                self._take(job, Path(progress.snapshot))
        self._show()

    def _take(self, job: Job, path: Path) -> None:
        """Into the family, if it is open."""
        parent = job.out.name
        families = [m.family for m in self._explorer.models.values() if m.family.origin.parent == parent]
        if not families:
            return

        def join(snapshot: Snapshot) -> None:
            reached = self._reached.setdefault(job.key, [])
            self._library.join(parent, (snapshot,))
            for i, known in enumerate(reached):
                if known.path == snapshot.path:  # told again, with its scores
                    reached[i] = snapshot
                    self._explorer.rescore(parent, snapshot)
                    return
            reached.append(snapshot)
            self._explorer.join(parent, (snapshot,))
            plan = self._explorer.plan
            if plan is not None and snapshot in (plan.awaited, plan.snapshot):
                self._messages.show_notice(self._words(job, snapshot))

        self._background.do(partial(cached_snapshot, families[0], path), join, self._messages.show_problem)

    def _words(self, job: Job, snapshot: Snapshot) -> str:
        way = self._ways.get(job.key)
        on = f", on {way.words}" if way is not None else ""
        at = f"{snapshot.n:,} features pruned at {beta_words(snapshot.beta)}"
        return f"{snapshot.family}: a network that was {snapshot.made} with {at}{on} takes the place of the estimate."

    @Slot(object)
    def _ended(self, job: Job) -> None:
        if job.kind != "refine":
            return
        reached = self._reached.get(job.key, [])
        if job.key in self._desk.unasked_for:
            if job.state == "failed":
                self._messages.show_problem(f"“{job.title}”, begun by itself: {job.message}")
            QTimer.singleShot(0, self, partial(self._jobs.discard, job.key))  # not in the middle of its end
        elif job.state == "done" and reached:
            n = f"{len(reached)} networks" if len(reached) > 1 else "a network"
            at = f"{min(s.n for s in reached):,} to {max(s.n for s in reached):,}" if len(reached) > 1 else reached[0].n
            self._messages.show_notice(
                f"“{job.title}” is done: {n} with {at} features pruned.", "Show", partial(self._show_reached, reached)
            )
        if job.state == "done":
            self._remove(job.folder / "pictures")

    def _show_reached(self, reached: Sequence[Snapshot]) -> None:
        for key, model in self._explorer.models.items():
            if any(s in model.family.snapshots for s in reached):
                n = self._explorer.selection.network.n
                self._go_to(key, min(reached, key=lambda s: abs(s.n - n)))
                return

    def _go_to(self, key: str, snapshot: Snapshot | None) -> None:
        present = self._explorer.selection.network
        choice = replace(present, model=key) if snapshot is None else choice_at(present, key, snapshot)
        go_to(self._explorer, self._history, choice)

    def _forget(self, key: str) -> None:
        self._ways.pop(key, None)
        self._reached.pop(key, None)
        self._desk.unasked_for.discard(key)

    def _remove(self, folder: Path) -> None:
        self._background.do(
            partial(shutil.rmtree, folder, ignore_errors=True), lambda _: None, self._messages.show_problem, keep=True
        )

    # --- the hand

    @Slot(object)
    def _planned(self, plan: Planned) -> None:
        moved = plan.choice
        if moved != self._moved:
            self._moved = moved
            self._hold()
            self._rest.start()
        self._show()

    def _hold(self) -> None:
        """Refining gives way to what the hand moves."""
        job = self._jobs.running
        if job is None or job.kind != "refine":
            return
        if not self._held:
            self._held = True
            self._holding.enter_context(self._jobs.cores.quiet())
        self._release.start()

    @Slot()
    def _let_go(self) -> None:
        self._release.stop()
        self._held = False
        self._holding.close()

    @Slot()
    def _rested(self) -> None:
        """Refine what is set, where it is worth it and nothing else is to be done."""
        plan, jobs = self._explorer.plan, self._jobs
        if not self.by_itself or plan is None or self._preparing or jobs.elsewhere is not None:
            return
        busy = [job for job in jobs.jobs.values() if job.state in UNFINISHED]
        wanted = self._wanted()
        if isinstance(wanted, str) or not is_worth_it(plan) or wanted.key in self._tried:
            return
        if busy and self._overtaken(busy[0], wanted):
            jobs.discard(busy[0].key)
        if busy or self._explorer.measuring_held or _on_battery():
            self._rest.start()  # look again
            return
        self._tried.add(wanted.key)
        self._start(wanted, asked=False)

    def _overtaken(self, job: Job, wanted: Refinement) -> bool:
        """Whether a job that nobody asked for leads elsewhere than the hand has gone."""
        way = self._ways.get(job.key)
        if job.key not in self._desk.unasked_for or way is None:
            return False
        here = self._explorer.selection.network.n - (wanted.base.architecture.n_features - way.base.n_features)
        return (way.parent, way.beta, way.made) != (wanted.parent, wanted.beta, wanted.made) or here > way.stops[-1]

    # --- what is shown

    @Slot()
    def _show(self) -> None:
        job, wanted = self._unfinished, self._wanted()
        words, done = "", 0.0
        if job is not None:
            progress = self._jobs.progress.get(job.key)
            words = in_short(job, progress, self._jobs.doing.get(job.key, ""), self._jobs.held)
            done = share(job, progress)
        elif self._preparing:
            words = "Preparing pictures…"
        reason, on = (wanted, "") if isinstance(wanted, str) else ("", wanted.words)
        self._controls.show_refining(RefiningState(reason, on, words, done, self.by_itself))


def _on_battery() -> bool:
    import psutil

    sensors = getattr(psutil, "sensors_battery", None)  # not on every system
    battery = sensors() if sensors is not None else None
    return battery is not None and not battery.power_plugged
