"""Learners from their cards, as the store keeps them."""

from collections.abc import Mapping
from typing import Any

from synth.core.learner import Learner


def learner_from_card(card: Mapping[str, Any]) -> Learner:
    """Return the learner that a card describes.

    Raises:
        ValueError: For a kind that this version does not have.
    """
    from synth.imputers.base import imputers
    from synth.mechanisms.base import mechanisms

    settings = dict(card)
    kind = settings.pop("kind")
    known = {**mechanisms(), **imputers()}
    if kind not in known:
        raise ValueError(f"kind must be one of {sorted(known)}. Received: {kind!r}")
    return known[kind](**settings)
