"""How the views stand side by side: pictures left, the map over a bench, what can be set at the right.

The column at the right and the bench have two sides: to look at a picture, and into the network that looks.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from app.display_controls import DisplayControls
from app.drawing import type_scale
from app.figures_view import FiguresView
from app.image_list import ImageList
from app.look_controls import LookControls
from app.message_bar import MessageBar
from app.method_controls import MethodControls
from app.model_box import ModelBox
from app.pruning_controls import PruningControls
from app.saliency_view import SaliencyView
from app.signal_box import SignalBox
from app.theme import PANEL_WIDTH, SPACE, Theme
from app.tradeoff_view import TradeoffView
from app.widths_view import WidthsView
from app.workspace import WORKSPACES, Workspace
from app.wrapping_column import WrappingColumn

MOST_GROWTH = 1.6  # times, of the column at the right in larger type


class Panels(QWidget):
    """All views, by name; the splitters between them are columns and rows."""

    def __init__(self) -> None:
        super().__init__()
        self.images = ImageList()
        self.messages = MessageBar()
        self.saliency = SaliencyView()
        self.widths = WidthsView()
        self.method = MethodControls()
        self.tradeoff = TradeoffView()
        self.model = ModelBox()
        self.pruning = PruningControls()
        self.signal = SignalBox()
        self.figures = FiguresView()
        self.display = DisplayControls()
        self.save = QPushButton("Save model as…")
        self.save.setToolTip("The network at this β and n, with all that is needed to go on with it (Ctrl+Alt+S)")
        self.export = QPushButton("Export ONNX…")
        self.export.setToolTip("The network at this β and n, for ONNX Runtime and others (Ctrl+E)")

        self.prune_and_train = QPushButton("Prune and train…")
        self.prune_and_train.setToolTip("Trained snapshots at this β, pruned while they go on learning (Ctrl+T)")

        picture = QWidget()
        stack = QVBoxLayout(picture)
        stack.setContentsMargins(0, 0, 0, 0)
        stack.setSpacing(0)
        stack.addWidget(self.messages)
        self.stage = QStackedWidget()
        self.stage.addWidget(self.saliency)
        stack.addWidget(self.stage, 1)
        self.rows = QSplitter(Qt.Orientation.Vertical)
        self.rows.addWidget(picture)
        self.bench = QSplitter(Qt.Orientation.Horizontal)
        self.bench.addWidget(self.widths)
        self.bench.addWidget(WrappingColumn(self.method, self.tradeoff))
        self.bench.setStretchFactor(0, 1)
        self.look_bench = QStackedWidget()
        self.benches = QStackedWidget()  # in the order of WORKSPACES
        self.benches.addWidget(self.look_bench)
        self.benches.addWidget(self.bench)
        self.rows.addWidget(self.benches)
        self.rows.setStretchFactor(0, 1)
        self.columns = QSplitter(Qt.Orientation.Horizontal)
        self.columns.addWidget(self.images)
        self.columns.addWidget(self.rows)
        self.look = LookColumn()
        self.look_controls = LookControls()
        self.look.add_section("View", self.display)
        self.look.add_section("Gaze", self.look_controls)
        self.sides = QStackedWidget()  # in the order of WORKSPACES
        self.sides.addWidget(_scrolled(self.look))
        self.sides.addWidget(_scrolled(self._network_column()))
        self.workspace = QTabBar()
        self.workspace.setAccessibleName("What is set at the right")
        self.workspace.setExpanding(True)
        self.workspace.setDrawBase(False)
        for title, hint in (("Look", "Where people look: views, areas"), ("Network", "What looks: pruning, figures")):
            self.workspace.setTabToolTip(self.workspace.addTab(title), hint)
        self.workspace.currentChanged.connect(self._turn)
        self.columns.addWidget(self._side_column())
        self.columns.setStretchFactor(1, 1)
        for splitter in (self.rows, self.columns, self.bench):
            splitter.setHandleWidth(1)
            splitter.setChildrenCollapsible(False)
        self.rows.setSizes([520, 240])
        self.bench.setSizes([464, 320])
        self.columns.setSizes([176, 784, PANEL_WIDTH])
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.columns)

    def show_theme(self, theme: Theme) -> None:
        for view in (
            self.images,
            self.messages,
            self.saliency,
            self.widths,
            self.method,
            self.tradeoff,
            self.pruning,
            self.signal,
            self.figures,
            self.display,
            self.look_controls,
        ):
            view.show_theme(theme)

    def show_workspace(self, workspace: Workspace) -> None:
        self.workspace.setCurrentIndex(WORKSPACES.index(workspace))
        self._turn(WORKSPACES.index(workspace))

    def shown_workspace(self) -> Workspace:
        return WORKSPACES[self.workspace.currentIndex()]

    def show_section(self, content: QWidget) -> None:
        """Bring a section of the Look column into sight."""
        area = self.sides.widget(WORKSPACES.index("look"))
        if isinstance(area, QScrollArea):
            area.ensureWidgetVisible(content)

    def _turn(self, side: int) -> None:
        self.sides.setCurrentIndex(side)
        self.benches.setCurrentIndex(side)
        self.benches.setVisible(WORKSPACES[side] == "network" or self.look_bench.count() > 0)

    def sizeHint(self) -> QSize:
        return QSize(1280, 760)

    def _side_column(self) -> QWidget:
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.workspace)
        layout.addWidget(self.sides, 1)
        column.setMinimumWidth(PANEL_WIDTH)
        self.side = column
        self._give_width()
        return column

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._give_width()

    def _give_width(self) -> None:
        """In larger type what is set at the right has more room, up to where the picture would have too little."""
        width = round(PANEL_WIDTH * min(type_scale(self.font()), MOST_GROWTH))
        self.side.setMinimumWidth(width)
        self.side.setMaximumWidth(2 * width)

    def _network_column(self) -> QWidget:
        taking_away = QWidget()
        row = QHBoxLayout(taking_away)
        row.setContentsMargins(0, SPACE // 2, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.save)
        row.addWidget(self.export)
        column = SectionColumn()
        for title, content in (
            ("Model", self.model),
            ("Pruning", self.pruning),
            ("", self.signal),
            ("", self.prune_and_train),
            ("Figures", self.figures),
            ("", taking_away),
        ):
            column.add_section(title, content)
        return column


class SectionColumn(QWidget):
    """Controls one under the other, some under a heading."""

    def __init__(self) -> None:
        super().__init__()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(2 * SPACE, SPACE // 2, 2 * SPACE, SPACE // 2)
        self._layout.setSpacing(SPACE // 2)
        self._layout.addStretch(1)

    def add_section(self, title: str, content: QWidget, at: int | None = None) -> None:
        """Add content, under a heading unless title is empty, at the end or before the section that is at."""
        section = QWidget()
        layout = QVBoxLayout(section)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE // 2)
        if title:
            heading = QLabel(title)
            heading.setProperty("role", "heading")
            layout.addSpacing(SPACE // 2)
            layout.addWidget(heading)
        layout.addWidget(content)
        last = self._layout.count() - 1  # the stretch
        self._layout.insertWidget(last if at is None else min(at, last), section)


class LookColumn(SectionColumn):
    """What a designer sets: how to look, what is shown, areas, comparing, taking away."""


def _scrolled(column: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidget(column)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it has the focus, and comes in sight with it
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
    return area
