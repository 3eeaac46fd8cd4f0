"""Stand-ins: every window is performed anew by somebody who does not exist."""

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
AT_ONCE = 500  # windows generated at once: memory


@dataclass(frozen=True)
class StandIn(Mechanism):
    """Keep what is done and when; draw how it is done from all people together.

    Networks trained against adversaries hide people from those adversaries, and refitted attackers find them again
    (Elazar and Goldberg, EMNLP 2018; with the tutorial's method 7 % become 74-79 %). Here a window's values depend on
    its activity and on statistics of all windows together, not on its person, so that they cannot identify the person
    among those it was fitted on. (Who does an activity at all, and when, may still identify somebody; and statistics of
    few people may still show that somebody was among them.) Posture, strength, pace and the coupling of channels
    are drawn from Gaussians pooled over several people, phases are random, and linear classifiers choose among the
    samples what resembles real movement (`movement_model`, `rejection_sampling`).

    With `own` above 0 a window also keeps part of its deviation from the mean of its series. This does not identify
    people to an attacker who learns from the release, but somebody who has the recordings can recognise them by how
    they change; the audit measures this as membership inference.
    """

    kind: ClassVar[str] = "standin"
    version: ClassVar[int] = 2
    title: ClassVar[str] = "Stand-ins"
    summary: ClassVar[str] = (
        "Replaces the person in every window by somebody who does not exist: activity and time stay; "
        "posture, strength and pace are drawn anew from statistics of all people together. Easily "
        "distinguished from real recordings. Penumbra's own method; takes seconds."
    )
    makes: ClassVar = "transformed"
    learns: ClassVar = True
    dial: ClassVar = Dial("own", (1.0, 0.75, 0.5, 0.25, 0.0))

    own: float = setting(
        0.0,
        "Individual variation kept",
        "How much of the change from window to window within a recording is kept, for example growing "
        "tired. 0 keeps none of it. With more, somebody who has the recordings can recognise them in the "
        "release.",
        low=0.0,
        high=1.0,
        advanced=False,
    )
    draws: int = setting(
        4,
        "Candidates per window",
        "How many movements are generated before the most lifelike one is chosen (rejection sampling). More "
        "take longer and preserve activities slightly better.",
        low=1,
        high=50,
    )
    detail: int = setting(
        8,
        "Spectral resolution",
        "How accurately the distribution of slow and fast movement is modelled (cepstral coefficients per "
        "channel).",
        low=1,
        high=64,
    )
    ways: int = setting(
        2,
        "Ways of doing an activity",
        "How many ways of doing the same activity are distinguished at most (clusters), for example with "
        "the left and the right arm.",
        low=1,
        high=10,
    )
    fewest_people: int = setting(
        3,
        "Fewest people per way",
        "A way of doing an activity is kept only if effectively this many people do it that way; otherwise "
        "it would identify them.",
        low=2,
        high=100,
    )

    def fit(self, train: Windows, context: RunContext) -> "FittedStandIn":
        _check_enough(train, self.detail)
        context.tell(0, 2, "Pooling movement over people")
        model = MovementModel.learn(
            train,
            detail=self.detail,
            n_clusters=self.ways,
            fewest_people=self.fewest_people,
            seed=context.seed,
        )
        context.stop_if_asked()
        context.tell(1, 2, "Training classifiers")
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
    """A model of how activities are done, over all people.

    Args:
        learner: The settings.
        windows: The kind of windows it was trained on.
        model: Generates movement.
        judges: Choose among generated windows.
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
        """Generate several windows for each activity and choose one of them, more likely the more lifelike it is."""
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
            "All windows are from one person, and a stand-in would be that person again. Load recordings of "
            "at least two people, ideally ten."
        )
    if train.n_timesteps < max(FEWEST_TIMESTEPS, detail + 1):
        raise TrainingError(
            f"These windows have {train.n_timesteps} samples; at least {max(FEWEST_TIMESTEPS, detail + 1)} are "
            "needed. Choose longer windows on the Data page, or a lower spectral resolution under Advanced."
        )
    alone = [a for a in train.activities if len(set(train.subject[train.activity == a].tolist())) < 2]
    if alone:
        raise TrainingError(
            f"Only one person does {', '.join(alone)}, and a stand-in would be that person again. Leave the "
            "activity out on the Data page, or load recordings of more people."
        )
