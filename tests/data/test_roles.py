"""Roles: what names suggest, and what cannot be asked for."""

import pytest

from data.errors import RecordingError
from data.roles import ACTIVITY_ROLES, Roles, default_roles


@pytest.mark.parametrize(
    ("activity", "role"),
    [
        ("walking", "required"),
        ("walking upstairs", "required"),
        ("Smoking", "sensitive"),
        ("drinking_alcohol", "sensitive"),
        ("fall forward", "sensitive"),
        ("rauchen", "sensitive"),
        ("freezing of gait", "sensitive"),
        ("null", "neutral"),
        ("stand to sit", "neutral"),
        ("transition", "neutral"),
        ("Ruhe", "neutral"),
        ("tomato picking", "required"),
        ("fallow", "required"),
        ("", "required"),
        ("😀", "required"),
    ],
)
def test_names_suggest_roles(activity, role):
    assert default_roles(["walking", "running", activity], []).of(activity) == role


@pytest.mark.parametrize("activities", [["smoking"], ["null", "smoking"], ["rest", "transition"]])
def test_something_is_always_required_to_begin_with(activities):
    roles = default_roles(activities, [])
    assert roles.named("required") == activities
    assert roles.checked() is roles


def test_attributes_are_sensitive_until_somebody_says_otherwise():
    assert default_roles(["walk"], ["gender", "age"]).attributes == {"gender": True, "age": True}


def test_nothing_required_is_refused():
    with pytest.raises(RecordingError, match=r"No activity is required.*Choose at least one"):
        Roles({"smoking": "sensitive", "rest": "neutral"}).checked()


def test_no_activities_are_no_mistake():
    assert default_roles([], []).checked().activities == {}


def test_an_activity_that_nobody_chose_for_is_required():
    assert Roles({"walk": "neutral"}).of("run") == "required"


def test_activities_are_listed_by_role_in_their_order():
    roles = Roles({"b": "required", "a": "required", "c": "sensitive"})
    assert [roles.named(role) for role in ACTIVITY_ROLES] == [["b", "a"], [], ["c"]]


def test_unknown_roles_are_a_programmers_mistake():
    with pytest.raises(ValueError, match="Received: 'secret'"):
        Roles({"walk": "secret"})
