"""What can fill in unknown stretches on the Sketch page: trained networks, kept warm, and plain methods."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pages.ui import cache
from pages.ui.state import Session
from synth.imputers.base import FittedImputer
from synth.imputers.linear import LinearInterpolation
from synth.imputers.mean import ChannelMean
from synth.study import Study
from synth.warm import WarmImputer


@dataclass(frozen=True, eq=False)
class Filler:
    """One way to fill in.

    Attributes:
        name: What the page calls it.
        kind: Kind of its imputer.
        key: Tells it from others that fill in other values.
        make: Returns it, fitted.
    """

    name: str
    kind: str
    key: str
    make: Callable[[], FittedImputer]


def fillers(session: Session, study: Study) -> Mapping[str, Filler]:
    """Return every way to fill in, by name, trained networks first and newest first."""
    trained = reversed(session.shelf.models(study, "gain").items())
    found = [_warm(session, key, card) for key, card in trained]
    for learner in (LinearInterpolation(), ChannelMean()):
        make = _fitted(learner, study)
        found.append(Filler(learner.title, learner.kind, f"{learner.kind} {study.key}", make))
    return {filler.name: filler for filler in found}


def _fitted(learner, study: Study) -> Callable[[], FittedImputer]:
    return lambda: learner.fit(study.split.fit, seed=study.seed)


def _warm(session: Session, key: str, card: Mapping) -> Filler:
    def make() -> FittedImputer:
        return WarmImputer(cache.warm(), key, card["learner"], session.shelf.model_bytes(key))

    return Filler(str(card["label"]), "gain", key, make)
