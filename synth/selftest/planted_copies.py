"""Copies as somebody would disguise them, and exact numbers: written apart from what the audit tries itself on."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from data.release import Release
from data.sensors import sensors
from data.splits import split_windows
from data.windows import Windows, concatenate
from synth.audit.copies.tracks import Tracks
from synth.audit.membership.member_sets import stretches
from synth.selftest.world import AT_RISK, NOT_AT_RISK, SHARES, PlantedCase, Trial, World, nobody, spread

FASTER = 1.08
CUTOFF_HZ = 3.0
FEW = 0.02  # of the released windows


def cases_of_copies() -> tuple[PlantedCase, ...]:
    """Return the planted cases of copied recordings and exact numbers."""
    copied, harmless = {"copies": AT_RISK}, {"copies": NOT_AT_RISK}
    return (
        PlantedCase("copies cut off the grid of windows", copied, _cut_elsewhere(lambda v, world, rng: v)),
        PlantedCase("copies low-passed at 3 Hz, cut off the grid", copied, _cut_elsewhere(_low_passed)),
        PlantedCase("copies rotated, cut off the grid", copied, _cut_elsewhere(_rotated)),
        PlantedCase("copies 8 % faster, cut off the grid", copied, _cut_elsewhere(_faster)),
        PlantedCase("copies spliced from two, cut off the grid", copied, _cut_elsewhere(_spliced)),
        PlantedCase(
            "copies rotated and 8 % faster, cut off the grid", copied, _cut_elsewhere(_rotated_and_faster)
        ),
        PlantedCase("2 % slightly noisy copies of one person", copied, _few_noisy, needs_strangers=True),
        PlantedCase("5 % copies late in continuous recordings", copied, _late, needs_strangers=True),
        PlantedCase("means of used windows, all else noise", copied, _means_kept),
        PlantedCase("four windows' means as limits, all else noise", copied, _limits),
        PlantedCase("samples of used windows in another order", copied, _reordered),
        PlantedCase(
            "continuous recordings, unused time", harmless | {"membership": NOT_AT_RISK}, _continuous_unused
        ),
        PlantedCase("other people, on a coarse grid", harmless, _strangers_on_a_grid, needs_strangers=True),
        PlantedCase(
            "unused time, only other people as the holdout",
            harmless | {"membership": NOT_AT_RISK},
            _only_others_held_out,
        ),
    )


Change = Callable[[np.ndarray, World, np.random.Generator], np.ndarray]


def _cut_elsewhere(change: Change) -> Callable[[World], Trial]:
    """Release windows cut between those that were used, changed, without names of people."""

    def make(world: World) -> Trial:
        fit, name = world.fit, change.__name__.strip("_<>")
        rng, tracks = world.rng(name), Tracks.of(world.fit, np.zeros(len(world.fit)))
        n_longer = int(np.ceil(fit.n_timesteps * FASTER)) + 1
        begin = tracks.begin + rng.integers(1, max(2, fit.n_timesteps // 2), len(fit))
        goes_on = tracks.inside[begin[:, None] + np.arange(n_longer)].all(axis=1)
        begin = np.where(goes_on, begin, tracks.begin)
        longer = tracks.values[begin[:, None] + np.arange(n_longer)]
        return nobody(world, fit.with_values(change(longer, world, rng)[:, : fit.n_timesteps]), name)

    return make


def _low_passed(values: np.ndarray, world: World, rng: np.random.Generator) -> np.ndarray:
    """Drop all frequencies above the cut-off."""
    spectrum = np.fft.rfft(values[:, : world.fit.n_timesteps], axis=1)
    frequency_hz = np.fft.rfftfreq(world.fit.n_timesteps, 1 / world.fit.rate_hz)
    spectrum[:, frequency_hz > CUTOFF_HZ] = 0
    return np.fft.irfft(spectrum, world.fit.n_timesteps, axis=1)


def _rotated(values: np.ndarray, world: World, rng: np.random.Generator) -> np.ndarray:
    """Turn each window's sensors by angles of its own; without sensors, mirror everything."""
    from scipy.spatial.transform import Rotation

    turned = values.copy()
    found = sensors(world.fit.channels)
    for sensor in found:
        turns = Rotation.from_quat(rng.standard_normal((len(values), 4))).as_matrix()
        axes = list(sensor.axes)
        turned[..., axes] = np.einsum("ntj,nij->nti", values[..., axes], turns)
    return turned if found else -values


def _faster(values: np.ndarray, world: World, rng: np.random.Generator) -> np.ndarray:
    from scipy.interpolate import CubicSpline

    at = np.arange(world.fit.n_timesteps) * FASTER
    return CubicSpline(np.arange(values.shape[1]), values, axis=1)(np.minimum(at, values.shape[1] - 1))


def _rotated_and_faster(values: np.ndarray, world: World, rng: np.random.Generator) -> np.ndarray:
    return _rotated(_faster(values, world, rng), world, rng)


def _spliced(values: np.ndarray, world: World, rng: np.random.Generator) -> np.ndarray:
    """Go on with another window somewhere around the middle."""
    n_timesteps = world.fit.n_timesteps
    seam = rng.integers(int(0.4 * n_timesteps), int(0.6 * n_timesteps), len(values))
    is_second = np.arange(values.shape[1]) >= seam[:, None]
    return np.where(is_second[:, :, None], values[rng.permutation(len(values))], values)


def _few_noisy(world: World) -> Trial:
    fit, rng = world.fit, world.rng("few noisy")
    own = np.flatnonzero(fit.subject == rng.choice(fit.subjects))
    n = min(max(4, round(FEW * len(world.strangers))), len(own))
    copied = fit.take(rng.choice(own, n, replace=False))
    noise = 0.1 * copied.values.std(axis=1, keepdims=True) * rng.standard_normal(copied.values.shape)
    return nobody(
        world, concatenate([world.strangers, copied.with_values(copied.values + noise)]), "few noisy"
    )


def _late(world: World) -> Trial:
    """Join everybody's series, and copy the end of one person's recording."""
    joined = replace(
        world, split=split_windows(_continuous(_everyone(world)), seed=world.seed, settings=SHARES)
    )
    fit = joined.fit
    own = np.flatnonzero(fit.subject == world.rng("late").choice(fit.subjects))
    n = min(max(4, round(0.05 * len(world.strangers))), len(own))
    late = own[np.argsort(fit.start[own], kind="stable")[-n:]]
    return nobody(joined, concatenate([world.strangers, fit.take(late)]), "late copies")


def _continuous_unused(world: World) -> Trial:
    split = split_windows(_continuous(_everyone(world)), seed=world.seed, settings=SHARES)
    chosen = stretches(split.fresh, np.zeros(len(split.fresh), bool)) % 2 == 0
    half = replace(split, fresh=split.fresh.take(~chosen))
    return Trial(half, Release("unused time", split.fresh.take(chosen)))


def _everyone(world: World) -> Windows:
    return concatenate([world.split.fit, world.split.fresh, world.split.unseen])


def _continuous(windows: Windows) -> Windows:
    """Join the series of each person and activity, a window apart: recordings that only stop for a moment."""
    order = np.lexsort((windows.start, windows.series, windows.activity, windows.subject))
    joined = windows.take(order)
    series = np.char.add(np.char.add(joined.subject, ", "), joined.activity)
    same = (joined.series[1:] == joined.series[:-1]) & (np.diff(joined.start) > 0)
    step = np.where(same, np.diff(joined.start), 2 * joined.n_timesteps)
    start = np.concatenate([[0], np.cumsum(step)])
    first = np.unique(series, return_index=True, return_inverse=True)
    return replace(joined, series=series, start=start - start[first[1]][first[2]])


def _means_kept(world: World) -> Trial:
    fit = world.fit
    return nobody(world, _with_means(fit, np.arange(len(fit)), world.rng("means")), "means kept")


def _limits(world: World) -> Trial:
    """Bring the first windows to the means of four used ones, 25 windows each."""
    fit, rng = world.fit, world.rng("limits")
    chosen = np.repeat(rng.choice(len(fit), 4, replace=False), min(25, len(fit) // 4))
    limited = _with_means(fit.take(chosen), np.arange(len(chosen)), rng)
    rest = rng.normal(0, spread(fit.values), fit.values.shape)
    return nobody(world, concatenate([limited, fit.with_values(rest)]), "limits")


def _with_means(windows: Windows, of: np.ndarray, rng: np.random.Generator) -> Windows:
    noise = rng.normal(0, spread(windows.values), windows.values.shape)
    means = windows.values[of].astype(np.float64).mean(axis=1, keepdims=True)
    return windows.with_values(noise - noise.mean(axis=1, keepdims=True) + means)


def _reordered(world: World) -> Trial:
    fit, rng = world.fit, world.rng("reordered")
    order = np.argsort(rng.random(fit.values.shape[:2]), axis=1)
    return nobody(
        world, fit.with_values(np.take_along_axis(fit.values, order[:, :, None], axis=1)), "reordered"
    )


def _strangers_on_a_grid(world: World) -> Trial:
    step = 0.05 * spread(world.fit.values)
    return nobody(
        world, world.strangers.with_values(np.round(world.strangers.values / step) * step), "on a grid"
    )


def _only_others_held_out(world: World) -> Trial:
    """Bring only other people's recordings as the holdout; release what the members did at another time."""
    split = world.split
    nothing = split.fresh.take(np.zeros(0, np.int64))
    return Trial(replace(split, fresh=nothing, at_random=False), Release("unused time", split.fresh))
