"""Layouts that were misread without a word: each is asked about with the right reading on offer, or not read at all."""

import itertools

import pytest

from data.ingest.names.readings import read_names

PEOPLE, ACTIVITIES = ("anna", "ben", "carla"), ("walk", "sit", "squat")


def named(pattern: str, **values) -> list[str]:
    """Return every path that a pattern gives with the values."""
    return [
        pattern.format(**dict(zip(values, chosen, strict=True)))
        for chosen in itertools.product(*values.values())
    ]


def offered(paths: list[str]) -> list[set[tuple[str, str]]]:
    """Return person and activity of the files in each reading that is on offer, or in the only one."""
    names = read_names(paths)
    readings = [] if names is None else [names.best, *([names.other] if names.other else [])]
    return [set(r.labels[["subject", "activity"]].itertuples(index=False, name=None)) for r in readings]


@pytest.mark.parametrize(
    "pattern",
    ["{p}/{s}/{a}.csv", "{p}-{s}/{a}.csv", "{p}_{s}_{a}.csv", "{s}/{p}_{a}.csv"],
)
@pytest.mark.parametrize("people", [PEOPLE, ("031", "045", "081"), ("H79228", "M25260", "Z58526")])
@pytest.mark.parametrize("sessions", [("s1", "s2"), ("S01", "S02")])
def test_sessions_that_look_like_people_are_asked_about(pattern, people, sessions):
    found = offered(named(pattern, p=people, s=sessions, a=ACTIVITIES))
    assert len(found) == 2
    assert set(itertools.product(people, ACTIVITIES)) in found


def test_a_person_is_not_asked_about_where_nobody_else_is_named():
    paths = named("{p}/{a}_{t}.csv", p=("s1", "s2", "s3"), a=ACTIVITIES, t=(1, 2))
    assert offered(paths) == [set(itertools.product(("s1", "s2", "s3"), ACTIVITIES))]
    paths = named("{p}/session{s}/{a}.csv", p=("S01", "S02", "S03"), s=(1, 2), a=ACTIVITIES)
    assert offered(paths) == [set(itertools.product(("S01", "S02", "S03"), ACTIVITIES))]


@pytest.mark.parametrize("condition", [("affected", "unaffected"), ("control", "intervention")])
@pytest.mark.parametrize("pattern", ["{p}/{c}/{a}.csv", "{p}_{c}_{a}.csv"])
def test_a_group_after_the_person_is_a_condition_of_that_person(condition, pattern):
    people = ("P01", "P02", "P03")
    paths = named(pattern, p=people, c=condition, a=ACTIVITIES)
    assert offered(paths) == [set(itertools.product(people, ACTIVITIES))]
    names = read_names(paths)
    assert names is not None
    assert set(names.best.labels["trial"]) == set(condition)


def test_numbers_that_begin_anew_in_each_group_are_other_people():
    paths = named("{g}/{p}/{a}.csv", g=("patients", "controls"), p=("01", "02"), a=ACTIVITIES)
    people = ["controls 01", "controls 02", "patients 01", "patients 02"]
    assert offered(paths) == [set(itertools.product(people, ACTIVITIES))]


def test_what_is_glued_to_a_person_is_no_activity():
    paths = named("{g}{p:02d}_{t:02d}.txt", g=("GaCo", "GaPt", "SiCo"), p=range(1, 9), t=(1, 2))
    assert offered(paths) == []


def test_parts_of_a_name_are_no_activity():
    people = ("van_der_Berg", "de_Vries", "Jansen", "Bakker")
    for pattern in ("{p}_{a}.csv", "{a}_{p}.csv"):
        assert offered(named(pattern, p=people, a=ACTIVITIES)) == []


def test_words_beside_an_activity_may_belong_to_it():
    paths = named("{a}/{p}.csv", a=("squat_good", "squat_kneesin", "squat_heels"), p=("1", "2", "3"))
    assert len(offered(paths)) != 1


def test_codes_that_follow_from_the_folder_of_the_activity_may_be_the_activity():
    paths = [*named("ADL/{p}_D{n:02d}.csv", p=("s01", "s02", "s03"), n=(1, 2, 3))]
    paths += named("Falls/{p}_F{n:02d}.csv", p=("s01", "s02", "s03"), n=(1, 2, 3))
    found = offered(paths)
    codes = [f"{letter}{n:02d}" for letter in "DF" for n in (1, 2, 3)]
    assert len(found) == 2
    assert set(itertools.product(("s01", "s02", "s03"), codes)) in found


def test_numbers_in_folders_of_a_team_may_be_the_people():
    paths = [*named("U17/{p}/{a}.csv", p=(4, 7, 9, 10), a=("sprint", "jump"))]
    paths += named("U19/{p}/{a}.csv", p=(1, 3, 7, 11), a=("sprint", "jump"))
    found = offered(paths)
    assert len(found) == 2
    assert any({"4", "9", "11"} <= {person for person, _ in reading} for reading in found)


@pytest.mark.parametrize(
    ("group", "people"), [("pair", ("A", "B")), ("family", ("mother", "father", "child"))]
)
def test_people_that_recur_in_pairs_are_not_taken_for_the_same(group, people):
    paths = named(group + "{n}/{p}/{a}.csv", n=(1, 2, 3), p=people, a=("walk", "sit"))
    found = offered(paths)
    assert len(found) != 1
    assert offered(named("session{n}/{p}/{a}.csv", n=(1, 2, 3), p=PEOPLE, a=("walk", "sit"))) == [
        set(itertools.product(PEOPLE, ("walk", "sit")))
    ]


def test_numbers_glued_to_activities_may_be_trials():
    paths = named("subject{p}/{a}{t}.trc", p=range(2, 8), a=("DJ", "walking", "squats", "STS"), t=(1, 2))
    found = offered(paths)
    assert found == [] or len(found) == 2


@pytest.mark.parametrize("speeds", [("0.8ms", "1.2ms", "1.8ms"), ("0.8", "1.2", "1.60")])
@pytest.mark.parametrize("people", [("P01", "P02", "P03"), ("01", "02", "03")])
def test_a_decimal_point_is_part_of_a_number(speeds, people):
    paths = [f"{person}_walk_{speed}.csv" for person in people for speed in speeds]
    names = read_names(paths)
    assert names is not None
    assert names.other is None
    assert set(names.best.labels["activity"]) == {f"walk_{speed}" for speed in speeds}
    assert set(names.best.labels["subject"]) == set(people)


def test_a_decimal_point_elsewhere_is_none():
    dated = read_names([f"{12 + i}.05_P{i:02d}_walk.csv" for i in range(4)])
    assert dated is not None
    assert dated.best.labels["subject"].tolist() == ["P00", "P01", "P02", "P03"]
    numbered = read_names(
        [f"P{i}_{word}.{n}.csv" for i in (1, 2, 3) for word in ("walk", "sit") for n in (1, 2)]
    )
    assert numbered is not None
    assert set(numbered.best.labels["activity"]) == {"walk", "sit"}
    assert set(numbered.best.labels["trial"]) == {"1", "2"}


def test_people_may_be_called_by_letters_and_numbers():
    paths = [f"{person}_{did}.csv" for person in ("A1", "A2", "B1", "B2") for did in ("walk", "sit")]
    names = read_names(paths)
    assert names is not None
    assert set(names.best.labels["subject"]) == {"A1", "A2", "B1", "B2"}


@pytest.mark.parametrize("kind", ["ADL", "Fall"])
def test_the_number_after_a_word_for_many_activities_may_say_which(kind):
    paths = [f"{person}_{kind}_{number}.csv" for person in ("P01", "P02", "P03") for number in (1, 2, 3)]
    names = read_names(paths)
    assert names is not None
    assert names.other is not None
    assert set(names.other.labels["activity"]) == {"1", "2", "3"}


@pytest.mark.parametrize("things", [("kitchen", "bedroom", "hall"), ("sneakers", "boots"), ("cam1", "cam2")])
def test_rooms_shoes_and_cameras_may_be_of_one_person(things):
    paths = [f"{thing}_{did}_{n}.csv" for thing in things for did in ("walking", "running") for n in (1, 2)]
    names = read_names(paths)
    assert names is not None
    assert names.other is not None
    assert names.other.labels["subject"].nunique() == 1
