"""The audit: every attack on one release, and the same attacks on real data alone.

reference(split)            once per data set  ->  Reference (kept in the store)
audit(split, release, ...)  once per release   ->  Report
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from data.release import Release
from data.splits import Split
from synth.audit.attack import Attack, Baseline, Evidence, attacks
from synth.audit.question import verdict_of, with_verdict
from synth.audit.report import Control, Effort, Report, Result, Verdict
from synth.audit.verdicts import VERSION as VERDICTS_VERSION
from synth.core.errors import AuditError
from synth.core.figures import percent
from synth.core.program import VERSION as PROGRAM_VERSION
from synth.core.run_context import RunContext

MIN_WINDOWS = 10
# Source windows, corrected windows and recipes, which may name people and contain private samples.
PRIVATE_CARD = ("data", "corrections", "recipe", "earlier recipes")
Each = Callable[
    [Sequence[Attack], Split, Release | None, RunContext], "Iterator[tuple[int, Baseline | Evidence]]"
]


@dataclass(frozen=True)
class Reference:
    """What every attack yields on the real data alone: ceilings and controls.

    Attributes:
        data: Fingerprint of the split that it was measured on.
        seed: The seed of the audit.
        effort: How hard the attackers tried.
        ceilings: The same attacks on the unprotected windows.
        shown: Results on real data that every report shows.
        controls: Cases with a known answer.
        calibrations: By question and attacker, what an attack has to know of the real data.
    """

    data: str
    seed: int
    effort: Effort
    ceilings: tuple[Result, ...]
    shown: tuple[Result, ...]
    controls: tuple[Control, ...]
    calibrations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return it as JSON text; `from_json` restores it."""
        return json.dumps(asdict(self), indent=1, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "Reference":
        """Restore what `to_json` wrote."""
        body = json.loads(text)
        return cls(
            data=body["data"],
            seed=body["seed"],
            effort=body["effort"],
            ceilings=tuple(Result(**r) for r in body["ceilings"]),
            shown=tuple(Result(**r) for r in body["shown"]),
            controls=tuple(Control(**c) for c in body["controls"]),
            calibrations=body.get("calibrations", {}),
        )

    def ceiling_of(self, result: Result) -> float | None:
        """Return the value of the same attacker on the unprotected data."""
        matches = [r.value for r in self.ceilings if _key(r) == _key(result)]
        return matches[0] if matches else None


def reference(
    split: Split,
    context: RunContext,
    *,
    effort: Effort = "quick",
    questions: Sequence[str] | None = None,
    concerning: Release | None = None,
    each: Each | None = None,
) -> Reference:
    """Measure ceilings and controls of every attack.

    Args:
        split: The real windows.
        context: Same split and seed, same reference. Progress is reported before every attack and at the end;
            a request to stop is heeded between chunks and training batches.
        effort: Which attackers run.
        questions: Keys of the questions to answer; all by default.
        concerning: Leave out attackers that do not apply to this release.
        each: Runs the attacks; by default one after the other in this process.

    Raises:
        Stopped: If it was asked to stop.
    """
    concerned = [attack for attack in attacks(effort) if questions is None or attack.question in questions]
    able = [
        attack
        for attack in concerned
        if not attack.obstacle(split) and (concerning is None or attack.applies_to(concerning))
    ]
    text = "Checking the attackers on real data"
    outcomes = (each or one_by_one)(able, split, None, context.quiet())
    baselines = _in_order(able, outcomes, text, context)
    return Reference(
        data=_fingerprint(split),
        seed=context.seed,
        effort=effort,
        ceilings=tuple(r for b in baselines for r in b.ceilings),
        shown=tuple(r for b in baselines for r in b.shown),
        controls=tuple(c for b in baselines for c in b.controls),
        calibrations={
            _name(attack): b.calibration
            for attack, b in zip(able, baselines, strict=True)
            if b.calibration is not None
        },
    )


def audit(
    split: Split,
    release: Release,
    context: RunContext,
    *,
    effort: Effort = "quick",
    reference: Reference | None = None,
    questions: Sequence[str] | None = None,
    each: Each | None = None,
) -> Report:
    """Attack a release with every attacker that applies to it.

    Args:
        split: The real windows; the release was made from `split.fit`.
        release: The release to audit. Its `source`, if any, holds indices into `split.fit`, and what the same method
            `made_for_attackers` shares no sample with `split.fit`: the attackers get the method as data only.
        context: Same inputs and seed, same report. Progress is reported before every attack and at the end; a
            request to stop is heeded between chunks and training batches.
        effort: Which attackers run.
        reference: From `reference` with this split, seed and effort; measured here if `None`.
        questions: Keys of the questions to answer; all by default.
        each: Runs the attacks; by default one after the other in this process.

    Returns:
        The report: results with intervals, chance and ceilings, controls, and verdicts in words.

    Raises:
        AuditError: If the release cannot be compared with these recordings.
        Stopped: If it was asked to stop.
    """
    _refuse_other_windows(split, release)
    _refuse_shared_samples(split, release)
    if reference is None:
        reference = _measure_reference(
            split,
            context,
            effort=effort,
            questions=questions,
            concerning=release,
            each=each,
        )
    if (reference.data, reference.seed, reference.effort) != (_fingerprint(split), context.seed, effort):
        raise ValueError("the reference was measured on another split, with another seed or effort")
    asked = [attack for attack in attacks() if questions is None or attack.question in questions]
    concerned = [attack for attack in asked if attack.applies_to(release)]
    chosen = [attack.for_effort(effort) for attack in concerned if effort in attack.efforts]
    able = [
        attack.calibrated(reference.calibrations.get(_name(attack)))
        for attack in chosen
        if not attack.obstacle(split)
    ]
    found: list[Result] = [_not_measured(a, split) for a in chosen if a.obstacle(split)]
    exhibits: dict[str, Any] = {}
    outcomes = (each or one_by_one)(able, split, release, context.quiet())
    evidences = _in_order(able, outcomes, f"Attacking {release.name}", context)
    for attack, evidence in zip(able, evidences, strict=True):
        found += evidence.results
        if evidence.exhibits:
            exhibits.setdefault(attack.question, {}).update(evidence.exhibits)
    results = [replace(r, ceiling=reference.ceiling_of(r)) for r in found]
    used = {(attack.question, attack.attacker) for attack in able}
    results += [r for r in reference.shown if (r.question, r.attacker) in used]
    controls = tuple(c for c in reference.controls if (c.question, c.attacker) in used)
    return Report(
        release=_describe_release(release),
        data=_describe_data(split),
        seed=context.seed,
        verdicts=_verdicts(questions, results, controls),
        results=tuple(results),
        controls=controls,
        effort=effort,
        not_run=tuple(a.title for a in concerned if effort not in a.efforts),
        exhibits=exhibits,
        measured_by={
            "program": PROGRAM_VERSION,
            "verdicts": VERDICTS_VERSION,
            "attacks": {_name(attack): attack.version for attack in able},
        },
    )


_measure_reference = reference  # the argument of the same name hides it in `audit`


def attack_once(
    attack: Attack, split: Split, release: Release | None, context: RunContext
) -> Baseline | Evidence:
    """Run one attack, on the real data alone if there is no release.

    Linear algebra runs in one thread: on matrices as small as these, several threads wait for each other and
    were three to six times slower.
    """
    context.stop_if_asked()
    with threadpool_limits(1, user_api="blas"):
        if release is None:
            return attack.reference(split, context)
        return attack.examine(split, release, context)


def one_by_one(
    chosen: Sequence[Attack], split: Split, release: Release | None, context: RunContext
) -> Iterator[tuple[int, Baseline | Evidence]]:
    """Yield the index and outcome of each attack."""
    for number, attack in enumerate(chosen):
        yield number, attack_once(attack, split, release, context)


def _in_order(
    chosen: Sequence[Attack],
    outcomes: Iterator[tuple[int, Baseline | Evidence]],
    text: str,
    context: RunContext,
) -> list[Any]:
    """Collect outcomes as they arrive, reporting progress, and return them in the order of the attacks."""
    began = time.perf_counter()
    found: dict[int, Baseline | Evidence] = {}

    def tell() -> None:
        waiting = [attack.title for number, attack in enumerate(chosen) if number not in found]
        what = waiting[0] if waiting else "done"
        context.tell(len(found), len(chosen), f"{text}: {what}", began=began)

    tell()
    for number, outcome in outcomes:
        found[number] = outcome
        tell()
    return [found[number] for number in range(len(chosen))]


def _name(attack: Attack) -> str:
    return f"{attack.question}: {attack.attacker}"


def _not_measured(attack: Attack, split: Split) -> Result:
    return attack.unmeasured(
        "not measured", "", unit="", note=attack.obstacle(split), applies=not attack.is_ruled_out(split)
    )


def _verdicts(
    questions: Sequence[str] | None, results: Sequence[Result], controls: Sequence[Control]
) -> dict[str, Verdict]:
    asked = [key for key in with_verdict() if questions is None or key in questions]
    return {key: verdict_of(key, results, controls) for key in asked}


def _refuse_other_windows(split: Split, release: Release) -> None:
    real, released = split.fit, release.windows
    for what, ours, theirs in (
        ("samples a second", real.rate_hz, released.rate_hz),
        ("samples a window", real.n_timesteps, released.n_timesteps),
        ("channels", ", ".join(real.channels), ", ".join(released.channels)),
    ):
        if ours != theirs:
            raise AuditError(
                f"{release.name} cannot be compared with the recordings: it has {theirs} ({what}), "
                f"the recordings have {ours}. Cut the recordings like the release, or choose the recordings "
                "that it was made from."
            )
    for channel, ours, theirs in zip(real.channels, real.units, released.units, strict=True):
        if ours and theirs and ours != theirs:
            raise AuditError(
                f"{release.name} cannot be compared with the recordings: its {channel} is in {theirs}, theirs in "
                f"{ours}. Convert one of them, or say that the units of both are to be kept."
            )
    if len(released) < MIN_WINDOWS:
        raise AuditError(
            f"{release.name} has only {len(released)} windows; at least {MIN_WINDOWS} are needed "
            "for an audit."
        )
    if not np.isfinite(released.values).all():
        raise AuditError(f"{release.name} has missing or infinite values. Fill them in before the audit.")
    if not set(released.activities) & set(real.activities):
        raise AuditError(
            f"{release.name} has none of the recordings' activities. It has: "
            f"{', '.join(released.activities[:5])}; the recordings have: {', '.join(real.activities[:5])}. "
            "Check which column names the activity."
        )
    if release.source is not None and not ((release.source >= 0) & (release.source < len(real))).all():
        raise AuditError(
            f"{release.name} was made from other windows than these: it names windows beyond the "
            f"{len(real)} here."
        )


def _refuse_shared_samples(split: Split, release: Release) -> None:
    """Check that attackers do not learn from the recordings that they attack."""
    if release.made_for_attackers is None:
        return
    theirs, used = release.made_for_attackers.windows, split.fit
    for series in set(theirs.series.tolist()) & set(used.series.tolist()):
        ours = np.sort(used.start[used.series == series])
        starts = theirs.start[theirs.series == series]
        after = np.minimum(np.searchsorted(ours, starts), len(ours) - 1)
        nearest = np.minimum(np.abs(ours[after] - starts), np.abs(ours[np.maximum(after - 1, 0)] - starts))
        if (nearest < used.n_timesteps).any():
            raise ValueError(f"made_for_attackers has samples of {series} that the release was made from")


def _key(result: Result) -> tuple[str, str, str, str]:
    return result.question, result.metric, result.attacker, result.tier


def _fingerprint(split: Split) -> str:
    parts = (split.fit, split.fresh, split.unseen)
    return hashlib.sha256("".join(part.fingerprint for part in parts).encode()).hexdigest()


def _describe_release(release: Release) -> dict[str, Any]:
    return {
        "name": release.name,
        "n_windows": len(release.windows),
        "claims_people": release.claims_people,
        "card": {name: value for name, value in release.card.items() if name not in PRIVATE_CARD},
    } | ({"n_corrected": _n_corrected(release)} if "corrected_from" in release.card else {})


def _n_corrected(release: Release) -> int:
    """Count the windows that were corrected by hand."""
    return len({made["window"] for made in release.card.get("corrections", ())})


def _describe_data(split: Split) -> dict[str, Any]:
    fit = split.fit
    n = len(fit) + len(split.fresh) + len(split.unseen)
    share = sum(part.share_filled * len(part) for part in (fit, split.fresh, split.unseen)) / max(n, 1)
    filled = (
        f"{percent(share)} of the samples of these windows were missing and were filled in: {fit.filled_by}"
    )
    return {
        "fingerprint": _fingerprint(split),
        "rate_hz": float(fit.rate_hz),
        "channels": list(fit.channels),
        "units": list(fit.units),
        "window_s": fit.duration_s,
        "activities": sorted({*fit.activities, *split.fresh.activities, *split.unseen.activities}),
        "n_members": len({*fit.subjects, *split.fresh.subjects}),
        "n_people_held_out": len(split.unseen.subjects),
        "n_fit": len(fit),
        "n_fresh": len(split.fresh),
        "n_unseen": len(split.unseen),
        "n_in_gaps": split.n_in_buffers,
        "split_seed": split.seed,
    } | ({"filled_in": filled} if share > 0 else {})
