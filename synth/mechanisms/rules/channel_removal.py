"""Channel removal: some channels are replaced by a constant and reveal nothing."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from data.release import Release
from data.sensors import quantity_of, split_axis
from data.windows import Windows
from synth.core.errors import TrainingError
from synth.core.learner import setting
from synth.core.run_context import RunContext
from synth.keras_support.weights import pack, unpack
from synth.mechanisms.base import Dial, FittedMechanism, Mechanism, WindowKind, transformed

_QUANTITIES = {
    "accelerometers": "acceleration",
    "gyroscopes": "angular velocity",
    "magnetometers": "magnetic field",
    "gravity": "gravity",
    "attitude": "attitude",
}


@dataclass(frozen=True)
class ChannelRemoval(Mechanism):
    """Replace channels by their training mean, beginning with those that differ most between people.

    How personal a channel is: the share of the variance of its window means and standard deviations, within each
    activity, that lies between people (the correlation ratio eta squared).
    """

    kind: ClassVar[str] = "channel_removal"
    title: ClassVar[str] = "Removed channels"
    summary: ClassVar[str] = (
        "Replaces some channels, for example all gyroscopes, by a constant that is the same for everybody, "
        "and leaves the others unchanged. What only these channels show is gone. Takes seconds."
    )
    makes: ClassVar = "transformed"
    dial: ClassVar = Dial("share", (0.25, 0.5, 0.75, 1.0))

    which: Literal["any", "accelerometers", "gyroscopes", "magnetometers", "gravity", "attitude"] = setting(
        "any",
        "Sensors to remove",
        "The channels to choose from, recognised by their names: any, or those of one kind of sensor.",
        advanced=False,
    )
    share: float = setting(
        0.5,
        "Share of channels removed",
        "What share of these channels is replaced by a constant, the most personal ones first (those that "
        "differ most between people within an activity). 1 replaces all of them; one channel always "
        "remains.",
        low=0.01,
        high=1.0,
        advanced=False,
    )

    def fit(self, train: Windows, context: RunContext) -> "FittedChannelRemoval":
        candidates = self._candidates(train.channels)
        most_personal_first = candidates[np.argsort(-_how_personal(train)[candidates], kind="stable")]
        n_held = min(math.ceil(self.share * len(candidates) - 1e-9), len(train.channels) - 1)
        held = np.sort(most_personal_first[:n_held])
        level = train.values[..., held].mean(axis=(0, 1), dtype=np.float64).astype(np.float32)
        return FittedChannelRemoval(self, WindowKind.of(train), held, level)

    def load(self, payload: bytes) -> "FittedChannelRemoval":
        card, arrays = unpack(payload)
        windows = WindowKind.from_card(card["windows"])
        return FittedChannelRemoval(self, windows, arrays["held"], arrays["level"])

    def _candidates(self, channels: Sequence[str]) -> np.ndarray:
        """Return the positions of the channels that may be removed."""
        if len(channels) == 1:
            raise TrainingError(
                "There is only one channel, and nothing would be left without it. Choose another method."
            )
        quantities = [quantity_of(split_axis(channel)[0]) for channel in channels]
        wanted = [self.which == "any" or quantity == _QUANTITIES[self.which] for quantity in quantities]
        if not any(wanted):
            raise TrainingError(
                f"None of the channels ({', '.join(channels)}) is known to belong to {self.which}. Choose 'any', or "
                "rename the channels on the Data page."
            )
        return np.flatnonzero(wanted)


class FittedChannelRemoval(FittedMechanism):
    """The channels to replace, and the constants that replace them.

    Args:
        learner: The settings.
        windows: The kind of windows it accepts.
        held: `(held,)` int, positions of the channels that are replaced.
        level: `(held,)` float32, the constants, in sensor units.
    """

    learner: ChannelRemoval

    def __init__(
        self, learner: ChannelRemoval, windows: WindowKind, held: np.ndarray, level: np.ndarray
    ) -> None:
        self.learner, self.history = learner, []
        self._windows, self._held, self._level = windows, held, level

    def release(self, private: Windows, *, seed: int) -> Release:
        self._windows.refuse_other_windows(private)
        values = private.values.copy()
        values[..., self._held] = self._level
        return transformed(self.learner, private, values, seed=seed)

    def to_bytes(self) -> bytes:
        card = {"learner": self.learner.card(), "windows": dataclasses.asdict(self._windows)}
        return pack(card, {"held": self._held, "level": self._level})


def _how_personal(windows: Windows) -> np.ndarray:
    """Return the share of variance within activities that lies between people, `(channels,)` in [0, 1]."""
    values = windows.values.astype(np.float64)
    features = pd.DataFrame(np.concatenate([values.mean(axis=1), values.std(axis=1)], axis=1))
    activity = pd.DataFrame(features.groupby(windows.activity).transform("mean"))
    person = pd.DataFrame(features.groupby([windows.activity, windows.subject]).transform("mean"))
    between = ((person - activity) ** 2).sum().to_numpy()
    within = ((features - activity) ** 2).sum().to_numpy()
    shares = np.divide(between, within, out=np.zeros_like(between), where=within > 0)
    return shares.reshape(2, -1).mean(axis=0)
