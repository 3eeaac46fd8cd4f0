"""How GAIN draws windows: the expectation, plus residuals of the networks on similar real windows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.ndimage import gaussian_filter1d

from synth.imputers.gain.inputs import GappedWindows
from synth.imputers.gain.similar_windows import ReferenceWindows, importance

if TYPE_CHECKING:
    from synth.imputers.gain._conv_network import Networks

N_MIXED = 4  # similar windows whose residuals are mixed in a draw
REACH = 0.25  # share of the window: how far from a gap samples count in the comparison of windows
COARSE = 3.0  # samples, standard deviation of a Gaussian; the networks hardly predict finer detail
# Typical freedom of samples next to known ones, inside gaps, and in channels without known samples.
KNOTS = (0.1, 0.7, 1.0)
_NEAR = 0.1  # share of the window: how far from a gap samples count in its roughness
_ROUGHER = (0.1, 8.0)  # bounds of the factor by which fine detail is scaled
_TINY = 1e-4


@dataclass(frozen=True, eq=False)
class GapSampler:
    """Draws imputed values in `Space` from the expectation and from residuals of similar real windows.

    The residuals of several real windows with the same gaps are added to the expectation, so that a draw meets the
    known samples and its channels fit together. Coarse residuals are scaled by the error that the networks predict,
    fine detail by the roughness of the windows next to their gaps.

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
        """Compile the networks.

        Args:
            networks: Trained, or still in training.
            inner: `(m, timesteps, channels)` in `Space`, real windows whose residuals are used.
        """
        from synth.imputers.gain import _conv_network as network

        reference = ReferenceWindows(inner, REACH * inner.shape[1])
        return cls(network.make_expect(networks), network.make_strength(networks), reference)

    def expected(self, gapped: GappedWindows) -> tuple[np.ndarray, np.ndarray]:
        """Return the expectation, which meets the known samples, and the predicted size of its errors.

        Returns:
            Both `(n, timesteps, channels)` float32 in `Space`; the second is > 0.
        """
        proposal, features = self.expect(gapped.shown, gapped.mask, gapped.where.has)
        return gapped.matched(np.asarray(proposal)), np.asarray(self.strength(features))

    def similar(self, gapped: GappedWindows, n_windows: int) -> np.ndarray:
        """Find the real windows that agree best with the known samples, `(n_windows, n, timesteps, channels)`.

        The nearest one is left out, as it may be the window itself.
        """
        ranked = self.reference.ranked(gapped.shown, gapped.mask > 0, n_windows + 1)
        ranked = ranked[:, 1:] if ranked.shape[1] > 1 else ranked
        return self.reference.windows[ranked[:, np.arange(n_windows) % ranked.shape[1]].T]

    def drawn(self, gapped: GappedWindows, n_draws: int, rng: np.random.Generator) -> "Draws":
        """Draw imputed values for windows with gaps; `rng` mixes the residuals."""
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
    """The expectation for windows with gaps, and the residuals of each draw.

    Attributes:
        gapped: The windows.
        expected: `(n, timesteps, channels)` float32 in `Space`.
        coarse: `(n_draws, n, timesteps, channels)`, 0 where known: smooth residuals, differences between movements.
        fine: Same shape, 0 where known: the rest of the residuals, tremor and sensor noise.
    """

    gapped: GappedWindows
    expected: np.ndarray
    coarse: np.ndarray
    fine: np.ndarray

    def deviations(self, widths: np.ndarray) -> np.ndarray:
        """Return the deviations of the draws from the expectation, widened by calibrated factors.

        Inside gaps only coarse residuals are widened, as fine detail has the right size there.

        Args:
            widths: `(3,)`, factors at the values `KNOTS` of freedom; interpolated in between.

        Returns:
            `(n_draws, n, timesteps, channels)` in `Space`.
        """
        freedom = self.gapped.where.freedom.transpose(0, 2, 1)
        wide = np.interp(freedom, KNOTS, widths).astype(np.float32)
        wide_at_edges = np.interp(freedom, KNOTS, (widths[0], 1, 1)).astype(np.float32)
        return wide * self.coarse + wide_at_edges * self.fine


def roughness(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Measure the roughness of windows next to their gaps: the RMS of second differences of known samples.

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
    """Smooth residuals in time; they stay 0 at known samples."""
    smooth = gaussian_filter1d(errors, COARSE, axis=1, mode="nearest")
    return smooth - gapped.where.interpolate(smooth)


def draw_mixes(n_draws: int, n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the weights with which residuals are mixed; every second draw mirrors the one before (antithetic draws).

    The squares of the weights of a draw add up to 1, so that mixing preserves the variance of residuals. Mirrored draws
    deviate to opposite sides, so that their mean is the expectation.

    Args:
        n_draws: Number of draws, >= 1.
        n: Number of windows.
        rng: Source of randomness.

    Returns:
        `(n_draws, n, N_MIXED)` float32.
    """
    halves = rng.standard_normal((n, -(-n_draws // 2), N_MIXED), dtype=np.float32)
    halves /= np.linalg.norm(halves, axis=-1, keepdims=True)
    return np.stack([halves, -halves], axis=2).reshape(n, -1, N_MIXED)[:, :n_draws].swapaxes(0, 1)
