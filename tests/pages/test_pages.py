"""Every page on its own, without home.py having run: first visit, with data, and what bad input says."""

import io
import json
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from data.export.files import write_release
from data.release import Release
from data.roles import Roles
from data.windows import WindowSettings, cut_windows
from pages.ui.common import cache
from synth.audit.goal import Goal, Limit
from synth.audit.question import question_of
from synth.core.guarantee import Guarantee
from synth.core.program import VERSION
from synth.mechanisms.rules.noise import Noise
from synth.reporting.advice import decide_among, next_try
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import study
from synth.runs.upload_process import Intake
from tests.synth.runs.at_once import AtOnce
from tests.toy import make_recordings
from tests.waiting import wait_until

PROJECT = Path(__file__).parents[2]
PAGES = ["home.py", "pages/1_Data.py", "pages/2_Train.py", "pages/3_Sketch.py", "pages/4_Tradeoffs.py"]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A workspace of its own for each test; nothing cached from another."""
    monkeypatch.setenv("PENUMBRA_HOME", str(tmp_path / "home"))
    cache.forget()
    yield tmp_path / "home"
    cache.forget()


@pytest.fixture
def recordings(small_recordings):
    return small_recordings


@pytest.fixture
def loaded(home, recordings):
    """The workspace of somebody who has loaded recordings."""
    repository = Repository(Store(home))
    repository.store.write_workspace({"recordings": repository.keep_recordings(recordings)})
    return repository


@pytest.fixture
def measured(home, measured_home):
    """The workspace of somebody who has made and measured one version."""
    shutil.copytree(measured_home, home)
    return Repository(Store(home))


def opened(page: str) -> AppTest:
    app = AppTest.from_file(str(PROJECT / "home.py"), default_timeout=60)
    return (app if page == "home.py" else app.switch_page(page)).run()


def words(page: AppTest) -> str:
    shown = [
        *(*page.markdown, *page.caption, *page.info, *page.error, *page.success),
        *(*page.header, *page.title),
    ]
    tables = [element.proto.body for element in page.get("html")]
    return "\n".join([*(element.value for element in shown), *tables]).replace("\\", "")


@pytest.mark.parametrize("page", PAGES)
def test_first_visit_says_what_to_do(page):
    shown = opened(page)
    assert not shown.exception
    if page != "home.py" and "Data" not in page:
        assert "There are no recordings yet" in words(shown)


@pytest.mark.parametrize("page", PAGES)
def test_with_recordings_every_page_shows_their_name(page, loaded):
    shown = opened(page)
    assert not shown.exception
    assert "toy" in words(shown)


@pytest.mark.parametrize("page", PAGES)
def test_with_a_measured_version(page, measured):
    shown = opened(page)
    assert not shown.exception
    assert "1 version" in words(shown)
    assert "1 report" in words(shown)


def test_home_shows_the_latest_result(measured, recordings):
    (report,) = measured.reports(study(recordings, WindowSettings(), seed=0)).values()
    page = opened("home.py")
    said = [element.value.replace("\\", "") for element in page.warning]
    assert f"**{decide_among({'a': report}, Goal()).sentence}**" in said
    assert Goal().in_words in words(page)
    assert len(page.get("vega_lite_chart")) == 1
    assert "1. Data" not in words(page)


def test_tradeoffs_show_the_verdicts_of_the_report(measured, recordings):
    question = study(recordings, WindowSettings(), seed=0)
    (report,) = measured.reports(question).values()
    shown = words(opened("pages/4_Tradeoffs.py"))
    for verdict in report.verdicts.values():
        assert verdict.sentence in shown


def test_the_goal_decides_what_is_said_and_a_version_that_fails_it_is_not_downloaded_at_once(
    measured, recordings
):
    (report,) = measured.reports(study(recordings, WindowSettings(), seed=0)).values()
    page = opened("pages/4_Tradeoffs.py")
    said = [element.value.replace("\\", "") for element in page.warning]
    assert f"**{decide_among({'a': report}, Goal()).sentence}**" in said
    assert downloads(page) == []
    page.checkbox(
        key=next(box.key for box in page.checkbox if box.key.endswith("all the same"))
    ).check().run()
    assert downloads(page) == ["Data (Parquet)"]
    page.button_group(key="not").set_value([]).run()
    page.select_slider(key="limit_utility").set_value(30).run()
    assert not page.exception
    changed = Goal(harms=(), changed=(Limit("utility", 0.3),))
    assert f"**{decide_among({'a': report}, changed).sentence}**" in words_of_all(page)
    assert "privacy does not count" in words(page)
    again = page.switch_page("pages/2_Train.py").run().switch_page("pages/4_Tradeoffs.py").run()
    assert again.button_group(key="not").value == []
    assert again.select_slider(key="limit_utility").value == 30


def test_what_to_try_next_is_chosen_on_the_train_page(measured, recordings):
    (report,) = measured.reports(study(recordings, WindowSettings(), seed=0)).values()
    page = opened("pages/4_Tradeoffs.py")
    proposed = next_try(decide_among({"a": report}, Goal()), {"a": report}).mechanism
    page.button(key="try next").click().run()
    assert not page.exception
    page = page.switch_page("pages/2_Train.py").run()
    assert f"**{type(proposed).title}.**" in words(page)
    assert proposed.label() in words(page)


def downloads(page: AppTest) -> list[str]:
    labels = [getattr(button, "label", "") for button in page.get("download_button")]
    return [label for label in labels if label.startswith("Data (")]


def words_of_all(page: AppTest) -> str:
    return words(page) + "\n".join(element.value for element in page.warning).replace("\\", "")


def test_a_formal_promise_is_shown_with_the_model_and_on_the_board(measured, recordings):
    question, promise = study(recordings, WindowSettings(), seed=0), Guarantee(8.0, 1e-5, 10)
    store = measured.store
    (key,) = measured.models(question)
    model = store.get("model", key), {**store.card("model", key), "promise": promise.card()}
    store.delete("model", key)
    store.put("model", key, *model)
    assert promise.in_words() in words(opened("pages/2_Train.py"))
    ((key, card),) = [(entry.key, entry.card) for entry in store.entries("report")]
    report = json.loads(store.get("report", key))
    report["release"]["card"]["promise"] = promise.card()
    store.delete("report", key)
    store.put("report", key, json.dumps(report).encode(), card)
    cache.forget()
    shown = words(opened("pages/4_Tradeoffs.py"))
    assert "with a mathematical guarantee" in shown
    assert promise.in_words() in shown


def test_window_settings_are_kept(loaded):
    page = opened("pages/1_Data.py")
    page.number_input(key="window length").set_value(4.0).run()
    assert not page.exception
    assert loaded.store.read_workspace()["windows"]["duration_s"] == 4.0
    assert opened("pages/1_Data.py").number_input(key="window length").value == 4.0


def test_windows_longer_than_every_recording_are_refused_in_words(loaded):
    page = opened("pages/1_Data.py")
    page.number_input(key="window length").set_value(50.0).run()
    assert not page.exception
    assert "No recording is as long as one window" in words(page)
    assert "No recording is as long as one window" in words(opened("pages/2_Train.py"))


def settled(page: AppTest, home: Path) -> AppTest:
    """Wait until what is on its way in was read or kept."""

    def is_settled() -> bool:
        intake = cache.intakes().get(str(home))
        return intake is None or intake.status not in ("reading", "converting")

    wait_until(is_settled)
    return page.run()


def upload(home: Path, *files: tuple[str, bytes]) -> AppTest:
    page = opened("pages/1_Data.py")
    page.file_uploader[0].set_value([(name, content, "text/csv") for name, content in files]).run()
    return settled(page, home)


def click(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def csv_of(frame: pd.DataFrame) -> bytes:
    buffer = io.StringIO()
    frame.to_csv(buffer, index=False)
    return buffer.getvalue().encode()


def table() -> pd.DataFrame:
    samples = make_recordings(n_subjects=3, n_activities=2, n_channels=3).samples
    return samples.drop(columns="series").astype({"subject": str, "activity": str, "trial": str})


def test_columns_without_names_are_named_on_the_page(home):
    frame = table()
    page = upload(home, ("mine.csv", frame.to_csv(index=False, header=False).encode()))
    page = settled(page, home)
    assert page.dataframe[0].value.shape[1] == len(frame.columns)
    read = next(button for button in page.button if button.label == "Read")
    assert read.disabled
    for field, name in zip(page.text_input, frame.columns, strict=False):
        field.set_value(str(name))
    page = settled(click(page.run(), "Read"), home)
    settled(click(page, "Load these recordings"), home)
    loaded = Repository(Store(home)).recordings(Store(home).read_workspace()["recordings"])
    assert loaded.subjects == ["P01", "P02", "P03"]
    assert len(loaded.channels) == 3


def test_an_upload_is_mapped_and_loaded(home):
    page = upload(home, ("mine.csv", csv_of(table())))
    assert not page.exception
    assert page.selectbox[0].value == "subject"
    page = settled(click(page, "Load these recordings"), home)
    assert not page.exception
    assert "mine.csv" in words(page)
    assert Store(home).read_workspace()["recordings"]
    assert list((home / "inbox").iterdir()) == []


def test_many_files_are_told_apart_by_their_names(home):
    keys = ["subject", "activity", "trial"]
    files = [
        (f"{person}_{activity}.csv", csv_of(rows.drop(columns=keys)))
        for (person, activity), rows in table().groupby(["subject", "activity"])
    ]
    page = upload(home, *files)
    assert page.text_input[0].value == "{subject}_{activity}"
    assert page.selectbox[0].value == page.selectbox[1].value == "(from the file names)"
    page = settled(click(page, "Load these recordings"), home)
    loaded = Repository(Store(home)).recordings(Store(home).read_workspace()["recordings"])
    assert loaded.subjects == ["P01", "P02", "P03"]
    assert loaded.activities == ["act1", "act2"]
    assert not page.exception


def test_a_wrong_pattern_is_explained_and_can_be_mended(home):
    halves = [table().query("subject == @who") for who in ("P01", "P02")]
    page = upload(
        home,
        *[(f"{n}.csv", csv_of(rows.drop(columns="subject"))) for n, rows in zip("ab", halves, strict=True)],
    )
    page.text_input[0].set_value("{person}.csv").run()
    assert "may contain {subject}, {activity}, {trial}" in words(page)
    page.text_input[0].set_value("{subject}.csv").run()
    page = settled(click(page, "Load these recordings"), home)
    assert Repository(Store(home)).recordings(Store(home).read_workspace()["recordings"]).subjects == [
        "a",
        "b",
    ]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "is empty"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(100), "PNG"),
    ],
)
def test_bad_files_are_one_sentence_and_nothing_is_lost(name, content, said, loaded, home):
    before = loaded.store.read_workspace()
    page = upload(home, (name, content))
    assert not page.exception
    assert said in words(page)
    assert "What was loaded before is unchanged" in words(page)
    assert loaded.store.read_workspace() == before
    assert "toy" in words(click(page, "Choose other files"))
    assert list((home / "inbox").iterdir()) == []


def test_text_in_a_channel_names_row_and_column_and_the_choice_can_be_changed(loaded, home):
    frame = table().astype({"acc_x": object})
    frame.loc[6, "acc_x"] = "oops"
    page = settled(click(upload(home, ("bad.csv", csv_of(frame))), "Load these recordings"), home)
    said = words(page)
    assert "acc_x" in said
    assert "oops" in said
    assert "line 8" in said
    page = click(page, "Change the settings")
    page.multiselect[0].unselect("acc_x").run()
    page = settled(click(page, "Load these recordings"), home)
    assert not page.exception
    assert "bad.csv" in words(page)


def test_a_counter_needs_the_rate_before_it_can_be_loaded(home):
    frame = table().rename(columns={"t": "sample"})
    frame["sample"] = frame.groupby(["subject", "activity", "trial"]).cumcount()
    page = upload(home, ("mine.csv", csv_of(frame)))
    page.multiselect[0].unselect("acc_z").run()
    assert "The time column only counts samples. Enter how many" in words(page)
    assert next(button for button in page.button if button.label == "Load these recordings").disabled
    next(n for n in page.number_input if n.label.startswith("Samples per second")).set_value(25.0).run()
    page = settled(click(page, "Load these recordings"), home)
    loaded = Repository(Store(home)).recordings(Store(home).read_workspace()["recordings"])
    assert (loaded.rate_hz, loaded.channels) == (25.0, ("acc_x", "acc_y"))


def test_what_is_on_its_way_in_can_be_stopped(loaded, home, monkeypatch):
    monkeypatch.setattr(Intake, "status", property(lambda self: "reading"))  # however fast this machine is
    page = opened("pages/1_Data.py")
    page.file_uploader[0].set_value([("mine.csv", csv_of(table()), "text/csv")]).run()
    page = click(page, "Stop")
    assert "toy" in words(page)
    assert list((home / "inbox").iterdir()) == []


def test_shares_are_kept(loaded, home):
    page = opened("pages/1_Data.py")
    page.slider(key="held out").set_value(50).run()
    assert loaded.store.read_workspace()["shares"]["held_out"] == 0.5
    assert opened("pages/1_Data.py").slider(key="held out").value == 50
    assert "of 2 unseen people" in words(page)


def test_roles_survive_and_something_must_be_required(loaded, home):
    session_roles = Roles({"act1": "sensitive", "act2": "required", "act3": "neutral"})
    key = loaded.store.read_workspace()["recordings"]
    loaded.store.write_workspace({**loaded.store.read_workspace(), "roles": {key: asdict(session_roles)}})
    page = opened("pages/1_Data.py")
    assert not page.exception
    shown = next(frame.value for frame in page.dataframe if "role" in frame.value.columns)
    assert [words.split(":")[0] for words in shown["role"]] == ["sensitive", "required", "neutral"]


def test_sketch_offers_every_version(measured):
    page = opened("pages/3_Sketch.py")
    assert len(page.selectbox(key="version").options) == 2


def test_delete_my_data(measured):
    page = opened("pages/1_Data.py")
    page.checkbox[0].check().run()
    next(b for b in page.button if b.label == "Delete my data").click().run()
    assert not page.exception
    assert [path for path in measured.store.root.rglob("*") if path.is_file()] == []


def test_pages_load_neither_tensorflow_nor_dask(measured):
    code = (
        "import sys; from streamlit.testing.v1 import AppTest\n"
        f"app = AppTest.from_file({str(PROJECT / 'home.py')!r}, default_timeout=60)\n"
        "page = app.switch_page('pages/2_Train.py').run()\n"
        "assert not page.exception\n"
        "print([m for m in ('tensorflow', 'keras', 'distributed', 'sklearn') if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip().splitlines()[-1] == "[]"


def test_one_question_is_looked_at_with_its_checks(measured):
    page = opened("pages/4_Tradeoffs.py")
    for question in ("copies", "utility", "realism"):
        chooser = page.button_group(key="question")
        chooser.set_value(question).run()
        assert not page.exception
        assert question_of(question).title in words(page)


def test_a_release_from_elsewhere_is_refused_in_words_or_offered_to_be_measured(
    measured, recordings, tmp_path
):
    windows = cut_windows(recordings)
    page = opened("pages/4_Tradeoffs.py")
    write_release(Release("theirs", windows.take(np.arange(30))), tmp_path / "theirs.parquet")
    content = (tmp_path / "theirs.parquet").read_bytes()
    page.file_uploader[0].set_value([("theirs.parquet", content, "application/octet-stream")]).run()
    assert not page.exception
    assert "30 windows" in words(page)
    assert any(button.label == "Measure" for button in page.button)
    short = windows.with_values(windows.values[:, :50])
    write_release(Release("short", short), tmp_path / "short.parquet")
    content = (tmp_path / "short.parquet").read_bytes()
    page = opened("pages/4_Tradeoffs.py")
    page.file_uploader[0].set_value([("short.parquet", content, "application/octet-stream")]).run()
    assert not page.exception
    assert "50 samples" in words(page)
    page = opened("pages/4_Tradeoffs.py")
    page.file_uploader[0].set_value([("none.csv", b"a,b\n1,2\n", "text/csv")]).run()
    assert not page.exception
    assert page.error


def test_what_a_release_was_made_from_is_remembered(measured):
    page = opened("pages/4_Tradeoffs.py")
    chooser = next(box for box in page.selectbox if box.label.startswith("The file was made from"))
    chooser.select_index(1).run()
    assert not page.exception
    assert "no version to measure yet" in words(page)
    (kept,) = measured.store.read_workspace()["holdouts"].values()
    assert kept == "nothing"
    again = opened("pages/4_Tradeoffs.py")
    chooser = next(box for box in again.selectbox if box.label.startswith("The file was made from"))
    chooser.select_index(0).run()
    assert "1 report" in words(opened("pages/4_Tradeoffs.py"))


@pytest.fixture
def at_once(monkeypatch):
    """Background work without a cluster."""
    registry = AtOnce()
    monkeypatch.setattr(cache, "jobs", lambda: registry)
    return registry


def test_a_sweep_needs_no_version_and_says_what_it_takes(loaded):
    page = opened("pages/4_Tradeoffs.py")
    assert not page.exception
    assert "12 points; roughly" in words(page)
    assert "Nothing has been measured yet" in words(page)
    page.multiselect(key="sweep methods").set_value([]).run()
    assert "Choose at least one method" in words(page)


def test_a_sweep_fills_the_chart_and_what_is_known_is_not_computed_again(measured, at_once, light_attackers):
    page = opened("pages/4_Tradeoffs.py")
    page.multiselect(key="sweep methods").set_value(["noise"]).run()
    page.button_group(key="sweep steps noise").set_value([0.5, 4.0]).run()
    assert "2 points, 1 measured" in words(page)
    page = click(page, "Resume")
    assert not page.exception
    assert "2 points, all measured" in words(page)
    assert "By the usual test, people are recognised in “Added noise" in words(page)
    assert "Resume" not in [button.label for button in page.button]
    assert len(at_once.of(str(measured.store.root), topic="sweep")) == 1
    page.toggle(key="sweep by person").set_value(True).run()
    assert not page.exception
    again = opened("pages/4_Tradeoffs.py")
    assert "12 points, 2 measured" in words(again)


def test_a_sweep_that_waits_is_one_line_and_can_be_stopped_and_resumed(measured, monkeypatch):
    registry = AtOnce(room=0)
    monkeypatch.setattr(cache, "jobs", lambda: registry)
    page = click(opened("pages/4_Tradeoffs.py"), "Resume")
    assert not page.exception
    assert [button.label for button in page.button].count("Stop") == 2  # in the panel and in the section
    assert "12 points, 1 measured. Finished points are kept if you stop" in words(page)
    page = page.button(key="stop sweep").click().run()
    assert "was stopped. 0 of the last 11 points were finished and kept" in words(page)
    assert "Resume" in [button.label for button in page.button]


def test_try_it_opens_what_was_computed_beforehand_and_one_button_computes_it_here(home, monkeypatch):
    registry = AtOnce(room=0)
    monkeypatch.setattr(cache, "jobs", lambda: registry)
    opened("home.py").button[0].click().run()
    assert registry.of(str(home)) == []
    page = opened("pages/4_Tradeoffs.py")
    assert not page.exception
    shown = words(page)
    assert f"Computed beforehand, version {VERSION}, on the sample with seed 0: 5 versions, " in shown
    assert shown.count(f"<small>computed beforehand, version {VERSION}</small>") == 5
    assert "12 points, all measured" in shown
    assert "computed beforehand" in " ".join(box.label for box in opened("pages/2_Train.py").expander)
    page = click(page, "Delete and compute")
    assert not page.exception
    assert "Computed beforehand" not in words(page)
    assert len(registry.of(str(home), topic="sweep")) == 17
    click(opened("home.py"), "Try it with real sample recordings")  # while it is computed
    assert "Computed beforehand" not in words(opened("pages/4_Tradeoffs.py"))


def test_a_strength_between_two_measured_ones_is_estimated_until_it_is_measured(
    measured, at_once, light_attackers, recordings
):
    page = opened("pages/4_Tradeoffs.py")
    page.selectbox(key="method").set_value("noise").run()
    slider = page.select_slider(key="strength_noise")
    assert (slider.value, slider.options[0], slider.options[-1]) == (0.5, "0.1", "4")
    assert "Measured: people recognised" in words(page)
    page.select_slider(key="strength_noise").set_value(0.6).run()
    assert "This strength has not been measured." in words(page)
    page.multiselect(key="sweep methods").set_value(["noise"]).run()
    page.button_group(key="sweep steps noise").set_value([1.0]).run()
    page = page.button(key="sweep").click().run()
    assert "Estimated between 0.5 and 1, which were measured: people recognised" in words(page)
    page = click(page, "Measure exactly")
    assert not page.exception
    assert "Estimated between" not in words(page)
    assert "Measured: people recognised" in words(page)
    asked = study(recordings, WindowSettings(), seed=0)
    assert [point.strength for point in measured.measured_strengths(asked, Noise())] == [0.5, 0.6, 1.0]
    page.selectbox(key="method").set_value("standin").run()
    assert not page.exception
    assert "Stand-ins has to learn before its windows can be shown" in words(page)


def test_a_setting_is_kept_as_a_version(measured, at_once, light_attackers, recordings):
    page = opened("pages/4_Tradeoffs.py")
    page.multiselect(key="sweep methods").set_value(["noise"]).run()
    page.button_group(key="sweep steps noise").set_value([0.5]).run()
    page = click(page, "Keep as a version")
    assert not page.exception
    assert len(measured.releases(study(recordings, WindowSettings(), seed=0))) == 1  # it was one already
