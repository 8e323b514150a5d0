import pytest

from app.recent_menu import MOST, RecentMenu
from gazeengine.resources import sample_pictures


@pytest.fixture
def menu(qtbot, settings):
    menu = RecentMenu(settings)
    qtbot.addWidget(menu)
    menu.wanted_ones, menu.gone_ones = [], []
    menu.wanted.connect(menu.wanted_ones.append)
    menu.gone.connect(menu.gone_ones.append)
    return menu


@pytest.fixture
def files(tmp_path):
    paths = [tmp_path / f"{n}.png" for n in range(MOST + 3)]
    for path in paths:
        path.touch()
    return paths


def texts(menu):
    menu.aboutToShow.emit()
    return [action.text().replace("&", "") for action in menu.actions() if action.text()]


def named(menu):
    return [text.split("  ")[1] for text in texts(menu)[:-1]]


def test_the_last_ten_are_there_the_latest_first(menu, files):
    for path in files:
        menu.note([path])
    assert named(menu) == [path.name for path in files[:-11:-1]]
    menu.note([files[5]])
    assert named(menu)[:2] == ["5.png", f"{MOST + 2}.png"]
    assert len(named(menu)) == MOST


def test_they_are_remembered_from_start_to_start(menu, files, settings, qtbot):
    menu.note(files[:2])
    again = RecentMenu(settings)
    qtbot.addWidget(again)
    assert named(again) == ["1.png", "0.png"]


def test_what_is_gone_is_not_listed_and_what_goes_meanwhile_is_told(menu, files):
    menu.note(files[:3])
    files[1].unlink()
    assert named(menu) == ["2.png", "0.png"]
    menu.actions()[0].trigger()
    assert menu.wanted_ones == [files[2]]
    files[0].unlink()
    menu.actions()[1].trigger()
    assert menu.gone_ones == [files[0]]
    assert named(menu) == ["2.png"]


def test_it_can_be_cleared(menu, files):
    menu.note(files[:3])
    clear = menu.actions()[-1]
    assert clear.isEnabled()
    clear.trigger()
    assert texts(menu) == ["Nothing yet", "Clear this list"]
    assert not any(action.isEnabled() for action in menu.actions() if action.text())


def test_folders_are_kept_and_samples_are_not(menu, tmp_path):
    menu.note([tmp_path])
    menu.note([sample.path for sample in sample_pictures()])
    assert named(menu) == [tmp_path.name]


def test_two_of_one_name_are_told_apart(menu, tmp_path):
    for folder in ("v1", "v2"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "home & co.png").touch()
        menu.note([tmp_path / folder / "home & co.png"])
    menu.aboutToShow.emit()
    assert menu.actions()[0].text() == "&1  home && co.png in v2"
    assert menu.actions()[0].toolTip() == str(tmp_path / "v2" / "home & co.png")
