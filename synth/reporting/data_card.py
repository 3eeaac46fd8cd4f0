"""A report -> the card that travels with a release: what it is made from, how, and what the audit found. Plain text.

`read_data_card` reads the name and the verdicts back, also from the cards of earlier versions.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from data.export.files import HIDDEN_SETTINGS, LEARNT_ON
from synth.audit.question import headline, question_of
from synth.audit.report import Report, Verdict
from synth.core.errors import TrainingError
from synth.core.figures import percent
from synth.core.markdown import harmless, literal, plain
from synth.reporting.for_sharing import hidden_activities
from synth.runs.generation_order import Order
from synth.runs.learner_cards import learner_from_card

MEASURED = "## What was measured"
_VERDICT = re.compile(
    r"^### (?P<title>.+)\n\n\*\*(?P<word>.*?)\.\*\* (?P<sentence>.+?)(?: \[(?P<rule>R-[\w-]+)\])?$",
    re.MULTILINE,
)
CLOSING = (
    "Every number was measured on these recordings, by the attacker on whom the verdict rests. Its 95 % interval over "
    "people is given in brackets. It is no promise about other people or other attackers. There is no overall score.",
)


def data_card(report: Report) -> str:
    """Return a data card as Markdown, for whoever receives the release.

    It shows no sample and, like a shared file, does not say which activities were to be hidden. What comes from outside
    (names of channels, activities, versions) can neither link to anything nor load it.

    Args:
        report: Of the release; one for sharing (`for_sharing`) names nobody.

    References:
        Gebru et al., Datasheets for datasets, Communications of the ACM 64 (2021).
    """
    parts = [
        f"# {literal(report.name.split(LEARNT_ON)[0])}",
        _what_it_is(report),
        "## What it was made from",
        *_made_from(report.data, hidden_activities(report.release["card"])),
        "## How it was made",
        *_made_how(report),
        MEASURED,
        *_measured(report),
        *_not_run(report),
        "## How to read this",
        *CLOSING,
        f"Attackers: {report.effort}. Audit seed: {report.seed}. Measured by {report.program}.",
    ]
    return "\n\n".join(parts) + "\n"


@dataclass(frozen=True)
class DataCard:
    """What can be read back from a data card.

    Attributes:
        name: Of the release.
        verdicts: By the title of the question, in the order of the card. They name no result: a card holds words.
    """

    name: str
    verdicts: Mapping[str, Verdict]


def read_data_card(text: str) -> DataCard:
    """Read a data card that this or an earlier version of the program wrote.

    Args:
        text: Markdown.

    Raises:
        ValueError: If it is no data card.
    """
    title, _, body = text.replace("\r\n", "\n").partition("\n")
    _, heading, measured = body.partition(f"\n{MEASURED}\n")
    if not title.startswith("# ") or not heading:
        raise ValueError("this is no data card")
    said = _VERDICT.finditer(measured.partition("\n## ")[0])
    return DataCard(
        plain(title.removeprefix("# ")),
        {
            found["title"]: Verdict(found["word"], plain(found["sentence"]), rule=found["rule"] or "")
            for found in said
        },
    )


def _what_it_is(report: Report) -> str:
    n = report.release["n_windows"]
    if report.release["claims_people"]:
        return f"{n:,} altered windows of real people's movement. A code says which ones belong to the same person."
    return f"{n:,} windows of movement, attributed to no real person."


def _made_from(data: Mapping[str, Any], hidden: frozenset[str]) -> Iterator[str]:
    channels = ", ".join(
        f"{literal(c)} ({literal(u)})" for c, u in zip(data["channels"], data["units"], strict=True)
    )
    yield (
        f"{data['n_fit']:,} windows of {data['window_s']:g} s at {data['rate_hz']:g} Hz of {data['n_members']} people. "
        f"Held out for the measurements: {data['n_people_held_out']} other people, and {data['n_fresh']:,} windows "
        "from other times of the same people."
    )
    activities = [literal(name) for name in data["activities"] if name not in hidden]
    yield f"- Channels: {channels}\n- Activities: {', '.join(activities)}"
    if "filled_in" in data:
        yield literal(str(data["filled_in"])) + "."


def _made_how(report: Report) -> Iterator[str]:
    card = report.release["card"]
    if isinstance(card.get("mechanism"), Mapping):
        yield _mechanism(card["mechanism"])
    else:
        yield "Made elsewhere; the method is unknown."
    order = _order(card.get("order"))
    if order is not None:
        yield f"Ordered: {order.label()}."
        if order.real_share:
            yield f"**{100 * order.real_share:g} % of the windows are real recordings**, and nothing marks them."
    if report.promise:
        yield harmless(report.promise)
    if report.release.get("n_corrected"):
        edits = "".join(f"\n{i}. {literal(str(said))}" for i, said in enumerate(card.get("edits", ()), 1))
        yield f"{report.release['n_corrected']:,} windows were corrected manually.{edits}"


def _order(card: Any) -> Order | None:
    """Return what was ordered; `None` where the card does not say so in a way that can be understood."""
    try:
        return Order(**card)
    except (TypeError, TrainingError):
        return None


def _mechanism(card: Mapping[str, Any]) -> str:
    shown = {name: value for name, value in card.items() if name not in HIDDEN_SETTINGS}
    try:
        learner = learner_from_card(card)
    except (ValueError, TypeError, KeyError):  # of another version of the program, or brought from elsewhere
        return "Method: " + ", ".join(
            f"{literal(str(name))} {literal(str(value))}" for name, value in shown.items()
        )
    settings = [
        f"- {f.metadata['label']}: {literal(str(getattr(learner, f.name)))}"
        for f in fields(learner)
        if f.name in shown
    ]
    return f"**{learner.title}.** {learner.summary}\n\n" + "\n".join(settings)


def _measured(report: Report) -> Iterator[str]:
    for question, verdict in report.verdicts.items():
        words = question_of(question)
        yield f"### {words.title}\n\n**{verdict.verdict}.** {harmless(verdict.in_full)}"
        main = headline(report, question)
        if main is not None:
            guessing = "" if main.chance is None else f"; pure guessing: {percent(main.chance)}"
            real = "" if main.ceiling is None else f"; unprotected recordings: {percent(main.ceiling)}"
            yield (
                f"{harmless(main.metric)}: {main.figure}{guessing}{real}. "
                f"{words.tier_in_words(main.tier)}; measured by: {harmless(main.attacker)}; "
                f"based on {main.n} {main.unit}."
            )


def _not_run(report: Report) -> Iterator[str]:
    if report.not_run:
        yield f"Not run: {harmless('; '.join(report.not_run))}."
