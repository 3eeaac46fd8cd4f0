"""Which versions a result depends on: they are on its card, and part of its address.

Whatever can give other results for the same settings has a version of its own: cutting and splitting windows, each
mechanism, imputer and attack, the rules of the verdicts, orders and corrections. The digests in `tests/golden` fail
when a result changes and its version was not raised.
"""

from collections.abc import Mapping
from typing import Any

import data.splits
import data.windows
import synth.audit.verdicts
import synth.editing.replaying
import synth.runs.generation_order
from synth.audit.attack import attacks
from synth.audit.report import Effort, Report
from synth.core.learner import Learner

MADE_EARLIER = "made by an earlier version"
MEASURED_EARLIER = "measured by an earlier version"
Versions = Mapping[str, int]


def earlier_name(name: str) -> str:
    """Return the name of a release that an earlier version made."""
    return f"{name}, {MADE_EARLIER}"


def plain_name(name: str) -> str:
    """Return what a release was called when it was made."""
    return name.removesuffix(f", {MADE_EARLIER}")


def measured_earlier(reports: Mapping[str, Report]) -> frozenset[str]:
    """Return the keys of the reports that only earlier attackers wrote; `Repository.reports` names them so."""
    return frozenset(key for key, report in reports.items() if report.name.endswith(MEASURED_EARLIER))


def of_program() -> dict[str, int]:
    """Return the version of everything that a release or a model can depend on, by name."""
    from synth.imputers.base import imputers
    from synth.mechanisms.base import mechanisms

    learners = {
        f"learner {kind}": learner.version for kind, learner in {**mechanisms(), **imputers()}.items()
    }
    return {**of_data(), **of_orders(), **of_corrections(), **learners}


def of_data() -> dict[str, int]:
    """Return what every study depends on."""
    return {"windows": data.windows.VERSION, "split": data.splits.VERSION}


def of_learner(learner: Learner) -> dict[str, int]:
    """Return the version of one mechanism or imputer."""
    return {f"learner {learner.kind}": learner.version}


def of_orders() -> dict[str, int]:
    """Return the version of how generators fulfil orders."""
    return {"orders": synth.runs.generation_order.VERSION}


def of_corrections() -> dict[str, int]:
    """Return the version of how corrections are replayed."""
    return {"corrections": synth.editing.replaying.VERSION}


def of_audit(effort: Effort) -> dict[str, int]:
    """Return what an audit depends on; an additional attack makes it another audit."""
    tried = {f"attack {attack.question}: {attack.attacker}": attack.version for attack in attacks(effort)}
    return {"verdicts": synth.audit.verdicts.VERSION, **tried}


def of_card(card: Mapping[str, Any]) -> Versions:
    """Return the versions on the card of a release or model; a card without any depends on the first versions."""
    if "versions" in card:
        return card["versions"]
    made = card.get("made", {})
    learner = card.get("learner") or made.get("mechanism") or {}
    named = {
        "learner " + str(learner.get("kind")): bool(learner.get("kind")),
        "orders": "order" in made,
        "corrections": "corrected_from" in made,
        "windows": True,
        "split": True,
    }
    return {name: 1 for name, is_named in named.items() if is_named}


def are_current(versions: Versions) -> bool:
    """Return whether the program would come to the same result today."""
    program = of_program()
    return all(program.get(name) == version for name, version in versions.items())
