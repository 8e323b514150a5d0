"""What joins the controls of the Look side to the selection: views of the map, and how a picture is looked at."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from app.background import Background
from app.explorer import Explorer, Seen
from app.layout import Panels
from app.map_style import MODES, MapStyle, Mode
from app.selection import Selection
from app.settings import Settings
from gazeengine.domain import USUAL_LOOK, Domain, Look, domain_of
from gazeengine.image import Picture

_KEPT = 200  # pictures of which is known what they are taken for
TOGGLES = {"contours_over": "contours", "hotspots_over": "hotspots", "legend": "legend"}
"""Menu entries that are on or off, and what of a style they switch."""


class LookDesk(QObject):
    """Views and looks that a person chooses become the selection; what is selected is shown in the controls."""

    def __init__(
        self, panels: Panels, explorer: Explorer, background: Background, settings: Settings, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._panels = panels
        self._explorer = explorer
        self._background = background
        self._settings = settings
        self._actions: Mapping[str, QAction] = {}
        self._taken: OrderedDict[str, Domain | None] = OrderedDict()  # by digest; None while it is looked into
        panels.display.style_chosen.connect(self._choose_style)
        panels.look_controls.look_chosen.connect(self._choose_look)
        explorer.selected.connect(self._show_selection)
        explorer.seen.connect(self._show_seen)

    def handlers(self) -> dict[str, Callable[[], None]]:
        """What menu entries do, by name."""
        views = {mode: partial(self._show_mode, mode) for mode, _, _ in MODES}
        return views | {entry: partial(self._toggle, part) for entry, part in TOGGLES.items()}

    def show_in(self, actions: Mapping[str, QAction]) -> None:
        """Check the menu entries of what is shown, from now on."""
        self._actions = actions
        self._show_selection(self._explorer.selection)

    def _choose_style(self, style: MapStyle) -> None:
        self._explorer.select(replace(self._explorer.selection, style=style))

    def _show_mode(self, mode: Mode) -> None:
        self._choose_style(replace(self._explorer.selection.style, mode=mode))

    def _toggle(self, part: str) -> None:
        style = self._explorer.selection.style
        changes: dict[str, Any] = {part: not getattr(style, part)}
        self._choose_style(replace(style, **changes))

    def _choose_look(self, look: Look) -> None:
        self._settings.save_look(look)
        self._explorer.select(replace(self._explorer.selection, look=look))

    def _show_selection(self, selection: Selection) -> None:
        style = selection.style
        self._panels.display.show_style(style)
        self._panels.saliency.show_style(style)
        if selection.picture is None:
            self._panels.display.show_map(None, None)
        for name, action in self._actions.items():
            if name == style.mode:
                action.setChecked(True)
            elif name in TOGGLES:
                action.setChecked(getattr(style, TOGGLES[name]))
        self._show_look()

    def _show_seen(self, seen: Seen) -> None:
        preview, shown = seen.preview, self._explorer.pictures.get(self._explorer.selection.picture or "")
        of_shown = preview is not None and shown is not None and preview.request.picture.digest == shown.digest
        if preview is not None and preview.saliency_map is not None and of_shown:  # and of none that was closed
            self._panels.display.show_map(preview.request.picture.rgb, preview.saliency_map.log_density)
        self._show_look()

    def _show_look(self) -> None:
        selection = self._explorer.selection
        picture = self._explorer.pictures.get(selection.picture or "")
        self._panels.look_controls.show_look(selection.look, self._domain(picture) if picture is not None else None)

    def _domain(self, picture: Picture) -> Domain | None:
        """What a picture looks like, if that is known; else it is found out, and told then."""
        if picture.digest not in self._taken:
            self._taken[picture.digest] = None
            while len(self._taken) > _KEPT:
                self._taken.popitem(last=False)
            self._background.do(
                lambda: domain_of(picture.rgb, USUAL_LOOK),
                lambda domain: self._tell(picture.digest, domain),
                self._panels.messages.show_problem,
            )
        return self._taken[picture.digest]

    def _tell(self, digest: str, domain: Domain) -> None:
        self._taken[digest] = domain
        self._show_look()
