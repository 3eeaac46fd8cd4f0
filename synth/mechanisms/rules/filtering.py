"""Filtering: windows of sensitive activities are withheld."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import pandas as pd

from data.release import Release
from data.roles import Roles
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
    transformed,
    validate_activities,
)

_RIDGE = 0.01  # added to the variance of every standardised feature: few windows give a poor covariance


@dataclass(frozen=True)
class Filtering(Mechanism):
    """Withhold the windows of sensitive activities, and those that share samples with one.

    Where a series contains several activities, a window next to a sensitive one may repeat some of its samples
    under another label. Labels are also wrong at times: `lookalikes` withholds the other windows that most resemble
    a sensitive activity. A margin in time would only work for series with several activities, and most series here
    contain one.

    What is released is unchanged: whatever it reveals about a person remains, and so does the gap.

    References:
        Malekzadeh et al., Replacement AutoEncoder, IoTDI 2018, where filtering is the baseline whose gaps reveal
        when something sensitive happened.
    """

    kind: ClassVar[str] = "filtering"
    title: ClassVar[str] = "Withheld activities"
    summary: ClassVar[str] = (
        "Leaves out the sensitive activities chosen on the Data page and shares everything else unchanged. "
        "Nobody sees them, but the gap shows that something was left out. Takes seconds."
    )
    makes: ClassVar = "transformed"
    dial: ClassVar = Dial("lookalikes", (0.0, 0.05, 0.1, 0.2, 0.4))

    lookalikes: float = setting(
        0.0,
        "Share of look-alikes also withheld",
        "Share of the other windows that is also withheld, beginning with those that most resemble a "
        "sensitive activity (by distance to the mean of each activity in level, strength and speed). 0 "
        "withholds sensitive activities only.",
        low=0.0,
        high=0.9,
        advanced=False,
    )
    sensitive: tuple[str, ...] = setting(
        (),
        "Sensitive activities",
        "The activities that are withheld; chosen on the Data page.",
        from_roles=True,
    )

    def for_roles(self, roles: Roles) -> Self:
        return dataclasses.replace(self, sensitive=tuple(roles.named("sensitive")))

    def fit(self, train: Windows, context: RunContext) -> "FittedFiltering":
        self._check(train)
        resemblance = _Resemblance.learn(train, np.isin(train.activity, self.sensitive))
        others = train.values[~np.isin(train.activity, self.sensitive)]
        limit = np.quantile(resemblance.of(others), 1 - self.lookalikes) if self.lookalikes else np.inf
        return FittedFiltering(self, WindowKind.of(train), train.activities, resemblance, float(limit))

    def load(self, payload: bytes) -> "FittedFiltering":
        card, arrays = unpack(payload)
        limit = float(arrays.pop("limit"))
        windows = WindowKind.from_card(card["windows"])
        return FittedFiltering(self, windows, card["activities"], _Resemblance(**arrays), limit)

    def _check(self, train: Windows) -> None:
        if not self.sensitive:
            raise TrainingError(
                "No activity is marked as sensitive, so nothing would be withheld. Mark at least one on the Data page."
            )
        if not set(self.sensitive) & set(train.activities):
            raise TrainingError(
                f"The sensitive activities ({', '.join(self.sensitive)}) do not occur in these recordings, which "
                f"contain {', '.join(train.activities)}. Mark one of these as sensitive on the Data page."
            )
        if set(train.activities) <= set(self.sensitive):
            raise TrainingError(
                "Every activity is sensitive, so nothing would be left to share. Mark at least one as required on "
                "the Data page."
            )


class FittedFiltering(FittedMechanism):
    """What is to be withheld.

    Args:
        learner: The settings.
        windows: The kind of windows it accepts.
        activities: The activities it knows, sorted.
        resemblance: How closely a window resembles a sensitive activity.
        limit: The largest resemblance that is released.
    """

    learner: Filtering

    def __init__(
        self,
        learner: Filtering,
        windows: WindowKind,
        activities: Sequence[str],
        resemblance: "_Resemblance",
        limit: float,
    ) -> None:
        self.learner, self.history, self._activities = learner, [], list(activities)
        self._windows, self._resemblance, self._limit = windows, resemblance, limit

    def release(self, private: Windows, *, seed: int) -> Release:
        self._windows.refuse_other_windows(private)
        validate_activities(private, self._activities)
        sensitive = np.isin(private.activity, self.learner.sensitive)
        alike = self._resemblance.of(private.values) > self._limit
        kept = np.flatnonzero(~(_sharing_samples(private, sensitive) | alike))
        if len(kept) == 0:
            raise TrainingError(
                "Nothing is left to share: every window shows a sensitive activity or resembles one. Choose "
                "fewer sensitive activities on the Data page, or withhold fewer look-alikes."
            )
        return transformed(self.learner, private, private.values[kept], seed=seed, kept=kept)

    def to_bytes(self) -> bytes:
        card = {
            "learner": self.learner.card(),
            "windows": dataclasses.asdict(self._windows),
            "activities": self._activities,
        }
        return pack(card, {**dataclasses.asdict(self._resemblance), "limit": np.array(self._limit)})


@dataclass(frozen=True)
class _Resemblance:
    """Linear discriminant analysis: the mean of each activity, and one covariance within all of them.

    Attributes:
        whitening: `(features, features)`, gives features within an activity unit variance.
        sensitive: `(activities, features)`, whitened means of the sensitive activities.
        others: `(activities, features)`, whitened means of the other activities.
    """

    whitening: np.ndarray
    sensitive: np.ndarray
    others: np.ndarray

    @classmethod
    def learn(cls, train: Windows, is_sensitive: np.ndarray) -> Self:
        features = pd.DataFrame(_features(train.values))
        within = (features - features.groupby(train.activity).transform("mean")).to_numpy()
        whitening = _whitening(within)

        def means(which: np.ndarray) -> np.ndarray:
            return features.loc[which].groupby(train.activity[which]).mean().to_numpy() @ whitening

        return cls(whitening, means(is_sensitive), means(~is_sensitive))

    def of(self, values: np.ndarray) -> np.ndarray:
        """Return how much nearer each window is to a sensitive activity than to any other, `(n,)`; larger is nearer."""
        features = _features(values) @ self.whitening
        return _nearest(features, self.others) - _nearest(features, self.sensitive)


def _features(values: np.ndarray) -> np.ndarray:
    """Return level, strength and speed: `(n, 3 * channels)` means, standard deviations and those of differences."""
    values = values.astype(np.float64)
    return np.concatenate(
        [values.mean(axis=1), values.std(axis=1), np.diff(values, axis=1).std(axis=1)], axis=1
    )


def _whitening(within: np.ndarray) -> np.ndarray:
    spread = within.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    covariance = np.cov(within / spread, rowvar=False, bias=True) + _RIDGE * np.eye(len(spread))
    variances, directions = np.linalg.eigh(covariance)
    return directions / np.sqrt(variances) / spread[:, None]


def _nearest(features: np.ndarray, means: np.ndarray) -> np.ndarray:
    return np.min([((features - mean) ** 2).sum(axis=1) for mean in means], axis=0)


def _sharing_samples(windows: Windows, marked: np.ndarray) -> np.ndarray:
    """Return which windows are marked, or share samples with a marked window of the same series, `(n,)` bool."""
    series = pd.MultiIndex.from_arrays([windows.subject, windows.series]).factorize()[0]
    n_timesteps = windows.n_timesteps
    place = series * (int(windows.start.max()) + 2 * n_timesteps) + windows.start  # series lie far apart
    marks = np.sort(place[marked])
    n_before = np.searchsorted(marks, place - n_timesteps, side="right")
    n_until = np.searchsorted(marks, place + n_timesteps, side="left")
    return n_until > n_before
