"""Steps: one description runs here or as a job, finds what is kept, and makes again what an earlier version made."""

import pytest

from data.windows import WindowSettings
from synth.core.errors import TrainingError
from synth.core.run_context import RunContext
from synth.editing.recipe import Recipe, RecipeStep
from synth.editing.selection import Selection
from synth.mechanisms.rules.noise import Noise
from synth.runs import tasks, versions
from synth.runs.background import Background
from synth.runs.explore import edit
from synth.runs.repository import Repository
from synth.runs.step import run_here
from synth.runs.steps import Steps
from synth.runs.store import Store
from synth.runs.study import Study, study
from tests.synth.runs.at_once import AtOnce

EARLIER = f", {versions.MADE_EARLIER}"


@pytest.fixture
def repository(tmp_path) -> Repository:
    return Repository(Store(tmp_path))


@pytest.fixture(scope="module")
def opened(small_recordings) -> Study:
    return study(small_recordings, WindowSettings(), seed=0)


@pytest.fixture(autouse=True)
def _not_measured(monkeypatch):
    """What is measured of it is the audit's own matter."""
    monkeypatch.setattr(Background, "measure", lambda *args, **kwargs: None)


def louder(opened: Study) -> Recipe:
    from synth.editing.transforms.level import Amplitude

    return Recipe.of(opened.split.fit, [RecipeStep(Selection(activities=("act1",)), Amplitude(factor=2.0))])


def names(repository: Repository, opened: Study) -> list[str]:
    return [str(card["name"]) for card in repository.releases(opened).values()]


def make_again(repository: Repository, opened: Study, name: str) -> None:
    key = next(key for key, card in repository.releases(opened).items() if card["name"] == name)
    Background(repository, AtOnce()).make_again(opened, key)


def test_here_and_as_a_job_a_step_gives_the_same(repository, opened, tmp_path):
    other = Repository(Store(tmp_path / "other"))
    key = run_here(Steps(repository).make(opened, Noise()))
    Background(other, AtOnce()).make(opened, Noise())
    assert list(other.releases(opened)) == [key]
    one, same = (r.release(key).windows.fingerprint for r in (repository, other))
    assert one == same


def test_what_is_kept_is_found_and_not_worked_out_again(repository, opened, monkeypatch):
    key = run_here(Steps(repository).make(opened, Noise()))
    monkeypatch.setattr(tasks, "make", lambda *args: pytest.fail("worked out again"))
    assert run_here(Steps(repository).make(opened, Noise())) == key
    assert Background(repository, AtOnce()).make(opened, Noise()) is None


def test_progress_and_stopping_reach_the_task(repository, opened):
    told = []
    run_here(Steps(repository).refer(opened, "quick"), RunContext(0, told.append, lambda: False))
    assert told[-1].step == told[-1].total > 0


def test_a_mechanism_is_asked_again_with_the_settings_of_then(repository, opened, monkeypatch):
    run_here(Steps(repository).make(opened, Noise(strength=0.3)))
    before = names(repository, opened)
    monkeypatch.setattr(Noise, "version", Noise.version + 1)
    make_again(repository, opened, before[0] + EARLIER)
    assert names(repository, opened) == [before[0] + EARLIER, before[0]]
    cards = list(repository.releases(opened).values())
    assert cards[0]["made"]["mechanism"] == cards[1]["made"]["mechanism"]


def test_corrections_are_replayed_on_an_original_that_is_made_again_first(repository, opened, monkeypatch):
    key = run_here(Steps(repository).make(opened, Noise()))
    edit(opened, louder(opened), repository, release=repository.release(key))
    monkeypatch.setattr(Noise, "version", Noise.version + 1)
    assert names(repository, opened) == ["Added noise" + EARLIER, "Added noise, corrected" + EARLIER]
    make_again(repository, opened, "Added noise, corrected" + EARLIER)
    assert names(repository, opened)[2:] == ["Added noise", "Added noise, corrected"]


def test_corrected_recordings_are_corrected_again(repository, opened, monkeypatch):
    edit(opened, louder(opened), repository)
    monkeypatch.setattr("synth.editing.replaying.VERSION", 2)
    (before,) = names(repository, opened)
    assert before.endswith(EARLIER)
    make_again(repository, opened, before)
    assert names(repository, opened) == [before, versions.plain_name(before)]


def test_without_its_original_a_correction_is_refused_in_words(repository, opened, monkeypatch):
    key = run_here(Steps(repository).make(opened, Noise()))
    edit(opened, louder(opened), repository, release=repository.release(key))
    repository.delete_release(opened, key)
    monkeypatch.setattr("synth.editing.replaying.VERSION", 2)
    with pytest.raises(
        TrainingError, match="“Added noise”, from which “Added noise, corrected” was corrected"
    ):
        make_again(repository, opened, "Added noise, corrected" + EARLIER)
