"""Widths that hardware likes: layers rounded to multiples of 8 features, within the order of pruning.

Convolution kernels work on 8 or 16 channels at once (AVX2, AVX-512), so 33 features cost nearly as much as 40. Which
features are left in a layer stays what the order says: rounding takes the next of it, or gives the last back.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gazeengine.cost import CostModel
from gazeengine.plan import PruningOrder, PruningPlan

MULTIPLE = 8


def rounded_width(width: int, most: int, multiple: int = MULTIPLE) -> int:
    """The multiple nearest to width, at most most; width itself where that is none, or most is less than one.

    Of two that are equally near the larger. most is what the layer had before: rounding adds nothing that is gone.
    """
    if most < multiple:
        return width
    nearest = (width + multiple // 2) // multiple * multiple
    if nearest > most:
        nearest = most // multiple * multiple
    return nearest or width


def rounded_plan(order: PruningOrder, n: int, flops: CostModel, multiple: int = MULTIPLE) -> PruningPlan:
    """The plan nearest to the first n removals whose widths are multiples; its own n says how many are gone.

    loss_increase is the sum over what is gone. Raises PruningError as order.first does.
    """
    plan = order.first(n)
    gains = np.diff(order.loss_increase)
    kept, loss, gone = {}, 0.0, 0
    for i, (name, width) in enumerate(zip(order.layers, order.widths.tolist(), strict=True)):
        removed = np.flatnonzero(order.layer == i)
        wanted = rounded_width(len(plan.kept[name]), width, multiple)
        taken = removed[: width - wanted]
        left = np.ones(width, bool)
        left[order.feature[taken]] = False
        kept[name] = np.flatnonzero(left)
        loss += float(gains[taken].sum())
        gone += len(taken)
    left_flops = flops.total({name: len(features) for name, features in kept.items()})
    return replace(plan, n=gone, kept=kept, flops=left_flops, loss_increase=loss)
