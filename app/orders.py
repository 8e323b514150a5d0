"""Pruning orders by signal and β: kept, and made ahead of a drag of β, for which milliseconds a step are too many."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Slot

from app.latest import LatestWins
from gazeengine.plan import FisherSignal, PruningOrder
from gazeengine.pricing import Pricing

KEPT_ORDERS = 320
"""More than the β slider has steps. Of FastGaze an order takes 0.1 MB, of DenseGaze 0.3."""

PAUSE_S = 0.002  # between two orders made ahead, which are pure Python and hold its lock


@dataclass(frozen=True, slots=True)
class Ruling:
    """By what an order is made: a criterion's signal and a cost; judge, the Fisher signal, says what it loses.

    Not a checkpoint, whose weights would stay, nor its id, which says nothing of the signal.
    """

    signal: FisherSignal
    pricing: Pricing
    judge: FisherSignal | None = None


Key = tuple[Ruling, float | None]


def order_by(ruling: Ruling, beta: float | None) -> PruningOrder:
    """The order of a ruling at β."""
    return ruling.pricing.order(ruling.signal, beta, ruling.judge)


class PruningOrders(QObject):
    """Makes an order when it is asked for; what is wanted ahead, in a thread of its own, once that is started."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._orders: OrderedDict[Key, PruningOrder] = OrderedDict()
        self._started = False
        self._ahead = LatestWins(lambda: _made_ahead, self)
        self._ahead.answered.connect(self._was_made)

    def order(self, ruling: Ruling, beta: float | None) -> PruningOrder:
        """The order of a network at β."""
        key = ruling, beta
        if key not in self._orders:
            self._keep(key, order_by(ruling, beta))
        self._orders.move_to_end(key)
        return self._orders[key]

    def start(self) -> None:
        """From now on make ahead what is wanted."""
        self._started = True
        self._ahead.start()

    def stop(self) -> None:
        """End behind the order that is being made, and wait for it."""
        self._started = False
        self._ahead.stop()
        self._ahead.wait()

    def make_ahead(self, wanted: Sequence[Key]) -> None:
        """Make these one by one, and nothing that was wanted before."""
        if self._started:
            self._ahead.submit([key for key in wanted if key not in self._orders])

    def _keep(self, key: Key, order: PruningOrder) -> None:
        self._orders[key] = order
        if len(self._orders) > KEPT_ORDERS:
            self._orders.popitem(last=False)

    @Slot(object)
    def _was_made(self, result: tuple[Key, PruningOrder]) -> None:
        key, order = result
        if key not in self._orders:
            self._keep(key, order)


def _made_ahead(wanted: Sequence[Key]) -> Generator[tuple[Key, PruningOrder], None, None]:
    """In the thread that makes them ahead."""
    for key in wanted:
        yield key, order_by(*key)
        time.sleep(PAUSE_S)
