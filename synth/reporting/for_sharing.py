"""A report of the owner -> what others may read of it: codes instead of names, nothing about what was to be hidden."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from data.export.files import LEARNT_ON, public_card
from data.export.sharing import Sharing
from synth.audit.report import RECALL, Report


def for_sharing(report: Report, sharing: Sharing) -> Report:
    """Return the report as others may read it.

    Left out are the exhibits, which are drawn from private windows, the settings that say what was to be hidden, the
    results of hidden activities, and the recordings a model learnt on.

    Args:
        report: As the audit wrote it.
        sharing: What stands for people, activities and channels.
    """
    card = report.release.get("card", {})
    hidden = hidden_activities(card)
    release = {
        **report.release,
        "name": report.name.split(LEARNT_ON)[0],
        "card": sharing.named(public_card(card), "corrected_from"),
    }
    activities = [name for name in report.data["activities"] if name not in hidden]
    headlines = [verdict.headline for verdict in report.verdicts.values()]
    said = sharing.texts(*report.data["activities"], *report.data["channels"])
    shown = replace(
        report,
        release={**said(release), "name": sharing.codes.in_label(str(release["name"]))},
        data=said({**report.data, "activities": activities}),
        results=tuple(
            r for r in report.results if r.metric.removeprefix(RECALL) not in hidden or r in headlines
        ),
        exhibits={},
    )
    body = json.loads(shown.to_json())
    texts = {part: said(body[part]) for part in ("not_run", "results", "controls")}
    verdicts = {question: said(verdict) for question, verdict in body["verdicts"].items()}
    return Report.from_json(json.dumps({**body, **texts, "verdicts": verdicts}))


def hidden_activities(card: Mapping[str, Any]) -> frozenset[str]:
    """Return the activities that a mechanism was told to hide, by the card of its release."""
    mechanism = card.get("mechanism")
    named = mechanism.get("sensitive", ()) if isinstance(mechanism, Mapping) else ()
    return frozenset(named if isinstance(named, list | tuple) else ())
