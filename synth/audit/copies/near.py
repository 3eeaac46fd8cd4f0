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

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import Windows, concatenate
from synth.audit.attack import ALPHA_OF_CONTROL, NOTHING_FRESH, Attack, Baseline, Evidence, unprotected
from synth.audit.copies.disguises import in_words, known_copies
from synth.audit.copies.search import APART, Matches, Pool, Search, aligned
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
        harmless: `(n,)` bool, windows that show how much stands out without copying: unused ones and, of people
            without any, used ones, each looked up away from itself. People resemble themselves at
            another time more than strangers resemble anybody.
        sides: Which stretches were used and which might have been, without other people's; `None` where that was not
            drawn at random.
    """

    windows: Windows
    pool: Pool
    used: np.ndarray
    harmless: np.ndarray
    sides: Sides | None

    @classmethod
    def of(cls, split: Split) -> "Haystack":
        """Put all real windows together."""
        parts = [split.fit, split.fresh, split.unseen]
        windows = concatenate(parts)
        part = np.repeat(np.arange(3), [len(p) for p in parts])
        sides = None
        if split.at_random and len(split.fresh):
            of_members = concatenate(parts[:2])
            is_used = part[part < 2] == 0
            sides = Sides.of(of_members, is_used, stretches(of_members, is_used))
        harmless = (part > 0) | ~np.isin(windows.subject, split.fresh.subjects)
        return cls(windows, Pool.of(windows, part), part == 0, harmless, sides)

    @property
    def views(self) -> list[View]:
        """The views that show something of these recordings."""
        return [view for view in VIEWS if view.applies_to(self.pool.measured)]

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
        known = self.calibration or _as_plain(yardsticks(hay, hay.views, context)[0])
        results: list[Result] = []
        pairs: list[Mapping[str, Any]] = []
        for view in hay.views:
            search = Search.of(hay.pool, view)
            matches = search.look_up(release.windows, should_stop=context.should_stop)
            results += _results(view, matches, Yardstick.from_json(known[view.name]), hay, context)
            pairs += _closest(release.windows, hay, matches)
        pairs.sort(key=lambda pair: -pair["fit"])
        return Evidence(tuple(results), {"pairs": pairs[:N_PAIRS]} if pairs else {})

    def reference(self, split: Split, context: RunContext) -> Baseline:
        """Look up unused windows, known copies in every disguise, and unprotected windows."""
        hay = Haystack.of(split)
        known, of_harmless = yardsticks(hay, hay.views, context)
        calibration = _as_plain(known)
        ceilings = self.calibrated(calibration).run(split, unprotected(split), context)
        finds = [_finds(name, of_view) for name, of_view in known.items()]
        return Baseline(ceilings, (), (*finds, _finds_nothing(of_harmless, hay)), calibration)


def yardsticks(
    hay: Haystack, views: Sequence[View], context: RunContext
) -> tuple[dict[str, Yardstick], dict[str, Matches]]:
    """Look up all harmless windows, and known copies: what released windows are measured by.

    Returns:
        For each view its yardstick, and the matches of the harmless windows.
    """
    harmless = np.flatnonzero(hay.harmless)
    windows = hay.windows.take(harmless)
    known, of_harmless = {}, {}
    for view in views:
        search = Search.of(hay.pool, view)
        found = search.look_up(windows, own=harmless, should_stop=context.should_stop)
        drawn = yardstick(found.margin, hay.person(found))
        known[view.name] = replace(drawn, power=_power(search, drawn, hay, context))
        of_harmless[view.name] = found
    return known, of_harmless


def _power(search: Search, drawn: Yardstick, hay: Haystack, context: RunContext) -> float:
    """Return the share of known copies that are found where they were taken, in [0, 1]."""
    used, tracks = hay.windows.take(hay.used), hay.pool.tracks
    copies = known_copies(used, tracks, search.view.name, seed=context.seed)
    found = search.look_up(copies.windows, should_stop=context.should_stop)
    off = np.abs(tracks.begin[found.nearest][:, None] - copies.begin).min(axis=1)
    return float(np.mean((found.margin > drawn.lines[-1]) & (off < used.n_timesteps)))


def _as_plain(known: Mapping[str, Yardstick]) -> dict[str, Any]:
    """Return plain values, the same ones that JSON gives back."""
    return json.loads(json.dumps({name: asdict(of_view) for name, of_view in known.items()}))


def _results(
    view: View, matches: Matches, known: Yardstick, hay: Haystack, context: RunContext
) -> list[Result]:
    used = hay.used[matches.nearest]
    found = stand_outs(known, matches.margin, hay.person(matches), hay.spot(matches), used)
    results = [_filled(_empty_result(f"{view.name}, {STANDING_OUT}"), *found)]
    if hay.sides is not None:
        of_known = matches.nearest < len(hay.sides.pool)
        among = np.where(of_known, matches.nearest, 0)
        results.append(
            _filled(
                _empty_result(f"{view.name}, {ALL}"), *excess(hay.sides, among, of_known, seed=context.seed)
            )
        )
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


def _finds_nothing(of_harmless: Mapping[str, Matches], hay: Haystack) -> Control:
    """Take half of the unused stretches for a release: who finds copies among them finds them anywhere."""
    tested = []
    for matches in of_harmless.values():
        person, spot = hay.person(matches), hay.spot(matches)
        half = _every_other_stretch(hay.windows.take(hay.harmless))
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
