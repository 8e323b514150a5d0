import json
import subprocess
import sys

import pytest

from gazeengine.__main__ import main
from gazeengine.card import card
from gazeengine.card_parts import markdown
from gazeengine.checkpoint import load, save
from tests.networks import narrow_checkpoint


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "tiny.safetensors"
    save(narrow_checkpoint(), path)
    return path


def test_the_card_is_printed_as_markdown(model, capsys):
    assert main(["info", str(model), "--card"]) == 0
    assert capsys.readouterr().out == markdown(card(load(model)))


def test_json_is_the_same_with_and_without_the_card(model, capsys):
    answers = []
    for more in ([], ["--card"]):
        assert main(["info", str(model), "--json", *more]) == 0
        answers.append(json.loads(capsys.readouterr().out))
    assert answers[0] == answers[1]


def test_the_card_needs_no_torch(model):
    code = (
        "import sys; from gazeengine.__main__ import main; main(sys.argv[1:]); sys.exit(3 * ('torch' in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, "info", str(model), "--card"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
