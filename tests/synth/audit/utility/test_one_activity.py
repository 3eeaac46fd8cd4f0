"""Recordings without activities: what needs them does not apply, the rest is measured."""

import pytest

from data.splits import split_windows
from synth.audit.audit import audit
from synth.core.run_context import RunContext
from tests.synth.audit import planted
from tests.toy import make_windows


@pytest.mark.usefixtures("without_networks")
def test_what_needs_activities_does_not_apply():
    split = split_windows(make_windows(4, 1, 30.0), seed=0)
    report = audit(split, planted.copy(split.fit), RunContext(0), questions=("utility", "reidentification"))
    assert report.verdicts["utility"].verdict == "does not apply"
    assert "one activity only" in report.verdicts["utility"].sentence
    assert report.verdicts["reidentification"].verdict == "at risk"
