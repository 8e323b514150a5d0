"""Tables of the areas of several pictures, with a column that says of which."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from gazeengine.regions import AreaShare, to_csv


def table_of(pictures: Sequence[tuple[str, Sequence[AreaShare]]]) -> str:
    """CSV with a line for each area of each picture, which are given by name; one heading."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for i, (name, shares) in enumerate(pictures):
        heading, *rows = csv.reader(io.StringIO(to_csv(shares)))
        if i == 0:
            writer.writerow(["image", *heading])
        writer.writerows([name, *row] for row in rows)
    return text.getvalue()
