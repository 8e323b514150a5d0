"""FisherGaze: where people will look, and the networks that tell. python main.py [PICTURE, MODEL or PROJECT ...]"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QApplication

from app.background import Background
from app.explorer import Explorer
from app.focus_ring import FocusRing
from app.main_window import MainWindow
from app.settings import Settings
from gazeengine.checkpoint import SUFFIX
from gazeengine.errors import GazeError
from gazeengine.project import SUFFIX as PROJECT_SUFFIX
from gazeengine.resources import default_model, default_point, sample_pictures, shipped_models


def create_application() -> QApplication:
    """The program's QApplication, named and styled."""
    application = QApplication(sys.argv[:1])
    sys.setswitchinterval(0.001)  # s that the window waits for the thread of the engine, where both run Python
    application.setApplicationName("FisherGaze")
    application.setOrganizationName("FisherGaze")
    application.setStyle("Fusion")
    FocusRing(application)
    return application


def open_window(paths: Sequence[Path], settings: Settings) -> MainWindow:
    """The window on these pictures and models, by default on the sample pictures and the shipped model."""
    window = MainWindow(settings, Explorer(), Background("files"))
    window.library.list_models(shipped_models())
    models = [path for path in paths if path.suffix.lower() == SUFFIX]
    projects = [path for path in paths if path.suffix.lower() == PROJECT_SUFFIX]
    pictures = [path for path in paths if path not in models and path not in projects]
    try:
        if not models and (model := default_model()) is not None:
            models = [model]
            window.begin_at(*default_point())
        elif not models:
            window.panels.messages.show_problem(
                "models: found none that came with the program, wanted one: open a model file (Ctrl+Shift+O)"
            )
        window.open_paths(models)
        if pictures or not projects:
            window.open_paths(pictures or [sample.path for sample in sample_pictures()])
        window.open_paths(projects)
    except GazeError as error:
        window.panels.messages.show_problem(str(error))
    window.show()
    window.explorer.start()
    window.jobs.open()
    window.incoming.tour.offer()
    return window


def main(arguments: Sequence[str]) -> int:
    """Run the program; returns its exit code."""
    parser = argparse.ArgumentParser(prog="main.py", description=__doc__)
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="FILE", help="pictures, model files, or a project to open"
    )
    parser.add_argument("--verbose", action="store_true", help="say on stderr what is done")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO if options.verbose else logging.WARNING)
    application = create_application()
    window = open_window(options.paths, Settings())
    code = application.exec()
    window.close()  # where the session was ended without closing the window
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
