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

    Of those with the same group one is checked; one that is on_off is checked or not.
    """

    name: str
    text: str = ""
    keys: Keys = None
    hint: str = ""
    group: str = ""
    on_off: bool = False


MENUS: Mapping[str, tuple[Entry, ...]] = {
    "&File": (
        Entry("new_project", "&New project", QKeySequence.StandardKey.New, "Close all pictures and begin anew"),
        Entry("open_project", "Open pro&ject…", "Ctrl+Alt+O", "Pictures, areas and settings as they were saved"),
        Entry("save_project", "Save projec&t", QKeySequence.StandardKey.Save, "Pictures, areas and settings"),
        Entry("save_project_as", "Save project &as…", None, "Under another name"),
        Entry(""),
        Entry("open_pictures", "&Open pictures…", QKeySequence.StandardKey.Open, "Add pictures to the list"),
        Entry("open_folder", "Open fol&der…", None, "All pictures in a folder"),
        Entry("paste", "&Paste picture", QKeySequence.StandardKey.Paste, "A picture or files from the clipboard"),
        Entry("capture", "Capture re&gion…", "Ctrl+Shift+P", "Draw a region on the screen, behind this window"),
        Entry("save_map", "Save picture &with map…", "Ctrl+Shift+S", "As it is shown, at the picture's own size"),
        Entry("copy_map", "&Copy picture with map", "Ctrl+Shift+C"),
        Entry("export", "E&xport…", "Ctrl+Shift+E", "Views, areas, maps and a report, of one picture or all"),
        Entry(""),
        Entry("open_model", "Open &model…", "Ctrl+Shift+O", "A model file, such as one saved here"),
        Entry("open_family", "Open folder of snaps&hots…", None, "The trained networks along pruning runs"),
        Entry(
            "save_model",
            "&Save pruned model as…",
            "Ctrl+Alt+S",
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
        Entry("target", "Prune to a &target…", "Ctrl+G", "At most so many GFLOP or milliseconds, at the best β"),
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
    "&Areas": (
        Entry("area_rectangle", "&Rectangle", "R", "Drag over the picture, or press Enter"),
        Entry("area_ellipse", "&Ellipse", "E", "Drag over the picture, or press Enter"),
        Entry("area_polygon", "&Polygon", "P", "Click its corners, close it with Enter"),
        Entry(""),
        Entry(
            "suggest_areas",
            "&Suggest areas",
            "Ctrl+I",
            "Blocks of text, buttons and pictures that are found in this one",
        ),
        Entry("accept_areas", "&Accept all suggestions", None, "Make areas of all that are left"),
        Entry("dismiss_areas", "D&ismiss suggestions", None, "Drop those that are left"),
        Entry(""),
        Entry("name_area", "Re&name…", None, "The chosen area (F2)"),
        Entry("group_areas", "&Group…", "Ctrl+Shift+G", "Count the chosen areas together"),
        Entry("duplicate_areas", "&Duplicate", "Ctrl+Shift+D", "The chosen areas"),
        Entry(
            "copy_areas", "&Copy areas and table", None, "For other pictures and spreadsheets (Ctrl+C on the canvas)"
        ),
        Entry("copy_areas_to_all", "Copy all areas &to all pictures", None, "Scaled where their sizes differ"),
        Entry("remove_areas", "De&lete", None, "The chosen areas (Delete)"),
        Entry(""),
        Entry("open_areas", "&Open areas…", None, "From a JSON file"),
        Entry("save_areas", "Sa&ve areas or table…", None, "As JSON or CSV"),
    ),
    "&Jobs": (
        Entry("prune_and_train", "&Prune and train…", "Ctrl+T", "Snapshots at this β, pruned while they learn"),
        Entry("refine", "&Refine here", "Ctrl+Shift+R", "Signals anew and weights compensated, without training"),
        Entry(
            "refine_by_itself",
            "Refine by &itself",
            None,
            "Where the hand rests, nothing else is to be done, and the computer is not on battery",
            on_off=True,
        ),
        Entry("train", "&Train…", None, "A network from pretrained features, or the present one further"),
        Entry(""),
        Entry("jobs", "&Show jobs", "Ctrl+J", "What runs in the background, and what has ended"),
    ),
    "&View": (
        Entry("overlay", "Heat map", "1", "The picture under the colours of its map", "mode"),
        Entry("focus", "Focus", "2", "What is seen; all else is dark and blurred", "mode"),
        Entry("contours", "Contours", "3", "Lines around half and four fifths of attention", "mode"),
        Entry("hotspots", "Hotspots", "4", "Numbered by their share of attention", "mode"),
        Entry("log_density", "Bits over uniform", "5", "The log density itself", "mode"),
        Entry("map", "Map alone", "6", group="mode"),
        Entry("picture", "Picture alone", "7", group="mode"),
        Entry(""),
        Entry("contours_over", "C&ontours over any view", "Ctrl+3", "Lines around shares of attention", on_off=True),
        Entry("hotspots_over", "&Hotspots over any view", "Ctrl+4", "Numbers by share of attention", on_off=True),
        Entry("legend", "L&egend", "Ctrl+5", "What colours and lines stand for", on_off=True),
        Entry(""),
        Entry("look", "Look at p&ictures", "Ctrl+L", "Views and areas at the right"),
        Entry("network", "Loo&k into the network", "Ctrl+Shift+L", "Pruning and figures at the right"),
        Entry(""),
        Entry("fit", "&Fit picture", "Ctrl+0"),
        Entry("pixels", "&Actual pixels", "Ctrl+1"),
        Entry("fit_width", "Fit &width", "Ctrl+2", "The picture as wide as the canvas"),
        Entry("fold_lines", "Fold line&s", None, "Where a viewport of a long page ends", on_off=True),
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
    "&Compare": (
        Entry("compare", "&Compare with…", "Ctrl+Shift+B", "Another picture or network beside this one"),
        Entry(""),
        Entry("compare_beside", "&Side by side", "Alt+1", "All that is compared, linked", group="compare"),
        Entry("compare_swipe", "S&wipe", "Alt+2", "A and B at the two sides of a line", group="compare"),
        Entry("compare_blink", "&Blink", "Alt+3", "One in the place of the other, by Space", group="compare"),
        Entry("compare_difference", "&Difference", "Alt+4", "Where B gets more than A, or less", group="compare"),
        Entry(""),
        Entry("add_side", "&Add another", "Alt+6", "One more beside them"),
        Entry("swap_sides", "Swa&p A and B", "Alt+5"),
        Entry("leave_comparison", "C&lose comparison", None, "Back to one picture (Esc)"),
    ),
    "&Help": (
        Entry("tour", "&Tour", None, "Three steps through the window"),
        Entry("about_model", "About this &model", "F1", "Its data, scores, and what it was not tested on"),
    ),
}


def fill_menus(window: QMainWindow, handlers: Mapping[str, Callable[[], object]]) -> dict[str, QAction]:
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
            if entry.on_off:
                action.setCheckable(True)
            if entry.group:
                action.setCheckable(True)
                groups.setdefault(entry.group, QActionGroup(window)).addAction(action)
            menu.addAction(action)
            actions[entry.name] = action
    return actions
