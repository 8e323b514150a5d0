import json

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog

from app.area_files import MIME, areas_on_clipboard, copied_areas
from gazeengine.regions import Area, RegionError, from_json, read_areas, to_json
from tests.app.area_benches import HEIGHT, WIDTH, Bench

BUY = Area("Buy", "ellipse", ((150, 100), (250, 200)), "#d55e00", "Top")


@pytest.fixture
def bench(qtbot, settings, checkpoint, other_checkpoint):
    bench = Bench(qtbot, settings, checkpoint, other_checkpoint)
    bench.desk.choice.put((BUY,), "new area")
    yield bench
    bench.close()
    QApplication.clipboard().clear()


def saved(bench, monkeypatch, path, kind="Areas (*.json)"):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), kind))
    bench.desk.transfer.ask_and_save()


def opened(bench, monkeypatch, path):
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    bench.desk.transfer.ask_and_open()


def test_areas_are_saved_with_the_size_of_their_picture_and_opened_again(bench, monkeypatch, tmp_path):
    saved(bench, monkeypatch, tmp_path / "areas.json")
    bench.qtbot.waitUntil(lambda: "Saved areas.json" in bench.said)
    file = read_areas((tmp_path / "areas.json").read_text(encoding="utf-8"))
    assert (file.areas, file.size) == ((BUY,), (HEIGHT, WIDTH))
    bench.show("b")
    opened(bench, monkeypatch, tmp_path / "areas.json")
    bench.qtbot.waitUntil(lambda: bench.areas == (BUY,))
    assert bench.chosen == ("Buy",)


@pytest.mark.parametrize(("name", "kind", "written"), [("t", "Table (*.csv)", "t.csv"), ("a", "Areas", "a.json")])
def test_a_name_without_a_suffix_gets_that_of_its_kind(bench, monkeypatch, tmp_path, name, kind, written):
    bench.answer()
    saved(bench, monkeypatch, tmp_path / name, kind)
    bench.qtbot.waitUntil(lambda: (tmp_path / written).is_file())


def test_the_table_is_saved_with_its_groups(bench, monkeypatch, tmp_path):
    bench.answer()
    saved(bench, monkeypatch, tmp_path / "t.csv")
    bench.qtbot.waitUntil(lambda: (tmp_path / "t.csv").is_file())
    lines = (tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in lines] == ["area", "Buy", "Top (group)"]


def test_a_table_without_shares_is_not_written(bench, monkeypatch, tmp_path):
    saved(bench, monkeypatch, tmp_path / "t.csv")
    assert "there is no map yet" in bench.said
    assert not (tmp_path / "t.csv").exists()


def test_a_folder_that_is_not_there_is_told(bench, monkeypatch, tmp_path):
    saved(bench, monkeypatch, tmp_path / "gone" / "areas.json")
    bench.qtbot.waitUntil(lambda: "there is no folder" in bench.said)


def test_areas_of_a_picture_of_another_size_are_scaled_and_that_is_told(bench, monkeypatch, tmp_path):
    (tmp_path / "a.json").write_text(to_json([BUY], (800, 2400)), encoding="utf-8")
    bench.show("b")
    opened(bench, monkeypatch, tmp_path / "a.json")
    bench.qtbot.waitUntil(lambda: bench.names == ["Buy"])
    assert bench.areas[0].points == ((37.5, 50), (62.5, 100))
    assert "from a picture of 2400 × 800 to 600 × 400 pixels; their proportions changed" in bench.said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "areas x.json: it is damaged"),
        (json.dumps({"format": "other"}), "another kind of file"),
        (to_json([]), "found no areas in it"),
        (to_json([BUY.moved(5000, 0)]), "beside the picture of 600 × 400 pixels"),
        (to_json([Area("P", "polygon", ((0, 0), (5, 5)))]), "wanted at least 3"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_and_changes_nothing(bench, monkeypatch, tmp_path, text, said):
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    opened(bench, monkeypatch, tmp_path / "x.json")
    bench.qtbot.waitUntil(lambda: said in bench.said)
    assert bench.areas == (BUY,)


def test_a_file_that_is_no_text_or_is_gone_is_told(bench, monkeypatch, tmp_path):
    (tmp_path / "x.json").write_bytes(b"\xff\xfe\x00")
    for name in ("x.json", "gone.json"):
        bench.panels.messages.hide()
        opened(bench, monkeypatch, tmp_path / name)
        bench.qtbot.waitUntil(lambda name=name: f"areas {name}: cannot be read" in bench.said)


def test_what_is_cut_at_the_border_lies_in_the_picture(bench, monkeypatch, tmp_path):
    wide = Area("Wide", "rectangle", ((-50, 10), (9000, 60)))
    (tmp_path / "x.json").write_text(to_json([wide], (HEIGHT, WIDTH)), encoding="utf-8")
    opened(bench, monkeypatch, tmp_path / "x.json")
    bench.qtbot.waitUntil(lambda: len(bench.areas) == 2)
    assert bench.areas[1].points == ((0, 10), (600, 60))


def test_a_file_that_is_read_late_does_not_land_on_another_picture(bench, monkeypatch, tmp_path):
    (tmp_path / "x.json").write_text(to_json([BUY], (HEIGHT, WIDTH)), encoding="utf-8")
    opened(bench, monkeypatch, tmp_path / "x.json")
    bench.show("b")
    bench.background.do(lambda: None, lambda _: bench.desk.choice.put((), "nothing"), lambda _: None)
    done = []
    bench.background.do(lambda: None, done.append, lambda _: None)
    bench.qtbot.waitUntil(lambda: bool(done))
    assert bench.areas == ()


def test_the_clipboard_holds_areas_and_a_table(bench):
    bench.answer()
    bench.desk.transfer.copy()
    data = QGuiApplication.clipboard().mimeData()
    assert data.hasFormat(MIME)
    assert from_json(bytes(data.data(MIME).data()).decode()) == (BUY,)
    lines = data.text().splitlines()
    assert lines[0].startswith("Area\tGroup\tAttention %")
    assert [line.split("\t")[0] for line in lines[1:]] == ["Buy", "Top"]


def test_damaged_areas_on_the_clipboard_are_told(bench):
    from PySide6.QtCore import QMimeData

    data = QMimeData()
    data.setData(MIME, b"{")
    QGuiApplication.clipboard().setMimeData(data)
    assert areas_on_clipboard()
    with pytest.raises(RegionError, match="clipboard"):
        copied_areas()
    assert bench.desk.transfer.paste()
    assert "clipboard: it is damaged" in bench.said
