"""What can fill in unknown stretches on the Sketch page: trained networks, kept warm, and plain methods."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from data.errors import PenumbraError
from pages.ui.common import cache
from pages.ui.common.state import Session
from synth.core.run_context import RunContext
from synth.imputers.base import FittedImputer, Imputer
from synth.imputers.comparison import ImputationError, compare
from synth.imputers.cubic import CubicInterpolation
from synth.imputers.linear import LinearInterpolation
from synth.imputers.nearest import NearestWindow
from synth.runs.study import Study
from synth.runs.workers.warm_models import WarmImputer

PLAIN: tuple[Imputer, ...] = (LinearInterpolation(), CubicInterpolation(), NearestWindow())
N_COMPARED = 40  # held-out windows that plain fillers are compared on while no network was trained


@dataclass(frozen=True, eq=False)
class Filler:
    """One method of filling in.

    Attributes:
        name: Its name on the page.
        kind: Kind of its imputer.
        key: Distinguishes it from others that fill in other values.
        make: Returns it, fitted.
    """

    name: str
    kind: str
    key: str
    make: Callable[[], FittedImputer]


def fillers(session: Session, study: Study) -> Mapping[str, Filler]:
    """Return every filler by name, the newest trained network first.

    Older networks are not among them: a correction keeps the kind of what filled it in, and that means the newest.
    """
    found = [_warm(session, key, card) for key, card in _newest(session, study)]
    found += [
        Filler(learner.title, learner.kind, f"{learner.kind} {study.key}", _fitted(session, study, learner))
        for learner in PLAIN
    ]
    return {filler.name: filler for filler in found}


def warm_up(session: Session, study: Study) -> bool:
    """Have the newest network loaded before anybody waits for it; return whether that is still under way."""
    newest = _newest(session, study)
    if not newest:
        return False
    ((key, card),) = newest
    return cache.warm().rehearse(key, lambda: _one_gap(_warm(session, key, card), study))


def _one_gap(filler: Filler, study: Study) -> None:
    """Fill in a gap as the page does, so that what a network prepares for its first answer is ready."""
    window = study.split.fit.values[:1]
    mask = np.ones(window.shape, dtype=bool)
    n_timesteps = study.windows.n_timesteps
    mask[:, n_timesteps // 3 : n_timesteps // 2] = False
    imputer = filler.make()
    imputer.expect(window, mask, seed=0)
    imputer.impute(window, mask, n_draws=2, seed=0)


def of_kind(ways: Mapping[str, Filler], kind: str) -> Filler | None:
    """Return the filler of a kind; `None` where there is none."""
    return next((filler for filler in ways.values() if filler.kind == kind), None)


def held_out_errors(session: Session, study: Study) -> list[ImputationError]:
    """Return how far each filler was from the truth on held-out gaps, by the names that the page uses.

    They are measured when a network is trained; before that the plain ones are compared here, on few windows.
    """
    newest = _newest(session, study)
    if not newest:
        return cache.plain_errors(session.owner, study.key, lambda: _plain_errors(session, study))
    ((_, card),) = newest
    names = {learner.title: learner.title for learner in PLAIN} | {"GAIN": str(card["label"])}
    errors = [ImputationError(**error) for error in card["errors"]]
    return [replace(error, imputer=names[error.imputer]) for error in errors if error.imputer in names]


def _newest(session: Session, study: Study) -> list[tuple[str, Mapping]]:
    """Return where the newest trained network is in the repository, and its card; nothing where there is none."""
    return list(session.repository.models(study, "gain").items())[-1:]


def _plain_errors(session: Session, study: Study) -> list[ImputationError]:
    fresh = study.split.fresh
    few = np.unique(np.linspace(0, len(fresh) - 1, min(N_COMPARED, len(fresh))).astype(int))
    fitted = {learner.title: _fitted(session, study, learner)() for learner in PLAIN}
    return compare(fitted, fresh.take(few), seed=study.seed, yardstick=study.split.fit)


def _fitted(session: Session, study: Study, learner: Imputer) -> Callable[[], FittedImputer]:
    return lambda: cache.plain_filler(
        session.owner, study.key, learner.kind, lambda: learner.fit(study.split.fit, RunContext(study.seed))
    )


def _warm(session: Session, key: str, card: Mapping) -> Filler:
    def make() -> FittedImputer:
        payload = session.repository.model_bytes(key)
        if payload is None:
            raise PenumbraError("The network was deleted in the meantime. Reload the page.")
        return WarmImputer(cache.warm(), key, card["learner"], payload)

    return Filler(str(card["label"]), "gain", key, make)
