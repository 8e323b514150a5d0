"""Jobs in the window: their panel and indicator, the dialogs that start them, and what becomes of their results."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from app.background import Background
from app.explorer import Explorer, Seen
from app.job_dialogs import JobDialog, Wanted, ask_before_closing, ask_before_discarding
from app.job_estimates import Speed
from app.job_indicator import JobIndicator
from app.job_panel import JobPanel
from app.job_process import PROGRAM
from app.job_records import Job
from app.job_words import TONES, in_short, rows, share
from app.jobs import Jobs
from app.library import Library
from app.message_bar import MessageBar
from app.prune_train_dialog import PruneTrainDialog
from app.pruning_start import Start, start_of
from app.settings import Settings
from app.theme import LIGHT, Theme
from app.train_dialog import Present, TrainDialog
from gazeengine.runs import TrainingProgress, joined, read_history

SHOWN_EVERY_MS = 200  # steps may come by the hundred


class JobDesk(QObject):
    """Owns the jobs; result_wanted(job) asks to look with what came of one."""

    result_wanted = Signal(object)

    def __init__(
        self,
        window: QMainWindow,
        explorer: Explorer,
        library: Library,
        messages: MessageBar,
        settings: Settings,
        background: Background,
        program: Sequence[str] = PROGRAM,
    ) -> None:
        super().__init__(window)
        self._window, self._explorer, self._library = window, explorer, library
        self._messages, self._settings, self._background = messages, settings, background
        self._theme = LIGHT
        self._speed: Speed | None = None
        self._key: str | None = None
        self._histories: dict[str, list[TrainingProgress]] = {}
        self._leaving = "leave"
        self.unasked_for: set[str] = set()  # keys of jobs that nobody asked for, and nobody is told of
        self._prune: PruneTrainDialog | None = None
        self._train: TrainDialog | None = None
        self.jobs = Jobs(settings.data_folder / "jobs", background, program, self)
        self.panel = JobPanel()
        self.dock = _dock(self.panel, window)
        self.indicator = JobIndicator()
        window.statusBar().addPermanentWidget(self.indicator)
        self._soon = QTimer(self, singleShot=True, interval=SHOWN_EVERY_MS)
        self._soon.timeout.connect(self._show)
        explorer.quiet = self.jobs.cores.quiet
        explorer.seen.connect(self._note_speed)
        self.jobs.changed.connect(self._show_soon)
        self.jobs.progressed.connect(self._progressed)
        self.jobs.ended.connect(self._tell_end)
        self.jobs.goes_on.connect(self._tell_goes_on)
        self.jobs.problem.connect(messages.show_problem)
        self.indicator.clicked.connect(self.show_panel)
        self.panel.selected.connect(self._select)
        self.panel.asked.connect(self.act)
        self.panel.prune_asked.connect(self.ask_prune)
        self.panel.train_asked.connect(self.ask_train)
        self.panel.closed.connect(self.dock.hide)
        self.dock.visibilityChanged.connect(lambda shown: self._show() if shown else None)

    def open(self) -> None:
        """List the jobs that there are, and go on with one that the last window left."""
        self.jobs.open()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.panel.show_theme(theme)
        self.indicator.show_theme(theme)
        for dialog in (self._prune, self._train):
            if dialog is not None:
                dialog.show_theme(theme)

    def show_panel(self) -> None:
        self.dock.show()
        self.dock.raise_()

    def show_job(self, key: str) -> None:
        """Show the panel, with this job chosen."""
        self._key = key
        self.show_panel()
        self._show()

    def toggle_panel(self) -> None:
        self.dock.setVisible(not self.dock.isVisible())

    def may_close(self) -> bool:
        """Whether the window may close; asks what becomes of a running job, which is done."""
        job = self.jobs.running
        answer: Literal["leave", "discard"] | None = "leave"
        if job is not None and job.key in self.unasked_for:
            answer = "discard"
        elif job is not None and job.kind != "refine":  # which loses nothing, and goes on next time
            answer = ask_before_closing(self._window, job.title)
        if answer is None:
            return False
        self._leaving = answer
        return True

    def close(self) -> None:
        """End the running job as was answered, when nothing holds it any more."""
        self.jobs.close(discard=self._leaving == "discard")

    # --- what one can do

    def ask_prune(self) -> None:
        """Ask how to prune and train from what is set in the window."""
        self._messages.withdraw_about("pruning")
        if (start := self._start()) is None:
            self._messages.show_problem("pruning: no model is open, wanted one to begin with")
            return
        if self._prune is None:
            self._prune = PruneTrainDialog(self._background, self._window)
            self._prepare(self._prune)
        self._prune.show_start(start)
        _present(self._prune)

    def ask_train(self) -> None:
        """Ask what to train."""
        if self._train is None:
            self._train = TrainDialog(self._background, self._window, self._settings.folder("models"))
            self._prepare(self._train)
            if (features := self._settings.file("features")) is not None:
                self._train.suggest_features(features)
        self._train.show_present(self._network())
        _present(self._train)

    def begin(self, wanted: Wanted) -> None:
        """Queue a job, and show it."""
        alike = [job for job in self.jobs.jobs.values() if job.kind == wanted.kind]
        self._messages.withdraw_about("jobs", *(f"“{job.title}”" for job in alike))
        job = self.jobs.add(wanted.kind, wanted.title, wanted.arguments, wanted.out)
        if job is not None:
            self._key = job.key
            self._histories[job.key] = []
            self.show_panel()
            self._show()

    def act(self, action: str, key: str) -> None:
        """Do one of the panel's actions with a job."""
        job = self.jobs.jobs.get(key)
        if job is None:
            return
        if action in ("resume", "remove"):  # what ended it is no longer so
            self._messages.withdraw(_problem_words(job))
        if action in ("pause", "stop", "discard"):
            self._messages.withdraw(_goes_on_words(job))
        match action:
            case "pause":
                self.jobs.pause(key)
            case "resume":
                self.jobs.resume(key)
            case "stop":
                self.jobs.stop(key)
            case "discard":
                kept = [Path(p.snapshot).name for p in self._histories.get(key, ()) if p.snapshot]
                if ask_before_discarding(self._window, job.title, kept):
                    self.jobs.discard(key)
            case "remove":
                self.jobs.discard(key)
            case "open":
                self._messages.withdraw(_done_words(job))
                self.result_wanted.emit(job)
            case "folder":
                QDesktopServices.openUrl(QUrl.fromLocalFile(str(job.folder)))

    # --- what is shown

    def _select(self, key: str) -> None:
        self._key = key
        self._show()

    def _progressed(self, key: str, published: Sequence[TrainingProgress]) -> None:
        if key in self._histories:
            joined(self._histories[key], published)
        self._show_soon()

    def _show_soon(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _show(self) -> None:
        jobs = self.jobs
        active = jobs.active
        words, done, waiting = "", 0.0, False
        if active is not None:
            progress = jobs.progress.get(active.key)
            words = in_short(active, progress, jobs.doing.get(active.key, ""), jobs.held)
            done, waiting = share(active, progress), TONES[active.state] == "waiting"
        self.indicator.show_job(words, done, waiting=waiting)
        if not self.dock.isVisible():
            return
        listed = rows(jobs)
        if self._key not in jobs.jobs:
            self._key = active.key if active is not None else listed[0].key if listed else None
        self.panel.show_jobs(listed, self._key)
        if self._key is not None:
            if self._key not in self._histories:
                self._read_history(jobs.jobs[self._key])
            self.panel.show_history(self._histories[self._key])

    def _read_history(self, job: Job) -> None:
        """What it published before; what comes meanwhile is put behind it."""
        meanwhile = self._histories[job.key] = []

        def found(history: list[TrainingProgress]) -> None:
            self._histories[job.key] = joined(history, meanwhile)
            self._show_soon()

        self._background.do(lambda: read_history(job.folder), found, self._messages.show_problem)

    def _tell_end(self, job: Job) -> None:
        """In the message bar; what went wrong stays there until somebody has read it."""
        if job.key in self.unasked_for:
            return
        if job.state == "done" and job.kind != "refine":  # what came of that is told by the one who takes it in
            self._messages.show_notice(_done_words(job), "Open result", lambda: self.act("open", job.key))
        elif job.state in ("failed", "interrupted"):
            self._messages.show_problem(_problem_words(job))

    def _tell_goes_on(self, job: Job) -> None:
        self._key = job.key
        self._messages.show_notice(_goes_on_words(job), "Pause", lambda: self.act("pause", job.key))

    # --- what the dialogs begin with

    def _prepare(self, dialog: JobDialog) -> None:
        """With what was chosen last; what is chosen now is remembered when it begins."""
        dialog.show_theme(self._theme)
        sources = {"training": dialog.data, "teacher": dialog.teacher, "unlabelled": dialog.unlabelled}
        for purpose, folders in sources.items():
            folders.show_folders(self._settings.folders(purpose))

        def begin(wanted: Wanted) -> None:
            for purpose, folders in sources.items():
                self._settings.save_folders(purpose, folders.folders)
            if isinstance(dialog, TrainDialog) and dialog.features is not None:
                self._settings.save_file("features", dialog.features)
            self.begin(wanted)

        dialog.wanted.connect(begin)

    def _note_speed(self, seen: Seen) -> None:
        plan = self._explorer.plan
        if plan is not None and seen.latency is not None and not seen.latency_stale:
            whole = plan.model.checkpoint
            self._speed = Speed(seen.latency, plan.model.flops.total(whole.widths), whole.architecture.name)

    def _network(self) -> Present | None:
        """The trained network that the present one is pruned from, or is."""
        plan = self._explorer.plan
        if plan is None:
            return None
        flops = plan.model.flops.total(plan.base.widths)
        architecture = plan.base.architecture.name
        return Present(plan.base.name, architecture, plan.snapshot.path, plan.base.working_size, flops, self._speed)

    def _start(self) -> Start | None:
        plan = self._explorer.plan
        if plan is None:
            return None
        own = self._own_family(plan.choice.model or "")
        return start_of(plan, self._speed, own or self._settings.folder("models"), is_family=own is not None)

    def _own_family(self, model: str) -> Path | None:
        """The folder whose snapshots are a model's family: None of one that is not the user's own."""
        entry = self._library.models.get(model)
        if entry is None or entry.shipped or not os.access(entry.path.parent, os.W_OK):
            return None
        return entry.path if entry.path.is_dir() else entry.path.with_suffix("")


def _done_words(job: Job) -> str:
    return f"“{job.title}” is done."


def _goes_on_words(job: Job) -> str:
    return f"“{job.title}” goes on where it was left."


def _problem_words(job: Job) -> str:
    return f"“{job.title}”: {job.message}"


def _dock(panel: JobPanel, window: QMainWindow) -> QDockWidget:
    dock = QDockWidget("Jobs", window)
    dock.setObjectName("jobs")
    dock.setTitleBarWidget(QWidget())  # none: the panel has its own
    dock.setWidget(panel)
    dock.setAllowedAreas(Qt.DockWidgetArea.BottomDockWidgetArea | Qt.DockWidgetArea.TopDockWidgetArea)
    window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
    dock.hide()
    return dock


def _present(dialog: JobDialog) -> None:
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
