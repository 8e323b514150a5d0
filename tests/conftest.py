"""What all tests share: no display, settings of their own, the shared data where it lies."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture
def shared() -> Path:
    """The folder with data sets and pretrained weights; the test is skipped where it is missing."""
    if not (SHARED / "data").is_dir():
        pytest.skip("needs the data and weights in ../shared, which are not here")
    return SHARED
