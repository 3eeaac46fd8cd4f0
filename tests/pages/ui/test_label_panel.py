"""Activities given afterwards on the Data page: by naming kinds, by marks, and the way back."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.labels import COLUMNS
from pages.ui.common import cache
from pages.ui.data.label_panel import KINDS, MARKED, MARKS
from synth.runs.repository import Repository
from synth.runs.store import Store
from tests.data.labels.test_labels import moving

PROJECT = Path(__file__).parents[3]


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.setenv("PENUMBRA_HOME", str(tmp_path / "home"))
    cache.forget()
    kept = Repository(Store(tmp_path / "home"))
    kept.store.write_workspace({"recordings": kept.keep_recordings(moving())})
    yield kept
    cache.forget()


def data_page(way):
    page = AppTest.from_file(str(PROJECT / "home.py"), default_timeout=120)
    page.switch_page("pages/1_Data.py").run()
    return next(radio for radio in page.radio if way in radio.options).set_value(way).run()


def click(page, label):
    next(button for button in page.button if button.label == label).click()
    page.run()
    assert not page.exception
    return page


def in_use(repository):
    return repository.recordings(repository.store.read_workspace()["recordings"])


def test_kinds_of_movement_become_activities_and_back(repository):
    before = in_use(repository)
    page = data_page(KINDS)
    next(box for box in page.selectbox if box.label == "Kinds of movement").set_value(3).run()
    page = click(page, "Use these activities")
    assert in_use(repository).activities == ["kind 1", "kind 2", "kind 3"]
    assert in_use(repository).name == "free living, labelled"
    codes = [
        repository.code_list_of(one.fingerprint, one.subjects).to_csv()
        for one in (before, in_use(repository))
    ]
    assert codes[0] == codes[1]  # the same person has the same code in what is shared
    click(page, "Go back to the recordings before")
    assert in_use(repository).activities == ["unlabelled"]


def test_a_stretch_is_marked_and_survives_a_reload(repository):
    content = repository.store.read_workspace()
    earlier = dict(zip(COLUMNS, ("P1", "P1/unlabelled", 0.0, 5.0, "resting"), strict=True))
    repository.store.write_workspace({**content, MARKED: {content["recordings"]: [earlier]}})
    page = data_page(MARKS)
    page.selectbox(key="activity of mark").set_value("resting").run()
    click(page, "Mark this stretch")
    (marks,) = repository.store.read_workspace()[MARKED].values()
    assert marks == [earlier, earlier | {"subject": "P0", "series": "P0/unlabelled", "end_s": 20.0}]
    click(data_page(MARKS), "Use these marks")
    index = in_use(repository).index
    assert index.loc[index["activity"] == "resting", ["subject", "n"]].to_numpy().tolist() == [
        ["P0", 500],
        ["P1", 125],
    ]
    assert set(index["subject"]) == {"P0", "P1", "P2"}


@pytest.mark.parametrize("noted", [5, {"KEY": 7}, {"KEY": [3, {"subject": "P0"}]}])
def test_marks_that_are_none_are_not_looked_at(repository, noted):
    content = repository.store.read_workspace()
    noted = {content["recordings"]: noted["KEY"]} if isinstance(noted, dict) else noted
    repository.store.write_workspace({**content, MARKED: noted})
    page = data_page(MARKS)
    assert not page.exception
    assert "Nothing is marked yet." in [caption.value for caption in page.caption]
