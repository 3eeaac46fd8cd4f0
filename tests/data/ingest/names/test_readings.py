"""Names of the kinds that were read wrongly in the field, with what a person reads in them."""

import itertools

import pytest

from data.ingest.names.question import question_of
from data.ingest.names.readings import read_names


def labels(paths: list[str], *, source: str = "") -> list[tuple[str, str, str]]:
    """Return person, activity and repetition of each path, read without a question."""
    names = read_names(paths, source=source)
    assert names is not None
    assert names.other is None, names.other
    return list(names.best.labels.itertuples(index=False, name=None))


@pytest.mark.parametrize("separator", ["_", "-", " ", ".", "/"])
@pytest.mark.parametrize(
    ("people", "activities"),
    [
        (("Alma", "Bert", "Cleo"), ("sitting", "walking")),
        (("A1", "A2", "A3"), ("sit", "walk")),
        (("P01", "P02"), ("gehen", "Treppe hinauf")),
        (("VP07", "VP11"), ("marche", "assis")),
        (("sub-03", "sub-04"), ("lopen", "zitten")),
        (("Ola", "Jan"), ("chodzenie", "siedzenie")),
        (("S1", "S2", "S10"), ("foo", "bar")),
        (("HC01", "PD01"), ("6MWT", "TUG")),
    ],
)
def test_people_and_activities_in_either_order(people, activities, separator):
    pairs = [(person, activity) for person in people for activity in activities]
    for name in ("{person}{separator}{activity}.csv", "{activity}{separator}{person}.csv"):
        paths = [name.format(person=p, activity=a, separator=separator) for p, a in pairs]
        read = [(person, activity) for person, activity, _ in labels(paths)]
        # A marker such as sub- says what the number is and is no part of the label.
        assert read == [(person.removeprefix("sub-"), activity) for person, activity in pairs]


def test_numbers_before_the_activity_are_people():
    names = [f"{i:02d}_{a}.csv" for i in (1, 2, 3) for a in ("caminar", "sentado")]
    assert labels(names) == [(name[:2], name[3:-4], "") for name in names]


def test_a_date_is_no_person():
    names = [
        "anna-walk-2025-02-18_10-00-00",
        "anna-walk-2025-02-19_10-05-11",
        "anna-stairs-2025-02-19_10-09-40",
        "ben-walk-2025-02-18_11-00-05",
        "ben-stairs-2025-02-18_11-05-30",
        "ben-stairs-2025-02-22_09-00-02",
    ]
    assert labels(names) == [(*name.split("-")[:2], "") for name in names]


def test_a_folder_repeated_in_the_name_is_nothing_and_its_number_a_repetition():
    for people in (("Alma", "Bert"), ("Alma",)):
        names = [
            f"{p}/{a}/{a}_{i}" for p in people for a in ("standing", "still", "walking") for i in (1, 2, 3)
        ]
        assert labels(names) == [(name.split("/")[0], name.split("/")[1], name[-1]) for name in names]


def test_a_group_is_kept_and_is_no_activity():
    names = [f"{folder}/{p}_{a}.csv" for folder, p in (("patients", "P01"), ("controls", "C01"), ("controls", "C02"))
             for a in ("walking", "sitting")]  # fmt: skip
    assert labels(names) == [(name.split("/")[1][:3], name[:-4].split("_")[1], "") for name in names]


def test_the_same_number_in_two_groups_is_two_people():
    names = [
        f"{group}/{i:02d}_{a}.csv"
        for group in ("patients", "controls")
        for i in (1, 2)
        for a in ("walk", "sit")
    ]
    assert {person for person, _, _ in labels(names)} == {
        "patients 01",
        "patients 02",
        "controls 01",
        "controls 02",
    }


def test_visits_and_sides_belong_to_the_repetition():
    names = [
        f"{p}_{visit}_walk_{side}.csv"
        for p in ("P1", "P2")
        for visit in ("pre", "post")
        for side in ("left", "right")
    ]
    assert labels(names)[:2] == [("P1", "walk", "pre left"), ("P1", "walk", "pre right")]


def test_capitals_separate_words():
    names = [
        "ana_WalkingRawData.csv",
        "ana_JumpingRawData.csv",
        "bo_WalkingRawData.csv",
        "bo_JumpingRawData2.csv",
    ]
    assert labels(names) == [
        ("ana", "Walking", ""),
        ("ana", "Jumping", ""),
        ("bo", "Walking", ""),
        ("bo", "Jumping", "2"),
    ]
    assert labels(["P01Walk1.csv", "P01Walk2.csv", "P02Sit1.csv", "P02Walk1.csv"])[2] == ("P02", "Sit", "1")


def test_bids_names_say_what_is_what():
    names = [
        f"sub-{p}_ses-{s}_task-{t}_run-{r}.csv"
        for p, s, t, r in itertools.product(("01", "02"), ("pre", "post"), ("walk", "rest"), ("01", "02"))
    ]
    assert labels(names)[0] == ("01", "walk", "pre 01")
    assert labels(names)[-1] == ("02", "rest", "post 02")


@pytest.mark.parametrize(
    ("path", "said"), [("P01/walking.csv", ("P01", "walking", "")), ("Alma_sit.csv", ("Alma", "sit", ""))]
)
def test_a_single_recording_is_read(path, said):
    assert labels([path]) == [said]


def test_the_folder_may_be_the_person():
    assert labels(["walking.csv"], source="P01") == [("P01", "walking", "")]
    names = read_names(["walking.csv", "sitting.csv"], source="my recordings")
    assert names is not None
    assert not names.names_people


def test_people_without_activities():
    assert labels(["P01.csv", "P02.csv"]) == [("P01", "", ""), ("P02", "", "")]


@pytest.mark.parametrize("paths", [["recording.csv"], ["export.csv"], ["t.csv"], ["mydata.csv"]])
def test_a_name_that_says_nothing_is_not_read(paths):
    assert read_names(paths) is None


@pytest.mark.parametrize(
    "paths",
    [
        [f"{i}.csv" for i in range(10)],
        [f"walk/walk_{i}.csv" for i in range(1, 11)],
        [f"{i}_{j}.csv" for i in (1, 2, 3) for j in (1, 2, 3)],
        [f"{name}_{word}.csv" for name in ("foo", "bar") for word in ("baz", "qux")],
        ["alpha.csv", "beta.csv", "gamma.csv"],
        [f"01_{name}.csv" for name in ("Giulia", "Wim")] + [f"02_{name}.csv" for name in ("Giulia", "Wim")],
    ],
)
def test_what_can_be_read_in_two_ways_is_asked(paths):
    question = question_of(read_names(paths), paths)
    assert question is not None
    first, second = question.readings
    assert first.differs_from(second)
    for reading in question.readings:
        assert len(question.examples(reading)) == min(3, len(paths))
        # The option shown answers the question.
        found = [reading.pattern.match(path) for path in paths]
        assert [labels["subject"] for labels in found if labels] == reading.labels["subject"].to_list()


def test_names_of_another_build_do_not_stop_the_others():
    names = [f"P{p:02d}_{a}.csv" for p in range(1, 6) for a in ("walk", "sit")]
    found = read_names([*names, "notes of the study.csv"])
    assert found is not None
    assert found.other is None
    assert found.best.labels["subject"].to_list() == [*(name[:3] for name in names), ""]
