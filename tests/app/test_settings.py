import os
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

from app.map_style import MapStyle
from app.settings import Settings
from gazeengine.domain import Look


def again(store):
    """As the next start reads them."""
    store.sync()
    return Settings(QSettings(store.fileName(), QSettings.Format.IniFormat))


def test_nothing_is_there_at_first(settings):
    assert settings.layout("window") is None
    assert settings.style() == MapStyle()
    assert settings.look() == Look()
    assert settings.threads() == 1
    assert isinstance(settings.folder("pictures"), Path)


def test_where_no_documents_are_kept_files_go_home_and_not_where_the_program_was_started(settings, monkeypatch):
    monkeypatch.setattr(QStandardPaths, "writableLocation", lambda _: "/none/of/these")
    assert settings.folder("projects") == Path.home()


def test_all_is_there_at_the_next_start(store, tmp_path):
    settings = Settings(store)
    style = MapStyle("focus", 0.35, "magma", 1.25, 5, 80, True, False, False)
    look = Look("screens", 0.25, "photographs")
    settings.save_look(look)
    settings.save_layout("window", QByteArray(b"\0\1\2"))
    settings.save_style(style)
    settings.save_folder("pictures", tmp_path)
    settings.save_threads(min(2, os.cpu_count() or 1))
    found = again(store)
    assert bytes(found.layout("window").data()) == b"\0\1\2"
    assert found.style() == style
    assert found.look() == look
    assert found.folder("pictures") == tmp_path
    assert found.folder("models") != tmp_path
    assert found.threads() == min(2, os.cpu_count() or 1)


def test_a_folder_that_is_gone_is_forgotten(store, tmp_path):
    Settings(store).save_folder("models", tmp_path / "gone")
    assert again(store).folder("models") != tmp_path / "gone"


def test_folders_and_files_are_there_at_the_next_start_if_they_still_are(store, tmp_path):
    one, two, gone = (tmp_path / name for name in ("one, two", "two", "gone"))
    one.mkdir(), two.mkdir()
    settings = Settings(store)
    assert settings.folders("training") == []
    assert settings.file("features") is None
    settings.save_folders("training", [one, gone, two])
    settings.save_file("features", tmp_path / "features")
    assert again(store).folders("training") == [one, two]
    assert again(store).file("features") is None
    (tmp_path / "features").touch()
    assert again(store).file("features") == tmp_path / "features"


@pytest.mark.parametrize("folders", ["nonsense", "3", '{"a": 1}', "[1, null]", "", None])
def test_nonsense_for_folders_is_none(store, folders):
    store.setValue("folders/training", folders)
    assert again(store).folders("training") == []


def test_data_lie_beside_a_store_of_its_own_and_else_with_the_user_s(store, tmp_path):
    assert Settings(store).data_folder == tmp_path / "data"
    assert "FisherGaze" in Settings().data_folder.parts[-1]


@pytest.mark.parametrize("opacity", ["nan", "inf", "-inf", "much", "", "0,5", None, [1, 2]])
def test_nonsense_for_an_opacity_is_as_if_it_were_not_there(store, opacity):
    store.setValue("display/opacity", opacity)
    assert again(store).style() == MapStyle()


@pytest.mark.parametrize(("opacity", "read"), [("-3", 0.0), ("7", 1.0), ("0.5", 0.5)])
def test_an_opacity_is_between_0_and_1(store, opacity, read):
    store.setValue("display/opacity", opacity)
    assert again(store).style().opacity == read


@pytest.mark.parametrize("threads", ["0", "-1", "²", "many", "1.5", "", None])
def test_nonsense_for_threads_is_one(store, threads):
    store.setValue("latency/threads", threads)
    assert again(store).threads() == 1


def test_there_are_no_more_threads_than_cores(store):
    store.setValue("latency/threads", 10**9)
    assert again(store).threads() == (os.cpu_count() or 1)


def test_unknown_modes_colours_and_layouts_are_as_if_they_were_not_there(store):
    store.setValue("display/mode", "x-ray")
    store.setValue("display/color_map", "no such colours")
    store.setValue("layout/window", "a text")
    found = again(store)
    assert found.style() == MapStyle()
    assert found.layout("window") is None


def test_a_file_of_settings_that_is_none_is_as_if_it_were_not_there(tmp_path):
    path = tmp_path / "settings.ini"
    path.write_bytes(bytes(range(256)) * 20)
    settings = Settings(QSettings(str(path), QSettings.Format.IniFormat))
    assert settings.style() == MapStyle()
    assert settings.layout("window") is None


@pytest.mark.parametrize("part", ["gamma", "low", "high", "contours", "hotspots", "legend"])
@pytest.mark.parametrize("value", ["nan", "much", "", None, [1, 2]])
def test_nonsense_for_a_style_is_as_if_it_were_not_there(store, part, value):
    store.setValue(f"display/{part}", value)
    assert again(store).style() == MapStyle()


@pytest.mark.parametrize(
    ("low", "high", "read"),
    [("50", "20", (1, 99)), ("-3", "120", (0, 100)), ("30", "30", (1, 99)), ("5", "95", (5, 95))],
)
def test_percentiles_rise(store, low, high, read):
    store.setValue("display/low", low)
    store.setValue("display/high", high)
    style = again(store).style()
    assert (style.low, style.high) == read


@pytest.mark.parametrize(("gamma", "read"), [("0", 0.1), ("1e9", 2.0), ("0.8", 0.8)])
def test_a_gamma_is_one_that_can_be_set(store, gamma, read):
    store.setValue("display/gamma", gamma)
    assert again(store).style().gamma == read


def test_nonsense_for_a_look_is_as_if_it_were_not_there(store):
    for part in ("domain", "center_bias", "prior"):
        store.setValue(f"look/{part}", "x-ray")
    assert again(store).look() == Look()
    store.setValue("look/center_bias", "7")
    assert again(store).look() == Look()
