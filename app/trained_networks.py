"""The trained networks of families: read in the background when they are chosen or may be next, a few of them kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Generator, Sequence

from PySide6.QtCore import QObject, Signal, Slot

from app.latest import LatestWins
from gazeengine.checkpoint import Checkpoint
from gazeengine.errors import CheckpointError
from gazeengine.families import Snapshot

KEPT = 8


class TrainedNetworks(QObject):
    """Networks by their snapshots. came(snapshot) when one was read, failed(snapshot, message) when it could not be."""

    came = Signal(object)
    failed = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._read: OrderedDict[Snapshot, Checkpoint] = OrderedDict()
        self._wanted: tuple[Snapshot, ...] = ()
        self._stopped = False
        self._reader = LatestWins(lambda: _read, self)
        self._reader.answered.connect(self._was_read)

    def of(self, snapshot: Snapshot) -> Checkpoint | None:
        """The network, if it was read."""
        if snapshot not in self._read:
            return None
        self._read.move_to_end(snapshot)
        return self._read[snapshot]

    @property
    def ready(self) -> Collection[Snapshot]:
        """Those that were read."""
        return self._read.keys()

    def want(self, snapshots: Sequence[Snapshot]) -> None:
        """Read these, the first before all others, and none that was wanted before."""
        wanted = tuple(s for s in snapshots if s not in self._read)
        if wanted == self._wanted or self._stopped:
            return
        self._wanted = wanted
        if wanted:
            self._reader.submit(wanted)
            self._reader.start()  # does nothing where it runs already

    def keep(self, snapshot: Snapshot, checkpoint: Checkpoint) -> None:
        """Take checkpoint for that of snapshot."""
        self._read[snapshot] = checkpoint
        self._read.move_to_end(snapshot)
        while len(self._read) > KEPT:
            self._read.popitem(last=False)

    def forget(self, snapshots: Collection[Snapshot]) -> None:
        for snapshot in snapshots:
            self._read.pop(snapshot, None)

    def stop(self) -> None:
        """End behind the file that is being read, and wait for it."""
        self._stopped = True
        self._reader.stop()
        self._reader.wait()

    @Slot(object)
    def _was_read(self, result: tuple[Snapshot, Checkpoint | str]) -> None:
        snapshot, found = result
        self._wanted = tuple(s for s in self._wanted if s is not snapshot)
        if isinstance(found, str):
            self.failed.emit(snapshot, found)
        else:
            self.keep(snapshot, found)
            self.came.emit(snapshot)


def _read(wanted: Sequence[Snapshot]) -> Generator[tuple[Snapshot, Checkpoint | str], None, None]:
    """In the thread that reads."""
    for snapshot in wanted:
        try:
            yield snapshot, snapshot.checkpoint()
        except CheckpointError as error:
            yield snapshot, str(error)
