"""Is anyone's recording copied? Every released window is looked up in all private recordings.

The attacker's story: someone holds the released windows and, from elsewhere, recordings of the same people
(a gym's app, an older study). They look for every released window in every recording, at every sample, however it was
disguised: scaled, inverted, reversed, smoothed, turned, played at another pace, spliced, with channels exchanged. A
single copied window identifies a person and everything that the release says about them.

People repeat themselves, so windows of a generator that merely learnt the data match some recording, too. Two tests
tell copies apart. Windows that match one place much better than all others *stand out*; how often harmless ones do is
known from all windows that were not used, and as many released windows are expected to (`stand_outs.py`). And
harmless windows match recordings that were never used just as well, because the stretches to be used were drawn at
random; this is tested for all windows, if it was so.

Known copies in the disguise that each view sees through, cut from everywhere in the same recordings, say how many the
attacker finds. The share of copies is scaled by it, and where fewer than nine in ten are found, nothing is called safe.

References:
    Platzer and Reutterer, Holdout-based empirical assessment of mixed-type synthetic data, Frontiers in Big
    Data 4 (2021) (are records nearer to training than to holdout data?).
    Stadler, Oprisanu and Troncoso, Synthetic data - anonymisation groundhog day, USENIX Security 2022 (why a
    distance alone says nothing).
    Lowe, Distinctive image features from scale-invariant keypoints, International Journal of Computer Vision 60 (2004)
    (how much better the best match is than the best elsewhere).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import Windows, concatenate
from synth.audit.attack import ALPHA_OF_CONTROL, NOTHING_FRESH, Attack, Baseline, Evidence
from synth.audit.copies.disguises import N_KNOWN, in_words, known_copies
from synth.audit.copies.search import APART, Matches, Pool, aligned, look_up
from synth.audit.copies.stand_outs import Yardstick, stand_outs, yardstick
from synth.audit.copies.views import VIEWS, View
from synth.audit.membership.member_sets import Sides, excess, stretches
from synth.audit.report import Control, Result
from synth.audit.stats import Estimate, holm
from synth.core.run_context import RunContext

FOUND = 0.9  # share of known copies that must be found before anything is called safe
MIN_UNUSED = 100
N_PAIRS = 3  # shown as overlays
ALL, STANDING_OUT = "all windows", "windows that stand out"
TOO_FEW = f"At least {MIN_UNUSED} real windows that were not used are needed to know how well windows fit by chance."


@dataclass(frozen=True, eq=False)
class Haystack:
    """All real windows, and the recordings that they make up.

    Attributes:
        windows: Used windows first, then unused ones of the same people, then those of other people.
        pool: The recordings.
        used: `(n,)` bool.
        sides: Which stretches were used and which might have been; without other people's.
        at_random: Whether that was drawn at random.
    """

    windows: Windows
    pool: Pool
    used: np.ndarray
    sides: Sides
    at_random: bool

    @classmethod
    def of(cls, split: Split) -> "Haystack":
        """Put all real windows together."""
        parts = [split.fit, split.fresh, split.unseen]
        windows = concatenate(parts)
        part = np.repeat(np.arange(3), [len(p) for p in parts])
        drawn = windows.take(part < 2)
        sides = Sides.of(drawn, (part == 0)[part < 2], stretches(drawn, part[part < 2]))
        return cls(windows, Pool.of(windows, part), part == 0, sides, split.at_random)

    @property
    def views(self) -> list[View]:
        """The views that show something of these recordings."""
        return [view for view in VIEWS if view.applies_to(self.pool.measured)]

    def look_up(self, windows: Windows, view: View, context: RunContext, *, are: np.ndarray | None = None) -> Matches:
        """Look windows up; those that are themselves here say which ones they are."""
        return look_up(windows, self.pool, view, own=are, should_stop=context.should_stop)

    def person(self, matches: Matches) -> np.ndarray:
        """Return whose recording each window matches, `(n,)` str."""
        return self.windows.subject[matches.nearest]

    def spot(self, matches: Matches) -> np.ndarray:
        """Number the spots of matches, `(n,)` int: places so near that their windows may overlap are mostly one."""
        return self.pool.tracks.begin[matches.nearest] // int(2 * APART * self.windows.n_timesteps)


@dataclass(frozen=True)
class Copies(Attack):
    """Look every released window up among used and unused recordings.

    Attributes:
        calibration: View -> its yardstick as plain values, from `reference`; measured anew if `None`.
    """

    question = "copies"
    attacker = "nearest private window"
    title = "Looking for windows that were copied"
    version = 2
    calibration: Mapping[str, Any] | None = field(default=None, compare=False)

    def calibrated(self, calibration: Mapping[str, Any] | None) -> "Copies":
        """Return the attack with the yardsticks of its reference."""
        return replace(self, calibration=calibration)

    def obstacle(self, split: Split) -> str:
        """Need at least `MIN_UNUSED` unused windows."""
        n_unused = len(split.fresh) + len(split.unseen)
        if n_unused == 0:
            return NOTHING_FRESH
        return "" if n_unused >= MIN_UNUSED else TOO_FEW

    def run(self, split: Split, release: Release, context: RunContext) -> tuple[Result, ...]:
        """Return the share of copies for each view: of windows that stand out and, if drawn at random, of all."""
        return self.examine(split, release, context).results

    def examine(self, split: Split, release: Release, context: RunContext) -> Evidence:
        """Measure a release, and show the pairs of windows that match best."""
        hay = Haystack.of(split)
        known = self._yardsticks(hay, context)
        results: list[Result] = []
        pairs: list[Mapping[str, Any]] = []
        for view in hay.views:
            matches = hay.look_up(release.windows, view, context)
            results += _results(view, matches, known[view.name], hay, seed=context.seed)
            pairs += _closest(release.windows, hay, matches)
        pairs.sort(key=lambda pair: -pair["fit"])
        return Evidence(tuple(results), {"pairs": pairs[:N_PAIRS]} if pairs else {})

    def reference(self, split: Split, context: RunContext) -> Baseline:
        """Look up unused windows, known copies in every disguise, and unprotected windows."""
        hay = Haystack.of(split)
        unused = np.flatnonzero(~hay.used)
        of_unused = {v.name: hay.look_up(hay.windows.take(unused), v, context, are=unused) for v in hay.views}
        known = {v.name: _yardstick(v, of_unused[v.name], hay, context) for v in hay.views}
        calibration = {name: asdict(of_view) for name, of_view in known.items()}
        some = split.fit.take(np.unique(np.linspace(0, len(split.fit) - 1, N_KNOWN).astype(int)))
        return Baseline(
            ceilings=self.calibrated(calibration).run(split, Release("unprotected recordings", some), context),
            controls=(*(_finds(*item) for item in known.items()), _finds_nothing(of_unused, hay)),
            calibration=calibration,
        )

    def _yardsticks(self, hay: Haystack, context: RunContext) -> dict[str, Yardstick]:
        if self.calibration is not None:
            return {name: Yardstick.from_json(body) for name, body in self.calibration.items()}
        return yardsticks(hay, hay.views, context)


def yardsticks(hay: Haystack, views: Sequence[View], context: RunContext) -> dict[str, Yardstick]:
    """Look up all unused windows and known copies: what the released windows are measured by, for each view."""
    unused = np.flatnonzero(~hay.used)
    windows = hay.windows.take(unused)
    return {v.name: _yardstick(v, hay.look_up(windows, v, context, are=unused), hay, context) for v in views}


def _yardstick(view: View, of_unused: Matches, hay: Haystack, context: RunContext) -> Yardstick:
    known = yardstick(of_unused.margin, hay.person(of_unused))
    used = hay.windows.take(hay.used)
    copies = known_copies(used, hay.pool.tracks, view.name, seed=context.seed)
    found = hay.look_up(copies.windows, view, context)
    off = np.abs(hay.pool.tracks.begin[found.nearest][:, None] - copies.begin).min(axis=1)
    power = np.mean((found.margin > known.lines[-1]) & (off < used.n_timesteps))
    return replace(known, power=float(power))


def _results(view: View, matches: Matches, known: Yardstick, hay: Haystack, *, seed: int) -> list[Result]:
    used = hay.used[matches.nearest]
    found = stand_outs(known, matches.margin, hay.person(matches), hay.spot(matches), used)
    results = [_filled(_empty_result(f"{view.name}, {STANDING_OUT}"), *found)]
    if hay.at_random:
        of_known = matches.nearest < len(hay.sides.pool)
        among = np.where(of_known, matches.nearest, 0)
        results.append(_filled(_empty_result(f"{view.name}, {ALL}"), *excess(hay.sides, among, of_known, seed=seed)))
    return results


def _finds(view_name: str, known: Yardstick) -> Control:
    """Judge by known copies whether the attacker finds nearly all."""
    return Control(
        question=Copies.question,
        attacker=Copies.attacker,
        planted=f"used recordings, cut elsewhere and {in_words(view_name)}",
        expected="win",
        value=known.power,
        low=known.power,
        high=known.power,
        chance=0.0,
        passed=known.power >= FOUND,
    )


def _finds_nothing(of_unused: Mapping[str, Matches], hay: Haystack) -> Control:
    """Take half of the unused stretches for a release: who finds copies among them finds them anywhere."""
    tested = []
    for matches in of_unused.values():
        person, spot = hay.person(matches), hay.spot(matches)
        half = _every_other_stretch(hay.windows.take(~hay.used))
        among = yardstick(matches.margin[~half], person[~half])
        used = hay.used[matches.nearest]
        tested.append(stand_outs(among, matches.margin[half], person[half], spot[half], used[half]))
    corrected = holm([p for _, p in tested])
    worst = tested[int(np.argmin(corrected))][0]
    return Control(
        question=Copies.question,
        attacker=Copies.attacker,
        planted="unused real windows",
        expected="lose",
        value=worst.value,
        low=worst.low,
        high=worst.high,
        chance=0.0,
        passed=min(corrected) > ALPHA_OF_CONTROL,
    )


def _every_other_stretch(windows: Windows) -> np.ndarray:
    return stretches(windows, np.zeros(len(windows), bool)) % 2 == 0


def _filled(template: Result, estimate: Estimate, p: float) -> Result:
    return replace(
        template, value=estimate.value, low=estimate.low, high=estimate.high, n=estimate.n_clusters, p=p
    )


def _closest(released: Windows, hay: Haystack, matches: Matches) -> list[Mapping[str, Any]]:
    """Return the most outstanding matches of released and used windows, aligned for an overlay."""
    of_used = np.flatnonzero(hay.used[matches.nearest])
    chosen = of_used[np.argsort(-matches.margin[of_used], kind="stable")][:N_PAIRS]
    pairs = []
    for i in chosen:
        private = hay.windows.take(matches.nearest[i : i + 1])
        ours, theirs, channel = aligned(released.values[i], private.values[0])
        pairs.append(
            {
                "fit": round(float(matches.fit[i]), 3),
                "channel": released.channels[channel],
                "activity": str(private.activity[0]),
                "person": str(private.subject[0]),
                "rate_hz": float(released.rate_hz),
                "released": ours.round(4).tolist(),
                "private": theirs.round(4).tolist(),
            }
        )
    return pairs


def _empty_result(tier: str) -> Result:
    return Copies.unmeasured(
        "share of copies",
        tier,
        unit="stretches of recording; released windows that match a used one, beyond what unused windows do",
        chance=0.0,
    )
