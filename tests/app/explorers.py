"""Explorers that are answered by the test, and what tests do with them."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from app.explorer import Explorer
from app.undo import ChoiceHistory
from gazeengine.image import Picture
from gazeengine.plan import FisherSignal
from gazeengine.records import Latency, Preview
from gazeengine.saliency_map import normalised
from tests.app.gates import LIMIT_S

MS = 1000 * LIMIT_S
MAP = normalised(np.zeros((4, 4), np.float32))
LATENCY = Latency(5.0, (4.0, 6.0), 9, 1, (32, 48), 10.0, 2.0, (1.9, 2.1))


def picture(name):
    rgb = np.zeros((48, 64, 3), np.uint8)
    return Picture(name, None, rgb, digest=f"digest of {name}")


def with_signal(checkpoint, seed):
    """The same weights with another Fisher signal, or with none."""
    rng = np.random.default_rng(seed)
    delta = {name: rng.exponential(1e-3, width) for name, width in checkpoint.widths.items()}
    return replace(checkpoint, signal=FisherSignal(checkpoint.id, 5, "sampled", delta))


def choose(explorer, *, picture_key="a", **network):
    present = explorer.selection
    explorer.select(replace(present, picture=picture_key, network=replace(present.network, **network)))


def answer(explorer, request, stage, *, final=False):
    """As the thread would."""
    latency = LATENCY if stage == "latency" else None
    preview = Preview(request, stage, None if latency else MAP, latency, final)
    explorer._answers.answered.emit(preview)
    return preview


def fully_answered(explorer, request):
    answer(explorer, request, "coarse")
    answer(explorer, request, "full")
    answer(explorer, request, "latency")
    answer(explorer, request, "latency", final=True)


def last(explorer):
    return explorer.heard.seen[-1]


def made_history(explorer):
    """Undo over an explorer's choices of networks, as the window has it."""
    return ChoiceHistory(
        lambda choice: explorer.select(replace(explorer.selection, network=choice)), explorer.selection.network
    )


def made_explorer(checkpoint, other_checkpoint):
    """With two pictures and three models; what it asks for is noted, and answered by the test, which also stops it."""
    explorer = Explorer(lambda: pytest.fail("not started"))
    requests = []
    explorer._answers.submit = requests.append
    explorer.requests = requests
    explorer.heard = SimpleNamespace(planned=[], seen=[], selected=[], failed=[])
    for name, into in vars(explorer.heard).items():
        getattr(explorer, name).connect(into.append)
    for name in ("a", "b"):
        explorer.add_picture(name, picture(name))
    explorer.add_model("m", checkpoint)
    explorer.add_model("other", other_checkpoint)
    explorer.add_model("plain", replace(checkpoint, id="plain", signal=None))
    return explorer
