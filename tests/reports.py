"""Reports small enough that every test has its own."""

from datetime import datetime

import numpy as np

from gazeengine.card import card
from gazeengine.card_parts import Fact
from gazeengine.regions import Area
from gazeengine.report_input import Report, ReportPicture
from gazeengine.report_making import comparison_of, report_picture
from gazeengine.saliency_map import normalised
from tests.networks import random_checkpoint

AREAS = (
    Area("Headline", "rectangle", ((4, 4), (60, 20)), "#2f6fde"),
    Area("Sign up", "ellipse", ((70, 40), (110, 70)), "#edae49", "calls"),
    Area("Menü <b>", "polygon", ((0, 80), (128, 80), (64, 95)), "#00798c"),
)


def made_up_picture(name="a.png", size=(96, 128), seed=0, areas=AREAS, **more) -> ReportPicture:
    rng = np.random.default_rng(seed)
    rgb = rng.integers(0, 255, (*size, 3), dtype=np.uint8)
    map_ = normalised(rng.normal(0, 1, (size[0] // 4, size[1] // 4)))
    return report_picture(name, rgb, map_, areas, **more)


def made_up_report(pictures=None, *, compared=False, **more) -> Report:
    pictures = pictures or (made_up_picture(), made_up_picture("b.png", seed=1))
    difference = comparison_of(*pictures[:2]) if compared else None
    given = {"title": "Which page?", "comparison": difference, **more}
    making = (Fact("Network", "Tiny, 5 features pruned at β 0.15"), Fact("Looked at as", "screens"))
    return Report(
        made=datetime(2026, 11, 28, 9, 30),
        pictures=pictures,
        cards=(card(random_checkpoint()),),
        making=making,
        **given,
    )
