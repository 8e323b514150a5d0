"""The window: views side by side, and the wires between them, the library and the explorer."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMainWindow

from app.about_model import AboutModel
from app.actions import fill_menus
from app.area_desk import AreaDesk
from app.background import Background
from app.calibration import Calibration
from app.compare_desk import CompareDesk
from app.explorer import Explorer, Seen
from app.export_desk import ExportDesk
from app.fold_desk import FoldDesk
from app.incoming import Incoming
from app.job_desk import JobDesk
from app.laboratory import Laboratory
from app.layout import Panels
from app.library import Library, key_of
from app.look_desk import LookDesk
from app.opening import Opening
from app.other_maps import OtherMaps
from app.planned import Planned
from app.presentation import caption, diagram, figures, setting
from app.project_desk import ProjectDesk
from app.refining import Refining
from app.saving import Saving
from app.selection import NetworkChoice, Selection
from app.settings import Settings
from app.spot_words import Spot
from app.theme import APPEARANCES, Appearance, apply_theme, chosen_theme
from app.undo import ChoiceHistory
from gazeengine.checkpoint import Checkpoint
from gazeengine.errors import GazeError
from gazeengine.family_files import family_place
from gazeengine.image import Picture


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
        self._shown_picture: str | None = None  # its digest
        self._last_picture: str | None = None  # the key of the last one that could be shown
        self._shown_model: str | None = None
        self._wanted_model: str | None = None
        self.looks = LookDesk(panels, explorer, background, settings, self)
        self.compare.actions = self.actions_ = fill_menus(self, self._handlers())
        self.looks.show_in(self.actions_)
        self.areas.show_in(self.actions_)
        self.projects.menu.add_behind(self.actions_["open_project"])

        explorer.selected.connect(self._show_selection)
        explorer.planned.connect(self._show_plan)
        explorer.seen.connect(self._show_seen)
        explorer.failed.connect(panels.messages.show_problem)
        explorer.ready.connect(self.statusBar().clearMessage)
        explorer.failed.connect(self.statusBar().clearMessage)
        self.library.pictures_changed.connect(self._show_picture)
        self.library.picture_opened.connect(self._picture_opened)
        self.library.picture_failed.connect(self._picture_failed)
        self.library.models_changed.connect(self._show_models)
        self.library.model_opened.connect(self._model_opened)
        self.library.problem.connect(panels.messages.show_problem)
        panels.images.selected.connect(lambda key: self._change(picture=key))
        panels.images.removal_asked.connect(self.remove_picture)
        panels.images.compare_asked.connect(self.compare.compare)
        panels.images.open_asked.connect(self.opening.ask_pictures)
        panels.model.chosen.connect(self.choose_model)
        panels.model.open_asked.connect(self.opening.ask_model)
        panels.model.about_asked.connect(self.about.show)
        self.calibration = Calibration(self, panels, explorer, self.library, self.opening, self.history, settings)
        self.calibration.taken.connect(self._show_models)
        self.calibration.taken.connect(self.about.refresh)
        self.opening.picture_wanted.connect(lambda key: self._change(picture=key))
        self.opening.model_wanted.connect(self._want_model)
        self.opening.project_wanted.connect(self.projects.open)
        self.projects.networks.model_wanted.connect(self._look_with)
        panels.prune_and_train.clicked.connect(self.jobs.ask_prune)
        self.jobs.result_wanted.connect(self._show_result)
        self.refining.by_itself_changed.connect(self.actions_["refine_by_itself"].setChecked)
        self.actions_["refine_by_itself"].setChecked(self.refining.by_itself)
        panels.save.clicked.connect(self._save_model)
        panels.export.clicked.connect(self._export_onnx)
        panels.pruning.beta_moved.connect(lambda beta: self._change_network(beta=beta))
        panels.pruning.n_moved.connect(lambda n: self._change_network(n=n))
        panels.pruning.moved_to_rest.connect(lambda: self.history.rest(explorer.selection.network))
        panels.saliency.hovered.connect(self._show_spot)
        self.history.canUndoChanged.connect(self._show_undo)
        self.history.canRedoChanged.connect(self.actions_["redo"].setEnabled)
        for name in (
            "undo",
            "redo",
            "next_trained",
            "previous_trained",
            "calibrate",
            "pin",
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
        self._restore_layout()
        explorer.select(Selection(style=settings.style(), look=settings.look(), threads=settings.threads()))
        self._show_picture()
        self.statusBar().showMessage("Loading the engine…")

    # --- opening

    def open_paths(self, paths: Sequence[Path], *, show: bool = True) -> None:
        """Open pictures and model files by what they are called; show the first picture."""
        self.opening.open_paths(paths, show=show)

    def begin_at(self, beta: float | None, n: int) -> None:
        """Where the first model is opened."""
        self._change_network(beta=beta, n=n)

    def _show_result(self, path: Path) -> None:
        if not self.refining.show_result(path):
            self.open_paths([path])

    def choose_model(self, key: str) -> None:
        """Take the model of key; it is read first where it has not been."""
        entry = self.library.models[key]
        self._wanted_model = key
        if entry.checkpoint is None:
            self.library.open_model(entry.path)
        else:
            self._take_model(key)

    def _look_with(self, path: Path) -> None:
        """Take the model of a file, which may be open."""
        key = key_of(family_place(path))
        if key in self.library.models:
            self.choose_model(key)
        else:
            self._wanted_model = self.library.open_model(path)

    def remove_picture(self, key: str) -> None:
        if key == self.explorer.selection.picture:
            self._change(picture=self.library.neighbour(key))
        self.library.remove_picture(key)
        self.explorer.remove_picture(key)

    # --- what the user changes

    def _change(self, **changes: object) -> None:
        self.explorer.select(replace(self.explorer.selection, **changes))  # type: ignore[arg-type]

    def _change_network(self, **changes: object) -> None:
        self._change(network=replace(self.explorer.selection.network, **changes))  # type: ignore[arg-type]

    def _restore(self, choice: NetworkChoice) -> None:
        self._wanted_model = None
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

    def _want_model(self, key: str) -> None:
        self._wanted_model = key

    def _take_model(self, key: str) -> None:
        first = self.explorer.selection.network.model is None
        self._change_network(model=key)
        (self.history.begin if first else self.history.rest)(self.explorer.selection.network)
        self._show_undo()

    def _step_picture(self, step: int) -> None:
        keys = list(self.library.pictures)
        if self.explorer.selection.picture in keys:
            at = keys.index(self.explorer.selection.picture) + step
            self._change(picture=keys[at % len(keys)])

    def _prune_nothing(self) -> None:
        self._change_network(n=0)
        self.history.rest(self.explorer.selection.network)

    def _save_model(self) -> None:
        if self.explorer.plan is not None:
            self.saving.ask_and_save_model(self.explorer.plan)

    def _export_onnx(self) -> None:
        if self.explorer.plan is not None:
            self.saving.ask_and_export_onnx(self.explorer.plan)

    def _with_map(self, use: Callable[[Picture, NDArray[np.float32]], None]) -> None:
        picture = self.explorer.pictures.get(self.explorer.selection.picture or "")
        seen = self._seen
        preview = seen.preview if seen is not None and not seen.preview_stale else None
        if picture is None or preview is None or preview.stage != "full" or preview.saliency_map is None:
            self.panels.messages.show_problem("picture with map: the map is not ready yet, wanted a moment's patience")
        else:
            use(picture, preview.saliency_map.log_density)

    def _with_comparison(self, use: Callable[[Callable[[], NDArray[np.uint8]]], None]) -> None:
        try:
            use(self.compare.page.rendered(self.explorer.selection.style))
        except GazeError as error:
            self.panels.messages.show_problem(str(error))

    def _save_map(self) -> None:
        style = self.explorer.selection.style
        if self.compare.page.begun:
            self._with_comparison(lambda made: self.saving.ask_and_save_picture(made, self.compare.page.file_name))
            return
        self._with_map(lambda p, m: self.saving.ask_and_save_map(p.rgb, m, style, p.name))

    def _copy_map(self) -> None:
        style = self.explorer.selection.style
        if self.compare.page.begun:
            self._with_comparison(lambda made: self.saving.copy_picture(made, "Copied the comparison."))
            return
        self._with_map(lambda p, m: self.saving.copy_map(p.rgb, m, style))

    # --- what is shown

    def _picture_opened(self, key: str, picture: Picture) -> None:
        self.explorer.add_picture(key, picture)
        if key == self.explorer.selection.picture:
            self._show_picture()
            if picture.note:
                self.panels.messages.show_notice(f"{picture.name}: {picture.note}.")

    def _picture_failed(self, key: str) -> None:
        """Back to the picture that was shown before, or on to another."""
        if key == self.explorer.selection.picture and key not in self.explorer.pictures:
            last = self._last_picture
            good = last if last in self.explorer.pictures else self.library.readable_beside(key)
            if good is not None:
                self._change(picture=good)

    def _model_opened(self, key: str, checkpoint: Checkpoint) -> None:
        self.explorer.add_model(key, self.library.models[key].family or checkpoint)
        if key == self._wanted_model:
            self._take_model(key)

    def _show_selection(self, selection: Selection) -> None:
        self.actions_["one_thread" if selection.threads == 1 else "all_threads"].setChecked(True)
        self._show_picture()
        self._show_undo()

    def _show_picture(self) -> None:
        key = self.explorer.selection.picture
        picture = self.explorer.pictures.get(key or "")
        shown = picture.digest if picture is not None else None
        if shown != self._shown_picture:
            self._shown_picture = shown
            self.panels.saliency.show_picture(picture.rgb if picture is not None else None)
            self._show_map()
        if key is None:
            self.panels.saliency.show_message(None)
        elif picture is None:
            problem = self.library.pictures[key].problem if key in self.library.pictures else None
            if problem is not None:
                self.panels.display.show_map(None, None)
            self.panels.saliency.show_message(problem or "Reading…")
        else:
            self._last_picture = key
            self.panels.saliency.show_message(None)
        self.panels.images.show_pictures(list(self.library.pictures.values()), key)

    def _show_models(self) -> None:
        entries = self.calibration.present_entries(list(self.library.models.values()))
        self.panels.model.show_models(entries, self.explorer.selection.network.model)

    def _show_plan(self, plan: Planned) -> None:
        self.panels.pruning.show_setting(setting(plan))
        self.panels.widths.show_widths(diagram(plan))
        self.panels.figures.show_figures(figures(plan, self._seen))
        if plan.choice.model != self._shown_model:
            self._shown_model = plan.choice.model
            self._show_models()
        for name in ("save_model", "export_onnx", "calibrate", "pin", "about_model"):
            self.actions_[name].setEnabled(True)
        for name in ("next_trained", "previous_trained"):
            self.actions_[name].setEnabled(bool(plan.model.family.snapshots))

    def _show_seen(self, seen: Seen) -> None:
        self._seen = seen
        self._show_map()
        if self.explorer.plan is not None:
            self.panels.figures.show_figures(figures(self.explorer.plan, seen))

    def _show_map(self) -> None:
        """The latest map, if it is of the picture that is shown."""
        seen = self._seen
        if seen is None:
            return
        preview = seen.preview
        if preview is not None and preview.request.picture.digest != self._shown_picture:
            preview = None
        map_ = preview.saliency_map if preview is not None else None
        words = caption(replace(seen, preview=preview)) if self._shown_picture is not None else ""
        self.panels.saliency.show_map(
            map_.log_density if map_ is not None else None, words, map_ is not None and seen.preview_stale
        )
        for name in ("save_map", "copy_map"):
            self.actions_[name].setEnabled(map_ is not None)

    def _show_undo(self) -> None:
        moved = self.explorer.selection.network != self.history.at_rest
        self.actions_["undo"].setEnabled(self.history.canUndo() or moved)

    def _show_spot(self, spot: Spot | None) -> None:
        if spot is None or spot.density is None:
            self.statusBar().clearMessage()
        else:
            self.statusBar().showMessage(self.panels.saliency.spot_words(spot))

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
        self._settings.save_layout("window", self.saveGeometry())
        self._settings.save_layout("rows", self.panels.rows.saveState())
        self._settings.save_layout("columns", self.panels.columns.saveState())
        self._settings.save_layout("bench", self.panels.bench.saveState())
        self._settings.save_workspace(self.panels.shown_workspace())
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

    def _restore_layout(self) -> None:
        self.resize(QSize(1280, 800).boundedTo(self.screen().availableSize()))
        self.panels.show_workspace(self._settings.workspace())
        for name, restore in (
            ("window", self.restoreGeometry),
            ("rows", self.panels.rows.restoreState),
            ("columns", self.panels.columns.restoreState),
            ("bench", self.panels.bench.restoreState),
        ):
            if (state := self._settings.layout(name)) is not None:
                restore(state)

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
            "save_map": self._save_map,
            "copy_map": self._copy_map,
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
            "next_picture": lambda: self._step_picture(1),
            "previous_picture": lambda: self._step_picture(-1),
            **self.looks.handlers(),
            **{a: partial(self._show_appearance, a) for a in APPEARANCES},
        }
