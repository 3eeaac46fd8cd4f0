"""What of the sample is computed beforehand: with which methods, settings and seed, and under which addresses."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from data.recordings import Recordings
from data.windows import WindowSettings
from synth.core.learner import preset
from synth.imputers.base import Imputer, imputers
from synth.mechanisms.base import Mechanism, mechanisms
from synth.runs.store import Kind
from synth.runs.study import Study, study
from synth.runs.sweep import EFFORT, Point, points

SEED = 0
PRESET = "quick"
# By docs/figures: two simple baselines that anybody tries first, the two that hide people best, and the generator that
# is the hardest to distinguish from real recordings.
METHODS = ("noise", "granularity", "standin", "flow_rewrite", "sensegen")
# Only their windows are shipped: those of the others are made in a moment.
NETWORKS = ("flow_rewrite", "sensegen")
FILLER = "gain"


@dataclass(frozen=True)
class Part:
    """One result.

    Attributes:
        kind: What it is.
        key: Its address today.
        mechanism: What made it, where it is a release.
    """

    kind: Kind
    key: str
    mechanism: Mechanism | None = None


def sample_study(sample: Recordings) -> Study:
    """Cut and split the sample as the app does for whoever has chosen nothing else."""
    return study(sample, WindowSettings(), seed=SEED)


def methods() -> list[Mechanism]:
    """Return what makes the versions."""
    known = mechanisms()
    return [cast(Mechanism, preset(known[kind], PRESET)) for kind in METHODS]


def filler() -> Imputer:
    """Return what learns to fill gaps."""
    return cast(Imputer, preset(imputers()[FILLER], PRESET))


def swept() -> list[Point]:
    """Return the points of the strength sweep; a strength that is a version is measured there."""
    made = methods()
    choice = {mechanism: mechanism.dial.steps for mechanism in made if mechanism.dial is not None}
    return [point for point in points(choice, [SEED]) if point.turned not in made]


def parts(of: Study) -> Iterator[Part]:
    """Yield every result under the address that the program gives it today; what depends on another comes after it.

    Args:
        of: The study they are made from; there are results of `sample_study` only.
    """
    keys = of.keys
    yield Part("reference", keys.reference(EFFORT))
    yield Part("model", keys.model(filler()))
    for mechanism in methods():
        release = keys.release(mechanism)
        yield Part("model", keys.model(mechanism))
        yield Part("report", keys.report(release, EFFORT))
        yield Part("release", release, mechanism)
    for point in swept():
        yield Part("point", keys.point(point.turned, point.seed))
