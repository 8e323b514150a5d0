"""How the views stand side by side: pictures left, the map over the layer widths, what can be set at the right."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app.display_controls import DisplayControls
from app.figures_view import FiguresView
from app.image_list import ImageList
from app.message_bar import MessageBar
from app.method_controls import MethodControls
from app.model_box import ModelBox
from app.pruning_controls import PruningControls
from app.saliency_view import SaliencyView
from app.signal_box import SignalBox
from app.theme import PANEL_WIDTH, SPACE, Theme
from app.tradeoff_view import TradeoffView
from app.widths_view import WidthsView


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
        self.save.setToolTip("The network at this β and n, with all that is needed to go on with it (Ctrl+S)")
        self.export = QPushButton("Export ONNX…")
        self.export.setToolTip("The network at this β and n, for ONNX Runtime and others (Ctrl+E)")

        self.prune_and_train = QPushButton("Prune and train…")
        self.prune_and_train.setToolTip("Trained snapshots at this β, pruned while they go on learning (Ctrl+T)")

        picture = QWidget()
        stack = QVBoxLayout(picture)
        stack.setContentsMargins(0, 0, 0, 0)
        stack.setSpacing(0)
        stack.addWidget(self.messages)
        stack.addWidget(self.saliency, 1)
        self.rows = QSplitter(Qt.Orientation.Vertical)
        self.rows.addWidget(picture)
        laboratory = QWidget()
        bench = QVBoxLayout(laboratory)
        bench.setContentsMargins(0, 0, 0, 0)
        bench.setSpacing(0)
        bench.addWidget(self.method)
        bench.addWidget(self.tradeoff, 1)
        self.bench = QSplitter(Qt.Orientation.Horizontal)
        self.bench.addWidget(self.widths)
        self.bench.addWidget(laboratory)
        self.bench.setStretchFactor(0, 1)
        self.rows.addWidget(self.bench)
        self.rows.setStretchFactor(0, 1)
        self.columns = QSplitter(Qt.Orientation.Horizontal)
        self.columns.addWidget(self.images)
        self.columns.addWidget(self.rows)
        self.columns.addWidget(self._settings_column())
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
        ):
            view.show_theme(theme)

    def sizeHint(self) -> QSize:
        return QSize(1280, 760)

    def _settings_column(self) -> QWidget:
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(2 * SPACE, SPACE // 2, 2 * SPACE, SPACE // 2)
        layout.setSpacing(SPACE // 2)
        taking_away = QHBoxLayout()
        taking_away.setSpacing(SPACE)
        taking_away.addWidget(self.save)
        taking_away.addWidget(self.export)
        sections: tuple[tuple[str, QWidget | QHBoxLayout], ...] = (
            ("Model", self.model),
            ("Pruning", self.pruning),
            ("", self.signal),
            ("", self.prune_and_train),
            ("Figures", self.figures),
            ("", taking_away),
            ("Display", self.display),
        )
        for title, content in sections:
            if title:
                heading = QLabel(title)
                heading.setProperty("role", "heading")
                layout.addSpacing(SPACE // 2)
                layout.addWidget(heading)
            if isinstance(content, QWidget):
                layout.addWidget(content)
            else:
                layout.addSpacing(SPACE // 2)
                layout.addLayout(content)
        layout.addStretch(1)
        area = QScrollArea()
        area.setWidget(column)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumWidth(PANEL_WIDTH)
        area.setMaximumWidth(PANEL_WIDTH + 80)
        return area
