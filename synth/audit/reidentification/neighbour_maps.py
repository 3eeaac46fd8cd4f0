"""Maps of the same windows before and after, on which similar windows lie close together (t-SNE). For the owner only.

The tutorial's picture: if points of a person stay together after, the version keeps what people have in common with
themselves. Two maps are drawn of each side, because activities move windows further apart than people do: one of all
activities, and one of the activity that most people do. Both sides are mapped by themselves: an attacker who learns
from the version compares released windows with released windows. Nothing is judged by a map.

References:
    van der Maaten and Hinton, Visualizing data using t-SNE, JMLR 9 (2008).
    Malekzadeh et al., Mobile sensor data anonymization, IoTDI 2019, and its tutorial (by person, jogging only).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import Windows
from synth.audit.attack import Attack, Baseline, Evidence
from synth.audit.models.classifiers import at_most
from synth.audit.models.features import features
from synth.audit.models.projections import neighbouring
from synth.audit.report import Result
from synth.core.run_context import RunContext

MAX_ON_MAP = 400  # windows of each side, the same share of every person and activity
FEWEST = 10  # t-SNE places no fewer
MAPS = "before and after"  # the exhibit
BEFORE, AFTER = "before", "after"
PERSON, ACTIVITY = "person", "activity"


@dataclass(frozen=True)
class NeighbourMaps(Attack):
    """Maps of private windows and of what became of them; nothing is measured on them."""

    question = "reidentification"
    attacker = "maps before and after"
    title = "Drawing maps of windows before and after"
    efforts = ("thorough",)

    def applies_to(self, release: Release) -> bool:
        """Apply to releases that claim people and say what each window was made from."""
        return release.claims_people and release.source is not None

    def reference(self, split: Split, context: RunContext) -> Baseline:
        """Return nothing: a map has neither ceiling nor controls."""
        return Baseline()

    def run(self, split: Split, release: Release, context: RunContext) -> tuple[Result, ...]:
        """Return nothing: a map is not measured."""
        return ()

    def examine(self, split: Split, release: Release, context: RunContext) -> Evidence:
        """Draw the maps of both sides."""
        after = release.windows
        before = split.fit.take(release.source)  # pyright: ignore[reportArgumentType]  # `applies_to`
        maps = []
        for colour, places in _drawn(after, seed=context.seed):
            for side, windows in ((BEFORE, before), (AFTER, after)):
                context.stop_if_asked()
                if len(places) >= FEWEST:
                    maps.append(_map(windows.take(places), side, colour, seed=context.seed))
        return Evidence((), {MAPS: maps} if maps else {})


def alike(places: np.ndarray, label: np.ndarray, windows: Windows) -> float:
    """Return how often the nearest point that shares no sample has the same label, in [0, 1].

    Args:
        places: `(n, 2)` on the map.
        label: `(n,)` str.
        windows: The windows on the map.
    """
    from scipy.spatial.distance import cdist

    distance = cdist(places, places)
    same_series = windows.series[:, None] == windows.series
    overlap = np.abs(windows.start[:, None] - windows.start) < windows.n_timesteps
    distance[same_series & overlap] = np.inf
    return float((label[distance.argmin(axis=1)] == label).mean())


def _drawn(windows: Windows, *, seed: int) -> Iterator[tuple[str, np.ndarray]]:
    """Yield what the colours of a map stand for, and which windows to draw."""
    claimed = np.flatnonzero(windows.subject != "")
    people = {
        name: len(set(windows.subject[claimed][windows.activity[claimed] == name].tolist()))
        for name in windows.activities
    }
    commonest = max(people, key=lambda name: people[name])
    of_it = claimed[windows.activity[claimed] == commonest]
    for colour, places in ((PERSON, of_it), (ACTIVITY, claimed)):
        some = windows.take(places)
        kind = np.char.add(np.char.add(some.subject, "\0"), some.activity)
        yield colour, places[at_most(kind, MAX_ON_MAP, seed=seed)]


def _map(windows: Windows, side: str, colour: str, *, seed: int) -> dict[str, Any]:
    """Return one map as plain values."""
    from sklearn.preprocessing import StandardScaler

    table = np.clip(StandardScaler().fit_transform(features(windows)), -10, 10)
    places = neighbouring(table, seed=seed)
    label = windows.subject if colour == PERSON else windows.activity
    points = [
        {"x": round(float(x), 3), "y": round(float(y), 3), ACTIVITY: activity, PERSON: person}
        for (x, y), activity, person in zip(
            places, windows.activity.tolist(), windows.subject.tolist(), strict=True
        )
    ]
    return {"side": side, "colour": colour, "alike": alike(places, label, windows), "points": points}
