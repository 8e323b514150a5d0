"""A report as one HTML file: pictures and font within it, no scripts, nothing fetched; light, dark and on paper."""

from __future__ import annotations

import html
import os
from base64 import b64encode
from collections.abc import Iterator

from gazeengine.atomic import written_beside
from gazeengine.card_parts import Fact
from gazeengine.legend import Scale
from gazeengine.report_figures import Label, Outline, Slice, encoded, slices
from gazeengine.report_parts import (
    Block,
    Callout,
    Cell,
    Document,
    Facts,
    Figure,
    Figures,
    Grid,
    Heading,
    Key,
    Keys,
    Points,
    Text,
)
from gazeengine.report_style import STYLE
from gazeengine.typography import LABEL_WEIGHT, WEIGHTS, for_web

COLUMN = 944.0  # CSS px of the text's width
BETWEEN = 24.0  # of two figures side by side
HIGHEST, HIGHEST_IN_PAIR = 1000.0, 760.0  # CSS px of a figure
STOPS = 16  # of a gradient
FINE = 2.0  # pixels of a picture to a CSS px, at most


def write_html(document: Document, path: str | os.PathLike[str]) -> None:
    """Write the report as HTML. Raises OutputError."""
    with written_beside(path) as beside:
        beside.write_bytes(as_html(document).encode("utf-8"))


def as_html(document: Document) -> str:
    """The report as HTML."""
    body = "".join(_body(document))
    words = html.unescape(body) + document.title
    fonts = "".join(_font(words, weight, number) for weight, number in WEIGHTS.items())
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="generator" content="FisherGaze">\n<title>{_text(document.title)}</title>\n'
        f"<style>{fonts}{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def _font(words: str, weight: str, number: int) -> str:
    data = b64encode(for_web([words], weight)).decode()  # type: ignore[arg-type]
    return (
        f'@font-face {{ font-family: "Report Inter"; font-weight: {number}; font-display: block; '
        f'src: url("data:font/woff;base64,{data}") format("woff"); }}\n'
    )


def _body(document: Document) -> Iterator[str]:
    about = "".join(f"<span>{_text(words)}</span>" for words in (document.made, *document.about))
    yield (
        f'<header>\n<p class="kind">{_text(document.kind)}</p>\n<h1>{_text(document.title)}</h1>\n'
        f'<p class="about">{about}</p>\n'
    )
    chapters = [block for block in document.blocks if isinstance(block, Heading) and block.level == 1]
    numbers = {id(heading): f"chapter-{i}" for i, heading in enumerate(chapters, 1)}
    if len(chapters) > 2:
        listed = "".join(f'<li><a href="#{numbers[id(h)]}">{_text(h.text)}</a></li>' for h in chapters)
        yield f'<nav aria-label="Contents"><ol>{listed}</ol></nav>\n'
    yield "</header>\n"
    for block in document.blocks:
        yield _block(block, numbers.get(id(block), ""))
    yield f"<footer>{_text(document.foot)}</footer>\n"


def _block(block: Block, anchor: str) -> str:
    match block:
        case Heading():
            return _heading(block, anchor)
        case Text("", _, _):
            return ""
        case Text():
            kind = ' class="lead"' if block.lead else ' class="small"' if block.small else ""
            return f"<p{kind}>{_text(block.text)}</p>\n"
        case Keys():
            return f'<div class="keys">{"".join(_key(key) for key in block.keys)}</div>\n' if block.keys else ""
        case Figures():
            n = block.places
            width = (COLUMN - (n - 1) * BETWEEN) / n
            return f'<div class="figures of{n}">{"".join(_figure(f, width, n) for f in block.figures)}</div>\n'
        case Grid():
            return _grid(block)
        case Facts():
            return f"<dl>{''.join(_fact(fact) for fact in block.facts)}</dl>\n"
        case Points():
            return f"<ul>{''.join(f'<li>{_text(point)}</li>' for point in block.points)}</ul>\n"
        case Callout():
            return _callout(block)


def _heading(heading: Heading, anchor: str) -> str:
    level = heading.level + 1
    where = f' id="{anchor}"' if anchor else ""
    page = ' class="page"' if heading.new_page else ""
    more = f"<small>{_text(heading.more)}</small>" if heading.more else ""
    return f"<h{level}{where}{page}>{_text(heading.text)}{more}</h{level}>\n"


def _key(key: Key) -> str:
    colour = f' style="--colour: {key.colour}"' if key.colour else ""
    more = f'<div class="more">{_text(key.more)}</div>' if key.more else ""
    return f'<div class="key"{colour}><b>{_text(key.value)}</b><span>{_text(key.label)}</span>{more}</div>'


def _figure(figure: Figure, width: float, n: int) -> str:
    parts = slices(figure, width, HIGHEST if n == 1 else HIGHEST_IN_PAIR)
    drawn = "".join(_slice(part, figure, first=part is parts[0]) for part in parts)
    columns = " Read in columns, from left to right." if len(parts) > 1 else ""
    caption = f"<figcaption><b>{_text(figure.title)}</b>{_text(figure.words)}{columns}</figcaption>"
    scale = _scale(figure.scale) if figure.scale is not None else ""
    return f'<figure><div class="slices">{drawn}</div>{scale}{caption}</figure>'


def _slice(part: Slice, figure: Figure, *, first: bool) -> str:
    kind, data = encoded(part.rgb, round(part.width * FINE))
    width, height = f"{part.width:.1f}", f"{part.height:.1f}"
    said = f' role="img" aria-label="{_text(f"{figure.title}. {figure.words}")}"' if first else ' aria-hidden="true"'
    lines = [line for outline in part.outlines for line in _outlined(outline)]
    lines += [_labelled(label) for label in part.labels]
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}"{said}>'
        f'<image href="data:{kind};base64,{b64encode(data).decode()}" width="{width}" height="{height}" '
        f'preserveAspectRatio="none"/>{"".join(lines)}</svg>'
    )


def _scale(scale: Scale) -> str:
    """The colours from left to right, and what stands for what."""
    shown = scale.colours[:: max(1, len(scale.colours) // STOPS)]
    colours = ", ".join(f"rgb({r} {g} {b})" for r, g, b in (*shown.tolist(), scale.colours[-1].tolist()))
    ticks = "".join(
        f'<span class="{_at(tick.place)}" style="left: {100 * tick.place:.1f}%">{_text(tick.words)}</span>'
        for tick in scale.ticks
    )
    return (
        f'<div class="scale"><div class="colours" style="background: linear-gradient(to right, {colours})"></div>'
        f'<div class="ticks">{ticks}</div><div>{_text(scale.title)}</div></div>'
    )


def _at(place: float) -> str:
    """Words at the ends stay within."""
    return "first" if place < 0.08 else "last" if place > 0.92 else "middle"


def _outlined(outline: Outline) -> Iterator[str]:
    """Its colour within white, so that it is seen on everything."""
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in outline.points)
    for colour, stroke in (("#fff", 4), (outline.colour, 2)):
        yield f'<polygon points="{points}" fill="none" stroke="{colour}" stroke-width="{stroke}"/>'


def _labelled(label: Label) -> str:
    return (
        f'<rect x="{label.x:.1f}" y="{label.y:.1f}" width="{label.width:.1f}" height="{label.height:.1f}" rx="3" '
        f'fill="{label.colour}"/><text x="{label.x + label.pad:.1f}" y="{label.baseline:.1f}" fill="{label.ink}" '
        f'font-size="{label.size:g}" font-weight="{WEIGHTS[LABEL_WEIGHT]}">{_text(label.text)}</text>'
    )


def _grid(grid: Grid) -> str:
    head = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in grid.head)
    rows = "".join(f"<tr>{''.join(_cell(cell, signed=grid.signed) for cell in row)}</tr>\n" for row in grid.rows)
    return f'<div class="table"><table><thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table></div>\n'


def _cell(cell: Cell, *, signed: bool) -> str:
    text = _text(cell.text)
    if cell.bar is not None:
        begin, length = (50 + 50 * min(cell.bar, 0), 50 * abs(cell.bar)) if signed else (0.0, 100 * cell.bar)
        colour = f"; --colour: var(--{'more' if cell.bar > 0 else 'less'})" if signed else ""
        bar = f'<i style="--from: {begin:.1f}%; --bar: {length:.1f}%{colour}"></i>'
        return f'<td class="bar"><div>{bar}<b>{text}</b></div></td>'
    swatch = f'<span class="swatch" style="--colour: {cell.colour}"></span>' if cell.colour else ""
    return f"<td{' class=changed' if cell.problem else ''}>{swatch}{text}</td>"


def _fact(fact: Fact) -> str:
    link = f'<small><a href="{_text(fact.url)}">{_text(fact.url)}</a></small>' if fact.url else ""
    return f"<dt>{_text(fact.label)}</dt><dd>{_text(fact.text)}{link}</dd>"


def _callout(callout: Callout) -> str:
    kind = ' class="problem"' if callout.problem else ""
    if len(callout.texts) > 1 and callout.problem:
        inner = f"<ul>{''.join(f'<li>{_text(text)}</li>' for text in callout.texts)}</ul>"
    else:
        inner = "".join(f"<p>{_text(text)}</p>" for text in callout.texts)
    return f"<aside{kind}><h4>{_text(callout.title)}</h4>{inner}</aside>\n"


def _text(text: str) -> str:
    return html.escape(text)
