"""Addresses in the store: they follow from what was requested, and from the versions of what computes it.

Source text is no part of them: what was kept is found again after an update, and made anew only where its version was
raised (`synth.runs.versions`).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synth.audit.report import Effort
from synth.core.learner import Learner
from synth.runs import versions
from synth.runs.generation_order import Order
from synth.runs.sweep import ASKED, EFFORT
from synth.runs.versions import Versions

# Revision 84e5e5b put a hash of its own source into every address; this one. It had these attacks.
EARLIER_SOURCE = "bf3b1af2ac17f934"
EARLIER_AUDITS = {"quick": "41d0ac5c776b0be3", "thorough": "8aab9084ba55d33f"}


def key_of(*parts: Any) -> str:
    """Return the address that follows from these JSON-serialisable parts."""
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Keys:
    """The addresses of everything made from one study.

    Attributes:
        study: Address of the data, cut and split as asked: everything made from it names this.
    """

    study: str

    def of(self, *parts: Any, depends_on: Versions) -> str:
        """Return the address of what parts lead to with some versions."""
        return key_of(*parts, dict(depends_on))

    def model(self, learner: Learner) -> str:
        """Address of what a learner learns from the study."""
        return self.of("model", self.study, learner.card(), depends_on=self.needs(learner))

    def release(self, mechanism: Learner) -> str:
        """Address of what a mechanism that learns from the study makes of it."""
        return self.of("release", self.study, mechanism.card(), depends_on=self.needs(mechanism))

    def applied(self, model_key: str) -> str:
        """Address of what a model that learnt from other recordings makes of these, with this study's seed."""
        return self.of("applied", self.study, model_key, depends_on=versions.of_data())

    def ordered(self, model_key: str, order: Order) -> str:
        """Address of what a generator of this study makes of an order."""
        return self.of("ordered", self.study, model_key, order.card(), depends_on=versions.of_orders())

    def kept(self, name: str, fingerprint: str, needed: Versions) -> str:
        """Address of windows that were imported or corrected by hand, from their content."""
        return self.of("release", self.study, name, fingerprint, depends_on=needed)

    def reference(self, effort: Effort) -> str:
        """Address of what the attackers get on the study's real data alone."""
        return self.of(
            "reference", self.study, effort, depends_on={**versions.of_data(), **versions.of_audit(effort)}
        )

    def report(self, release_key: str, effort: Effort) -> str:
        return self.of("report", self.reference(effort), release_key, depends_on={})

    def point(self, mechanism: Learner, seed: int) -> str:
        """Address of one point of a strength sweep: a mechanism at its strength, made with a seed of its own."""
        parts = ("point", self.reference(EFFORT), ASKED, mechanism.card(), seed)
        return self.of(*parts, depends_on=versions.of_learner(mechanism))

    @staticmethod
    def needs(learner: Learner) -> dict[str, int]:
        """Return the versions that what a learner learns and makes depends on."""
        return {**versions.of_data(), **versions.of_learner(learner)}


class EarlierKeys(Keys):
    """The addresses that revision 84e5e5b gave; of nothing where a version was raised since."""

    def of(self, *parts: Any, depends_on: Versions) -> str:
        return "" if _is_later(depends_on) else _earlier_key_of(*parts)


def keys_of(asked: Mapping[str, Any], seed: int) -> Keys:
    """Return the addresses of a study, by what was asked."""
    return Keys(key_of("study", dict(asked), seed))


def earlier_keys(fingerprints: Sequence[str], seed: int) -> Keys:
    """Return the addresses that revision 84e5e5b gave, by the contents of the split's parts."""
    return EarlierKeys(_earlier_key_of("study", list(fingerprints), seed))


def recordings_key(fingerprint: str, name: str) -> str:
    """Return the address of recordings: it leaves out findings, whose wording changes now and then."""
    return key_of("recordings", fingerprint, name)


def _earlier_key_of(*parts: Any) -> str:
    return key_of(EARLIER_SOURCE, *parts)


def _is_later(depends_on: Versions) -> bool:
    """Return whether a version was raised since revision 84e5e5b, or attackers came or went."""
    audit = {name: v for name, v in depends_on.items() if name.startswith(("attack", "verdicts"))}
    return any(v != 1 for v in depends_on.values()) or (
        bool(audit) and audit_digest(audit) not in EARLIER_AUDITS.values()
    )


def audit_digest(audit: Versions) -> str:
    """Return what stands for the attackers of an audit."""
    return key_of(sorted(audit))[:16]
