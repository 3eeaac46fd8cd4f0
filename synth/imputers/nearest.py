"""Hot-deck imputation: a gap is filled in from the most similar real window."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from data.windows import Windows
from synth.core.learner import setting
from synth.core.run_context import RunContext
from synth.imputers.base import FittedImputer, Imputer
from synth.imputers.boundary_matching import match_boundaries
from synth.imputers.gain.similar_windows import ReferenceWindows
from synth.imputers.input_checks import check_inputs, with_known
from synth.keras_support.weights import pack, unpack

_TINY = 1e-6


@dataclass(frozen=True)
class NearestWindow(Imputer):
    """Copy missing samples from the training window that agrees best with the known ones.

    Windows are compared on the known samples, with each channel divided by its standard deviation; a sample counts less
    the further it is from the gap. The copied values are shifted and tilted to meet the known samples at both ends.
    Further draws come from the next nearest windows, so that their spread shows how much similar movements differ.

    It stores real windows and copies pieces of them, so that whoever receives a filled-in window receives such pieces.

    Attributes:
        reach: Distance from a gap at which the weight of a sample has fallen to 1 / e, as a share of the window, in
            [0.01, 10].
        max_windows: Real windows to store at most, in [1, 100000].

    References:
        Hot-deck imputation: Andridge and Little, International Statistical Review 78 (2010).
    """

    kind: ClassVar[str] = "nearest"
    title: ClassVar[str] = "Nearest real window"
    summary: ClassVar[str] = (
        "Copies missing samples from the real window that agrees best with the known ones (hot deck)."
    )

    copies: ClassVar[bool] = True

    reach: float = setting(
        0.25,
        "Reach",
        "How far from a gap samples still count in the comparison, as a share of the window.",
        low=0.01,
        high=10.0,
    )
    max_windows: int = setting(
        2_000, "Windows at most", "The largest number of real windows it stores.", low=1, high=100_000
    )

    def fit(self, train: Windows, context: RunContext) -> "FittedNearest":
        """Store a random sample of the windows; see `Imputer.fit`."""
        chosen = np.sort(np.random.default_rng(context.seed).permutation(len(train))[: self.max_windows])
        spread = train.values.std(axis=(0, 1), dtype=np.float64) + _TINY
        return FittedNearest(self, train.values[chosen], spread.astype(np.float32))

    def load(self, payload: bytes) -> "FittedNearest":
        """Restore what `to_bytes` wrote."""
        _, arrays = unpack(payload)
        return FittedNearest(self, arrays["windows"], arrays["spread"])


class FittedNearest(FittedImputer):
    """Real windows to copy from.

    Attributes:
        windows: `(n, timesteps, channels)` float32 in sensor units.
        spread: `(channels,)` float32, standard deviations, the units in which channels are compared.
    """

    learner: NearestWindow

    def __init__(self, learner: NearestWindow, windows: np.ndarray, spread: np.ndarray) -> None:
        self.learner = learner
        self.history = []
        self.windows = windows
        self.spread = spread

    def impute(self, values: np.ndarray, mask: np.ndarray, *, n_draws: int = 1, seed: int) -> np.ndarray:
        """Copy from the nearest windows, one per draw; see `FittedImputer.impute`."""
        check_inputs(values, mask, self.windows.shape[1:], n_draws)
        ranked = self._reference.ranked(values / self.spread, mask, min(n_draws, len(self.windows)))
        draws = [
            with_known(
                values, mask, match_boundaries(values, mask, self.windows[ranked[:, k % ranked.shape[1]]])
            )
            for k in range(n_draws)
        ]
        return np.stack(draws)

    def to_bytes(self) -> bytes:
        """Return the learner and all arrays; see `Fitted.to_bytes`."""
        return pack({"learner": self.learner.card()}, {"windows": self.windows, "spread": self.spread})

    @cached_property
    def _reference(self) -> ReferenceWindows:
        return ReferenceWindows(self.windows / self.spread, self.learner.reach * self.windows.shape[1])
