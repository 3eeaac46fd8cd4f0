"""What revision 84e5e5b wrote is still read: its workspace with all versions and reports, and its files.

That revision put a hash of its own source into every address. The workspace holds the toy recordings, noise and a small
SenseGen with their reports, an order, a version applied to other recordings, corrections of both kinds, GAIN and one
point of a strength sweep.
"""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.export.files import read_release
from data.export.sharing import Sharing
from data.windows import WindowSettings
from synth.audit.report import Report, reports_from_json
from synth.audit.verdicts import VERSION as VERDICTS_VERSION
from synth.editing.recipe import Recipe
from synth.mechanisms.rules.granularity import Granularity
from synth.mechanisms.rules.noise import Noise
from synth.reporting.data_card import read_data_card
from synth.runs.explore import explore
from synth.runs.repository import Repository
from synth.runs.step import run_here
from synth.runs.steps import Steps
from synth.runs.store import Store
from synth.runs.study import Study, study
from synth.runs.sweep import points
from synth.runs.versions import MEASURED_EARLIER
from tests.toy import make_recordings

FILES = Path(__file__).parent / "revision_84e5e5b"
SENSEGEN = "SenseGen (size of the memory 8, layers 1, ways to go on 2, rounds at most 2)"
EARLIER = ", made by an earlier version"
MADE_BEFORE = [  # SenseGen has learnt in another way since
    "Added noise",
    SENSEGEN + EARLIER,
    f"{SENSEGEN}: 40 windows, as many of each activity{EARLIER}",
    "Added noise, corrected",
    "Recordings, corrected",
]


@pytest.fixture
def repository(tmp_path) -> Repository:
    with zipfile.ZipFile(FILES / "home.zip") as home:
        home.extractall(tmp_path / "home")
    return Repository(Store(tmp_path / "home"))


@pytest.fixture
def opened(repository) -> Study:
    recordings = repository.recordings(repository.store.read_workspace()["recordings"])
    return study(recordings, WindowSettings(), seed=0)


@pytest.fixture
def raised() -> Iterator[None]:
    """As if noise were made in another way since."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Noise, "version", Noise.version + 1)
        yield


def names(repository: Repository, opened: Study) -> list[str]:
    return [card["name"] for card in repository.releases(opened).values()]


def test_its_workspace_opens_with_all_versions_and_reports(repository, opened):
    assert names(repository, opened) == MADE_BEFORE
    earlier = [card["name"] for card in repository.earlier_releases(opened).values()]
    assert earlier == MADE_BEFORE[1:3]
    reports = {report.name: report for report in repository.reports(opened).values()}
    assert list(reports) == [f"{MADE_BEFORE[i]}, {MEASURED_EARLIER}" for i in (0, 1, 3)]
    assert reports[f"Added noise, {MEASURED_EARLIER}"].verdicts["reidentification"].verdict == "at risk"
    of_now = [card["label"].split()[0] for card in repository.models(opened).values()]
    of_then = [card["label"].split()[0] for card in repository.earlier_models(opened).values()]
    assert (of_now, of_then) == (["Added"], ["SenseGen", "GAIN"])
    assert list(repository.generators(opened).values()) == []
    for key in repository.releases(opened):
        assert len(repository.release(key).windows) > 0


def test_its_recordings_are_the_same_ones_when_they_are_loaded_again(repository):
    known = set(repository.loaded())
    again = make_recordings(n_subjects=5, n_activities=2, seconds_per_series=30, rate_hz=25, n_channels=3)
    named = repository.recordings(repository.store.read_workspace()["recordings"])
    assert repository.keep_recordings(named) == repository.store.read_workspace()["recordings"]
    assert set(repository.loaded()) == known
    assert repository.keep_recordings(replace(again, name="other")) not in known


def test_what_it_computed_is_not_computed_again(repository, opened, monkeypatch):
    """Attackers learnt more since, so that it is measured again; versions and models stay what they are."""
    monkeypatch.setattr("synth.runs.tasks.make", lambda *args, **kwargs: pytest.fail("computed again"))
    assert repository.release(run_here(Steps(repository).make(opened, Noise()))).name == "Added noise"
    other = next(key for key, name in repository.loaded().items() if name == "others")
    others = study(repository.recordings(other), WindowSettings(), seed=0)
    assert names(repository, others) == ["Added noise, learnt on toy"]
    assert len(repository.reports(others)) == 1


def test_what_an_earlier_version_made_stays_and_says_so(repository, opened, raised):
    told = [name + EARLIER if name.startswith("Added noise") else name for name in MADE_BEFORE]
    assert names(repository, opened) == told
    assert [card["name"] for card in repository.earlier_releases(opened).values()] == told[:4]
    for key, card in repository.earlier_releases(opened).items():
        assert repository.release(key).name == card["name"]
        assert len(repository.shareable(key, Sharing(repository.code_list(opened)))) > 1000
        if key in repository.reports(opened):
            assert repository.reports(opened)[key].name == f"{card['name']}, {MEASURED_EARLIER}"
    assert repository.stored_models() == []
    earlier = [card["label"].split()[0] for card in repository.earlier_models(opened).values()]
    assert earlier == ["Added", "SenseGen", "GAIN"]


def test_made_again_both_versions_stand_side_by_side(repository, opened, raised, light_attackers):
    release, _ = explore(opened, Noise(), repository)
    assert release.name == "Added noise"
    assert {"Added noise", "Added noise, made by an earlier version"} <= set(names(repository, opened))
    made = {card["name"]: key for key, card in repository.releases(opened).items()}
    old, new = made["Added noise, made by an earlier version"], made["Added noise"]
    repository.delete_release(opened, old)
    assert old not in repository.releases(opened)
    assert repository.report(opened, new, "quick") is not None


def test_a_report_of_earlier_attackers_says_so(repository, opened, monkeypatch):
    monkeypatch.setattr("synth.audit.verdicts.VERSION", VERDICTS_VERSION + 1)
    reports = repository.reports(opened)
    assert next(report.name for report in reports.values()) == "Added noise, measured by an earlier version"
    assert all(repository.report(opened, key, "quick") is None for key in reports)
    assert repository.reference(opened, "quick") is None


def test_its_report_file_is_read():
    report = Report.from_json((FILES / "report.json").read_text())
    assert report.name == "Added noise"
    assert report.verdicts["discriminator"].verdict == "distinguishable"
    written = json.loads((FILES / "report.json").read_text())["results"]
    again = json.loads(report.to_json())["results"]
    assert [
        {name: result[name] for name in old} for result, old in zip(again, written, strict=True)
    ] == written


def test_its_report_file_holds_one_report_and_a_list_is_read_in_its_order():
    text = (FILES / "report.json").read_text()
    (report,) = reports_from_json(text)
    assert report == Report.from_json(text)
    renamed = report.renamed("again").to_json()
    assert [one.name for one in reports_from_json(f"[{text}, {renamed}]")] == ["Added noise", "again"]


def test_its_data_card_is_read():
    card = read_data_card((FILES / "data_card.md").read_text())
    report = Report.from_json((FILES / "report.json").read_text())
    assert card.name == report.name == "Added noise"
    assert list(card.verdicts.values()) == list(report.verdicts.values())
    assert list(card.verdicts)[:3] == [
        "Can a computer tell it from real recordings?",
        "Is it still good for recognising activities?",
        "Can people be recognised in it?",
    ]


def test_its_recipe_is_read():
    recipe = Recipe.from_json((FILES / "recipe.json").read_bytes())
    assert recipe.describe() == ["The activity act1: tempo × 0.8 in all channels."]
    assert json.loads(recipe.to_json()) == json.loads((FILES / "recipe.json").read_text())


def test_its_releases_are_read():
    shared = read_release(FILES / "release.parquet")
    private = read_release(FILES / "private_provenance.parquet")
    assert (shared.name, len(shared.windows), shared.windows.rate_hz) == ("Added noise", 52, 25.0)
    assert shared.source is None
    assert private.source is not None
    assert private.card["mechanism"]["kind"] == "noise"
    np.testing.assert_allclose(
        np.sort(shared.windows.values.ravel()), np.sort(private.windows.values.ravel())
    )


def test_a_sweep_point_of_earlier_attackers_is_still_there(repository, opened):
    (point,) = points({Granularity(): Granularity.dial.steps[:1]}, [0])
    assert repository.point(opened, point) is None
    assert repository.earlier_point(opened, point) is not None
