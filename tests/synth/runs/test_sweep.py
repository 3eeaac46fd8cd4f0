"""The strength sweep: every combination once, nothing computed twice, resumed where it was left."""

import json
import shutil
from dataclasses import asdict, replace

import pandas as pd
import pytest

from data.export.files import write_recordings
from data.windows import WindowSettings
from synth.__main__ import main
from synth.audit.reidentification.base import AVERAGED
from synth.core.run_context import RunContext
from synth.mechanisms.rules.granularity import Granularity
from synth.mechanisms.rules.noise import Noise
from synth.mechanisms.sensegen.sensegen import SenseGen
from synth.runs import tasks
from synth.runs.background import Background
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import study
from synth.runs.sweep import ASKED, Point, points
from synth.runs.tasks import Swept
from tests.synth.runs.at_once import AtOnce

pytestmark = pytest.mark.usefixtures("light_attackers")
ASKED_FOR = points({Noise(): (0.1, 0.5, 2.0)}, [0])


@pytest.fixture
def question(small_recordings):
    return study(small_recordings, WindowSettings(), seed=0)


@pytest.fixture
def repository(measured_home, tmp_path):
    """A repository on which noise of strength 0.5 was made and measured."""
    shutil.copytree(measured_home, tmp_path / "home")
    return Repository(Store(tmp_path / "home"))


@pytest.fixture
def calls(monkeypatch):
    """Which points were computed."""
    computed = []
    real = tasks.sweep_point

    def counted(mechanism, split, reference_json, context):
        computed.append((mechanism, context.seed))
        return real(mechanism, split, reference_json, context)

    monkeypatch.setattr(tasks, "sweep_point", counted)
    return computed


class TestPoints:
    def test_all_combinations_the_first_seed_first(self):
        listed = points({Noise(): (0.1, 1.0), SenseGen(): ()}, [3, 4])
        assert [(p.mechanism.kind, p.strength, p.seed) for p in listed] == [
            ("noise", 0.1, 3), ("noise", 1.0, 3), ("sensegen", None, 3),
            ("noise", 0.1, 4), ("noise", 1.0, 4), ("sensegen", None, 4),
        ]  # fmt: skip

    def test_each_once(self):
        assert len(points({Noise(): (0.1, 0.1)}, [0, 0])) == 1

    def test_strengths_fit_the_dial(self):
        with pytest.raises(ValueError, match="strengths must fit its dial"):
            points({SenseGen(): (1.0,)}, [0])
        with pytest.raises(ValueError, match="strengths must fit its dial"):
            points({Noise(): ()}, [0])

    def test_a_point_in_words(self):
        point = Point(Granularity(), 0.5, 0)
        assert point.turned == Granularity(target_hz=0.5)
        assert (point.method, point.strength_in_words) == (
            "Lower sampling rate",
            "Samples per second: 0.5",
        )
        assert Point(SenseGen(), None, 0).strength_in_words == ""

    def test_strength_and_seed_are_in_the_address(self, question):
        addresses = {question.keys.point(Noise(strength=s), seed) for s in (0.1, 0.2) for seed in (0, 1)}
        assert len(addresses) == 4
        other = replace(question, asked={**question.asked, "recordings": "others"})
        assert other.keys.point(Noise(), 0) != question.keys.point(Noise(), 0)


class TestSweep:
    def test_only_what_is_missing_is_computed_and_what_was_left_is_resumed(self, question, repository, calls):
        left = Background(repository, AtOnce(room=1))
        assert left.sweep(question, ASKED_FOR) == 2
        assert [job.status for job in left.swept(question)] == ["waiting", "done"]
        assert left.sweep(question, ASKED_FOR) == 0
        again = Background(Repository(Store(repository.store.root)), AtOnce())
        assert again.sweep(question, ASKED_FOR) == 1
        assert again.sweep(question, ASKED_FOR) == 0
        assert [mechanism.strength for mechanism, _ in calls] == [0.1, 2.0]
        assert all(repository.point(question, point) is not None for point in ASKED_FOR)
        assert len(repository.points(question)) == 2

    def test_a_point_is_what_a_version_made_alike_would_be(self, question, repository):
        (key,) = repository.releases(question)
        version = repository.report(question, key, "quick")
        swept = tasks.sweep_point(
            Noise(),
            question.split,
            repository.reference(question, "quick"),
            RunContext(0),
        )
        of_version = [asdict(r) for r in version.results if r.question in ASKED and AVERAGED not in r.tier]
        assert json.loads(swept.report_json)["results"] == json.loads(json.dumps(of_version))
        assert swept.seconds > 0

    def test_what_cannot_work_is_said_and_the_rest_is_done(self, question, repository):
        background = Background(repository, AtOnce())
        asked = points({Granularity(): (50.0, 5.0)}, [0])
        background.sweep(question, asked)
        done, failed = background.swept(question)
        assert (done.status, failed.status) == ("done", "failed")
        assert "Choose a number below 25" in failed.error
        assert background.sweep(question, asked) == 1

    def test_another_seed_is_another_release(self, question, repository):
        background = Background(repository, AtOnce())
        asked = points({Noise(): (2.0,)}, [0, 1])
        background.sweep(question, asked)
        one, other = (repository.point(question, point) for point in asked)
        assert one.seed == other.seed == question.seed
        assert one.results != other.results

    def test_points_go_with_everything_else(self, question, repository):
        (key,) = repository.releases(question)
        repository.keep_point(
            question, ASKED_FOR[0], Swept(repository.report(question, key, "quick").to_json(), 1.0)
        )
        assert [card["seconds"] for card in repository.points(question).values()] == [1.0]
        repository.store.delete_everything()
        assert repository.points(question) == {}


@pytest.fixture
def data(small_recordings, tmp_path):
    write_recordings(small_recordings, tmp_path / "toy.parquet")
    return str(tmp_path / "toy.parquet")


@pytest.mark.slow
def test_the_shell_sweeps_in_processes_and_takes_what_is_known(data, repository, tmp_path, capsys):
    out = tmp_path / "out"
    asked = ["--mechanism", "noise", "--strength", "noise=2"]
    command = ["sweep", "--data", data, "--store", str(repository.store.root), "--out", str(out), *asked]
    assert main(command) == 0
    assert {path.name for path in out.iterdir()} == {"sweep.json", "sweep.html", "sweep.csv"}
    bodies = json.loads((out / "sweep.json").read_text())
    assert [(body["method"], body["strength"], body["seed"]) for body in bodies] == [("Added noise", 2.0, 0)]
    table = pd.read_csv(out / "sweep.csv", skipinitialspace=True)
    assert list(table["strength"]) == [2.0]
    page = (out / "sweep.html").read_text()
    assert "By the usual test" in page
    assert page.count('class="chart"') == 2
    assert "points 1/1" in capsys.readouterr().err
    before = (out / "sweep.json").read_bytes()
    assert main(command) == 0
    assert "points" not in capsys.readouterr().err
    assert (out / "sweep.json").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--mechanism", "magic"], "no mechanism 'magic'"),
        (["--mechanism", "noise", "--strength", "noise=much"], "is not MECHANISM=NUMBER"),
        (["--mechanism", "noise", "--strength", "granularity=5"], "is not swept"),
        (["--mechanism", "noise", "--strength", "noise=11"], "must be in"),
    ],
)
def test_bad_input_is_one_sentence(arguments, said, data, tmp_path, capsys):
    assert main(["sweep", "--data", data, "--out", str(tmp_path / "out"), *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
