"""Starting the engine in a thread without holding up the window: what would keep Python's lock for long does not.

Measured without it: 320 ms of processor time to load torch's libraries, and 25 to 110 ms for each of several passes
of the garbage collector over hundreds of thousands of new objects, all of which stay.
"""

from __future__ import annotations

import ctypes
import gc
import importlib.util
import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger(__name__)

TORCH_LIBRARY = {"linux": "libtorch_python.so", "darwin": "libtorch_python.dylib"}
"""What `import torch` loads, which draws in all others; on Windows torch loads them itself, without the lock."""


NICENESS = 10  # of a thread that computes what nobody's hand waits for


def give_way() -> None:
    """From now on what this thread computes comes behind what the hand moves.

    On Linux alone: there a thread has a niceness of its own, which the threads that it computes with inherit.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, max(NICENESS, os.getpriority(os.PRIO_PROCESS, thread)))


def load_libraries() -> bool:
    """Load torch's libraries without Python's lock; whether that was done. Where it can't be, the import does it."""
    library = TORCH_LIBRARY.get(sys.platform)
    spec = importlib.util.find_spec("torch") if library is not None and "torch" not in sys.modules else None
    if library is None or spec is None or not spec.submodule_search_locations:
        return False
    path = Path(spec.submodule_search_locations[0]) / "lib" / library
    try:
        # a foreign function is called without the lock, which the constructor of CDLL would keep
        dlopen = ctypes.CDLL(None).dlopen
    except (OSError, AttributeError):
        return False
    dlopen.argtypes, dlopen.restype = [ctypes.c_char_p, ctypes.c_int], ctypes.c_void_p
    loaded = path.is_file() and dlopen(os.fsencode(path), os.RTLD_NOW | os.RTLD_LOCAL) is not None
    if not loaded:
        log.info("%s was not loaded before the import", path)
    return loaded


@contextmanager
def without_collecting() -> Iterator[None]:
    """Imports whose objects stay for good: the garbage collector looks for none among them, now or later."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()
