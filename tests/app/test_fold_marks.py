import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from app.fold_marks import FoldMarks
from app.theme import LIGHT
from gazeengine.viewports import folds_of

FOLDS = folds_of(2000, 800, "16:10")


@pytest.fixture
def marks(qapp):
    marks = FoldMarks()
    marks.show_theme(LIGHT)
    marks.show_folds(FOLDS, range(1, 5), 800)
    return marks


def painted(marks, scale=0.5, top=0.0):
    """The marks as an image (h, w, 4), on black."""
    image = QImage(400, 1000, QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    painter = QPainter(image)
    painter.scale(scale, scale)
    painter.translate(0, -top)
    marks.paint(painter, None)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(1000, 400, 4)
    return rows[..., :3].copy()


def test_a_line_stands_where_each_fold_but_the_first_begins(marks):
    columns = painted(marks)[:, 300:390].max((1, 2))  # right of the labels
    lines = np.flatnonzero(columns)
    assert {round(row / 250) for row in lines} == {1, 2, 3}
    assert all(abs(row - 250 * round(row / 250)) <= 2 for row in lines)


def test_lines_and_labels_can_be_left_out(marks):
    marks.show_lines(False)
    assert painted(marks).max() == 0


def test_a_fold_without_its_map_is_veiled_and_says_so_whether_lines_are_drawn_or_not(marks):
    marks.show_folds(FOLDS, (1, 2), 800)
    for lines in (True, False):
        marks.show_lines(lines)
        shown = painted(marks)
        assert shown[300:450, 350].max() == 0
        assert (shown[800:900, 350] > 100).all()
    assert marks.labels == ("fold 1", "fold 2", "fold 3: not read yet", "fold 4: not read yet")


def test_uneven_weights_are_told(marks):
    folds = folds_of(2000, 800, "16:10", "viewing time")
    marks.show_folds(folds, range(1, 5), 800)
    assert marks.labels == tuple(
        f"fold {n}: {p} of attention" for n, p in ((1, "66 %"), (2, "20 %"), (3, "8.1 %"), (4, "5.8 %"))
    )


def test_the_label_of_the_fold_in_sight_stays_at_the_top(marks):
    shown = painted(marks, 1.0, top=620.0)  # fold 2 has its beginning above
    assert shown[4:24, 6:60].max() > 100


def test_it_covers_the_page_and_nothing_without_folds(marks):
    assert marks.boundingRect().getRect() == (0, 0, 800, 2000)
    marks.show_folds((), (), 800)
    assert marks.boundingRect().isEmpty()
    painted(marks)
