"""How GAIN draws for windows: what is expected, and errors of the networks on real windows that are much alike."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.ndimage import gaussian_filter1d

from synth.imputers.gain.inputs import GappedWindows
from synth.imputers.gain.similar_windows import ReferenceWindows, importance

if TYPE_CHECKING:
    from synth.imputers.gain._conv_network import Networks

N_MIXED = 4  # errors of so many windows are mixed in a draw
REACH = 0.25  # of the window: how far from a gap windows are to be alike
COARSE = 3.0  # samples: the networks know movements, but hardly what is finer than this
KNOTS = (
    0.1,
    0.7,
    1.0,
)  # freedom of samples beside known ones, in gaps, and of channels without known samples
_NEAR = 0.1  # of the window: how far from a gap its roughness counts
_ROUGHER = (0.1, 8.0)  # least and most that fine detail is multiplied by
_TINY = 1e-4


@dataclass(frozen=True, eq=False)
class GapSampler:
    """Fills in, in `Space`: what is expected, and how the networks err on real windows that are much alike.

    A draw deviates from what is expected as several real windows do with the very same gaps: it meets what is known,
    and its channels belong together. Movements deviate in units of how large the networks expect errors to be, fine
    detail in units of how rough the windows are beside their gaps.

    Attributes:
        expect: Compiled; see `_conv_network.make_expect`.
        strength: Compiled; see `_conv_network.make_strength`.
        kept: Real windows in `Space`.
    """

    expect: Callable[..., tuple[Any, Any]]
    strength: Callable[[Any], Any]
    reference: ReferenceWindows

    @classmethod
    def of(cls, networks: "Networks", inner: np.ndarray) -> "GapSampler":
        """Compile the networks; the errors are those on windows `inner`, `(m, timesteps, channels)` in `Space`."""
        from synth.imputers.gain import _conv_network as network

        reference = ReferenceWindows(inner, REACH * inner.shape[1])
        return cls(network.make_expect(networks), network.make_strength(networks), reference)

    def expected(self, gapped: GappedWindows) -> tuple[np.ndarray, np.ndarray]:
        """Return the expected windows, meeting what is known, and how large errors are to be expected."""
        proposal, features = self.expect(gapped.shown, gapped.mask, gapped.where.has)
        return gapped.matched(np.asarray(proposal)), np.asarray(self.strength(features))

    def similar(self, gapped: GappedWindows, n_windows: int) -> np.ndarray:
        """Find real windows that agree with what is known, `(n_windows, n, timesteps, channels)`.

        The nearest one is left out: it may be the window itself.
        """
        ranked = self.reference.ranked(gapped.shown, gapped.mask > 0, n_windows + 1)
        ranked = ranked[:, 1:] if ranked.shape[1] > 1 else ranked
        return self.reference.windows[ranked[:, np.arange(n_windows) % ranked.shape[1]].T]

    def drawn(self, gapped: GappedWindows, n_draws: int, rng: np.random.Generator) -> "Draws":
        """Draw for windows with gaps."""
        expected, strength = self.expected(gapped)
        own, coarse, fine = roughness(gapped.shown, gapped.mask), [], []
        for windows in self.similar(gapped, N_MIXED):
            theirs, their_strength = self.expected(gapped.same_gaps_in(windows))
            error = windows - theirs
            smooth = _smoothed(gapped, error)
            coarse.append(smooth * strength / their_strength)
            fine.append((error - smooth) * np.clip(own / roughness(windows, gapped.mask), *_ROUGHER))
        mixes = draw_mixes(n_draws, len(expected), rng)
        mixed = [np.einsum("dnk,kntc->dntc", mixes, np.stack(x), optimize=True) for x in (coarse, fine)]
        return Draws(gapped, expected, *mixed)


@dataclass(frozen=True, eq=False)
class Draws:
    """What is expected of windows with gaps, and how each draw deviates from it.

    Attributes:
        question: About which windows.
        expected: `(n, timesteps, channels)`.
        coarse: `(n_draws, n, timesteps, channels)`, 0 where known: how movements differ.
        fine: Same shape, 0 where known: tremor, and noise of the sensor.
    """

    gapped: GappedWindows
    expected: np.ndarray
    coarse: np.ndarray
    fine: np.ndarray

    def deviations(self, widths: np.ndarray) -> np.ndarray:
        """Return how draws deviate, widened by `widths` `(3,)` at the degrees of freedom `KNOTS`.

        In gaps movements only: there, fine detail is as large as it should be.
        """
        freedom = self.gapped.where.freedom.transpose(0, 2, 1)
        wide = np.interp(freedom, KNOTS, widths).astype(np.float32)
        wide_beside = np.interp(freedom, KNOTS, (widths[0], 1, 1)).astype(np.float32)
        return wide * self.coarse + wide_beside * self.fine


def roughness(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Measure how rough windows are beside their gaps: the size of second differences of known samples.

    Args:
        values: `(n, timesteps, channels)`.
        mask: Same shape, 1 where known.

    Returns:
        `(n, 1, channels)`, > 0; 1 in channels without three known samples in a row.
    """
    known = (mask[:, 2:] * mask[:, 1:-1] * mask[:, :-2]) > 0
    weights = importance(mask > 0, _NEAR * mask.shape[1])[:, 1:-1] * known
    total = weights.sum(axis=1, keepdims=True)
    squares = (weights * np.diff(values, 2, axis=1) ** 2).sum(axis=1, keepdims=True)
    return np.where(total > 0, np.sqrt(squares / np.where(total > 0, total, 1)), 1) + _TINY


def _smoothed(gapped: GappedWindows, errors: np.ndarray) -> np.ndarray:
    """Smooth errors in time; they stay 0 at known samples."""
    smooth = gaussian_filter1d(errors, COARSE, axis=1, mode="nearest")
    return smooth - gapped.where.interpolate(smooth)


def draw_mixes(n_draws: int, n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw in which proportions errors are mixed, `(n_draws, n, N_MIXED)`; every second draw mirrors the one before.

    Their squares add up to 1, so that a mix is as large as what is mixed. Mirrored draws deviate to opposite sides:
    their mean is what is expected.
    """
    halves = rng.standard_normal((n, -(-n_draws // 2), N_MIXED), dtype=np.float32)
    halves /= np.linalg.norm(halves, axis=-1, keepdims=True)
    return np.stack([halves, -halves], axis=2).reshape(n, -1, N_MIXED)[:, :n_draws].swapaxes(0, 1)
