"""Writing a report, as HTML or PDF by the name of its file."""

from __future__ import annotations

from pathlib import Path

from gazeengine.errors import OutputError
from gazeengine.report import composed
from gazeengine.report_input import Report

FORMATS = (".html", ".pdf")


def checked_format(path: Path) -> Path:
    """The path, if its ending is that of a report. Raises OutputError."""
    if path.suffix.lower() not in FORMATS:
        raise OutputError(f"file {path}: found the ending {path.suffix!r}, wanted {' or '.join(FORMATS)}")
    return path


def write_report(report: Report, path: Path) -> str:
    """Write the report. Returns the characters that could not be shown for want of a font; raises OutputError."""
    document = composed(report)
    if checked_format(path).suffix.lower() == ".pdf":
        from gazeengine.report_pdf import write_pdf  # fpdf takes half a second to import

        return write_pdf(document, path)
    from gazeengine.report_html import write_html

    write_html(document, path)
    return ""
