""" "Prune and train…": from a network and a β to a row of trained snapshots, pruned while they learn."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QLabel, QLineEdit, QSizePolicy, QWidget

from app.background import Background
from app.beta_field import BetaField
from app.beta_scale import Beta
from app.job_commands import command_line
from app.job_dialogs import JobDialog, Wanted, words
from app.job_estimates import PRUNING_PASSES, SCHEDULES, time_needed
from app.job_fields import NumberField, PlaceField, SizeField
from app.pruning_start import UNIT, Start
from app.segmented_switch import SegmentedSwitch
from app.theme import Theme
from gazeengine.plan import FLOP_PER_GFLOP

INTRODUCTION = (
    "Features are pruned a few at a time while the network goes on learning, as in the paper: by Fisher's signal, at "
    "the cost of FLOPs. On the way trained snapshots are written: they become marks on the slider, from which less has "
    "to be estimated."
)
GOALS = ("features pruned", "GFLOP left", "ms for a map")
SCHEDULE_NAMES = ("fast", "paper")
FAST, PAPER = (SCHEDULES[name] for name in SCHEDULE_NAMES)
SCHEDULE_WORDS = (
    f"{FAST.features_per_round} features every {FAST.steps_per_round} steps, by a running mean of their signals: many "
    "times faster.",
    f"One feature every {PAPER.steps_per_round} steps, its signal estimated anew for each, as in Section 2.4.",
)
N_SNAPSHOTS = 4


class PruneTrainDialog(JobDialog):
    """Filled with what is set in the window."""

    def __init__(self, background: Background, parent: QWidget) -> None:
        place = PlaceField("Folder for the trained networks", folder=True)
        super().__init__("Prune and train", INTRODUCTION, place, background, parent)
        self._start: Start | None = None
        self._goal = 0
        self._remark = words(role="estimate")
        self._remark.setAccessibleName("What is otherwise in the window")
        self._from = QLabel()
        self._beta = BetaField()
        self._beta.setFixedWidth(96)
        self._beta.entered.connect(self._enter_beta)
        self._goals = SegmentedSwitch(GOALS)
        self._goals.chosen.connect(self._choose_goal)
        self._amount = NumberField(0, 1e6, 0)
        self._amount.valueChanged.connect(self.refresh)
        self._amount.setAccessibleName("How far to prune")
        self._amount_words = words()
        self._schedule = SegmentedSwitch(("Fast", "As in the paper"))
        self._schedule.chosen.connect(self._choose_schedule)
        for switch in (self._goals, self._schedule):
            switch.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._schedule_words = words(SCHEDULE_WORDS[0])
        self._scheduled = 0
        self._snapshots = QLineEdit()
        self._snapshots.setPlaceholderText("none on the way, one at the end")
        self._snapshots.textEdited.connect(self._edit_snapshots)
        self._snapshots_edited = False
        self._size = SizeField()
        self._size.changed.connect(self.refresh)
        self._batch = NumberField(1, 256, 4)
        self._batch.valueChanged.connect(self.refresh)
        nats = words(f"nats per {UNIT}")
        self.form.addRow(self._remark)
        self.add_row("Network", self._from)
        self.add_row("β", self._beta, nats, hint="The price of computation")
        self.add_row("Until", self._amount, self._goals, self._amount_words)
        self.add_row("Schedule", self._schedule)
        self.add_row("", self._schedule_words)
        hint = "Numbers of pruned features at which a trained network is written, and one at the end"
        self.add_row("Snapshots at", self._snapshots, hint=hint)
        hint = "Folders with pictures and fixations, in the plain format or as published"
        self.add_row("Data", self.data, hint=hint)
        self.add_row("Result", place, hint="A folder; beside a model and named like it, it becomes its family")
        self.add_row("Teacher", self.teacher, more=True, hint="Maps that the network learns from beside fixations")
        self.add_row("Pictures", self.unlabelled, more=True, hint="Without fixations: the teacher's maps stand in")
        self.add_row("Looks at", self._size, more=True, hint="The network's working size")
        self.add_row("Pictures a step", self._batch, more=True)

    def show_start(self, start: Start) -> None:
        """Begin with this network; what was typed of the rest stays."""
        self._start = start
        self._snapshots_edited = False
        gone = f", with {start.n:,} features pruned" if start.n else ""
        self._from.setText(f"{start.name}{gone}")
        self._from.setToolTip(str(start.path))
        self._beta.show_beta(start.beta)
        self._size.show_extent(start.size)
        self._goals.show_chosen(0)
        self._goal = 0
        self._show_amount(start.n_wanted if start.n_wanted > start.n else self._half())
        self.place.renew()
        self.refresh()

    def show_theme(self, theme: Theme) -> None:
        super().show_theme(theme)
        self._goals.show_theme(theme)
        self._schedule.show_theme(theme)

    def refresh(self) -> None:
        self._suggest_snapshots()
        self._amount_words.setText(self._range())
        if (s := self._start) is not None:
            self.place.suggest(s.folder(self._target_in_names()))
            self._remark.setText(s.remark)
            self.form.setRowVisible(self._remark, bool(s.remark))
        super().refresh()

    def problem(self) -> str:
        s = self._start
        if s is None:
            return "network: none is open, wanted one to prune"
        if self._goal == 0 and not s.n < self._amount.value() <= s.n_most:
            return f"target: {self._amount.value():,.0f} features, wanted more than {s.n:,} and at most {s.n_most:,}"
        if self._goal == 1 and not 0 < self._amount.value() < s.flops / FLOP_PER_GFLOP:
            return f"target: {self._amount.value():g} GFLOP, wanted less than {s.flops / FLOP_PER_GFLOP:.4g}"
        if self._goal == 1 and s.order is not None and self._amount.value() * FLOP_PER_GFLOP < s.order.flops[-1]:
            least = float(s.order.flops[-1]) / FLOP_PER_GFLOP
            return (
                f"target: {self._amount.value():g} GFLOP, wanted at least {least:.3g}: one feature a layer is left then"
            )
        if self._goal == 2 and not self._amount.value() > 0:
            return "target: 0 ms, wanted more"
        if self._parsed() is None:
            return f"snapshots: {self._snapshots.text()!r}, wanted numbers of features such as 500, 1000"
        return super().problem()

    def estimate(self) -> str:
        s = self._start
        if s is None:
            return ""
        end = self._n_at_the_end()
        if end is None:
            return "How many steps it takes depends on what a map takes here; that is measured when it begins."
        height, width = self._size.extent
        larger = height * width / (s.size[0] * s.size[1])
        n_steps, work = SCHEDULES[SCHEDULE_NAMES[self._scheduled]].work(
            end - s.n, [n - s.n for n in self._parsed() or ()], lambda k: s.flops_at(s.n + k), s.unpruned_flops
        )
        batch = round(self._batch.value())
        needed = time_needed(s.speed, n_steps, batch, larger * work / max(1, n_steps), PRUNING_PASSES, s.architecture)
        if (height, width) != s.size:
            shown, own = f"{width} × {height}", f"{s.size[1]} × {s.size[0]}"
            needed += f" The snapshots look at {shown}, not at {s.name}'s {own}: they stay out of its family."
        return needed

    def job(self) -> Wanted:
        s = self._start
        assert s is not None
        assert self.place.path is not None
        amount = self._amount.value()
        line = command_line(
            "prune-run",
            model=s.path,
            beta=self._beta.beta,
            n_pruned=round(amount) if self._goal == 0 else None,
            gflop=amount if self._goal == 1 else None,
            ms=amount if self._goal == 2 else None,
            schedule=SCHEDULE_NAMES[self._scheduled],
            snapshots=self._parsed() or (s.n_most,),  # there is one at the end in any case
            data=self.data.folders,
            teacher=self.teacher.folders,
            unlabelled=self.unlabelled.folders,
            size=self._size.extent if self._size.extent != s.size else None,
            batch=round(self._batch.value()),
        )
        return Wanted("prune-run", self._title(), line, self.place.path)

    def _title(self) -> str:
        s, amount, beta = self._start, self._amount.value(), self._beta.beta
        assert s is not None
        at = "β*" if beta is None else f"β {beta:g}"
        if self._goal == 0:
            return f"Prune {amount:,.0f} features of {s.name} at {at}"
        return f"Prune {s.name} to {amount:g} {'GFLOP' if self._goal == 1 else 'ms'} at {at}"

    def _target_in_names(self) -> str:
        amount = self._amount.value()
        return (f"n{amount:.0f}", f"{amount:g}gflop", f"{amount:g}ms")[self._goal]

    # --- the target

    def _enter_beta(self, beta: Beta) -> None:
        if self._start is not None:
            self._start = self._start.at(beta)
        self.refresh()

    def _half(self) -> int:
        """Where about half of the FLOPs are left."""
        s = self._start
        assert s is not None
        if s.order is not None:
            reached = s.n + int((s.order.flops > s.order.flops[0] / 2).sum())
        else:
            reached = (s.n + s.n_most) // 2
        return max(s.n + 1, min(s.n_most, -(-reached // 50) * 50))

    def _show_amount(self, n: int) -> None:
        s = self._start
        assert s is not None
        with QSignalBlocker(self._amount):
            self._amount.setDecimals((2 if s.flops >= FLOP_PER_GFLOP else 6) if self._goal == 1 else 0)
            if self._goal == 0:
                self._amount.setValue(n)
            elif self._goal == 1:
                self._amount.setValue(s.flops_at(n) / FLOP_PER_GFLOP)
            else:
                self._amount.setValue(s.latency_ms(s.flops_at(n)) or 0)

    def _choose_goal(self, goal: int) -> None:
        n = self._n_at_the_end()
        self._goal = goal
        self._show_amount(n if n is not None else self._half())
        self.refresh()

    def _choose_schedule(self, schedule: int) -> None:
        self._scheduled = schedule
        self._schedule_words.setText(SCHEDULE_WORDS[schedule])
        self.refresh()

    def _n_at_the_end(self) -> int | None:
        """Features that will be gone, by the present order; None where only measuring tells."""
        s = self._start
        assert s is not None
        if self._goal == 0:
            return min(max(round(self._amount.value()), s.n), s.n_most)
        if self._goal == 1 and s.order is not None:
            left = s.order.flops > self._amount.value() * FLOP_PER_GFLOP
            return min(s.n + int(left.sum()), s.n_most)
        return None

    def _range(self) -> str:
        s = self._start
        if s is None:
            return ""
        if self._goal == 0:
            return f"of {s.n_most:,}"
        if self._goal == 1:
            return f"of {s.flops / FLOP_PER_GFLOP:.4g}"
        return "" if (present := s.latency_ms(s.flops)) is None else f"of {present:,.0f}"

    # --- the snapshots

    def _edit_snapshots(self) -> None:
        self._snapshots_edited = True
        self.refresh()

    def _suggest_snapshots(self) -> None:
        if self._snapshots_edited or self._start is None:
            return
        end = self._n_at_the_end()
        suggested = spread(self._start.n, end if end is not None else self._start.n_most)
        self._snapshots.setText(", ".join(map(str, suggested)))

    def _parsed(self) -> list[int] | None:
        """Ascending; None where it is nonsense."""
        parts = [part for part in self._snapshots.text().replace(" ", ",").split(",") if part]
        if not all(part.isascii() and part.isdigit() and len(part) <= 9 for part in parts):
            return None
        return sorted({int(part) for part in parts})


def spread(begin: int, end: int) -> Sequence[int]:
    """A few round numbers between, the last one at the end."""
    if end <= begin:
        return ()
    step = (end - begin) / N_SNAPSHOTS
    unit = 100 if step >= 200 else 10 if step >= 20 else 1
    inner = {round((begin + i * step) / unit) * unit for i in range(1, N_SNAPSHOTS)}
    return sorted({n for n in inner if begin < n < end} | {end})
