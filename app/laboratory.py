"""The laboratory: how features are chosen, what other ways would give, and settings pinned side by side."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.explorer import Explorer
from app.latest import LatestWins
from app.layout import Panels
from app.method_controls import MethodState
from app.orders import Ruling, order_by
from app.planned import Planned
from app.pruning_method import FISHER, PruningMethod
from app.selection import NetworkChoice
from app.tradeoff import Begun, Curve, Pin, TradeOff, curve_of, point_of
from app.undo import ChoiceHistory
from app.why_words import reasons
from gazeengine.criteria import CRITERIA
from gazeengine.errors import PruningError
from gazeengine.families import Snapshot
from gazeengine.plan import FLOP_PER_GFLOP
from gazeengine.tuning import refuse_dead_layers, refuse_foreign

RESTED_MS = 150  # of the hand, after which the curves of other criteria are made
LETTERS = ("A", "B")

_Asked = tuple[tuple[object, ...], float | None, Begun, Sequence[tuple[str, Ruling]]]


class Laboratory(QObject):
    """Joins the method controls and the trade-off view to the explorer; every change is a step of undo."""

    pins_changed = Signal()

    def __init__(self, panels: Panels, explorer: Explorer, history: ChoiceHistory, parent: QObject) -> None:
        super().__init__(parent)
        self._controls, self._view, self._widths = panels.method, panels.tradeoff, panels.widths
        self._messages = panels.messages
        self._explorer, self._history = explorer, history
        self._busy = ""
        self._pins: dict[str, Pin] = {}
        self._awaited: dict[str, Snapshot] = {}  # of restored pins, that are being read
        self._others: tuple[Curve, ...] = ()
        self._others_of: tuple[object, ...] = ()
        self._present: tuple[object, Curve | None] = (None, None)
        self._checked: object = None  # the signal that was looked at last
        self._curves = LatestWins(lambda: _curves, self)
        self._curves.answered.connect(self._came)
        self._soon = QTimer(self, singleShot=True, interval=RESTED_MS)
        self._soon.timeout.connect(self._ask_others)
        explorer.planned.connect(self._show)
        explorer.planning.groundwork.busy.connect(self._show_busy)
        explorer.planning.came.connect(self._snapshot_came)
        self._controls.method_chosen.connect(self.choose)
        self._controls.pin_asked.connect(self.pin)
        self._controls.pin_wanted.connect(self.go_to)
        self._controls.unpin_asked.connect(self.unpin)
        self._view.pin_clicked.connect(self.go_to)

    def choose(self, method: PruningMethod) -> None:
        """Prune that way from now on."""
        self._select(replace(self._explorer.selection.network, method=method))

    def pin(self) -> None:
        """Keep the present setting if it is not kept yet, in the place of the older one where there are two."""
        plan = self._explorer.plan
        if plan is None or any(pin.choice == plan.choice for pin in self._pins.values()):
            return
        free = [letter for letter in LETTERS if letter not in self._pins]
        letter = free[0] if free else next(iter(self._pins))
        self._pins.pop(letter, None)
        self._pins[letter] = Pin.of(letter, plan)
        self._show(plan)
        self.pins_changed.emit()

    @property
    def pins(self) -> tuple[Pin, ...]:
        return tuple(self._pins.values())

    def unpin(self, letter: str) -> None:
        self.restore({other: pin.choice for other, pin in self._pins.items() if other != letter})

    @property
    def pinned(self) -> dict[str, NetworkChoice]:
        """The pinned settings by their letters, the older one first."""
        return {letter: pin.choice for letter, pin in self._pins.items()}

    def restore(self, pinned: Mapping[str, NetworkChoice]) -> None:
        """Pin these and no others, as far as their models are open."""
        known = {pin.choice: pin for letter, pin in self._pins.items() if letter not in self._awaited}
        awaited: dict[str, Snapshot] = {}
        self._pins = {}
        for letter, choice in pinned.items():
            model = self._explorer.models.get(choice.model or "")
            if letter not in LETTERS or model is None:
                continue
            pin = known.get(choice)
            if pin is None or pin.letter != letter:
                plan = self._explorer.planning.planned(choice, model)
                pin = Pin.of(letter, plan)
                if plan.awaited is not None:  # until it was read another network stands in
                    awaited[letter] = plan.awaited
            self._pins[letter] = pin
        self._awaited = awaited
        if awaited:
            self._explorer.planning.want_also(tuple(awaited.values()), "pins")
        if self._explorer.plan is not None:
            self._show(self._explorer.plan)
        self.pins_changed.emit()

    def go_to(self, letter: str) -> None:
        """Back to a pinned setting, if its model is still open."""
        pin = self._pins.get(letter)
        if pin is None:
            return
        if pin.choice.model not in self._explorer.models:
            self._messages.show_problem(f"pinned setting {letter}: its model is no longer open, wanted it open again")
            return
        self._select(pin.choice)

    def stop(self) -> None:
        self._soon.stop()
        self._curves.stop()
        self._curves.wait()

    @Slot(object)
    def _snapshot_came(self, snapshot: Snapshot) -> None:
        """A restored pin's own network is there."""
        if any(awaited is snapshot for awaited in self._awaited.values()):
            self.restore(self.pinned)

    def _select(self, choice: object) -> None:
        self._explorer.select(replace(self._explorer.selection, network=choice))  # type: ignore[arg-type]
        self._history.rest(self._explorer.selection.network)

    @Slot(object)
    def _show(self, plan: Planned) -> None:
        key = _key(plan)
        if key != self._others_of:
            self._others = ()
            self._soon.start()
        if (plan.order, plan.base) != self._present[0]:
            self._present = (plan.order, plan.base), curve_of(plan)
        pins = tuple(self._pins[letter] for letter in LETTERS if letter in self._pins)
        whole = plan.model.flops.total(plan.base.architecture.widths) / FLOP_PER_GFLOP
        self._view.show_trade_off(TradeOff(whole, self._present[1], point_of(plan), self._others, pins))
        layers = tuple(plan.widths)
        self._widths.show_pins(tuple((p.letter, p.widths) for p in pins if tuple(p.widths) == layers))
        self._widths.show_reasons(reasons(plan))
        self._show_method(plan)
        self._check_signal(plan)

    def _check_signal(self, plan: Planned) -> None:
        """Say once of each signal that it is no good to prune by; the sliders go on with it."""
        signal = plan.ruling.signal if plan.ruling is not None else None
        if signal is None or signal is self._checked:
            return
        self._checked = signal
        try:
            refuse_foreign(plan.base)
            refuse_dead_layers(signal, plan.base.widths)
        except PruningError as error:
            self._messages.show_problem(str(error))

    def _show_method(self, plan: Planned) -> None:
        doing = f"{plan.lacking}: {self._busy or 'not there yet'}" if plan.lacking else ""
        if plan.lacking and not self._busy and not self._explorer.pictures:
            doing = f"{plan.lacking}: open a picture for it"
        if plan.lacking and plan.base.signal is None and plan.choice.method.criterion == FISHER:
            doing = "No Fisher signal: calibrate the network"
        order = plan.order
        remark = ""
        if not doing and order is not None and order.beta and order.n_asked_for() == order.n_removals:
            remark = "So large a β asks for all but one feature a layer"
        stands_in = " Until it is there, Fisher and FLOPs stand in." if plan.ruling is not None else ""
        self._controls.show_state(
            MethodState(
                plan.choice.method,
                doing or remark,
                f"{doing}.{stands_in}" if doing else f"{remark} (Eq. 14)",
                tuple((pin.letter, pin.words) for pin in self._pins.values()),
            )
        )

    @Slot(str)
    def _show_busy(self, words: str) -> None:
        self._busy = words
        if self._explorer.plan is not None:
            self._show_method(self._explorer.plan)

    def _ask_others(self) -> None:
        """The curves of the criteria that are known and not chosen; Fisher's own among them."""
        if (plan := self._explorer.plan) is None or plan.ruling is None:
            return
        rulings = self._explorer.planning.rulings(plan)
        wanted = [(CRITERIA[name].title, r) for name, r in rulings.items() if r.signal is not plan.ruling.signal]
        if plan.base.signal is None:  # nothing that is in nats to compare them by
            wanted = []
        self._curves.submit((_key(plan), plan.choice.beta, Begun.of(plan), wanted))
        self._curves.start()  # does nothing where it runs already

    @Slot(object)
    def _came(self, found: tuple[tuple[object, ...], tuple[Curve, ...]]) -> None:
        key, _ = found
        plan = self._explorer.plan
        if plan is not None and key == _key(plan):
            self._others_of, self._others = found
            self._show(plan)


def _key(plan: Planned) -> tuple[object, ...]:
    """Equal where the curves of other criteria are the same."""
    return plan.ruling, plan.choice.beta, plan.base.id, Begun.of(plan)


def _curves(asked: _Asked) -> Generator[tuple[tuple[object, ...], tuple[Curve, ...]], None, None]:
    """In a thread of its own: an order takes milliseconds, of large networks tens of them."""
    key, beta, begun, wanted = asked
    found: list[Curve] = []
    for title, ruling in wanted:
        found.append(Curve.of(title, order_by(ruling, beta), begun))
        yield key, tuple(found)
