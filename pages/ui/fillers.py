"""What can fill in unknown stretches on the Sketch page: trained networks, kept warm, and plain methods."""

from collections.abc import Callable, Mapping

from pages.ui import cache
from pages.ui.state import Session
from synth.imputers.base import FittedImputer
from synth.imputers.linear import LinearInterpolation
from synth.imputers.mean import ChannelMean
from synth.study import Study
from synth.warm import WarmImputer

Filler = Callable[[], FittedImputer]


def fillers(session: Session, study: Study) -> Mapping[str, Filler]:
    """Return every way to fill in, by name, trained networks first and newest first."""
    trained = reversed(session.shelf.models(study, "gain").items())
    warm = {str(card["label"]): _warm(session, key, card) for key, card in trained}
    plain = {
        learner.title: lambda learner=learner: learner.fit(study.split.fit, seed=study.seed)
        for learner in (LinearInterpolation(), ChannelMean())
    }
    return {**warm, **plain}


def _warm(session: Session, key: str, card: Mapping) -> Filler:
    return lambda: WarmImputer(cache.warm(), key, card["learner"], session.shelf.model_bytes(key))
