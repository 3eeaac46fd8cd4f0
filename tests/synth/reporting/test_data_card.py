"""The card that travels with a release says what it is made from, how, and what the audit said; and nothing private."""

from dataclasses import asdict, fields, replace

import pytest

from synth.audit.question import question_of
from synth.mechanisms.rules.filtering import Filtering
from synth.mechanisms.rules.noise import Noise
from synth.reporting.data_card import data_card, read_data_card
from synth.runs.generation_order import Order
from tests.synth.reporting.reports import three


def report(**card):
    one = three()[0]
    return replace(one, release={**one.release, "card": card})


def test_verdicts_and_their_numbers_with_guessing_and_unprotected_recordings_are_said():
    text = data_card(report(mechanism=Noise().card()))
    for question, verdict in report().verdicts.items():
        assert verdict.sentence in text, question
    assert "97 % [92, 100]; pure guessing: 50 %; unprotected recordings: 52 %" in text


def test_every_setting_of_the_method_is_said_in_words():
    text = data_card(report(mechanism=Noise(strength=2.0).card()))
    assert Noise.summary in text
    for field in fields(Noise):
        assert field.metadata["label"] in text
    assert ": 2.0" in text


def test_real_windows_among_generated_ones_are_named():
    text = data_card(report(mechanism={"kind": "gone"}, order=asdict(Order(real_share=0.25))))
    assert "25 % of the windows are real recordings" in text


def test_what_was_made_elsewhere_is_not_explained_away():
    assert "Made elsewhere" in data_card(report())


def test_what_was_filled_in_and_corrected_is_told():
    one = report(edits=["All windows: tempo × 1.2."])
    filled = replace(
        one, data={**one.data, "filled_in": "2 % were filled in"}, release={**one.release, "n_corrected": 9}
    )
    text = data_card(filled)
    assert "2 % were filled in." in text
    assert "9 windows were corrected manually.\n1. All windows" in text


def test_what_was_to_be_hidden_is_not_named():
    text = data_card(report(mechanism=Filtering(sensitive=("sit",)).card()))
    assert "- Activities: walk\n" in text
    assert "'sit'" not in text


def test_a_card_is_read_back():
    one = report(mechanism=Noise().card(), edits=["All windows: tempo × 1.2."])
    card = read_data_card(data_card(one))
    assert card.name == "noise 0.5"
    assert {title: (v.verdict, v.sentence, v.rule) for title, v in card.verdicts.items()} == {
        question_of(key).title: (v.verdict, v.sentence, v.rule) for key, v in one.verdicts.items()
    }
    assert card.verdicts["Looks real?"].rule == "R-real-2"


@pytest.mark.parametrize("text", ["", "# Notes\n\n### What\n\n**safe.** Yes.", "## What was measured\n"])
def test_other_text_is_no_card(text):
    with pytest.raises(ValueError, match="no data card"):
        read_data_card(text)


@pytest.mark.parametrize(
    "card",
    [
        {"mechanism": {"strength": 1}},
        {"mechanism": "noise", "order": {"n_windows": -3}, "promise": "trust me"},
        {"mechanism": {"kind": "noise", "unheard": 1}, "order": {"other": 1}, "promise": {}},
    ],
)
def test_cards_of_files_from_elsewhere_are_never_in_the_way(card):
    assert "## What was measured" in data_card(report(**card))
