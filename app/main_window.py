"""The window: views side by side, and the wires between them, the library and the explorer."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMainWindow

from app.about_model import AboutModel
from app.actions import fill_menus
from app.area_desk import AreaDesk
from app.background import Background
from app.calibration import Calibration
from app.canvas_desk import CanvasDesk
from app.compare_desk import CompareDesk
from app.explorer import Explorer, Seen
from app.export_desk import ExportDesk
from app.fold_desk import FoldDesk
from app.incoming import Incoming
from app.job_desk import JobDesk
from app.job_records import Job
from app.laboratory import Laboratory
from app.layout import Panels
from app.library import Library
from app.look_desk import LookDesk
from app.model_desk import ModelDesk
from app.opening import Opening
from app.other_maps import OtherMaps
from app.planned import Planned
from app.presentation import diagram, figures, setting
from app.project_desk import ProjectDesk
from app.refining import Refining
from app.removals_desk import RemovalsDesk
from app.results import Results
from app.saving import Saving
from app.selection import NetworkChoice, Selection
from app.settings import Settings
from app.target_desk import TargetDesk
from app.theme import APPEARANCES, Appearance, apply_theme, chosen_theme
from app.undo import ChoiceHistory
from app.window_layout import restore_layout, save_layout


class MainWindow(QMainWindow):
    """Shows one selection. Whatever changes it goes through the explorer, whatever follows comes from its signals."""

    def __init__(self, settings: Settings, explorer: Explorer, background: Background) -> None:
        super().__init__()
        self.setWindowTitle("FisherGaze")
        self._settings = settings
        self.explorer = explorer
        self._background = background
        self.library = Library(background, self)
        self.panels = panels = Panels()
        self.setCentralWidget(panels)
        self.opening = Opening(self, self.library, panels.messages, settings)
        self.saving = Saving(self, background, panels.messages, settings)
        self.history = ChoiceHistory(self._restore, explorer.selection.network)
        self.about = AboutModel(self, explorer, self.history)
        self.jobs = JobDesk(self, explorer, self.library, panels.messages, settings, background)
        self.laboratory = Laboratory(panels, explorer, self.history, self)
        self.targets = TargetDesk(self, explorer, self.history, background)
        self.removals = RemovalsDesk(self, explorer, self.history)
        self.refining = Refining(self, panels, explorer, self.library, self.jobs, self.history, settings, background)
        self.other_maps = OtherMaps(parent=self)
        self.areas = AreaDesk(self, panels, explorer, self.history, self.other_maps, background, settings)
        self.area_book = self.areas.book
        self.compare = CompareDesk(self, panels, explorer, self.library, self.other_maps, self.history, settings)
        self.compare.pins = lambda: self.laboratory.pins
        self.compare.page.areas = self.area_book.of
        self.area_book.changed.connect(self.compare.refresh)
        self.areas.begun.connect(self.compare.leave)
        self.compare.page.told.connect(self.statusBar().showMessage)
        self.compare.controls.open_asked.connect(self.opening.ask_pictures)
        self.laboratory.pins_changed.connect(self.compare.refresh)
        self.exports = ExportDesk(self, panels, explorer, self.library, self.area_book, settings)
        self.projects = ProjectDesk(
            self, panels, explorer, self.library, self.area_book, self.laboratory, self.history, settings, background
        )
        explorer.planning.groundwork.folder = settings.data_folder / "times"
        explorer.planning.groundwork.quiet = lambda: explorer.quiet()
        self._seen: Seen | None = None
        self.looks = LookDesk(panels, explorer, background, settings, self)
        self.compare.actions = self.actions_ = fill_menus(self, self._handlers())
        self.looks.show_in(self.actions_)
        self.areas.show_in(self.actions_)
        self.projects.menu.add_behind(self.actions_["open_project"])

        explorer.selected.connect(self._show_selection)
        self.canvas = CanvasDesk(panels, explorer, self.library, self.compare.page, self.saving)
        self.canvas.pointed.connect(self._show_spot)
        self.canvas.map_there.connect(self._enable_map)
        explorer.planned.connect(self._show_plan)
        explorer.seen.connect(self._show_seen)
        explorer.failed.connect(panels.messages.show_problem)
        explorer.ready.connect(self.statusBar().clearMessage)
        explorer.failed.connect(self.statusBar().clearMessage)
        self.library.problem.connect(panels.messages.show_problem)
        self.library.mended.connect(panels.messages.withdraw)
        panels.images.compare_asked.connect(self.compare.compare)
        panels.images.open_asked.connect(self.opening.ask_pictures)
        panels.model.open_asked.connect(self.opening.ask_model)
        panels.model.about_asked.connect(self.about.show)
        self.calibration = Calibration(self, panels, explorer, self.library, self.opening, self.history, settings)
        self.models = ModelDesk(panels, explorer, self.library, self.history, self.calibration.present_entries)
        self.models.taken.connect(self._show_undo)
        self.results = Results(explorer, self.library, self.models, self.history, panels.messages, background, self)
        self.calibration.taken.connect(self.models.show)
        self.calibration.taken.connect(self.about.refresh)
        self.opening.picture_wanted.connect(lambda key: self._change(picture=key))
        self.opening.model_wanted.connect(self.models.want)
        self.opening.project_wanted.connect(self.projects.open)
        self.projects.networks.model_wanted.connect(self.models.look_with)
        panels.prune_and_train.clicked.connect(self.jobs.ask_prune)
        self.jobs.result_wanted.connect(self._show_result)
        self.refining.by_itself_changed.connect(self.actions_["refine_by_itself"].setChecked)
        self.actions_["refine_by_itself"].setChecked(self.refining.by_itself)
        panels.save.clicked.connect(self._save_model)
        panels.export.clicked.connect(self._export_onnx)
        panels.pruning.beta_moved.connect(lambda beta: self._change_network(beta=beta))
        panels.pruning.n_moved.connect(lambda n: self._change_network(n=n))
        panels.pruning.moved_to_rest.connect(lambda: self.history.rest(explorer.selection.network))
        self.history.canUndoChanged.connect(self._show_undo)
        self.history.canRedoChanged.connect(self.actions_["redo"].setEnabled)
        for name in (
            "undo",
            "redo",
            "next_trained",
            "previous_trained",
            "calibrate",
            "pin",
            "target",
            "removals",
            "about_model",
            "save_model",
            "export_onnx",
            "save_map",
            "copy_map",
        ):
            self.actions_[name].setEnabled(False)
        self.folds = FoldDesk(panels, explorer, self.library, settings, self.actions_, self)
        self.folds.box_in_sight = lambda: self.compare.page.box or panels.saliency.box
        self.incoming = Incoming(self, panels, explorer, self.library, self.opening, settings)
        self.incoming.add_to(self.actions_["open_pictures"])
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._show_theme)
        self._show_theme()
        restore_layout(self, panels, settings)
        explorer.select(Selection(style=settings.style(), look=settings.look(), threads=settings.threads()))
        self.canvas.show_picture()
        self.statusBar().showMessage("Loading the engine…")

    # --- opening

    def open_paths(self, paths: Sequence[Path], *, show: bool = True) -> None:
        """Open pictures and model files by what they are called; show the first picture."""
        self.opening.open_paths(paths, show=show)

    def begin_at(self, beta: float | None, n: int) -> None:
        """Where the first model is opened."""
        self._change_network(beta=beta, n=n)

    def _show_result(self, job: Job) -> None:
        if not self.refining.show_result(job.out):
            self.results.show(job)

    # --- what the user changes

    def _change(self, **changes: object) -> None:
        self.explorer.select(replace(self.explorer.selection, **changes))  # type: ignore[arg-type]

    def _change_network(self, **changes: object) -> None:
        self._change(network=replace(self.explorer.selection.network, **changes))  # type: ignore[arg-type]

    def _restore(self, choice: NetworkChoice) -> None:
        self.models.want(None)
        self._change(network=choice)

    def _undo(self) -> None:
        """In the middle of a drag, back to where it began."""
        if self.areas.take_back():
            return
        self.areas.settle()
        self.history.rest(self.explorer.selection.network)
        self.history.undo()

    def _redo(self) -> None:
        self.areas.settle()
        self.history.rest(self.explorer.selection.network)
        self.history.redo()

    def _prune_nothing(self) -> None:
        self._change_network(n=0)
        self.history.rest(self.explorer.selection.network)

    def _save_model(self) -> None:
        if self.explorer.plan is not None:
            self.saving.ask_and_save_model(self.explorer.plan)

    def _export_onnx(self) -> None:
        if self.explorer.plan is not None:
            self.saving.ask_and_export_onnx(self.explorer.plan)

    # --- what is shown

    def _show_selection(self, selection: Selection) -> None:
        self.actions_["one_thread" if selection.threads == 1 else "all_threads"].setChecked(True)
        self._show_undo()

    def _show_plan(self, plan: Planned) -> None:
        self.panels.pruning.show_setting(setting(plan))
        self.panels.widths.show_widths(diagram(plan))
        self.panels.figures.show_figures(figures(plan, self._seen))
        for name in ("save_model", "export_onnx", "calibrate", "pin", "target", "removals", "about_model"):
            self.actions_[name].setEnabled(True)
        for name in ("next_trained", "previous_trained"):
            self.actions_[name].setEnabled(bool(plan.model.family.snapshots))

    def _show_seen(self, seen: Seen) -> None:
        self._seen = seen
        if self.explorer.plan is not None:
            self.panels.figures.show_figures(figures(self.explorer.plan, seen))

    def _show_undo(self) -> None:
        moved = self.explorer.selection.network != self.history.at_rest
        self.actions_["undo"].setEnabled(self.history.canUndo() or moved)

    def _show_spot(self, words: str) -> None:
        self.statusBar().showMessage(words)

    def _enable_map(self, there: bool) -> None:
        for name in ("save_map", "copy_map"):
            self.actions_[name].setEnabled(there)

    def _show_appearance(self, appearance: Appearance) -> None:
        self._settings.save_appearance(appearance)
        self._show_theme()

    def _show_theme(self) -> None:
        appearance = self._settings.appearance()
        self.actions_[appearance].setChecked(True)
        theme = chosen_theme(appearance)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            apply_theme(application, theme)
        self.panels.show_theme(theme)
        self.about.show_theme(theme)
        self.removals.show_theme(theme)
        self.jobs.show_theme(theme)
        self.compare.show_theme(theme)
        self.areas.show_theme(theme)
        self.folds.show_theme(theme)
        self.incoming.show_theme(theme)

    # --- coming and going

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the layout; work that has begun is finished before the program ends, unseen, a job saved."""
        if not (self.jobs.may_close() and self.exports.may_close() and self.projects.may_close()):
            event.ignore()
            return
        save_layout(self, self.panels, self._settings)
        self._settings.save_style(self.explorer.selection.style)
        self._settings.save_threads(self.explorer.selection.threads)
        event.accept()
        self.hide()
        self.about.close()
        self.calibration.stop()
        self.laboratory.stop()
        self.compare.stop()
        self.refining.stop()
        self.explorer.stop()
        self.exports.stop()
        self.jobs.close()
        self.other_maps.close()
        self.history.blockSignals(True)  # as it goes it would tell a window that went before
        self._background.close()

    def _handlers(self) -> dict[str, Callable[[], object]]:
        saliency = self.panels.saliency
        return {
            "open_pictures": self.opening.ask_pictures,
            "paste": lambda: self.areas.transfer.paste_or(self.opening.paste),
            **self.areas.handlers(),
            "new_project": self.projects.new,
            "open_project": self.projects.ask_open,
            "save_project": self.projects.save,
            "save_project_as": self.projects.save_as,
            "export": self.exports.ask,
            "save_map": lambda: self.canvas.save_map(),
            "copy_map": lambda: self.canvas.copy_map(),
            "open_folder": self.opening.ask_folder,
            "tour": lambda: self.incoming.tour.begin(),
            "open_model": self.opening.ask_model,
            "open_family": self.opening.ask_family,
            "save_model": self._save_model,
            "export_onnx": self._export_onnx,
            "quit": lambda: (self.close(), None)[1],
            "undo": self._undo,
            "redo": self._redo,
            "unpruned": self._prune_nothing,
            "target": self.targets.ask,
            "removals": self.removals.ask,
            "next_trained": lambda: self.panels.pruning.jump(1),
            "calibrate": lambda: self.calibration.ask(),
            "pin": lambda: self.laboratory.pin(),
            "about_model": self.about.show,
            "previous_trained": lambda: self.panels.pruning.jump(-1),
            "prune_and_train": self.jobs.ask_prune,
            "refine": lambda: self.refining.begin(),
            "refine_by_itself": lambda: self.refining.toggle_by_itself(),
            "train": self.jobs.ask_train,
            "jobs": self.jobs.toggle_panel,
            "look": lambda: self.panels.show_workspace("look"),
            "network": lambda: self.panels.show_workspace("network"),
            "remeasure": self.explorer.remeasure,
            "one_thread": lambda: self._change(threads=1),
            "all_threads": lambda: self._change(threads=os.cpu_count() or 1),
            "fit_width": lambda: self.folds.fit_width(),
            "fold_lines": lambda: self.folds.turn_lines(),
            "next_fold": lambda: self.folds.step(1),
            "previous_fold": lambda: self.folds.step(-1),
            "capture": lambda: self.incoming.capture.begin(),
            "fit": lambda: (self.compare.page.view if self.compare.page.begun else saliency).fit(),
            "pixels": lambda: (self.compare.page.view if self.compare.page.begun else saliency).zoom_to_pixels(),
            **self.compare.handlers(),
            "next_picture": lambda: self.canvas.step(1),
            "previous_picture": lambda: self.canvas.step(-1),
            **self.looks.handlers(),
            **{a: partial(self._show_appearance, a) for a in APPEARANCES},
        }
