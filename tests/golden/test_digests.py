"""Results stay what they are for as long as their version stays; see `cases.py` for how to write new figures."""

import json

import numpy as np
import pytest

from synth.mechanisms.base import mechanisms
from tests.golden.cases import DIGESTS, cases, processor, worked_out

KNOWN = json.loads(DIGESTS.read_text())
# Another processor sums in another order: networks drift apart in the last digits, and a tree may split otherwise.
TOLERANCE, TOLERANCE_OF_WHAT_LEARNS = 0.0005, 0.03  # shares of the spread of the figures
TOLERATED_SHARE = 0.03  # of figures that may differ more than that: a coin that fell on its edge


def learns(name: str) -> bool:
    rules = {f"mechanism {kind}" for kind, mechanism in mechanisms().items() if not mechanism.learns}
    return name.startswith(("attack", "mechanism", "imputer gain")) and name not in rules


def share_off(name: str, now: list[float], known: list[float]) -> float:
    """Return the share of figures that are further off than another processor explains."""
    expected = np.array(known)
    tolerance = TOLERANCE_OF_WHAT_LEARNS if learns(name) else TOLERANCE
    spread = float(np.subtract(*np.percentile(expected, (90, 10)))) or 1.0
    return float((np.abs(np.array(now) - expected) > tolerance * spread).mean())


NAMES = [pytest.param(name, marks=pytest.mark.slow) if learns(name) else name for name in cases()]


def test_everything_that_has_a_version_has_figures():
    assert set(KNOWN) == set(cases())


@pytest.mark.parametrize("name", NAMES)
def test_no_result_changed_without_a_version(name):
    known, now = KNOWN[name], worked_out(name)
    assert now["version"] == known["version"], (
        "The version was raised: write new figures (tests/golden/cases.py)."
    )
    if known["processor"] == processor():
        assert now["digest"] == known["digest"], f"The result changed. Raise the version of {name}."
    assert len(now["figures"]) == len(known["figures"])
    off = share_off(name, now["figures"], known["figures"])
    assert off <= TOLERATED_SHARE, f"The result changed. Raise the version of {name}."


def test_a_changed_result_is_noticed_on_any_processor(monkeypatch):
    """A control: noise that is a tenth stronger is told from the figures that are kept."""
    from synth.mechanisms.rules.noise import FittedNoise

    release = FittedNoise.release

    def stronger(self, private, *, seed):
        made = release(self, private, seed=seed)
        values = private.values + 1.1 * (made.windows.values - private.values)
        return type(made)(made.name, made.windows.with_values(values), made.source, made.card)

    monkeypatch.setattr(FittedNoise, "release", stronger)
    known, now = KNOWN["mechanism noise"], worked_out("mechanism noise")
    assert now["digest"] != known["digest"]
    assert share_off("mechanism noise", now["figures"], known["figures"]) > TOLERATED_SHARE
