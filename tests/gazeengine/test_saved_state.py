import json
from dataclasses import replace

import pytest

from gazeengine.errors import TrainingError
from gazeengine.run_state import save_state
from gazeengine.runs import History, TrainingProgress, last_published
from gazeengine.saved_state import LATEST, saved_progress
from tests.networks import random_network

AT = TrainingProgress(98, 400, 1.0, 1.1, 1.1, 80, 10.0, 30.0)


def test_what_was_saved_is_told_and_not_what_was_published_since(tmp_path):
    assert saved_progress(tmp_path) is None
    save_state(tmp_path / LATEST, random_network(), None, {"progress": AT.to_json()})
    with History(tmp_path) as history:
        history.append(replace(AT, step=189))
    assert last_published(tmp_path).step == 189
    assert saved_progress(tmp_path) == AT


@pytest.mark.parametrize("content", [b"", b"nothing", (8).to_bytes(8, "little") + json.dumps({}).encode()])
def test_a_state_that_cannot_be_read_is_told(tmp_path, content):
    (tmp_path / LATEST).write_bytes(content)
    with pytest.raises(TrainingError):
        saved_progress(tmp_path)
