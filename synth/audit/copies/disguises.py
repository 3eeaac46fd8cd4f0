"""Known copies: used windows in the disguises that views see through, so that it is known how many are found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from data.sensors import sensors
from data.windows import Windows
from synth.audit.copies.tracks import Tracks
from synth.audit.copies.views import SLOW_HZ
from synth.core.figures import percent

NOISE = 0.3  # of each window's movement
PACE = 0.08
N_KNOWN = 200  # known copies of each kind, spread evenly over everything that was used


@dataclass(frozen=True, eq=False)
class KnownCopies:
    """Copies and where they were taken.

    Attributes:
        windows: The copies.
        begin: `(n, n_origins)` int, the samples of the recordings at which the originals begin.
    """

    windows: Windows
    begin: np.ndarray


Disguise = Callable[["_Originals", np.random.Generator], np.ndarray]


@dataclass(frozen=True, eq=False)
class _Originals:
    """Stretches cut where no window was, and room to play them faster."""

    values: np.ndarray
    longer: np.ndarray
    rate_hz: float
    channels: tuple[str, ...]


def known_copies(used: Windows, tracks: Tracks, view_name: str, *, seed: int) -> KnownCopies:
    """Return disguised copies of used windows from everywhere in the recordings.

    Args:
        used: Windows that were used: the first ones of the tracks.
        tracks: The recordings.
        view_name: The view that should see through the disguise.
        seed: Draws where they are cut, and the disguise.
    """
    rng = np.random.default_rng(seed)
    n_timesteps = used.n_timesteps
    chosen = evenly(len(used), N_KNOWN)
    n_longer = int(np.ceil(n_timesteps * (1 + PACE))) + 1
    begin = _cut_elsewhere(tracks, tracks.begin[chosen], n_longer, n_timesteps, rng)
    steps = np.arange(n_timesteps)
    values = tracks.values[begin[:, None] + steps]
    longer = tracks.values[begin[:, None] + np.arange(n_longer)]
    originals = _Originals(values, longer, used.rate_hz, used.channels)
    origins = begin[:, None]
    if view_name == "by halves":
        order = np.roll(np.arange(len(begin)), len(begin) // 2)
        disguised = values.copy()
        disguised[:, n_timesteps // 2 :] = values[order][:, n_timesteps // 2 :]
        origins = np.stack([begin, begin[order]], axis=1)
    else:
        disguised = DISGUISES[view_name][1](originals, rng)
    return KnownCopies(used.take(chosen).with_values(disguised), origins)


def evenly(n: int, n_chosen: int) -> np.ndarray:
    """Return at most `n_chosen` of the indices below `n`, spread evenly over all of them."""
    return np.unique(np.linspace(0, n - 1, min(n_chosen, n)).astype(int))


def in_words(view_name: str) -> str:
    """Return what copies a view is tried on."""
    return "spliced from two used recordings" if view_name == "by halves" else DISGUISES[view_name][0]


def _cut_elsewhere(
    tracks: Tracks, begin: np.ndarray, n_longer: int, n_timesteps: int, rng: np.random.Generator
) -> np.ndarray:
    """Move each beginning by up to half a window where the recording goes on for long enough."""
    moved = begin + rng.integers(-n_timesteps // 2, n_timesteps // 2 + 1, len(begin))
    for length in (n_longer, n_timesteps):
        fits = tracks.inside[moved[:, None] + np.arange(length)].all(axis=1)
        moved = np.where(fits, moved, begin)
    return moved


def _noisy(originals: _Originals, rng: np.random.Generator) -> np.ndarray:
    movement = originals.values.std(axis=1, keepdims=True)
    return originals.values + rng.normal(0, NOISE, originals.values.shape) * movement


def _rescaled(originals: _Originals, rng: np.random.Generator) -> np.ndarray:
    values = originals.values
    return values * rng.uniform(0.5, 2, (len(values), 1, values.shape[2])) + rng.normal(
        0, values.std(), (len(values), 1, values.shape[2])
    )


def _low_passed(originals: _Originals, rng: np.random.Generator) -> np.ndarray:
    from scipy import signal

    sections = signal.butter(4, min(SLOW_HZ / (originals.rate_hz / 2), 0.9), output="sos")
    pad = min(27, originals.values.shape[1] - 1)
    return signal.sosfiltfilt(sections, originals.values, axis=1, padlen=pad)


def _rotated(originals: _Originals, rng: np.random.Generator) -> np.ndarray:
    values = originals.values.copy()
    turns = np.linalg.qr(rng.standard_normal((len(values), 3, 3)))[0]
    for sensor in sensors(originals.channels):
        axes = list(sensor.axes)
        values[..., axes] = np.einsum("nij,ntj->nti", turns, values[..., axes])
    return values


def _exchanged(originals: _Originals, rng: np.random.Generator) -> np.ndarray:
    return np.roll(originals.values, 1, axis=2)


def _faster(originals: _Originals, rng: np.random.Generator) -> np.ndarray:
    at = np.arange(originals.values.shape[1]) * (1 + PACE)
    before = at.astype(int)
    share = (at - before)[:, None]
    return originals.longer[:, before] * (1 - share) + originals.longer[:, before + 1] * share


DISGUISES: Mapping[str, tuple[str, Disguise]] = {
    "as a whole": (f"under noise of {percent(NOISE)} of their movement", _noisy),
    "in fine detail": ("with other scales and levels", _rescaled),
    "slow movement": (f"low-passed at {SLOW_HZ:g} Hz", _low_passed),
    "whichever direction": ("with every sensor turned", _rotated),
    "channels exchanged": ("with channels exchanged", _exchanged),
    "at another pace": (f"played {percent(PACE)} faster", _faster),
}
