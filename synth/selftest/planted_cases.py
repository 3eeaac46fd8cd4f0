"""Planted cases: releases with a known answer, made from any recordings.

case.make(world) -> Trial(split, release)   the input of an audit
case.expected                               the right verdicts, by question
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from data.release import Release
from data.splits import cut_by_time
from data.windows import Windows, concatenate
from synth.audit.membership.member_sets import stretches
from synth.audit.models.phase_surrogates import phase_randomised
from synth.selftest.planted_copies import cases_of_copies
from synth.selftest.world import AT_RISK, NOT_AT_RISK, PlantedCase, Trial, World, nobody, spread

ATTRIBUTE = "planted attribute"


def cases() -> tuple[PlantedCase, ...]:
    """Return all planted cases."""
    copied = {"copies": AT_RISK}
    harmless = {"reidentification": NOT_AT_RISK, "membership": NOT_AT_RISK, "copies": NOT_AT_RISK}
    return (
        PlantedCase(
            "the used windows themselves",
            {**copied, "membership": AT_RISK, "reidentification": AT_RISK},
            _same,
        ),
        PlantedCase("jittered copies", copied, _changed(_jittered)),
        PlantedCase("copies shifted by a few samples", copied, _changed(_shifted)),
        PlantedCase("scaled copies", copied, _changed(_scaled)),
        PlantedCase("copies with channels exchanged", copied, _changed(_exchanged)),
        PlantedCase("time-warped copies", copied, _changed(_warped)),
        PlantedCase("convex mixtures of two windows", copied, _changed(_mixed)),
        PlantedCase("coarsely rounded copies", copied, _changed(_rounded)),
        PlantedCase("5 % copies among harmless windows", copied, _few_copies, needs_strangers=True),
        PlantedCase("one person copied among harmless windows", copied, _one_person, needs_strangers=True),
        PlantedCase("half a window copied, the rest of others", copied, _half_windows, needs_strangers=True),
        PlantedCase("levels kept (gravity, bias), all else redrawn", {"reidentification": AT_RISK}, _levels),
        PlantedCase("pace kept, all else redrawn", {"reidentification": AT_RISK}, _paces),
        PlantedCase(
            "recoded so that who knows raw data sees strangers",
            {"reidentification": AT_RISK},
            _changed(_recoded),
        ),
        PlantedCase(
            "recoded by a secret that changes with time: only who owns the method has seen both codes",
            {"reidentification": AT_RISK},
            _coded_by_time,
        ),
        PlantedCase(
            "unused windows of the same people",
            {"reidentification": AT_RISK, "membership": NOT_AT_RISK, "copies": NOT_AT_RISK},
            _unused,
        ),
        PlantedCase(
            "noise of each activity's level",
            {"discriminator": ("distinguishable",), **harmless},
            _class_noise,
        ),
        PlantedCase("activities permuted", {"utility": ("lost",)}, _labels_permuted),
        PlantedCase("one activity missing", {"utility": ("reduced", "lost")}, _one_missing),
        PlantedCase("an attribute in the amplitude", {"attributes": AT_RISK}, _attribute(amplitude=1.6)),
        PlantedCase("an attribute in nothing", {"attributes": NOT_AT_RISK}, _attribute(amplitude=1.0)),
        PlantedCase("a third of windows replaced", {"replacement": AT_RISK}, _replaced),
        PlantedCase("real windows of other people", harmless, _strangers, needs_strangers=True),
        *cases_of_copies(),
    )


def _same(world: World) -> Trial:
    return Trial(world.split, Release("used windows", world.fit, np.arange(len(world.fit))))


def _changed(change: Callable[[np.ndarray, np.random.Generator], np.ndarray]) -> Callable[[World], Trial]:
    """Release all used windows, transformed, under the names of their people."""

    def make(world: World) -> Trial:
        name = change.__name__.strip("_")
        values = change(world.fit.values, world.rng(name))
        return Trial(world.split, Release(name, world.fit.with_values(values), np.arange(len(world.fit))))

    return make


def _jittered(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return values + 0.1 * spread(values) * rng.standard_normal(values.shape)


def _shifted(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    reach = max(1, values.shape[1] // 10)
    shifts = rng.integers(1, reach + 1, len(values)) * rng.choice([-1, 1], len(values))
    steps = (np.arange(values.shape[1]) - shifts[:, None]) % values.shape[1]
    return np.take_along_axis(values, steps[:, :, None], axis=1)


def _scaled(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return values * rng.uniform(0.6, 1.6, (len(values), 1, values.shape[2]))


def _exchanged(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    n_channels = values.shape[2]
    return values[:, :, np.roll(np.arange(n_channels), 1)] if n_channels > 1 else -values


def _warped(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Warp each window in time, at a pace that drifts by about 10 %."""
    n, n_timesteps, n_channels = values.shape
    t = np.linspace(0, 1, n_timesteps)
    warped = np.empty_like(values)
    for i in range(n):
        pace = np.interp(t, np.linspace(0, 1, 4), np.clip(rng.normal(1, 0.1, 4), 0.5, 1.5))
        position = np.cumsum(pace)
        position = (position - position[0]) / (position[-1] - position[0])
        for channel in range(n_channels):
            warped[i, :, channel] = np.interp(position, t, values[i, :, channel])
    return warped


def _mixed(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return 0.5 * values + 0.5 * values[rng.permutation(len(values))]


def _rounded(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    step = 0.2 * spread(values)
    return np.round(values / step) * step


def _recoded(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    centre = values.mean(axis=(0, 1))
    return centre + 8 * spread(values) - 3 * (values - centre)


def _coded_by_time(world: World) -> Trial:
    """Release windows after the cut in another code than those before it; who owns the method makes both of their own.

    The static attacker knows neither code, and the refitted one learns on the first.
    """
    fit, fresh, rng = world.fit, world.split.fresh, world.rng("codes")
    codes = [_secret_code(fit.values, shift, rng) for shift in (8, -8)]
    _, after = cut_by_time(fit)
    is_late = np.isin(np.arange(len(fit)), after)[:, None, None]
    values = np.where(is_late, codes[1](fit.values), codes[0](fit.values))
    made = concatenate([fresh.with_values(code(fresh.values)) for code in codes])
    return Trial(
        world.split,
        Release(
            "coded by time",
            fit.with_values(values),
            np.arange(len(fit)),
            made_for_attackers=Release("coded by time", made),
        ),
    )


def _secret_code(
    like: np.ndarray, shift: float, rng: np.random.Generator
) -> Callable[[np.ndarray], np.ndarray]:
    """Draw a code: samples of a window in another order, channels mixed by a rotation, all of it moved."""
    from scipy.stats import ortho_group

    centre, size = like.mean(axis=(0, 1)), spread(like)
    order, n_channels = rng.permutation(like.shape[1]), like.shape[2]
    mixing = ortho_group.rvs(n_channels, random_state=rng) if n_channels > 1 else np.ones((1, 1))
    return lambda values: centre + size * (((values[:, order] - centre) / size) @ mixing + shift)


def _few_copies(world: World) -> Trial:
    n_copied = max(2, round(len(world.strangers) / 19))
    chosen = world.rng("few").choice(len(world.fit), min(n_copied, len(world.fit)), replace=False)
    return nobody(world, concatenate([world.strangers, world.fit.take(chosen)]), "5 % copies")


def _one_person(world: World) -> Trial:
    someone = world.rng("one").choice(world.fit.subjects)
    copied = world.fit.take(world.fit.subject == someone)
    return nobody(world, concatenate([world.strangers, copied]), "one person")


def _half_windows(world: World) -> Trial:
    values = np.resize(world.strangers.values, world.fit.values.shape).copy()
    half = world.fit.n_timesteps // 2
    values[:, :half] = world.fit.values[:, half : 2 * half]
    return nobody(world, world.fit.with_values(values), "half windows")


def _levels(world: World) -> Trial:
    """Add the mean of each person and activity to redrawn movement of anybody."""
    trial = _redrawn(world, "levels")
    return replace(
        trial, release=_revalued(trial.release, trial.release.windows.values + _levels_of(world.fit))
    )


def _paces(world: World) -> Trial:
    """Give each person a pace of their own in otherwise redrawn movement."""
    pace = dict(zip(world.fit.subjects, np.geomspace(0.6, 1.6, len(world.fit.subjects)), strict=True))

    trial = _redrawn(world, "paces")
    n_timesteps = world.fit.n_timesteps
    t = np.arange(n_timesteps)
    values = trial.release.windows.values.copy()
    for i, person in enumerate(world.fit.subject.tolist()):
        at = (t * pace[person]) % (n_timesteps - 1)
        values[i] = np.stack([np.interp(at, t, channel) for channel in values[i].T], axis=1)
    return replace(trial, release=_revalued(trial.release, values))


def _redrawn(world: World, name: str) -> Trial:
    """Release windows of the same activity by anybody, without their level and with random phases."""
    fit, rng = world.fit, world.rng(name)
    surrogates = phase_randomised(fit.values, seed=int(rng.integers(2**31)))
    surrogates -= surrogates.mean(axis=1, keepdims=True)
    values = np.empty_like(surrogates)
    for activity in fit.activities:
        own = np.flatnonzero(fit.activity == activity)
        values[own] = surrogates[rng.choice(own, len(own))]
    return Trial(world.split, Release(name, fit.with_values(values), np.arange(len(fit))))


def _revalued(release: Release, values: np.ndarray) -> Release:
    return replace(release, windows=release.windows.with_values(values))


def _levels_of(windows: Windows) -> np.ndarray:
    """Return the mean over all windows of the same person and activity, `(n, 1, channels)`."""
    names = np.char.add(np.char.add(windows.subject, "\0"), windows.activity)
    codes = np.unique(names, return_inverse=True)[1]
    sums = np.zeros((codes.max() + 1, windows.values.shape[2]))
    np.add.at(sums, codes, windows.values.mean(axis=1))
    return (sums / np.bincount(codes)[:, None])[codes][:, None]


def _unused(world: World) -> Trial:
    """Release half of the unused stretches, and leave the other half to the audit."""
    fresh = world.split.fresh
    place = stretches(fresh, np.zeros(len(fresh), bool))
    drawn = world.rng("unused").permutation(np.unique(place))[: (place.max() + 1) // 2]
    released = np.isin(place, drawn)
    split = replace(world.split, fresh=fresh.take(~released))
    return Trial(split, Release("unused windows", fresh.take(released)))


def _class_noise(world: World) -> Trial:
    fit, rng = world.fit, world.rng("noise")
    values = np.empty_like(fit.values)
    for activity in fit.activities:
        own = fit.activity == activity
        of_it = fit.values[own]
        values[own] = rng.normal(of_it.mean(axis=(0, 1)), spread(of_it), of_it.shape)
    return nobody(world, fit.with_values(values), "class noise")


def _labels_permuted(world: World) -> Trial:
    permuted = world.rng("labels").permutation(world.fit.activity)
    return Trial(
        world.split,
        Release("labels permuted", replace(world.fit, activity=permuted), np.arange(len(permuted))),
    )


def _one_missing(world: World) -> Trial:
    names, counts = np.unique(world.fit.activity, return_counts=True)
    kept = np.flatnonzero(world.fit.activity != names[counts.argmax()])
    return Trial(world.split, Release("one activity missing", world.fit.take(kept), kept))


def _attribute(amplitude: float) -> Callable[[World], Trial]:
    """Give half of the people an attribute, and scale their movement by `amplitude`."""

    def make(world: World) -> Trial:
        split = world.split
        people = world.rng(f"attribute {amplitude}").permutation(split.fit.subjects)
        having = people[: len(people) // 2]
        attributes = split.fit.attributes.reindex(split.fit.subjects)[[]].copy()
        attributes[ATTRIBUTE] = np.where(np.isin(attributes.index, having), "yes", "no")
        parts = {}
        for name in ("fit", "fresh", "unseen"):
            part = getattr(split, name)
            factor = np.where(np.isin(part.subject, having), amplitude, 1.0)[:, None, None]
            level = part.values.mean(axis=1, keepdims=True) if len(part) else 0.0
            parts[name] = replace(
                part.with_values(level + factor * (part.values - level)), attributes=attributes
            )
        marked = replace(split, **parts)
        return Trial(marked, Release("attribute", marked.fit, np.arange(len(marked.fit))))

    return make


def _replaced(world: World) -> Trial:
    fit, rng = world.fit, world.rng("replaced")
    chosen = rng.permutation(len(fit))[: len(fit) // 3]
    values = fit.values.copy()
    values[chosen] = phase_randomised(values[chosen], seed=int(rng.integers(2**31)))
    return Trial(world.split, Release("replaced", fit.with_values(values), np.arange(len(fit))))


def _strangers(world: World) -> Trial:
    return nobody(world, world.strangers, "other people")
