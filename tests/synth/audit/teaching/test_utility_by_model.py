"""Utility by model: real windows are learnt from, shuffled labels are not, and kappa is what Cohen said."""

from dataclasses import replace

import numpy as np
import pytest

from data.release import Release
from synth.audit.attack import attacks, unprotected
from synth.audit.audit import audit
from synth.audit.stats import kappa
from synth.audit.teaching.utility_by_model import ConvnetModel, LstmModel
from synth.core.run_context import RunContext
from tests.synth.audit import planted
from tests.toy import make_split

ON_TABLES = [a for a in attacks("thorough") if a.question == "teaching" and not hasattr(a, "n_updates")]
NETWORKS = [ConvnetModel(n_updates=30), LstmModel(n_updates=300, learning_rate=0.005)]


@pytest.fixture(scope="module")
def split():
    return make_split(n_subjects=6, seconds_per_series=30.0, rate_hz=20.0, n_channels=3)


def accuracies(results):
    return [r.value for r in results if r.metric == "accuracy"]


def test_kappa_of_a_table_worked_out_by_hand():
    # 50 windows: 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: 0.7 right, 0.5 by guessing.
    truth = np.repeat(["yes", "yes", "no", "no"], [20, 5, 10, 15])
    called = np.repeat(["yes", "no", "yes", "no"], [20, 5, 10, 15])
    person = np.tile(np.arange(5).astype(str), 10)
    got = kappa(truth, called, person, seed=0)
    assert got.value == pytest.approx(0.4)
    assert -1 <= got.low < 0.4 < got.high <= 1
    assert got.n_clusters == 5
    assert kappa(truth, truth, person, seed=0).value == 1
    assert kappa(truth, np.full(50, "yes"), person, seed=0).value == 0
    assert kappa(np.full(50, "yes"), np.full(50, "yes"), person, seed=0).value == 0
    alone = kappa(truth, called, np.full(50, "A"), seed=0)
    assert (alone.value, alone.low, alone.high) == (pytest.approx(0.4), -1, 1)


@pytest.mark.parametrize("student", ON_TABLES, ids=lambda s: s.attacker)
def test_real_windows_teach_and_shuffled_labels_do_not(student, split):
    baseline = student.reference(split, RunContext(0))
    assert [(c.expected, c.passed) for c in baseline.controls] == [("win", True), ("lose", True)]
    assert min(accuracies(baseline.ceilings)) > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("student", NETWORKS, ids=lambda s: s.attacker)
def test_networks_learn_from_real_windows_and_not_from_shuffled_labels(student, split):
    """One fit may miss one of the two unseen people, so three are made."""
    worst = [min(accuracies(student.run(split, unprotected(split), RunContext(seed)))) for seed in range(3)]
    assert np.median(worst) > 0.8
    wrong = replace(split.fit, activity=np.random.default_rng(0).permutation(split.fit.activity))
    assert max(accuracies(student.run(split, Release("wrong", wrong, None), RunContext(0)))) < 0.6


def test_students_stand_in_thorough_reports_only_with_what_real_windows_teach(split):
    release = planted.claiming_nobody(split.fit, n_batches=8)
    questions = ("teaching",)
    quick = audit(split, release, RunContext(0), questions=questions)
    assert quick.results == ()
    assert len(quick.not_run) == 6
    assert "teaching" not in quick.verdicts


def test_a_release_of_one_activity_teaches_nothing_and_says_so(split):
    one = split.fit.take(split.fit.activity == "act1")
    (result,) = ON_TABLES[0].run(split, Release("one", one, None), RunContext(0))
    assert result.value is None
    assert "fewer than two activities" in result.note


def test_each_mark_has_its_chance_and_unit(split):
    results = ON_TABLES[0].run(split, unprotected(split), RunContext(0))
    assert [(r.metric, r.tier.split(", ")[1]) for r in results] == [
        ("accuracy", "unseen people"),
        ("Cohen's kappa", "unseen people"),
        ("accuracy", "unseen time of seen people"),
        ("Cohen's kappa", "unseen time of seen people"),
    ]
    assert [r.chance for r in results] == pytest.approx([1 / 3, 0, 1 / 3, 0], abs=0.05)
    assert all(r.low <= r.value <= r.high for r in results)
