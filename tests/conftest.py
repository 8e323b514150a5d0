"""What all tests share: no display, settings of their own, the shared data where it lies."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# no deadline: a law is not false because the machine is busy; fewer examples, as they are tried at every change
settings.register_profile("fishergaze", deadline=None, max_examples=40)
settings.load_profile("fishergaze")

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture
def shared() -> Path:
    """The folder with data sets and pretrained weights; the test is skipped where it is missing."""
    if not (SHARED / "data").is_dir():
        pytest.skip("needs the data and weights in ../shared, which are not here")
    return SHARED
