"""Colours and measures of the window, in light and dark; follows the system's colour scheme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from gazeengine.resources import FOLDER

SPACE = 8  # px between things that belong together; multiples of it elsewhere
RADIUS = 6
PANEL_WIDTH = 320


Appearance = Literal["system", "light", "dark"]
APPEARANCES: tuple[Appearance, ...] = get_args(Appearance)


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours by what they mean, as "#rrggbb"."""

    dark: bool
    window: str  # behind panels
    panel: str  # panels and bars
    field: str  # where something is typed or listed
    canvas: str  # behind a picture
    text: str
    muted: str  # labels, units, explanations
    line: str  # separators and outlines
    accent: str  # what is chosen, what is left of a layer
    accent_soft: str  # its fill where text stands on it
    on_accent: str
    estimate: str  # what is not measured or not of the present setting
    problem: str


LIGHT = Theme(
    dark=False,
    window="#eef0f3",
    panel="#f8f9fb",
    field="#ffffff",
    canvas="#dfe2e7",
    text="#1c2027",
    muted="#626b78",
    line="#d0d5dc",
    accent="#2f6fde",
    accent_soft="#d9e6fc",
    on_accent="#ffffff",
    estimate="#a86500",
    problem="#b3261e",
)
DARK = Theme(
    dark=True,
    window="#14161a",
    panel="#1d2025",
    field="#15181c",
    canvas="#0e1013",
    text="#e7eaef",
    muted="#98a1ae",
    line="#343a43",
    accent="#6ea2ff",
    accent_soft="#24385c",
    on_accent="#0c1322",
    estimate="#f0b252",
    problem="#ff8a80",
)


def chosen_theme(appearance: Appearance) -> Theme:
    """The theme that the user wants."""
    return {"light": LIGHT, "dark": DARK}.get(appearance) or current_theme()


def current_theme() -> Theme:
    """The theme of the system's present colour scheme; light where the system has none."""
    scheme = QGuiApplication.styleHints().colorScheme()
    return DARK if scheme == Qt.ColorScheme.Dark else LIGHT


def apply_theme(application: QApplication, theme: Theme) -> None:
    """Palette and style sheet of the whole program."""
    palette = QPalette()
    roles = QPalette.ColorRole
    for role, colour in (
        (roles.Window, theme.panel),
        (roles.WindowText, theme.text),
        (roles.Base, theme.field),
        (roles.AlternateBase, theme.window),
        (roles.Text, theme.text),
        (roles.PlaceholderText, theme.muted),
        (roles.Button, theme.panel),
        (roles.ButtonText, theme.text),
        (roles.Highlight, theme.accent),
        (roles.HighlightedText, theme.on_accent),
        (roles.Accent, theme.accent),
        (roles.Link, theme.accent),
        (roles.ToolTipBase, theme.field),
        (roles.ToolTipText, theme.text),
        (roles.Mid, theme.line),
        (roles.Midlight, theme.line),
        (roles.Dark, theme.line),
        (roles.Light, theme.field),
    ):
        palette.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.muted))
    application.setPalette(palette)
    application.setStyleSheet(_style_sheet(theme))


def _style_sheet(t: Theme) -> str:
    tick = (FOLDER / "icons" / f"check-{'dark' if t.dark else 'light'}.svg").as_posix()
    return f"""
    QMainWindow, QStatusBar {{ background: {t.window}; }}
    QToolTip {{ background: {t.field}; color: {t.text}; border: 1px solid {t.line}; padding: 4px 6px; }}
    QMenuBar {{ background: {t.panel}; border-bottom: 1px solid {t.line}; padding: 1px {SPACE // 2}px; }}
    QMenuBar::item {{ padding: 4px 10px; border-radius: 4px; background: transparent; }}
    QMenuBar::item:selected {{ background: {t.accent_soft}; color: {t.text}; }}
    QMenu {{ background: {t.field}; border: 1px solid {t.line}; padding: 4px; }}
    QMenu::item {{ padding: 5px 28px 5px 12px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {t.accent_soft}; color: {t.text}; }}
    QMenu::item:disabled {{ color: {t.muted}; background: transparent; }}
    QMenu::separator {{ height: 1px; background: {t.line}; margin: 4px 8px; }}
    QPushButton {{
        background: {t.field}; border: 1px solid {t.line}; border-radius: {RADIUS}px;
        padding: 3px 12px; min-height: 20px;
    }}
    QPushButton:hover {{ border-color: {t.accent}; }}
    QPushButton:pressed {{ background: {t.accent_soft}; }}
    QPushButton:focus {{ border-color: {t.accent}; }}
    QPushButton:disabled {{ color: {t.muted}; background: {t.panel}; }}
    QCheckBox, QRadioButton {{ spacing: 6px; }}
    QCheckBox:focus, QRadioButton:focus {{ color: {t.accent}; }}
    QCheckBox::indicator, QListWidget::indicator, QRadioButton::indicator {{
        width: 13px; height: 13px; border: 1px solid {t.muted}; background: {t.field};
    }}
    QCheckBox::indicator, QListWidget::indicator {{ border-radius: 3px; }}
    QRadioButton::indicator {{ border-radius: 7px; }}
    QCheckBox::indicator:hover, QListWidget::indicator:hover, QRadioButton::indicator:hover {{
        border-color: {t.accent};
    }}
    QCheckBox::indicator:checked, QListWidget::indicator:checked {{
        background: {t.accent}; border-color: {t.accent}; image: url("{tick}");
    }}
    QRadioButton::indicator:checked {{ background: {_dot(t.accent, t.field)}; border-color: {t.accent}; }}
    QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {{
        border-color: {t.line}; background: {t.panel};
    }}
    QCheckBox::indicator:checked:disabled {{ background: {t.muted}; border-color: {t.muted}; }}
    QRadioButton::indicator:checked:disabled {{ background: {_dot(t.muted, t.panel)}; }}
    QScrollBar {{ background: transparent; border: none; margin: 0; }}
    QScrollBar:vertical {{ width: 10px; }}
    QScrollBar:horizontal {{ height: 10px; }}
    QScrollBar::handle {{ background: {t.line}; border-radius: 3px; margin: 2px; }}
    QScrollBar::handle:vertical {{ min-height: 32px; }}
    QScrollBar::handle:horizontal {{ min-width: 32px; }}
    QScrollBar::handle:hover {{ background: {t.muted}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QScrollArea, QScrollArea > QWidget > QWidget {{ background: {t.panel}; }}
    QStatusBar {{ color: {t.muted}; border-top: 1px solid {t.line}; }}
    QStatusBar::item {{ border: none; }}
    QSplitter::handle {{ background: {t.line}; }}
    QMainWindow::separator {{ background: {t.line}; height: 3px; }}
    QLabel[role="heading"] {{ color: {t.muted}; font-weight: 600; letter-spacing: 0.5px; }}
    QLabel[role="muted"] {{ color: {t.muted}; }}
    QLabel[role="estimate"] {{ color: {t.estimate}; }}
    QLabel[role="problem"] {{ color: {t.problem}; }}
    QTabBar::tab {{
        color: {t.muted}; background: {t.window}; border: none; border-bottom: 2px solid {t.line}; padding: 6px 12px;
    }}
    QTabBar::tab:selected {{ color: {t.text}; background: {t.panel}; border-bottom: 2px solid {t.accent}; }}
    QTabBar::tab:focus {{ color: {t.accent}; }}
    QListView {{ border: none; background: {t.panel}; outline: none; }}
    """


def _dot(colour: str, around: str) -> str:
    """The mark of a radio button."""
    stops = f"stop:0 {colour}, stop:0.5 {colour}, stop:0.62 {around}, stop:1 {around}"
    return f"qradialgradient(cx:0.5, cy:0.5, radius:0.5, fx:0.5, fy:0.5, {stops})"
