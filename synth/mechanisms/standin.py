"""Stand-ins: every window is moved anew by somebody who does not exist."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from data.release import Release
from data.windows import Windows
from synth.errors import Stopped, TrainingError
from synth.learner import OnProgress, Progress, ShouldStop, ignore, never, setting
from synth.mechanisms._judges import Judges
from synth.mechanisms._movement_model import Way, describe, deviations, learn_ways
from synth.mechanisms.base import Dial, FittedMechanism, Mechanism, WindowKind, secret_generator, transformed
from synth.weights import pack, unpack

FEWEST_TIMESTEPS = 8


@dataclass(frozen=True)
class StandIn(Mechanism):
    """Keeps what is done and when; how it is done is drawn from all people together.

    Networks that are taught against adversaries hide people from those adversaries; refitted ones find them again
    (Elazar and Goldberg, EMNLP 2018; FACTS of the tutorial's method: 7 % become 74-79 %). Here a window's values
    depend on nothing of its person, so that no attacker can name the person better than by guessing, whatever he
    learns from: posture, strength, pace and coupling of the channels are drawn from Gaussians that were pooled over
    several people, phases are random, and linear judges choose among the draws what resembles real movement
    (`_movement_model`, `_judges`). With `own` above 0 a window also keeps by how much it differs from what is usual
    in its series. That does not name people to an attacker who learns from the release, but somebody who holds the
    recordings themselves finds a window again: on the sample 15 of 100 exactly at 0.5, and 72 at 1, by correlating
    the differences.
    """

    kind: ClassVar[str] = "standin"
    title: ClassVar[str] = "Stand-ins"
    summary: ClassVar[str] = (
        "Replaces the person in every window by somebody who does not exist: the activity and its time stay, posture, "
        "strength and pace are drawn anew from all people together. Penumbra's own; ready in seconds."
    )
    makes: ClassVar = "transformed"
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
        "A way of doing an activity counts only if so many people do it so; otherwise it would be somebody's own.",
        low=2,
        high=100,
    )

    def fit(
        self, train: Windows, *, seed: int, on_progress: OnProgress = ignore, should_stop: ShouldStop = never
    ) -> "FittedStandIn":
        _refuse_too_little(train, self.detail)
        activities = train.activities
        ways = []
        for done, activity in enumerate(activities):
            if should_stop():
                raise Stopped("Stopped. Nothing was kept of this run; earlier results are unchanged.")
            on_progress(Progress(done, len(activities) + 1, f"Pooling over people: {activity}"))
            theirs = train.take(train.activity == activity)
            ways.append(
                learn_ways(
                    describe(theirs.values, self.detail),
                    theirs.subject,
                    n_ways=self.ways,
                    fewest_people=self.fewest_people,
                    seed=seed,
                )
            )
        on_progress(Progress(len(activities), len(activities) + 1, "Teaching judges"))
        fitted = FittedStandIn(self, WindowKind.of(train), activities, ways, None)
        drawn = fitted.draw(train, np.random.default_rng([seed, 1]))
        codes = np.searchsorted(activities, train.activity)
        fitted.judges = Judges.learn(train.values, codes, drawn, codes)
        return fitted

    def load(self, payload: bytes) -> "FittedStandIn":
        card, arrays = unpack(payload)
        ways = [
            [Way.from_arrays(arrays, f"ways/{number:03d}/{way:02d}") for way in range(n_ways)]
            for number, n_ways in enumerate(card["ways"])
        ]
        windows = WindowKind.from_card(card["windows"])
        return FittedStandIn(self, windows, card["activities"], ways, Judges.from_arrays(arrays))


class FittedStandIn(FittedMechanism):
    """Knows how activities are done, by nobody in particular.

    Args:
        learner: The settings.
        windows: Kind of windows it learnt from.
        activities: What it learnt, sorted.
        ways: For each activity, the ways it is done.
        judges: Who chooses among draws; `None` while they are being taught.
    """

    def __init__(
        self,
        learner: StandIn,
        windows: WindowKind,
        activities: Sequence[str],
        ways: Sequence[Sequence[Way]],
        judges: Judges | None,
    ) -> None:
        self.learner, self.history, self.judges = learner, [], judges
        self._windows, self._activities, self._ways = windows, list(activities), ways

    def release(self, private: Windows, *, seed: int) -> Release:
        self._windows.refuse_other_windows(private)
        unknown = sorted(set(private.activities) - set(self._activities))
        if unknown:
            raise TrainingError(
                f"This model has not learnt the activity {', '.join(unknown)}. "
                f"It knows {', '.join(self._activities)}. Fit it to recordings that show all of them."
            )
        rng = secret_generator(private, seed=seed)
        n_draws = self.learner.draws
        several = private.take(np.repeat(np.arange(len(private)), n_draws))
        values = self.draw(several, rng)
        log_odds = self.judges.log_odds(values, np.searchsorted(self._activities, several.activity))
        chances = log_odds.reshape(len(private), n_draws) + rng.gumbel(size=(len(private), n_draws))
        chosen = np.arange(len(private)) * n_draws + chances.argmax(axis=1)
        return transformed(self.learner, private, values[chosen], seed=seed)

    def draw(self, private: Windows, rng: np.random.Generator) -> np.ndarray:
        """Return one draw for each window, `(n, timesteps, channels)` float32, judged by nobody."""
        values = np.empty(private.values.shape, np.float32)
        for activity, ways in zip(self._activities, self._ways, strict=True):
            members = np.flatnonzero(private.activity == activity)
            if len(members) == 0:
                continue
            own = self._own(private.take(members), len(ways[0].mean))
            shares = np.array([float(way.share) for way in ways])
            chosen = rng.choice(len(ways), len(members), p=shares / shares.sum())
            for number, way in enumerate(ways):
                values[members[chosen == number]] = way.draw(own[chosen == number], self.learner.own, rng)
        return values

    def to_bytes(self) -> bytes:
        card = {
            "learner": self.learner.card(),
            "windows": dataclasses.asdict(self._windows),
            "activities": self._activities,
            "ways": [len(ways) for ways in self._ways],
        }
        return pack(card, {**self._way_arrays(), **self.judges.to_arrays()})

    def _own(self, members: Windows, n_numbers: int) -> np.ndarray:
        """Return by how much windows of one activity differ from their series' mean; 0 where that is not kept."""
        if self.learner.own == 0:
            return np.zeros((len(members), n_numbers))
        return deviations(describe(members.values, self.learner.detail).numbers, members.series)

    def _way_arrays(self) -> Mapping[str, Any]:
        return {
            name: array
            for number, ways in enumerate(self._ways)
            for index, way in enumerate(ways)
            for name, array in way.to_arrays(f"ways/{number:03d}/{index:02d}").items()
        }


def _refuse_too_little(train: Windows, detail: int) -> None:
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
