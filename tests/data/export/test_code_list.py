"""Codes say nothing about names; names are found in other texts, and other words are not."""

import re

import numpy as np
import pandas as pd
import pytest

from data.export.code_list import CodeList
from data.export.doubts import doubtful_attributes, doubtful_labels
from data.export.sharing import Sharing

PEOPLE = ("Anna Meier", "Ben Meier", "Will", "7", "4711023", "subject 12", "Zoë")
CODES = CodeList(b"secret", "some recordings", PEOPLE)


def test_codes_look_the_same_and_are_reproducible_with_the_secret_only():
    assert all(re.fullmatch(r"P-[2-9A-Z]{3}-[2-9A-Z]{3}", CODES.code(person)) for person in PEOPLE)
    assert CODES.code("Will") == CodeList(b"secret", "some recordings", ()).code("Will")
    assert CODES.code("Will") != CodeList(b"another secret", "some recordings", PEOPLE).code("Will")
    assert CODES.code("Will") != CodeList(b"secret", "other recordings", PEOPLE).code("Will")
    assert "secret" not in repr(CODES)


def test_the_order_of_codes_says_nothing_about_that_of_names():
    names = [f"{i:04d}" for i in range(2000)]
    codes = [CODES.code(name) for name in names]
    assert len(set(codes)) == 2000
    places = np.argsort(np.argsort(codes))
    assert abs(np.corrcoef(np.arange(2000), places)[0, 1]) < 0.08  # 3.6 standard errors


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("anna_meier.csv", "Anna Meier"),
        ("gait of ANNA-MEIER, corrected", "Anna Meier"),
        ("Anna's exercise", "Anna Meier"),
        ("bens", "Ben Meier"),
        ("patient 4711023", "4711023"),
        ("Zoe\u0308 walks", "Zoë"),
        ("will.csv", "Will"),
        ("subject_12", "subject 12"),
    ],
)
def test_names_in_labels_are_found_however_they_are_written(text, person):
    found = CODES.in_label(text)
    assert CODES.code(person) in found
    assert found.count("P-") == 1


@pytest.mark.parametrize(
    "text", ["annals", "Meier", "subject 1", "subject 123", "goodwill", "7 steps", "47110234"]
)
def test_other_words_stay(text):
    assert CODES.in_label(text) == text


def test_a_sentence_keeps_the_words_that_are_names_elsewhere():
    assert CODES.in_prose("Someone will recognise 7 people.") == "Someone will recognise 7 people."
    assert CODES.in_prose("Will, and anna_meier.") == f"{CODES.code('Will')}, and {CODES.code('Anna Meier')}."


def test_labels_that_would_become_the_same_stay_apart():
    said = Sharing(CODES).labels(["walk Anna", "walk anna", "walk Ben", "sit"])
    assert len(set(said.values())) == 4
    assert said["sit"] == "sit"
    behind = CODES.label_behind(said)
    assert {name: behind(word) for name, word in said.items()} == {name: name for name in said}


def test_confirmed_labels_stay():
    assert Sharing(CODES, confirmed=frozenset({"will"})).labels(["will", "Ben"])["will"] == "will"


def test_labels_with_codes_of_another_list_are_recognised_where_there_is_no_doubt():
    other = CodeList(b"other", "some recordings", PEOPLE)
    behind = CODES.label_behind(["lift Anna", "walk Anna", "walk Ben", "sit"])
    assert behind(other.in_label("lift Anna")) == "lift Anna"
    assert behind(other.in_label("walk Ben")) == other.in_label("walk Ben")
    assert behind("sit") == "sit"


def test_the_list_for_the_owner_is_sorted_by_code():
    lines = CODES.to_csv().splitlines()
    assert lines[0] == "code,person"
    assert lines[1:] == sorted(lines[1:])
    assert {line.split(",")[1] for line in lines[1:]} == set(PEOPLE)


def test_what_could_name_somebody_is_found():
    attributes = pd.DataFrame(
        {
            "sex": ["f", "m", "f", "m"],
            "height": [171.5, 180.0, 165.2, 190.1],
            "age group": [40, 40, 50, 50],
            "birthday": ["a", "a", "b", "b"],
            "seen": ["3.2.1961", "3.2.1961", None, "4.2.1961"],
            "visit": pd.to_datetime(["2024-01-01"] * 4),
            "note": ["limps since the accident", "", "", ""],
            "carer": ["Anna", "x", "x", "x"],
            "empty": [None] * 4,
        }
    )
    found = {doubt.name: doubt.reason for doubt in doubtful_attributes(attributes, CODES)}
    assert found == {
        "height": "nearly every person has a value of their own",
        "birthday": "says when people were born",
        "seen": "dates, such as dates of birth",
        "visit": "dates, such as dates of birth",
        "note": "free text",
        "carer": "names of people are in it",
    }
    (doubt,) = doubtful_labels("activity", ["walk", "lifting Anna"], CODES)
    assert (doubt.name, doubt.shown) == ("lifting Anna", f"lifting {CODES.code('Anna Meier')}")


@pytest.mark.parametrize("spelling", ["Ａｎｎａ", "A.n.n.a", "A n n a", "a_n_n_a", "A. n. n. a"])
def test_names_in_other_letters_or_letter_by_letter_are_found(spelling):
    codes = CodeList(b"secret", "some recordings", ("Anna", "Jo Lee", "12345"))
    assert codes.in_label(f"walk {spelling} fast") == f"walk {codes.code('Anna')} fast"
    assert codes.in_prose(f"Filled by {spelling}.") == f"Filled by {codes.code('Anna')}."
    assert codes.in_label("J o L e e") == codes.code("Jo Lee")


@pytest.mark.parametrize("text", ["Banana", "acc x y z", "1 2 3 4 5", "a n n", "an na", "m/s²", "Ｗａｌｋ"])
def test_what_only_resembles_a_name_stays_as_it_is_written(text):
    assert CodeList(b"secret", "some recordings", ("Anna", "Jo Lee", "12345")).in_label(text) == text
