"""Stand-ins: every window is moved anew by somebody who does not exist."""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from data.release import Release
from data.windows import Windows
from synth.core.errors import TrainingError
from synth.core.learner import setting
from synth.core.run_context import RunContext
from synth.keras_support.weights import pack, unpack
from synth.mechanisms.base import (
    Dial,
    FittedMechanism,
    Mechanism,
    WindowKind,
    secret_generator,
    transformed,
    validate_activities,
)
from synth.mechanisms.representations.rejection_sampling import RejectionClassifiers
from synth.mechanisms.standin.movement_model import MovementModel

FEWEST_TIMESTEPS = 8
AT_ONCE = 500  # windows that are drawn together: memory


@dataclass(frozen=True)
class StandIn(Mechanism):
    """Keeps what is done and when; how it is done is drawn from all people together.

    Networks that are taught against adversaries hide people from those adversaries; refitted ones find them again
    (Elazar and Goldberg, EMNLP 2018; FACTS of the tutorial's method: 7 % become 74-79 %). Here a window's values
    depend on nothing of its person, so that they name the person to no attacker, whatever he learns from. (That an
    activity is done by few people, and when, still tells.) Posture, strength, pace and coupling of the channels are
    drawn from Gaussians that were pooled over several people, phases are random, and linear judges choose among the
    draws what resembles real movement (`movement_model`, `rejection_sampling`).

    With `own` above 0 a window also keeps by how much it differs from what is usual in its series. That does not name
    people to an attacker who learns from the release, but somebody who holds the recordings finds them again by how
    they change: the audit's question of membership says so.
    """

    kind: ClassVar[str] = "standin"
    title: ClassVar[str] = "Stand-ins"
    summary: ClassVar[str] = (
        "Replaces the person in every window by somebody who does not exist: the activity and its time stay, posture, "
        "strength and pace are drawn anew from all people together. Penumbra's own; ready in seconds."
    )
    makes: ClassVar = "transformed"
    learns: ClassVar = True
    dial: ClassVar = Dial("own", (1.0, 0.75, 0.5, 0.25, 0.0))

    own: float = setting(
        0.0,
        "Own ups and downs that are kept",
        "How much of what changes from window to window within a recording is kept, for example growing tired. "
        "0 keeps nothing. With more, somebody who holds the recordings can find them again in the release.",
        low=0.0,
        high=1.0,
        advanced=False,
    )
    draws: int = setting(
        4,
        "Draws for each window",
        "How many movements are drawn before the most life-like is taken (rejection sampling). "
        "More take longer and keep activities a little better.",
        low=1,
        high=50,
    )
    detail: int = setting(
        8,
        "Detail of the spectrum",
        "How finely the mixture of slow and fast movement is followed (cepstral coefficients a channel).",
        low=1,
        high=64,
    )
    ways: int = setting(
        2,
        "Ways of doing an activity",
        "How many ways of doing the same activity are told apart at most, for example with the left and the right arm.",
        low=1,
        high=10,
    )
    fewest_people: int = setting(
        3,
        "Fewest people behind a way",
        "A way of doing an activity counts only if effectively so many people do it so; others are somebody's own.",
        low=2,
        high=100,
    )

    def fit(self, train: Windows, context: RunContext) -> "FittedStandIn":
        _check_enough(train, self.detail)
        context.tell(0, 2, "Pooling movements over people")
        model = MovementModel.learn(
            train,
            detail=self.detail,
            n_clusters=self.ways,
            fewest_people=self.fewest_people,
            seed=context.seed,
        )
        context.stop_if_asked()
        context.tell(1, 2, "Teaching judges")
        own = model.own(train, self.own)
        drawn = model.draw(train.activity, own, self.own, np.random.default_rng([context.seed, 1]))
        judges = RejectionClassifiers.learn(
            train.values, drawn, np.searchsorted(train.activities, train.activity)
        )
        return FittedStandIn(self, WindowKind.of(train), model, judges)

    def load(self, payload: bytes) -> "FittedStandIn":
        card, arrays = unpack(payload)
        windows = WindowKind.from_card(card["windows"])
        return FittedStandIn(
            self, windows, MovementModel.from_arrays(arrays), RejectionClassifiers.from_arrays(arrays)
        )


class FittedStandIn(FittedMechanism):
    """Knows how activities are done, by nobody in particular.

    Args:
        learner: The settings.
        windows: Kind of windows it learnt from.
        model: Draws movements.
        judges: Choose among draws.
    """

    learner: StandIn

    def __init__(
        self, learner: StandIn, windows: WindowKind, model: MovementModel, judges: RejectionClassifiers
    ) -> None:
        self.learner, self.history = learner, []
        self._windows, self._model, self._judges = windows, model, judges

    def release(self, private: Windows, *, seed: int) -> Release:
        self._windows.refuse_other_windows(private)
        known = self._model.activities
        validate_activities(private, known)
        rng = secret_generator(private, seed=seed)
        own = self._model.own(private, self.learner.own)
        parts = [slice(i, i + AT_ONCE) for i in range(0, len(private), AT_ONCE)]
        values = [self._best_of_several(private.activity[part], own[part], rng) for part in parts]
        return transformed(self.learner, private, np.concatenate(values), seed=seed)

    def _best_of_several(
        self, activities: np.ndarray, own: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """Draw several windows for each activity and take one, likelier the more life-like it is."""
        n, n_draws = len(activities), self.learner.draws
        several = np.repeat(np.arange(n), n_draws)
        values = self._model.draw(activities[several], own[several], self.learner.own, rng)
        log_odds = self._judges.log_odds(values, np.searchsorted(self._model.activities, activities[several]))
        chances = log_odds.reshape(n, n_draws) + rng.gumbel(size=(n, n_draws))
        return values[np.arange(n) * n_draws + chances.argmax(axis=1)]

    def to_bytes(self) -> bytes:
        card = {"learner": self.learner.card(), "windows": dataclasses.asdict(self._windows)}
        return pack(card, self._model.to_arrays() | self._judges.to_arrays())


def _check_enough(train: Windows, detail: int) -> None:
    if len(train.subjects) < 2:
        raise TrainingError(
            "These windows show one person only, and a stand-in would be that person again. Load recordings of "
            "at least two people, better of ten."
        )
    if train.n_timesteps < max(FEWEST_TIMESTEPS, detail + 1):
        raise TrainingError(
            f"These windows have {train.n_timesteps} samples; at least {max(FEWEST_TIMESTEPS, detail + 1)} are "
            "needed. Choose longer windows on the Data page, or less detail under Advanced."
        )
    alone = [a for a in train.activities if len(set(train.subject[train.activity == a].tolist())) < 2]
    if alone:
        raise TrainingError(
            f"Only one person does {', '.join(alone)}, and a stand-in would be that person again. Leave the "
            "activity out on the Data page, or load recordings of more people."
        )
