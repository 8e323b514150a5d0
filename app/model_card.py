"""The card of a model, to be read before one trusts its maps."""

from __future__ import annotations

import html
from collections.abc import Iterator

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication, QTextOption
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from app.room_on_screen import resize_within_screen
from app.theme import LIGHT, RADIUS, SPACE, Theme
from gazeengine.card_parts import Card, Fact, Section, Table, markdown


class ModelCard(QDialog):
    """Text that can be selected and copied; links open in the browser. It can stay open beside the window."""

    copied = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._card: Card | None = None
        self._theme = LIGHT
        self._text = QTextBrowser()
        self._text.setOpenExternalLinks(True)
        self._text.setAccessibleName("About this model")
        self._text.document().setDocumentMargin(2 * SPACE)
        self._text.setWordWrapMode(QTextOption.WrapMode.WordWrap)  # numbers stay whole
        self._copy, close = QPushButton("Copy as Markdown"), QPushButton("Close")
        self._copy.setAutoDefault(False)
        self._copy.clicked.connect(self.copy)
        close.setDefault(True)
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self._copy)
        row.addStretch(1)
        row.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self._text)
        layout.addLayout(row)
        resize_within_screen(self, 900, 740)
        self.show_theme(LIGHT)

    def show_card(self, card: Card) -> None:
        """Show this one; of a model that is shown already the place in the text is kept."""
        if card == self._card:
            return
        same = self._card is not None and self._card.name == card.name
        self._card = card
        self.setWindowTitle(f"About {card.name}")
        self._show(keep_place=same)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._text.setStyleSheet(
            f"QTextBrowser {{ background: {theme.field}; color: {theme.text}; border: 1px solid {theme.line};"
            f" border-radius: {RADIUS}px; }}"
        )
        self._show(keep_place=True)

    def copy(self) -> None:
        """Put the card on the clipboard as Markdown."""
        if self._card is not None:
            QGuiApplication.clipboard().setText(markdown(self._card))
            self.copied.emit()

    def _show(self, *, keep_place: bool) -> None:
        if self._card is None:
            return
        bar = self._text.verticalScrollBar()
        place = bar.value()
        self._text.setHtml(rendered(self._card, self._theme))
        bar.setValue(place if keep_place else 0)


def rendered(card: Card, theme: Theme) -> str:
    """The card in the HTML that Qt knows."""
    parts = [
        f"<h2 style='margin: 0'>{_text(card.name)}</h2>",
        f"<p style='color: {theme.muted}; margin-top: 4px'>{_text(card.summary)}</p>",
        f"<p style='margin-bottom: 0'><b>Trained:</b> {_text(card.trained)}</p>",
    ]
    if card.estimate:
        parts.append(
            f"<p style='margin-top: 6px'><b style='color: {theme.estimate}'>Estimate:</b> {_text(card.estimate)}</p>"
        )
    for section in card.sections:
        parts += _section(section, theme)
    return "".join(parts)


def _section(section: Section, theme: Theme) -> Iterator[str]:
    yield f"<h4 style='margin-top: 18px; margin-bottom: 4px'>{_text(section.title)}</h4>"
    if section.facts:
        rows = "".join(_fact(fact, theme) for fact in section.facts)
        yield f"<table cellspacing='0' cellpadding='0' width='100%'>{rows}</table>"
    if section.table is not None:
        yield _table(section.table, theme)
    if section.points:
        yield "<ul style='margin: 0; -qt-list-indent: 1'>" + "".join(f"<li>{_text(p)}</li>" for p in section.points)
        yield "</ul>"
    if section.note:
        yield f"<p style='color: {theme.muted}; margin-top: 6px'>{_text(section.note)}</p>"


def _fact(fact: Fact, theme: Theme) -> str:
    text = _text(fact.text)
    if fact.url is not None:
        address = fact.url.replace("'", "%27")  # Qt takes it as it stands, with no entities
        text += f"<br><a href='{address}' style='color: {theme.accent}; text-decoration: none'>{_text(fact.url)}</a>"
    label = f"<td width='120' style='color: {theme.muted}; padding: 3px 12px 3px 0'>{_text(fact.label)}</td>"
    return f"<tr>{label}<td style='padding: 3px 0'>{text}</td></tr>"


def _table(table: Table, theme: Theme) -> str:
    """An interval stands below its score. Qt rounds columns up: all the width would be a pixel too much."""
    line = f"border-bottom: 1px solid {theme.line}; padding: 4px 0 4px 8px"

    def row(cells: tuple[str, ...], style: str) -> str:
        first, *numbers = (_text(cell).replace(" [", "<br>[").replace(" ", "&nbsp;") for cell in cells)
        right = "".join(f"<td align='right' style='{style}'>{cell}</td>" for cell in numbers)
        return f"<tr><td style='{style}; padding-left: 0'>{first}</td>{right}</tr>"

    head = row(table.head, f"color: {theme.muted}; {line}")
    body = "".join(row(cells, line) for cells in table.rows)
    # of all the width, what is rounded up in each column would have the text scroll to the side
    return (
        "<table cellspacing='0' cellpadding='0' width='99%' style='border-collapse: collapse; font-size: small'>"
        f"{head}{body}</table>"
    )


def _text(text: str) -> str:
    return html.escape(text)
