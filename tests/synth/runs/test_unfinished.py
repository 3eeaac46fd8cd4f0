"""What was under way when its process ended is offered again, and nothing else is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from data.child_process import path_with_project
from data.windows import WindowSettings
from synth.core.errors import JobError
from synth.imputers.mean import ChannelMean
from synth.mechanisms.rules.granularity import Granularity
from synth.mechanisms.rules.noise import Noise
from synth.mechanisms.sensegen.sensegen import SenseGen
from synth.runs import tasks
from synth.runs.background import Background
from synth.runs.gap_filling import plain_ways
from synth.runs.generation_order import Order
from synth.runs.repository import Repository
from synth.runs.steps import Steps
from synth.runs.store import Store
from synth.runs.study import Study, study
from synth.runs.sweep import points
from synth.runs.tasks import Learnt
from synth.runs.unfinished import CHECKPOINTS, FOLDER, Unfinished
from synth.runs.upkeep.leftovers import sweep
from tests.synth.runs.at_once import AtOnce
from tests.toy import make_recordings
from tests.waiting import wait_until


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(Store(tmp_path / "home"))


@pytest.fixture(scope="module")
def opened(small_recordings) -> Study:
    return study(small_recordings, WindowSettings(), seed=0)


@pytest.fixture(autouse=True)
def _measured_quickly(monkeypatch):
    """What attackers find is the audit's own matter; here it only matters that they ran."""
    monkeypatch.setattr(tasks, "refer", lambda *inputs: "{}")


def files(repository: Repository) -> list[Path]:
    return list((repository.store.root / FOLDER).glob("*"))


def crashed(repository: Repository) -> Background:
    """Nothing runs, as in a process that ends at once."""
    return Background(repository, AtOnce(room=0))


def test_a_fit_is_offered_again_and_done(repository, opened, monkeypatch):
    crashed(repository).make(opened, Noise(strength=0.7))
    monkeypatch.setattr(Background, "measure", lambda *inputs: None)
    after = Background(repository, AtOnce())
    ((note,),) = after.interrupted(opened)
    assert note.title.startswith("Making Added noise")
    after.go_on(opened, [note])
    (card,) = repository.releases(opened).values()
    assert card["made"]["mechanism"]["strength"] == 0.7
    assert after.interrupted(opened) == []
    assert files(repository) == []


def test_every_way_of_asking_leads_to_the_same_step(repository, opened):
    before, steps = crashed(repository), Steps(repository)
    learner = SenseGen()
    others = study(make_recordings(5, 2, 30, 25, 3, seed=7), WindowSettings(), seed=0)
    for origin in (opened, others):
        learnt = Learnt(b"", {"learner": learner.card(), "label": learner.label()})
        repository.keep_learnt(origin, learner, learnt)
    asked = [
        steps.make(opened, Noise()),
        steps.apply(opened, repository.model_key(others, learner)),
        steps.generate(
            opened, repository.model_key(opened, learner), Order(n_windows=77, balance="equal", seed=5)
        ),
        steps.learn_to_fill(opened, ChannelMean()),
        steps.fill_gaps(opened, "any recordings", plain_ways()),
        steps.measure(opened, "any release", "thorough"),
        *(steps.point(opened, point) for point in points({Noise(): (0.5, 1.0)}, [3])),
    ]
    for step in asked:
        before.unfinished.note(before._own(step.key), step)
    groups = before.interrupted(opened)
    assert [len(group) for group in groups] == [1, 1, 1, 1, 1, 1, 2]
    again = AtOnce(room=0)
    for group in groups:
        Background(repository, again).go_on(opened, group)
    started = {job.key for job in again.of(repository.owner)}
    assert {before._own(step.key) for step in asked} <= started


def test_of_a_sweep_only_what_was_left_is_done(repository, opened, monkeypatch):
    done = []

    def measure(mechanism, split, reference, context):
        done.append(mechanism.strength)
        return tasks.Swept('{"schema": 0}', 1.0)

    monkeypatch.setattr(tasks, "sweep_point", measure)
    monkeypatch.setattr(Repository, "point", lambda self, study, point: point.strength in done or None)
    monkeypatch.setattr(Repository, "keep_point", lambda *given: None)
    asked = points({Noise(): (0.1, 1.0, 2.0)}, [0])
    Background(repository, AtOnce(room=2)).sweep(opened, asked)  # room for the reference and a point
    after = Background(repository, AtOnce())
    (left,) = after.interrupted(opened)
    assert len(left) == 3 - len(done) == 2
    after.go_on(opened, left)
    assert sorted(done) == [0.1, 1.0, 2.0]
    assert files(repository) == []


def test_what_ends_by_itself_or_is_stopped_is_not_offered(repository, opened):
    background = Background(repository, AtOnce())
    background.make(opened, Granularity(target_hz=50.0))  # fails: that is more than was recorded
    assert [job.status for job in background.jobs.of(repository.owner)] == ["failed"]
    assert files(repository) == []
    waiting = crashed(repository)
    job = waiting.make(opened, Noise())
    assert len(files(repository)) == 1
    waiting.jobs.stop(job.key)
    assert files(repository) == []


def test_what_is_under_way_is_not_offered_and_can_be_dismissed_once_it_is_not(repository, opened):
    active = crashed(repository)
    active.make(opened, Noise())
    assert active.interrupted(opened) == []
    after = Background(repository, AtOnce())
    (notes,) = after.interrupted(opened)
    after.dismiss(notes)
    assert after.interrupted(opened) == []


def test_it_belongs_to_its_study(repository, opened, small_recordings):
    crashed(repository).make(opened, Noise())
    other = study(small_recordings, WindowSettings(), seed=1)
    assert Background(repository, AtOnce()).interrupted(other) == []


def test_what_another_process_is_at_is_offered_when_that_has_ended(repository, opened):
    program = """
import sys
from pathlib import Path
from synth.runs.steps import Steps
from synth.runs.step import Step
from synth.runs.unfinished import Unfinished
asked = {"study": sys.argv[2], "do": "make", "mechanism": {"kind": "noise"}}
step = Step("key", "Elsewhere", "train", print, tuple, print, seed=0, asked=asked)
Unfinished(Path(sys.argv[1])).note("key", step)
print("noted", flush=True)
sys.stdin.read()
"""
    other = subprocess.Popen(
        [sys.executable, "-c", program, str(repository.store.root), opened.key],
        env={**os.environ, "PYTHONPATH": path_with_project()}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert other.stdout is not None
    assert other.stdout.readline() == b"noted\n"
    background = Background(repository, AtOnce())
    assert background.interrupted(opened) == []
    other.kill()
    other.wait()
    wait_until(lambda: background.interrupted(opened))
    assert background.interrupted(opened)[0][0].title == "Elsewhere"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Unix signals")
@pytest.mark.parametrize("end", ["kill", "terminate", "leave"])
def test_a_fit_is_offered_again_whatever_ended_the_app(repository, small_recordings, opened, end):
    program = """
import sys
from pathlib import Path
from data.windows import WindowSettings
from synth.core.learner import preset
from synth.mechanisms.sensegen.sensegen import SenseGen
from synth.runs.background import Background
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import study
from synth.runs.workers.jobs import Jobs

repository = Repository(Store(Path(sys.argv[1])))
opened = study(repository.recordings(sys.argv[2]), WindowSettings(), seed=0)
Background(repository, Jobs()).make(opened, preset(SenseGen, "thorough"))
print(opened.key, flush=True)
sys.stdin.readline()
"""
    recordings = repository.keep_recordings(small_recordings)
    app = subprocess.Popen(
        [sys.executable, "-c", program, str(repository.store.root), recordings],
        env={**os.environ, "PYTHONPATH": path_with_project()},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert app.stdout is not None
    assert app.stdout.readline().strip() == opened.key
    assert Background(repository, AtOnce()).interrupted(opened) == []
    if end == "leave":
        app.communicate("\n")
    else:
        getattr(app, end)()
        app.wait()
    ((note,),) = Background(repository, AtOnce()).interrupted(opened)
    assert note.asked["mechanism"]["kind"] == "sensegen"


@pytest.mark.parametrize("content", ["", "[]", "{", '{"key": 1}', '{"asked": null, "process": [1, 2]}'])
def test_damaged_notes_are_passed_over(repository, opened, content):
    crashed(repository).make(opened, Noise())
    (path,) = files(repository)
    (path.parent / "damaged.json").write_text(content)
    assert len(Background(repository, AtOnce()).interrupted(opened)) == 1


def test_what_this_version_does_not_know_is_said(repository, opened):
    step = Steps(repository).make(opened, Noise())
    notes = Unfinished(repository.store.root)
    object.__setattr__(step, "asked", {**step.asked, "mechanism": {"kind": "of the future"}})
    notes.note("key", step)
    background = Background(repository, AtOnce())
    (left,) = background.interrupted(opened)
    with pytest.raises(JobError, match="begun by another version of Penumbra"):
        background.go_on(opened, left)


def test_notes_are_for_their_owner_and_go_with_everything_else(repository, opened):
    crashed(repository).make(opened, Noise())
    (path,) = files(repository)
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == path.parent.stat().st_mode & 0o077 == 0
    repository.store.delete_everything()
    assert not path.exists()


def test_checkpoints_are_deleted_with_what_they_are_of(repository, opened):
    """When it has ended, is dismissed, or all data are deleted; and swept where nothing is known of it any more."""
    root = repository.store.root

    def kept():
        return [path.name for path in (root / CHECKPOINTS).glob("*/*")]

    def begun():
        crashed(repository).make(opened, Noise())
        (folder,) = (root / CHECKPOINTS).iterdir()
        (folder / "0.bin").write_bytes(b"weights")
        assert kept() == ["0.bin"]

    begun()
    sweep(root)
    assert kept() == ["0.bin"]
    after = Background(repository, AtOnce(room=1))
    after.go_on(opened, *after.interrupted(opened))
    assert kept() == []
    repository.store.delete_everything()
    begun()
    after = Background(repository, AtOnce())
    after.dismiss(*after.interrupted(opened))
    assert kept() == []
    begun()
    repository.store.delete_everything()
    assert not (root / CHECKPOINTS).exists()
    begun()
    for note in (root / FOLDER).iterdir():
        note.unlink()
    sweep(root)
    assert kept() == []
