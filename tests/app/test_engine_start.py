import gc
import importlib.util
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app import engine_start
from app.engine_start import load_libraries, without_collecting
from tests.app.gates import LIMIT_S


@pytest.mark.skipif(sys.platform not in engine_start.TORCH_LIBRARY, reason="torch loads its own libraries here")
def test_libraries_are_loaded_without_importing_torch():
    code = """
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from app.engine_start import load_libraries
print(load_libraries(), "torch" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=3 * LIMIT_S, check=False
    )
    assert (done.stdout, done.stderr) == ("True False\n", "")


def test_where_torch_is_imported_or_missing_or_elsewhere_nothing_is_loaded(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", sys)
    assert not load_libraries()
    monkeypatch.delitem(sys.modules, "torch")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert not load_libraries()
    monkeypatch.setattr(sys, "platform", "win32")
    assert not load_libraries()


def test_a_library_that_is_not_there_is_left_to_the_import(monkeypatch, tmp_path):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    spec = importlib.util.spec_from_loader("torch", None, is_package=True)
    spec.submodule_search_locations.append(str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: spec)
    assert not load_libraries()


@pytest.mark.parametrize("before", [True, False])
def test_nothing_is_collected_meanwhile_and_all_is_as_before(qapp, before):
    (gc.enable if before else gc.disable)()
    with without_collecting():
        assert not gc.isenabled()
    assert gc.isenabled() is before


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no niceness of their own")
def test_a_thread_that_gives_way_does_so_alone():
    def niceness():
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    def work():
        engine_start.give_way()
        engine_start.give_way()
        return niceness()

    before = niceness()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(work).result() == max(before, engine_start.NICENESS)
    assert niceness() == before
