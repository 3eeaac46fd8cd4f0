"""What to try next, for versions whose failures are known."""

from dataclasses import replace

import pytest

from synth.audit.goal import Goal
from synth.mechanisms.flow.flow_rewrite import FlowRewrite
from synth.mechanisms.rules.granularity import Granularity
from synth.mechanisms.rules.noise import Noise
from synth.reporting.advice import decide_among, mechanism_of, next_try
from tests.synth.audit.test_goal import version

KNOWN = {"people": (0.8, 0.7, 0.9), "people_p": 0.001}
USELESS = {"useful": (0.2, 0.15, 0.25)}


def made_by(report, mechanism):
    return replace(report, release={**report.release, "card": {"mechanism": mechanism.card()}})


def proposal(*reports, goal=None):
    by_key = {str(number): report for number, report in enumerate(reports)}
    return next_try(decide_among(by_key, goal or Goal()), by_key)


def test_where_people_are_recognised_the_next_strength_is_proposed():
    tried = proposal(made_by(version(**KNOWN), Noise(strength=0.5)))
    assert tried.mechanism == Noise(strength=1.0)
    assert tried.words == "Added noise, stronger (strength of the noise: 1)"


def test_a_strength_that_was_measured_is_skipped_and_the_direction_of_the_dial_is_known():
    worse = {"people": (0.9, 0.8, 0.95), "people_p": 0.001}
    tried = proposal(
        made_by(version(**KNOWN), Granularity(target_hz=5.0)),
        made_by(version(**worse), Granularity(target_hz=2.0)),
    )
    assert tried.mechanism == Granularity(target_hz=1.0)


def test_where_only_usefulness_is_lost_the_next_weaker_strength_is_proposed():
    assert proposal(made_by(version(**USELESS), Noise(strength=0.5))).mechanism == Noise(strength=0.25)
    undecided = {"people": (0.12, 0.02, 0.4)}  # takes more data, whatever the strength
    assert proposal(made_by(version(**USELESS, **undecided), Noise())).mechanism == Noise(strength=0.25)


@pytest.mark.parametrize(
    "report",
    [
        made_by(version(**KNOWN), Noise(strength=4.0)),  # there is nothing stronger
        made_by(version(**KNOWN, **USELESS), Noise(strength=0.5)),  # no strength would help both
        version(**KNOWN),  # from elsewhere
    ],
)
def test_otherwise_another_method_is_proposed(report):
    assert isinstance(proposal(report).mechanism, FlowRewrite)


def test_what_cannot_be_told_takes_more_data_and_no_other_version():
    tried = proposal(made_by(version(people=(0.12, 0.02, 0.4)), Noise()))
    assert tried.mechanism is None
    assert "more people" in tried.words


def test_nothing_is_proposed_where_a_version_meets_the_goal():
    assert proposal(made_by(version(), Noise())) is None


def test_numbers_of_earlier_attackers_cannot_win_and_are_to_be_measured_again():
    old = made_by(version("A, measured by an earlier version"), Noise())
    assert proposal(old).words == "to measure it again"
    assert not decide_among({"a": old}, Goal()).best.meets


def test_settings_of_an_earlier_version_are_no_settings():
    report = made_by(version(), Noise())
    card = {"mechanism": {**Noise().card(), "forgotten": 1}}
    assert mechanism_of(report) == Noise()
    assert mechanism_of(replace(report, release={**report.release, "card": card})) is None
    assert mechanism_of(replace(report, release={**report.release, "card": {}})) is None
