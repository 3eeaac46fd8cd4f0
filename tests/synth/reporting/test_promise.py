"""Differential privacy stands next to what the attackers measured."""

from dataclasses import replace

from synth.core.guarantee import Guarantee
from synth.reporting.html_report import _reasons, _release
from tests.synth.reporting.reports import three


def test_reports_say_what_is_promised_and_only_where_it_is():
    noise, _, sensegen = three()
    guarantee = Guarantee(8.0, 1e-5, 10)
    promised = replace(sensegen, release={**sensegen.release, "card": {"promise": guarantee.card()}})
    assert noise.promise == sensegen.promise == ""
    assert promised.promise.startswith(guarantee.in_words())
    for part in (_reasons([noise, promised]), _release(promised)):
        assert "seeing its output" in part
    assert "Differential privacy for" not in _reasons([noise, sensegen])


def test_a_file_from_elsewhere_that_says_something_odd_promises_nothing():
    noise = three()[0]
    assert replace(noise, release={**noise.release, "card": {"promise": "everything"}}).promise == ""


def test_what_a_file_from_elsewhere_promises_is_said_to_be_unchecked():
    noise = three()[0]
    card = {"promise": {"in words": "Nobody is told.", "unchecked": True}}
    claimed = replace(noise, release={**noise.release, "card": card})
    assert claimed.is_claim
    assert "cannot be checked" in claimed.promise
    assert "cannot be checked" in _reasons([claimed])
