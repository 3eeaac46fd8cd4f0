"""Reports with known numbers, as an audit of three releases would write and judge them."""

from dataclasses import replace

from synth.audit.question import verdict_of, with_verdict
from synth.audit.report import Control, Report, Result, Verdict

NOTHING = "Only 12 windows: too few to keep people apart."


def result(question: str, tier: str, value: float | None, **changes) -> Result:
    """Return a result with an interval of ten points and sensible chance and ceiling."""
    chance, ceiling = {"discriminator": (0.5, 0.52), "utility": (0.14, 0.88)}.get(question, (0.1, 0.92))
    body = {
        "question": question,
        "metric": "macro-F1" if question == "utility" else "balanced accuracy",
        "attacker": "extra-trees forest",
        "tier": tier,
        "value": value,
        "low": None if value is None else max(0.0, value - 0.05),
        "high": None if value is None else min(1.0, value + 0.05),
        "chance": chance,
        "ceiling": ceiling,
        "direction": {"discriminator": "chance", "utility": "higher"}.get(question, "lower"),
        "n": 7,
        "unit": "people; windows after a gap",
    } | changes
    beats_guessing = body["value"] is not None and body["low"] > (body["chance"] or 0.0)
    p = None if body["value"] is None else 0.0001 if beats_guessing else 0.5
    return Result(**{"p": p, **body})


def by_person(value: float) -> Result:
    """Return what one decision a person gives: seldom certain, as there are few people."""
    return result("reidentification", "refitted, aggregated", value, low=value - 0.4, high=1.0)


def transformed(name: str, *, told: float, f1: float, static: float, refitted: float) -> Report:
    """Return the report of a release that shows people."""
    found = (
        result("discriminator", "refitted", told),
        result("discriminator", "refitted", told - 0.1, attacker="LSTM discriminator"),
        result("utility", "TRTR, unseen people", 0.88, ceiling=None),
        result("utility", "TSTR, unseen people", f1),
        result("utility", "TRTS", f1 - 0.07),
        result("reidentification", "static", static),
        result("reidentification", "refitted", refitted),
        by_person(min(1.0, refitted + 0.15)),
        result("reidentification", "refitted, across trials", None, note="Nobody has two trials."),
    )
    return _report(name, found)


def generated(name: str, *, told: float, f1: float, linked: float) -> Report:
    """Return the report of a release that claims nobody."""
    found = (
        result("discriminator", "refitted", told),
        result("discriminator", "refitted", None, attacker="LSTM discriminator", note=NOTHING),
        result("utility", "TRTR, unseen people", 0.88, ceiling=None),
        result("utility", "TSTR, unseen people", f1),
        result(
            "reidentification",
            "refitted to nobody",
            linked,
            metric="member linkage",
            chance=0.5,
            ceiling=0.95,
        ),
    )
    return _report(name, found)


def corrected(report: Report, name: str, n_windows: int) -> Report:
    """Return the report of a release of which some windows were corrected by hand."""
    card = {**report.release["card"], "corrected_from": report.name}
    release = {**report.release, "name": name, "card": card, "n_corrected": n_windows, "n_windows": 300}
    return replace(report, release=release)


def with_results(report: Report, found: tuple[Result, ...]) -> Report:
    """Return the report of an audit that measured something else."""
    return replace(report, results=found, verdicts=_verdicts(found, report.controls))


def _verdicts(found: tuple[Result, ...], controls: tuple[Control, ...]) -> dict[str, Verdict]:
    asked = dict.fromkeys(r.question for r in found)
    return {key: verdict_of(key, found, controls) for key in with_verdict() if key in asked}


def three() -> list[Report]:
    return [
        transformed("noise 0.5", told=0.97, f1=0.81, static=0.34, refitted=0.71),
        transformed("granularity 5 Hz", told=0.99, f1=0.62, static=0.12, refitted=0.55),
        generated("SenseGen", told=0.78, f1=0.58, linked=0.57),
    ]


def _report(name: str, found: tuple[Result, ...]) -> Report:
    controls = (
        Control("discriminator", "extra-trees forest", "scrambled phases", "win", 0.93, 0.9, 0.96, 0.5, True),
        Control(
            "reidentification", "extra-trees forest", "shuffled labels", "lose", 0.11, 0.05, 0.2, 0.1, True
        ),
    )
    return Report(
        release={
            "name": name,
            "n_windows": 1154,
            "claims_people": True,
            "card": {"kind": "noise", "sigma": 0.5, "seed": 0},
        },
        data={
            "rate_hz": 50.0,
            "channels": ["ax", "ay"],
            "units": ["g", "g"],
            "window_s": 2.56,
            "activities": ["walk", "sit"],
            "n_members": 7,
            "n_people_held_out": 3,
            "n_fit": 1154,
            "n_fresh": 538,
        },
        seed=3,
        verdicts=_verdicts(found, controls),
        results=found,
        controls=controls,
    )
