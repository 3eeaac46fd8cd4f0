"""Learners from their cards, as the store keeps them."""

from collections.abc import Mapping
from typing import Any, TypeVar

from synth.core.learner import Learner
from synth.imputers.base import Imputer, imputers
from synth.mechanisms.base import Mechanism, mechanisms

Kind = TypeVar("Kind", bound=Learner)


def mechanism_from_card(card: Mapping[str, Any]) -> Mechanism:
    """Return the mechanism that a card describes. Raises `ValueError` as `learner_from_card`."""
    return _of_kind(learner_from_card(card), Mechanism)


def imputer_from_card(card: Mapping[str, Any]) -> Imputer:
    """Return the imputer that a card describes. Raises `ValueError` as `learner_from_card`."""
    return _of_kind(learner_from_card(card), Imputer)


def _of_kind(learner: Learner, kind: type[Kind]) -> Kind:
    if not isinstance(learner, kind):
        raise ValueError(f"{kind.__name__} is needed. Received: {learner.kind!r}")
    return learner


def learner_from_card(card: Mapping[str, Any]) -> Learner:
    """Return the learner that a card describes.

    Raises:
        ValueError: For a kind that this version does not have.
    """
    settings = dict(card)
    kind = settings.pop("kind")
    known = {**mechanisms(), **imputers()}
    if kind not in known:
        raise ValueError(f"kind must be one of {sorted(known)}. Received: {kind!r}")
    return known[kind](**settings)
