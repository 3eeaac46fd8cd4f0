"""What the most similar real window did in that place."""

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
    """Copy the gap from the training window that agrees best on what is known.

    Windows are compared on the known samples, each channel in units of its spread; a sample counts less the
    further it is from what is missing. What is copied is shifted and tilted to meet the known samples at both ends.
    Several draws are the next nearest windows, so that their spread shows how far similar movements differ.

    It keeps real windows, and fills in with pieces of them: whoever gets a filled window gets such pieces.

    References:
        Hot-deck imputation: Andridge and Little, International Statistical Review 78 (2010).
    """

    kind: ClassVar[str] = "nearest"
    title: ClassVar[str] = "Nearest real window"
    summary: ClassVar[str] = "Copies the gap from the real window that agrees best with what is known."

    copies: ClassVar[bool] = True

    reach: float = setting(
        0.25,
        "Reach",
        "How far from a gap samples still count in the comparison, as a share of the window.",
        low=0.01,
        high=10.0,
    )
    max_windows: int = setting(2_000, "Windows at most", "Windows that it keeps.", low=1, high=100_000)

    def fit(self, train: Windows, context: RunContext) -> "FittedNearest":
        chosen = np.sort(np.random.default_rng(context.seed).permutation(len(train))[: self.max_windows])
        spread = train.values.std(axis=(0, 1), dtype=np.float64) + _TINY
        return FittedNearest(self, train.values[chosen], spread.astype(np.float32))

    def load(self, payload: bytes) -> "FittedNearest":
        _, arrays = unpack(payload)
        return FittedNearest(self, arrays["windows"], arrays["spread"])


class FittedNearest(FittedImputer):
    """Real windows to copy from.

    Attributes:
        windows: `(n, timesteps, channels)` float32 in sensor units.
        spread: `(channels,)` float32, the unit in which channels are compared.
    """

    learner: NearestWindow

    def __init__(self, learner: NearestWindow, windows: np.ndarray, spread: np.ndarray) -> None:
        self.learner = learner
        self.history = []
        self.windows = windows
        self.spread = spread

    def impute(self, values: np.ndarray, mask: np.ndarray, *, n_draws: int = 1, seed: int) -> np.ndarray:
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
        return pack({"learner": self.learner.card()}, {"windows": self.windows, "spread": self.spread})

    @cached_property
    def _reference(self) -> ReferenceWindows:
        return ReferenceWindows(self.windows / self.spread, self.learner.reach * self.windows.shape[1])
