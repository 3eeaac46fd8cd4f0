"""The whole audit: repeatable, stoppable, complete, and as strong as it claims to be."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold

from data.recordings import Recordings
from data.splits import Split, cut_by_time, split_windows
from data.windows import cut_windows
from synth.audit.audit import Reference, audit, reference
from synth.audit.models.classifiers import fit_forest
from synth.audit.models.features import features
from synth.audit.report import Report
from synth.audit.stats import share_per_person
from synth.core.errors import AuditError, Stopped
from synth.core.figures import percent
from synth.core.run_context import RunContext
from tests.synth.audit import planted
from tests.toy import make_split

pytestmark = pytest.mark.usefixtures("without_networks")


def test_windows_that_cannot_be_compared_are_refused_in_words(toy_split):
    fit = toy_split.fit
    cases = {
        "samples a second": planted.copy(replace(fit, rate_hz=25.0)),
        "samples a window": planted.copy(fit.with_values(fit.values[:, :64])),
        "channels": planted.copy(replace(fit, channels=(*fit.channels[:5], "other"))),
        "only 3 windows": planted.copy(fit.take(np.arange(3))),
        "missing or infinite": planted.copy(fit.with_values(np.where(fit.values > 1, np.nan, fit.values))),
        "none of the recordings' activities": planted.copy(
            replace(fit, activity=np.full(len(fit), "dancing"))
        ),
        "other windows than these": replace(planted.copy(fit), source=np.arange(len(fit)) + 1),
    }
    for words, release in cases.items():
        with pytest.raises(AuditError, match=words):
            audit(toy_split, release, RunContext(0))


def test_stop_is_obeyed_before_anything_heavy(toy_split):
    with pytest.raises(Stopped):
        reference(toy_split, RunContext(0, should_stop=lambda: True))


def test_a_reference_of_other_data_or_seed_is_refused(toy_split):
    empty = Reference(data="other", seed=0, effort="quick", ceilings=(), shown=(), controls=())
    with pytest.raises(ValueError, match="another split"):
        audit(toy_split, planted.copy(toy_split.fit), RunContext(0), reference=empty)


def test_importing_the_audit_does_not_load_tensorflow():
    code = (
        "import sys; from synth.audit.attack import attacks; import synth.audit.audit; attacks(); "
        "sys.exit('tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.fixture(scope="module")
def one_channel() -> Split:
    return make_split(n_subjects=4, n_channels=1, rate_hz=20.0)


@pytest.fixture(scope="module")
def one_channel_reference(one_channel, without_networks) -> Reference:
    return reference(one_channel, RunContext(0))


@pytest.mark.slow
def test_a_small_one_channel_data_set_is_audited_from_end_to_end(one_channel, one_channel_reference):
    steps = []
    release = planted.copy(one_channel.fit)
    report = audit(one_channel, release, RunContext(0, steps.append), reference=one_channel_reference)
    assert report.verdicts["reidentification"].verdict == "at risk"
    assert report.verdicts["discriminator"].verdict != "distinguishable"
    assert [step.step for step in steps] == list(range(len(steps)))
    assert steps[-1].step == steps[-1].total
    for r in report.results:
        assert r.value is None or 0 <= r.low <= r.value <= r.high <= 1
        assert r.value is not None or r.note
        assert r.ceiling == pytest.approx(r.value, abs=1e-9) or r.tier.startswith("TRTR")
    assert Report.from_json(report.to_json(private=True)).to_json(private=True) == report.to_json(
        private=True
    )
    assert "exhibits" not in report.to_json()


@pytest.mark.slow
def test_same_inputs_same_report(one_channel, one_channel_reference):
    restored = Reference.from_json(one_channel_reference.to_json())
    assert restored == one_channel_reference
    release = planted.claiming_nobody(planted.noise(one_channel.fit).windows)
    first = audit(one_channel, release, RunContext(0), reference=restored).to_json()
    assert audit(one_channel, release, RunContext(0)).to_json() == first
    assert '"verdict": "distinguishable"' in first


@pytest.mark.slow
def test_two_people_are_audited_with_reasons_where_there_are_no_numbers():
    split = make_split(n_subjects=2)
    measured = reference(split, RunContext(0))
    for release in (planted.copy(split.fit), planted.claiming_nobody(split.fit)):
        report = audit(split, release, RunContext(0), reference=measured)
        assert any(r.value is None and r.note for r in report.results)
        assert report.verdicts["reidentification"].verdict == "cannot tell"


@pytest.mark.slow
def test_the_forest_is_as_strong_as_it_should_be_on_the_sample(sample_recordings: Recordings):
    windows = cut_windows(sample_recordings)
    table = features(windows)
    n_right = 0
    for train, test in GroupKFold(10).split(table, groups=windows.subject):
        forest = fit_forest(table[train], windows.activity[train], seed=0)
        n_right += (forest.predict(table[test]) == windows.activity[test]).sum()
    assert n_right / len(windows) >= 0.88
    before, after = cut_by_time(windows)
    forest = fit_forest(table[before], windows.subject[before], seed=0, balanced=True)
    named = forest.predict(table[after]) == windows.subject[after]
    assert share_per_person(named, windows.subject[after]).value >= 0.91


@pytest.mark.slow
def test_the_sample_copied_is_at_risk_and_as_noise_is_caught(sample_recordings: Recordings):
    split = split_windows(cut_windows(sample_recordings), seed=0)
    asked = ("discriminator", "utility", "reidentification")
    measured = reference(split, RunContext(0), questions=asked)
    copied = audit(split, planted.copy(split.fit), RunContext(0), reference=measured, questions=asked[1:])
    assert copied.verdicts["reidentification"].verdict == "at risk"
    assert copied.verdicts["utility"].verdict == "kept"
    noise = audit(split, planted.noise(split.fit), RunContext(0), reference=measured, questions=asked[:2])
    assert noise.verdicts["discriminator"].verdict == "distinguishable"
    assert noise.verdicts["utility"].verdict == "lost"
    assert min(r.value for r in noise.results if r.question == "discriminator") > 0.9


def test_what_was_corrected_and_filled_in_is_told(toy_split):
    card = {"corrected_from": "copy", "corrections": [{"window": 3}, {"window": 3}, {"window": 5}]}
    corrected = replace(planted.copy(toy_split.fit), name="mine", card=card)
    told = audit(toy_split, corrected, RunContext(0), questions=("copies",))
    assert told.provenance == f"corrected from “copy”, 2 of {len(toy_split.fit)} windows"
    assert "corrections" not in told.release["card"]
    assert "filled_in" not in told.data
    fit = toy_split.fit
    marked = replace(fit, filled=np.full(len(fit), 0.1, np.float32), filled_by="Straight line")
    others = len(toy_split.fresh) + len(toy_split.unseen)
    told = audit(replace(toy_split, fit=marked), corrected, RunContext(0), questions=("copies",))
    share = 0.1 * len(fit) / (len(fit) + others)
    expected = (
        f"{percent(share)} of the samples of these windows were missing and were filled in: Straight line"
    )
    assert told.data["filled_in"] == expected
