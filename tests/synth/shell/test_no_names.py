"""What the commands write for sharing names nobody; what names people is readable by its owner only."""

import csv
import json
import stat
from pathlib import Path

import pytest

from data.export.files import read_release, write_recordings
from data.export.sharing import Sharing
from data.load import load
from data.windows import WindowSettings, cut_windows
from synth.__main__ import main
from synth.audit.report import Report
from synth.editing.recipe import Recipe, RecipeStep
from synth.editing.selection import Selection
from synth.editing.shared_recipe import for_sharing, named_again
from synth.editing.transforms.level import Amplitude
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import study
from tests.named import ACTIVITIES, CHANNELS, PEOPLE, named_recordings, names_in

pytestmark = pytest.mark.usefixtures("light_attackers")


def written(folder: Path) -> dict[str, Path]:
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}


def refuse_names(folder: Path) -> None:
    """Check every file: what names somebody is called private, and nobody but its owner can read it."""
    for name, path in written(folder).items():
        found, mode = names_in(name, path.read_bytes()), stat.S_IMODE(path.stat().st_mode)
        assert (mode == 0o600) if path.name.startswith("private") else not found, (name, found)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("named")
    write_recordings(named_recordings(), folder / "Zyxqvorn Wumpelbrecht.parquet")
    return folder


@pytest.fixture(scope="module")
def given(place) -> list[str]:
    return ["--store", str(place / "home"), "--seed", "0"]


@pytest.fixture
def explored(place, given, light_attackers) -> Path:
    out = place / "explored"
    if not out.exists():
        options = [
            "--mechanism",
            "granularity",
            "--mechanism",
            "noise",
            "--provenance",
            "--share-attribute",
            "sex",
        ]
        data = ["--data", str(place / "Zyxqvorn Wumpelbrecht.parquet")]
        assert main(["explore", *options, *data, *given, "--out", str(out)]) == 0
    return out


def test_explore(explored, capsys):
    assert "private_report.json" in {path.name for path in written(explored).values()}
    refuse_names(explored)
    owners = (explored / "noise" / "private_report.html").read_text()
    assert "For the owner of the recordings only" in owners
    assert names_in("", (explored / "noise" / "private_report.json").read_bytes())
    assert names_in("", (explored / "noise" / "private_provenance.parquet").read_bytes())
    shared = read_release(explored / "noise" / "release.parquet").windows
    assert all(person.startswith("P-") and len(person) == 9 for person in shared.subjects)
    assert shared.subjects == read_release(explored / "granularity" / "release.parquet").windows.subjects


def test_a_brought_release_is_measured_under_its_peoples_names(place, given, explored, capsys):
    data, theirs = str(place / "Zyxqvorn Wumpelbrecht.parquet"), str(explored / "noise" / "release.parquet")
    measure = ["audit", "--real", data, "--release", theirs, "--made-by-explore"]
    verdicts = {}
    for name, home in (("own", given), ("stranger", ["--store", str(place / "elsewhere"), "--seed", "0"])):
        assert main([*measure, *home, "--out", str(place / name)]) == 0
        refuse_names(place / name)
        report = Report.from_json((place / name / "report.json").read_text())
        verdicts[name] = report.verdicts["reidentification"].verdict
    own = (
        Report.from_json((explored / "noise" / "report.json").read_text())
        .verdicts["reidentification"]
        .verdict
    )
    assert verdicts["own"] == own
    again = read_release(place / "own" / "release.parquet").windows
    assert again.subjects == read_release(theirs).windows.subjects


def test_edit_by_codes(place, given, explored, capsys):
    data = place / "Zyxqvorn Wumpelbrecht.parquet"
    recordings = load(data)
    codes = Repository(Store(place / "home")).code_list(study(recordings, WindowSettings(), seed=0))
    windows = cut_windows(recordings)
    step = RecipeStep(
        Selection(people=PEOPLE[1:2], activities=(ACTIVITIES[1],)),
        Amplitude(factor=1.2, channels=(CHANNELS[3],)),
    )
    recipe = Recipe.of(windows, [step])
    shared = for_sharing(recipe, Sharing(codes))
    assert names_in("recipe.json", shared.to_json().encode()) == []
    assert names_in("recipe.json", recipe.to_json().encode())
    assert named_again(shared, codes, windows) == recipe
    (place / "recipe.json").write_text(shared.to_json())
    edit = [
        "edit",
        "--recipe",
        str(place / "recipe.json"),
        "--data",
        str(data),
        "--name",
        "for Qwixley",
        "--no-audit",
    ]
    assert main([*edit, *given, "--out", str(place / "edited")]) == 0
    assert PEOPLE[1] in capsys.readouterr().err  # the owner reads names
    refuse_names(place / "edited")


def test_the_code_list_is_written_apart(place, given, explored, capsys):
    data = str(place / "Zyxqvorn Wumpelbrecht.parquet")
    assert main(["codes", "--data", data, *given[:2], "--out", str(place / "mine")]) == 0
    assert "never share it" in capsys.readouterr().out
    (path,) = written(place / "mine").values()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open(newline="") as file:
        listed = {row["code"]: row["person"] for row in csv.DictReader(file)}
    assert sorted(listed.values()) == sorted(PEOPLE)
    assert list(listed.values()) != sorted(PEOPLE)
    shared = read_release(explored / "noise" / "release.parquet").windows
    assert set(shared.subjects) <= set(listed)


def test_what_could_name_somebody_is_said_before_it_is_written(place, given, capsys):
    options = ["--mechanism", "granularity", "--data", str(place / "Zyxqvorn Wumpelbrecht.parquet")]
    for attribute, reason in (
        ("diagnosis", "names of people are in it"),
        ("birthyear", "dates, such as dates of birth"),
    ):
        asked = ["--share-attribute", attribute, "--names-nobody", ACTIVITIES[1]]
        assert main(["explore", *options, *given, *asked, "--out", str(place / attribute)]) == 0
        said = capsys.readouterr().err
        assert f"attribute {attribute} could name somebody ({reason})" in said
        assert f"channel {CHANNELS[3]} is called P-" in said
        assert f"activity {ACTIVITIES[1]}" not in said
    assert ACTIVITIES[1] in read_release(place / "birthyear" / "release.parquet").windows.activities
    assert main(["explore", *options, *given, "--share-attribute", "gone", "--out", str(place / "no")]) == 2
    assert "There is no attribute 'gone'. There are: diagnosis, birthyear, sex." in capsys.readouterr().err


@pytest.mark.slow
def test_sweep(place, given, capsys):
    data = ["--data", str(place / "Zyxqvorn Wumpelbrecht.parquet")]
    options = ["--mechanism", "noise", "--strength", "noise=0.5"]
    assert main(["sweep", *options, *data, *given, "--out", str(place / "swept")]) == 0
    assert json.loads((place / "swept" / "sweep.json").read_text())
    refuse_names(place / "swept")
