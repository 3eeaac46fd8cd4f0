"""Person, activity and repetition from names, on names as studies write them."""

import itertools

import pytest

from data.errors import RecordingError
from data.ingest.filename_pattern import Pattern
from data.ingest.names.readings import read_names


def guess_pattern(names: list[str], needed=("subject", "activity", "trial")) -> Pattern:
    read = read_names(names, needed)
    assert read is not None
    return read.best.pattern


def match(pattern: Pattern, path: str) -> dict[str, str]:
    found = pattern.match(path)
    assert found is not None
    return found


def paths(
    form: str, people=("1", "2", "11"), activities=("walk", "sit down", "stairs-up"), trials=("1", "2")
):
    combinations = itertools.product(people, activities, trials)
    return {form.format(s=s, a=a, t=t): {"subject": s, "activity": a, "trial": t} for s, a, t in combinations}


@pytest.mark.parametrize(
    "form",
    [
        "{s}_{a}_{t}.csv",
        "{a}_{s}_{t}.csv",
        "sub_{s}/{a}/{t}.csv",
        "data/sub{s}/{a}/trial{t}.txt",
        "study 1/S{s}/{a}_rep{t}.tsv",
        "{a}/subject_{s}/session_{t}.csv",
        "P{s}_{a}_T{t}.csv.gz",
        "x/trial{t}/{a}/user{s}.parquet",
    ],
)
def test_usual_names_are_understood(form):
    known = paths(form, activities=("walk", "sit", "stairs"))
    pattern = guess_pattern(list(known))
    for path, labels in known.items():
        found = match(pattern, path)
        # A prefix may be part of the label: S1 is as good a name as 1.
        assert all(found[role].endswith(label) for role, label in labels.items())
    assert len({tuple(match(pattern, path).values()) for path in known}) == len(known)


@pytest.mark.parametrize("form", ["P0{s}_{a}_{t}.csv", "{a}-{s}-{t}.csv", "P{s}/{a}_{t}.csv"])
def test_activities_of_several_words_stay_whole(form):
    words = (
        ("walking", "running", "standing", "sit_down", "sit_to_stand")
        if "-" not in form
        else ("a", "b", "go-up")
    )
    known = paths(form, activities=words)
    pattern = guess_pattern(list(known))
    assert {match(pattern, path)["activity"] for path in known} == set(words)
    assert {match(pattern, path)["trial"] for path in known} == {"1", "2"}


def test_only_what_no_column_tells_is_looked_for():
    pattern = guess_pattern([f"watch_{number}.csv" for number in range(4)], needed=["subject"])
    assert pattern.text == "watch_{subject}"
    assert pattern.match("watch_3.csv") == {"subject": "3"}


@pytest.mark.parametrize("names", [["S1_walk.gt3x", "S2_sit.gt3x"], ["P1.edf", "P2.edf"]])
def test_what_a_column_tells_is_not_taken_for_something_else(names):
    read = read_names(names, ["activity", "trial"])
    assert read is None or read.best.pattern.roles == ("activity",)


def test_codes_are_activities_where_there_are_no_words():
    known = [f"P{p:02d}/act{a}_{t}.csv" for p in (1, 2) for a in (1, 2, 3) for t in (1, 2)]
    assert guess_pattern(known).match("P02/act3_1.csv") == {
        "subject": "P02",
        "activity": "act3",
        "trial": "1",
    }


@pytest.mark.parametrize("names", [["one.csv"], ["a.csv", "b_c_d.csv", "e-f.csv", "x/y/z q.csv"], []])
def test_names_that_are_not_built_alike_are_not_guessed(names):
    assert read_names(names) is None


def test_a_pattern_is_read_as_people_write_it():
    pattern = Pattern("{subject}_{activity}_{}.csv")
    assert pattern.roles == ("subject", "activity")
    assert pattern.match("deep/er/Zoë_climb stairs_2026.csv") == {
        "subject": "Zoë",
        "activity": "climb stairs",
    }
    assert pattern.match("Zoë.csv") is None
    assert Pattern("sub_1/{activity}/").match("x/SUB_1/walk") == {"activity": "walk"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{person}_{activity}", "not {person}"),
        ("{subject}_{subject}", "twice"),
        ("walk.csv", "none of {subject}"),
        ("{}" * 9 + "{subject}", "too long"),
    ],
)
def test_a_wrong_pattern_says_what_is_wrong(text, message):
    with pytest.raises(RecordingError, match=message):
        Pattern(text)


def test_signs_of_regular_expressions_are_only_signs():
    assert Pattern("a.(b)+_{subject}").match("a.(b)+_7.csv") == {"subject": "7"}
    assert Pattern("a.b_{subject}").match("aXb_7.csv") is None


def test_alternatives_are_tried_in_order():
    pattern = Pattern("{subject}_{activity}_{trial} | {subject}_{activity}")
    assert pattern.match("P1_walk_2.csv") == {"subject": "P1", "activity": "walk", "trial": "2"}
    assert pattern.match("P1_walk.csv") == {"subject": "P1", "activity": "walk", "trial": ""}
    assert pattern.match("notes.csv") is None


def test_one_person_can_be_given():
    pattern = Pattern("{subject=Anna B}{activity}/{trial}")
    assert pattern.roles == ("subject", "activity", "trial")
    assert pattern.match("x/walk/3.csv") == {"subject": "Anna B", "activity": "walk", "trial": "3"}


def test_details_and_dates():
    pattern = Pattern("{group}/{subject}_{visit}_{activity}-{date}")
    assert pattern.match("patients/P1_pre_sit_down-2025-02-18_10-00-00.csv") == {
        "subject": "P1",
        "activity": "sit_down",
        "trial": "",
        "visit": "pre",
        "group": "patients",
    }


def test_placeholders_that_touch_are_separated_by_capitals_and_digits():
    assert Pattern("{subject}{activity}{trial}").match("P01SitDown2.csv") == {
        "subject": "P01",
        "activity": "SitDown",
        "trial": "2",
    }
