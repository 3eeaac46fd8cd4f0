"""Names from outside on pages, and what the owner is asked before names are shared."""

import shutil
from dataclasses import replace

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from data.recordings import Recordings
from data.windows import WindowSettings
from pages.ui.common import cache
from pages.ui.tradeoffs import downloads
from synth.mechanisms.rules.noise import Noise
from synth.runs.explore import explore
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import study
from tests.hostile_names import HOSTILE, what_lives
from tests.named import ACTIVITIES, PEOPLE, named_recordings, names_in
from tests.pages.test_pages import PAGES, opened
from tests.toy import make_recordings

SHOWN = (
    "markdown",
    "caption",
    "info",
    "error",
    "warning",
    "success",
    "header",
    "title",
    "expander",
    "button",
)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A workspace of its own for each test; nothing cached from another."""
    monkeypatch.setenv("PENUMBRA_HOME", str(tmp_path / "home"))
    cache.forget()
    yield tmp_path / "home"
    cache.forget()


def hostile_recordings() -> Recordings:
    plain = make_recordings(n_subjects=5, n_activities=2, seconds_per_series=30, rate_hz=25.0, n_channels=3)
    people = dict(zip(plain.subjects, HOSTILE, strict=False))
    channels = dict(zip(plain.channels, HOSTILE, strict=False))
    samples = plain.samples.replace(
        {"subject": people, "activity": dict(zip(("act1", "act2"), HOSTILE, strict=False))}
    )
    samples["series"] = samples["subject"] + "/" + samples["activity"]
    return Recordings(
        HOSTILE[4], samples.rename(columns=channels), 25.0, tuple(channels.values()), HOSTILE[:3],
        pd.DataFrame({"sex": ["f"] * 5}, index=pd.Index(list(people.values()), name="subject")),
    )  # fmt: skip


def measured_place(place, recordings: Recordings) -> Repository:
    """Return a repository in which noise was made of recordings and measured."""
    repository = Repository(Store(place))
    repository.store.write_workspace({"recordings": repository.keep_recordings(recordings)})
    explore(study(recordings, WindowSettings(), seed=0), Noise(), repository)
    return repository


def texts(page: AppTest) -> list[str]:
    """Return all texts of a page that Streamlit renders as Markdown."""
    found = [element for kind in SHOWN for element in getattr(page, kind)]
    parts = [(getattr(e, "value", ""), getattr(e, "label", ""), getattr(e, "help", "")) for e in found]
    return [text for of_one in parts for text in of_one if isinstance(text, str)]


@pytest.fixture(scope="module")
def hostile_home(tmp_path_factory, without_networks):
    place = tmp_path_factory.mktemp("hostile") / "home"
    measured_place(place, hostile_recordings())
    return place


@pytest.mark.parametrize("page", PAGES)
def test_no_name_becomes_a_link_or_a_picture(page, home, hostile_home):
    shutil.copytree(hostile_home, home)
    shown = opened(page)
    assert not shown.exception
    said = texts(shown)
    assert {text: found for text in said if (found := what_lives(text))} == {}
    assert any("evil" in text for text in said)


def test_what_could_name_somebody_is_shown_before_it_is_shared(home, light_attackers):
    store = measured_place(home, named_recordings()).store
    harmless = {"activities": {}, "attributes": dict.fromkeys(("diagnosis", "birthyear", "sex"), False)}
    workspace = store.read_workspace()
    store.write_workspace({**workspace, "roles": {workspace["recordings"]: harmless}})
    page = opened("pages/4_Tradeoffs.py")
    assert not page.exception
    warned = "\n".join(element.value for element in page.warning).replace("\\", "")
    assert "- diagnosis (names of people are in it): brother of Zyxqvorn Wumpelbrecht" in warned
    assert "- birthyear (dates, such as dates of birth): 1961-02-03" in warned
    assert f"- {ACTIVITIES[1]} (part of a person's name is in it): lifting with P-" in warned
    assert "sex" not in warned
    included = page.multiselect(key="include doubtful attributes")
    assert included.options == ["diagnosis", "birthyear"]
    assert included.value == []
    included.select("birthyear").run()
    page.multiselect(key="confirmed labels").select(ACTIVITIES[1]).run()
    assert not page.exception
    labels = [getattr(button, "label", "") for button in page.get("download_button")]
    assert any("Code list" in label for label in labels)


def test_files_are_called_after_the_data_without_its_peoples_names(home, light_attackers, monkeypatch):
    offered: dict[str, str] = {}
    offer = downloads.offer

    def noted(session, label, file, *others, **options):
        offered[label] = file
        return offer(session, label, file, *others, **options)

    monkeypatch.setattr(downloads, "offer", noted)
    measured_place(home, replace(named_recordings(), name=f"{PEOPLE[0]} walks.csv"))
    page = opened("pages/4_Tradeoffs.py")
    next(box for box in page.checkbox if box.key.endswith("all the same")).check().run()
    assert not page.exception
    shared = {label: file for label, file in offered.items() if not file.startswith("private_")}
    assert "Everything in one file (ZIP)" in shared
    for file in shared.values():
        assert names_in(file, b"") == []
        assert file.startswith("p-")
        assert "walks-csv" in file
    asked = next(box for box in page.text_input if box.label == "Name of the data in file names")
    asked.set_value("Study A").run()
    assert offered["Data (Parquet)"].startswith("study-a_added-noise_20")
