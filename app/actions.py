"""The menus as a table: what can be done, by which keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow

Keys = QKeySequence.StandardKey | str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A menu entry. name is how the window's handlers are found; an empty one is a separator.

    Of those with the same group one is checked.
    """

    name: str
    text: str = ""
    keys: Keys = None
    hint: str = ""
    group: str = ""


MENUS: Mapping[str, tuple[Entry, ...]] = {
    "&File": (
        Entry("open_pictures", "&Open pictures…", QKeySequence.StandardKey.Open, "Add pictures to the list"),
        Entry("open_folder", "Open fol&der…", None, "All pictures in a folder"),
        Entry("paste", "&Paste picture", QKeySequence.StandardKey.Paste, "A picture or files from the clipboard"),
        Entry("capture", "Capture re&gion…", "Ctrl+Shift+X", "Draw a region on the screen, behind this window"),
        Entry("save_map", "Save picture &with map…", "Ctrl+Shift+S", "As it is shown, at the picture's own size"),
        Entry("copy_map", "&Copy picture with map", "Ctrl+Shift+C"),
        Entry(""),
        Entry("open_model", "Open &model…", "Ctrl+Shift+O", "A model file, such as one saved here"),
        Entry("open_family", "Open folder of s&napshots…", None, "The trained networks along pruning runs"),
        Entry(
            "save_model",
            "&Save pruned model as…",
            QKeySequence.StandardKey.Save,
            "The network at this β and n",
        ),
        Entry("export_onnx", "&Export ONNX…", "Ctrl+E", "For ONNX Runtime and others"),
        Entry(""),
        Entry("quit", "&Quit", QKeySequence.StandardKey.Quit),
    ),
    "&Edit": (
        Entry("undo", "&Undo", QKeySequence.StandardKey.Undo),
        Entry("redo", "&Redo", "Ctrl+Shift+Z"),
        Entry(""),
        Entry("unpruned", "&Nothing pruned", "Ctrl+R", "Back to the model as it was trained"),
        Entry("next_trained", "Ne&xt trained network", "Ctrl+Right", "To the next mark on the slider"),
        Entry("previous_trained", "&Previous trained network", "Ctrl+Left", "To the mark before"),
        Entry("pin", "P&in this setting", "Ctrl+D", "To compare others with it: widths and trade-off, up to two"),
        Entry("calibrate", "&Calibrate on these pictures…", "Ctrl+K", "β and n by what counts for your own pictures"),
        Entry(""),
        Entry("remeasure", "&Measure latency again", "F5"),
        Entry("one_thread", "Measure with &one thread", None, "As the paper does", "threads"),
        Entry("all_threads", "Measure with &all threads", None, "As many as this computer has cores", "threads"),
    ),
    "&Jobs": (
        Entry("prune_and_train", "&Prune and train…", "Ctrl+T", "Snapshots at this β, pruned while they learn"),
        Entry("train", "&Train…", None, "A network from pretrained features, or the present one further"),
        Entry(""),
        Entry("jobs", "&Show jobs", "Ctrl+J", "What runs in the background, and what has ended"),
    ),
    "&View": (
        Entry("overlay", "&Overlay", "1", group="mode"),
        Entry("map", "&Map alone", "2", group="mode"),
        Entry("picture", "&Picture alone", "3", group="mode"),
        Entry(""),
        Entry("look", "Look at p&ictures", "Ctrl+L", "Views and areas at the right"),
        Entry("network", "Loo&k into the network", "Ctrl+Shift+L", "Pruning and figures at the right"),
        Entry(""),
        Entry("fit", "&Fit picture", "Ctrl+0"),
        Entry("pixels", "&Actual pixels", "Ctrl+1"),
        Entry("fit_width", "Fit &width", "Ctrl+2", "The picture as wide as the canvas"),
        Entry("fold_lines", "Fold lin&es", None, "Where a viewport of a long page ends"),
        Entry("next_fold", "Ne&xt fold", "PgDown", "Down to the next screenful of a long page"),
        Entry("previous_fold", "Pre&vious fold", "PgUp", "Up to the screenful before"),
        Entry(""),
        Entry("next_picture", "&Next picture", "Ctrl+PgDown"),
        Entry("previous_picture", "P&revious picture", "Ctrl+PgUp"),
        Entry(""),
        Entry("system", "&Colours of the system", group="appearance"),
        Entry("light", "&Light", group="appearance"),
        Entry("dark", "&Dark", group="appearance"),
    ),
    "&Help": (
        Entry("tour", "&Tour", None, "Three steps through the window"),
        Entry("about_model", "About this &model", "F1", "Its data, scores, and what it was not tested on"),
    ),
}


def fill_menus(window: QMainWindow, handlers: Mapping[str, Callable[[], None]]) -> dict[str, QAction]:
    """Build the menu bar; every entry has a handler of its name. Returns the actions by name."""
    actions: dict[str, QAction] = {}
    for title, entries in MENUS.items():
        menu = window.menuBar().addMenu(title)
        groups: dict[str, QActionGroup] = {}
        for entry in entries:
            if not entry.name:
                menu.addSeparator()
                continue
            action = QAction(entry.text, window)
            if entry.keys is not None:
                action.setShortcut(QKeySequence(entry.keys))
            if entry.hint:
                action.setStatusTip(entry.hint)
                action.setToolTip(entry.hint)
            action.triggered.connect(lambda _checked=False, name=entry.name: handlers[name]())
            if entry.group:
                action.setCheckable(True)
                groups.setdefault(entry.group, QActionGroup(window)).addAction(action)
            menu.addAction(action)
            actions[entry.name] = action
    return actions
