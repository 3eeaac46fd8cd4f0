"""The Train page offers models that learnt from other recordings, and says why others cannot be used."""

from dataclasses import asdict, replace

import pytest
from streamlit.testing.v1 import AppTest

from data.recordings import Recordings
from data.roles import Roles
from data.windows import WindowSettings
from pages.ui.common import cache
from synth.core.run_context import RunContext
from synth.mechanisms.base import Mechanism
from synth.mechanisms.rules.filtering import Filtering
from synth.mechanisms.rules.noise import Noise
from synth.runs import tasks
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import study
from tests.pages.test_pages import click, opened, words
from tests.toy import make_recordings
from tests.waiting import wait_until

NAME = "Added noise, learnt on toy"


@pytest.fixture
def repository(tmp_path, monkeypatch, small_recordings):
    """The repository of somebody who made noise of the small recordings."""
    monkeypatch.setenv("PENUMBRA_HOME", str(tmp_path / "home"))
    cache.forget()
    repository = Repository(Store(tmp_path / "home"))
    keep(repository, small_recordings, Noise())
    yield repository
    cache.forget()


def keep(repository: Repository, recordings: Recordings, mechanism: Mechanism) -> None:
    origin = study(recordings, WindowSettings(), seed=0)
    made = tasks.make(mechanism, origin.split.fit, RunContext(0))
    repository.keep_learnt(origin, mechanism, made)


def others(rate_hz: float = 25.0) -> Recordings:
    return replace(make_recordings(4, 2, 30, rate_hz, 3, seed=7), name="others")


def train_page(repository: Repository, recordings: Recordings, **workspace) -> AppTest:
    key = repository.keep_recordings(recordings)
    roles = {"roles": {key: asdict(workspace.pop("roles"))}} if "roles" in workspace else {}
    repository.store.write_workspace({"recordings": key, **roles, **workspace})
    page = opened("pages/2_Train.py")
    assert not page.exception
    return page


def section(page: AppTest) -> list:
    return [e for e in page.expander if e.label == "Use a model trained on other recordings"]


def test_nothing_is_offered_where_no_other_model_is(repository, small_recordings):
    assert section(train_page(repository, small_recordings)) == []


@pytest.mark.slow
def test_a_model_that_fits_is_applied_and_its_version_measured_like_any_other(repository):
    recordings = others()
    page = train_page(repository, recordings)
    assert page.selectbox(key="model to apply").options == [NAME]
    assert "about the people in these recordings" in words(page)
    try:
        page = click(page, "Apply")
        assert not page.exception
        question = study(recordings, WindowSettings(), seed=0)
        wait_until(lambda: repository.releases(question))
        (card,) = repository.releases(question).values()
        assert card["name"] == NAME
        # It lands before its measurement is asked for.
        wait_until(lambda: f"Measuring {NAME}" in {job.title for job in cache.jobs().of(repository.owner)})
    finally:
        cache.jobs().forget_owner(repository.owner)
        cache.jobs().close()
    page = train_page(repository, recordings)
    assert "✓ Its version of these recordings is ready" in words(page)
    assert NAME in page.selectbox[1].options


@pytest.mark.parametrize(
    ("recordings", "workspace", "said"),
    [
        (others(50.0), {}, "a sampling rate of 25 Hz, and they have 50 Hz"),
        (others(), {"windows": {"duration_s": 1.28, "overlap": 0.5}}, "a window length of 64 samples"),
        (None, {"seed": 1}, "it may know what is kept aside here"),
    ],
)
def test_a_model_that_does_not_fit_is_listed_with_the_reason(
    repository, small_recordings, recordings, workspace, said
):
    page = train_page(repository, recordings or small_recordings, **workspace)
    assert len(section(page)) == 1
    assert "No model trained on other recordings fits these" in words(page)
    assert said in words(page)
    assert not any(button.label == "Apply" for button in page.button)


def test_other_roles_than_those_it_learnt_with_are_pointed_out(repository, small_recordings):
    filtering = Filtering(sensitive=("act2",))
    keep(repository, small_recordings, filtering)
    page = train_page(repository, others(), roles=Roles({"act1": "sensitive", "act2": "sensitive"}))
    assert page.selectbox(key="model to apply").options[0] == f"{filtering.label()}, learnt on toy"
    (warning,) = page.warning
    assert "a different role for act1" in warning.value
