"""Repository: what one person has in the store, by meaning instead of by bytes.

What an earlier version of the program made stays where it is and can be looked at, compared, downloaded and deleted;
its name says so. It is never taken for what the program would make today: models that are used, and results that are
looked up instead of being computed, are of the present version.
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from data.export.arrow import recordings_from_bytes, recordings_to_bytes
from data.export.code_list import CodeList
from data.export.files import read_release, release_to_bytes
from data.export.sharing import Sharing
from data.recordings import Recordings
from data.release import Release
from synth.audit.question import judged
from synth.audit.report import BEFOREHAND, EFFORTS, Effort, Report
from synth.core.errors import TrainingError
from synth.core.learner import Learner
from synth.core.secret_rng import read_secret
from synth.mechanisms.base import Mechanism, mechanisms
from synth.runs import versions
from synth.runs.generation_order import Order
from synth.runs.keys import Keys, recordings_key
from synth.runs.learner_cards import mechanism_from_card
from synth.runs.store import COPY, WORKSPACE, Kind, Store
from synth.runs.stored_model import StoredModel, learned_on
from synth.runs.study import Study
from synth.runs.sweep import EFFORT, Point
from synth.runs.tasks import Learnt, Model, Swept
from synth.runs.upkeep.examination import Examination, examine


@dataclass(frozen=True)
class Repository:
    """Typed access to one store.

    Attributes:
        store: Where everything is kept.
    """

    store: Store

    @property
    def owner(self) -> str:
        return str(self.store.root)

    def keep_recordings(
        self, recordings: Recordings, *, filled_from: str = "", labelled_from: str = ""
    ) -> str:
        """Keep recordings and return their key.

        Args:
            recordings: What to keep.
            filled_from: Key of the recordings whose gaps were filled in to make these.
            labelled_from: Key of the recordings that were given other activities to make these.
        """
        card = {
            "name": recordings.name,
            "people": len(recordings.subjects),
            "activities": len(recordings.activities),
            "minutes": recordings.duration_s / 60,
        }
        known = self._kept_before_fingerprints(recordings, card)
        if known is not None:
            return known
        key = recordings_key(recordings.fingerprint, recordings.name)
        card |= {"filled from": filled_from, "labelled from": labelled_from}
        card |= {"fingerprint": recordings.fingerprint}
        self.store.put("recordings", key, recordings_to_bytes(recordings), card)
        return key

    def _kept_before_fingerprints(self, recordings: Recordings, like: Mapping[str, Any]) -> str | None:
        """Return where revision 84e5e5b kept the same recordings: its keys held the wording of findings, too."""
        for entry in self.store.entries("recordings"):
            alike = all(entry.card[name] == value for name, value in like.items())
            if alike and "fingerprint" not in entry.card:
                kept = self.recordings(entry.key)
                if kept is not None and kept.fingerprint == recordings.fingerprint:
                    return entry.key
        return None

    def loaded(self) -> dict[str, str]:
        """Return the names of all recordings that were ever loaded by key, oldest first."""
        return {entry.key: str(entry.card["name"]) for entry in self.store.entries("recordings")}

    def filled_from(self, key: str) -> str:
        """Return the key of the recordings whose gaps were filled in to make some; `""` where none were."""
        return self._made_from("filled from", key)

    def labelled_from(self, key: str) -> str:
        """Return the key of the recordings that were given other activities to make some; `""` where none were."""
        return self._made_from("labelled from", key)

    def _made_from(self, how: str, key: str) -> str:
        card = self.store.card("recordings", key) or {}
        origin = str(card.get(how, ""))
        return origin if self.store.has("recordings", origin) else ""

    def filled_versions(self, key: str) -> dict[str, str]:
        """Return the names of recordings that were made by filling in gaps of some, by key, oldest first."""
        return {k: name for k, name in self.loaded().items() if self.filled_from(k) == key}

    def recordings(self, key: str) -> Recordings | None:
        """Return recordings; `None` where there are none with this key, or they are damaged."""
        return self.store.read("recordings", key, recordings_from_bytes)

    def where(self, kind: Kind, study: Study, key: Callable[[Keys], str]) -> str:
        """Return the address of something: where revision 84e5e5b kept it if it is there, else its own.

        Args:
            kind: What it is.
            study: What it is made from.
            key: Which of the study's addresses.
        """
        now, earlier = key(study.keys), key(study.earlier_keys)
        return earlier if not self.store.has(kind, now) and self.store.has(kind, earlier) else now

    def model_key(self, study: Study, learner: Learner) -> str:
        return self.where("model", study, lambda keys: keys.model(learner))

    def release_key(self, study: Study, mechanism: Learner) -> str:
        return self.where("release", study, lambda keys: keys.release(mechanism))

    def applied_key(self, study: Study, model_key: str) -> str:
        return self.where("release", study, lambda keys: keys.applied(model_key))

    def ordered_key(self, study: Study, model_key: str, order: Order) -> str:
        return self.where("release", study, lambda keys: keys.ordered(model_key, order))

    def keep_learnt(self, study: Study, learner: Learner, learnt: Learnt) -> str:
        """Keep a fitted model, and what it released; return the release's key, or the model's where there is none."""
        needed = study.keys.needs(learner)
        card = {**study.origin(), **learned_on(study), **learnt.card, "versions": needed}
        model = self.model_key(study, learner)
        self.store.put("model", model, learnt.payload, card)
        if learnt.release is None:
            return model
        key = self.release_key(study, learner)
        return self.keep_release(study, learnt.release, key=key, model=model, needed=needed)

    def keep_applied(self, study: Study, model_key: str, release: Release) -> str:
        """Keep what a model that learnt from other recordings made of these, and return its key.

        Raises:
            TrainingError: If the model was deleted meanwhile.
        """
        model = self.model_for(study, model_key)
        card = {**release.card, "model": {"key": model.key, "learnt on": model.data}}
        named = replace(release, name=self._unused_name(study, model.name), card=card)
        needed = study.keys.needs(model.mechanism)
        return self.keep_release(study, named, key=self.applied_key(study, model.key), needed=needed)

    def keep_ordered(self, study: Study, model_key: str, order: Order, release: Release) -> str:
        """Keep what a generator was asked for, and return its key."""
        named = release.renamed(self._unused_name(study, release.name))
        needed = {**study.keys.needs(self.generator(study, model_key)), **versions.of_orders()}
        key = self.ordered_key(study, model_key, order)
        return self.keep_release(study, named, key=key, needed=needed)

    def keep_corrected(self, study: Study, release: Release) -> str:
        """Keep what was corrected by hand, and return its key: it depends on what the original depended on, too."""
        names = {card["name"]: card for card in self.releases(study).values()}
        original = names.get(release.card.get("corrected_from"))
        needed = versions.of_data() if original is None else versions.of_card(original)
        named = release.renamed(versions.plain_name(release.name))
        return self.keep_release(study, named, needed={**needed, **versions.of_corrections()})

    def _unused_name(self, study: Study, wanted: str) -> str:
        taken = {card["name"] for card in self._cards("release", study).values()}
        names = (wanted if n == 1 else f"{wanted} ({n})" for n in count(1))
        return next(name for name in names if name not in taken)

    def generators(self, study: Study) -> dict[str, str]:
        """Return the labels of this study's generators that are ready by key, oldest first."""
        kinds = {kind for kind, mechanism in mechanisms().items() if mechanism.makes == "generated"}
        models = self.models(study).items()
        return {key: str(card["label"]) for key, card in models if card["learner"]["kind"] in kinds}

    def keep_release(
        self,
        study: Study,
        release: Release,
        *,
        key: str | None = None,
        model: str = "",
        needed: versions.Versions | None = None,
    ) -> str:
        """Keep a release and return its key.

        Args:
            study: What it was made from.
            release: What to keep.
            key: Its address, where that follows from how it was made.
            model: Address of the model that was fitted for it and is deleted with it.
            needed: The versions that it depends on; none by default, as for what was brought.
        """
        fingerprint = release.windows.fingerprint
        key = key or self.where(
            "release", study, lambda keys: keys.kept(release.name, fingerprint, needed or {})
        )
        card = {
            **study.origin(),
            "name": release.name,
            "model": model,
            "windows": len(release.windows),
            "claims people": release.claims_people,
            "corrections": len(release.card.get("corrections", ())),
            "made": dict(release.card),
            "versions": dict(needed or {}),
        }
        self.store.put("release", key, release_to_bytes(release), card)
        return key

    def release(self, key: str) -> Release | None:
        """Return a release under the name by which it is listed."""
        card = self.store.card("release", key)
        if card is None:
            return None
        return self.store.read("release", key, lambda payload: read_release(payload, name=_listed_name(card)))

    def shareable(self, key: str, sharing: Sharing) -> bytes:
        """Return a release as a file to share: without names, and without the private windows it came from.

        Args:
            key: Which release.
            sharing: What stands for people, and what it may say about them.
        """
        release = self.release(key)
        if release is None:
            raise TrainingError("This version is not there any more. Make it again.")
        named = (*sharing.codes.people, *release.windows.subjects)  # an imported file may show others
        codes = replace(sharing.codes, people=tuple(dict.fromkeys(named)))
        return release_to_bytes(release, sharing=replace(sharing, codes=codes))

    def code_list(self, study: Study) -> CodeList:
        """Return the codes that stand for the people of a study in everything that is shared.

        Recordings whose gaps were filled in, or that were given activities, have those of the recordings they were
        made from.
        """
        own = str(study.asked.get("recordings") or study.windows.fingerprint)
        return self.code_list_of(own, study.people or study.windows.subjects)

    def code_list_of(self, fingerprint: str, people: Iterable[str]) -> CodeList:
        """Return the codes that stand for people in recordings with a fingerprint."""
        secret = read_secret(self.store.root, "Replacing names by codes")
        return CodeList(secret, self._first_of(fingerprint), tuple(people))

    def _first_of(self, own: str) -> str:
        """Return the fingerprint of recordings before gaps were filled in and activities given."""
        kept = [e.key for e in self.store.entries("recordings") if e.card.get("fingerprint") == own]
        origin = next((self._origin(key) for key in kept), "")
        while origin and (earlier := self._origin(origin)):
            origin = earlier
        card = self.store.card("recordings", origin) if origin else None
        if card is None:
            return own
        recordings = None if "fingerprint" in card else self.recordings(origin)
        return str(card.get("fingerprint", recordings and recordings.fingerprint))

    def _origin(self, key: str) -> str:
        return self.filled_from(key) or self.labelled_from(key)

    def releases(self, study: Study) -> dict[str, Mapping[str, Any]]:
        """Return the cards of this study's releases by key, oldest first; the names of earlier ones say so."""
        cards = self._cards("release", study)
        return {key: {**card, "name": _listed_name(card)} for key, card in cards.items()}

    def earlier_releases(self, study: Study) -> dict[str, Mapping[str, Any]]:
        """Return the cards of releases that the program would make differently today, by key, oldest first."""
        return {key: card for key, card in self.releases(study).items() if _is_earlier(card)}

    def models(self, study: Study, kind: str | None = None) -> dict[str, Mapping[str, Any]]:
        """Return the cards of this study's fitted models (of one kind) of this version by key, oldest first."""
        found = {key: card for key, card in self._cards("model", study).items() if not _is_earlier(card)}
        return {key: card for key, card in found.items() if kind in (None, card["learner"]["kind"])}

    def earlier_models(self, study: Study) -> dict[str, Mapping[str, Any]]:
        """Return the cards of this study's models that an earlier version fitted, by key, oldest first."""
        return {key: card for key, card in self._cards("model", study).items() if _is_earlier(card)}

    def _cards(self, kind: Kind, study: Study) -> dict[str, Mapping[str, Any]]:
        return {e.key: e.card for e in self.store.entries(kind) if study.owns(e.card)}

    def stored_models(self) -> list[StoredModel]:
        """Return the fitted mechanisms of all studies, oldest first; those of earlier versions are not."""
        kinds = mechanisms()
        return [
            StoredModel.from_card(e.key, e.card)
            for e in self.store.entries("model")
            if e.card["learner"]["kind"] in kinds and not _is_earlier(e.card)
        ]

    def model_for(self, study: Study, key: str) -> StoredModel:
        """Return a fitted mechanism that works on the windows of a study.

        Raises:
            TrainingError: If there is none with this key, or it does not fit.
        """
        model = next((model for model in self.stored_models() if model.key == key), None)
        if model is None:
            raise TrainingError(
                f"There is no model {key!r} that this version of the program made. It may have been deleted; "
                "train it again."
            )
        model.refuse_other(study)
        return model

    def model_name(self, key: str) -> str:
        """Return what a model is called; `""` where there is none."""
        return str((self.store.card("model", key) or {}).get("label", ""))

    def model_bytes(self, key: str) -> bytes | None:
        """Return what `Learner.load` needs."""
        return self.store.get("model", key)

    def generator(self, study: Study, key: str) -> Mechanism:
        """Return the settings of a generator of this study.

        Raises:
            TrainingError: If there is none with this key.
        """
        if key not in self.generators(study):
            raise TrainingError(
                f"There is no generator {key!r} that learnt from these recordings, cut and split as now, with this "
                "seed and this version of the program. Give the options it was trained with, or train one first."
            )
        return mechanism_from_card(self.models(study)[key]["learner"])

    def model_of(self, release_key: str) -> Model | None:
        """Return the model that made a release, or what it was corrected from by hand; `None` where there is none."""
        card = self.store.card("release", release_key)
        if card is None:
            return None
        if card["corrections"]:
            original = self._original_of(release_key, card)
            return None if original is None else self.model_of(original)
        key = card["model"] or card["made"].get("model", {}).get("key", "")
        payload, fitted = self.store.get("model", key), self.store.card("model", key)
        if payload is None or fitted is None or _is_earlier(fitted):
            return None
        return Model(mechanism_from_card(fitted["learner"]), payload)

    def _original_of(self, release_key: str, card: Mapping[str, Any]) -> str | None:
        """Return the key of the latest release before a corrected one that has the name it was corrected from."""
        wanted = (card["study"], versions.plain_name(str(card["made"].get("corrected_from", ""))))
        entries = self.store.entries("release")
        before = entries[: [entry.key for entry in entries].index(release_key)]
        named = [entry.key for entry in before if (entry.card["study"], entry.card["name"]) == wanted]
        return named[-1] if named else None

    def keep_reference(self, study: Study, effort: Effort, reference_json: str) -> str:
        self.store.put("reference", study.keys.reference(effort), reference_json.encode(), study.origin())
        return reference_json

    def reference(self, study: Study, effort: Effort) -> str | None:
        key = self.where("reference", study, lambda keys: keys.reference(effort))
        return self.store.read("reference", key, _json_text)

    def keep_report(self, study: Study, release_key: str, effort: Effort, report_json: str) -> None:
        card = {**study.origin(), "release": release_key, "effort": effort}
        self.store.put("report", self._report_key(study, release_key, effort), report_json.encode(), card)

    def report(self, study: Study, release_key: str, effort: Effort) -> Report | None:
        """Return what today's attackers found on a release; `None` where it was not measured with them."""
        return self._read_report(self._report_key(study, release_key, effort), release_key)

    def reports(self, study: Study) -> dict[str, Report]:
        """Return this study's reports by release key, the most thorough of each, in the order of the releases.

        Where a release was measured by earlier attackers only, the latest of those reports: its name says so.
        """
        earlier = self._earlier_reports(study)
        found = {}
        for key in self.releases(study):
            reports = [self.report(study, key, effort) for effort in reversed(EFFORTS)]
            found[key] = next((report for report in [*reports, earlier.get(key)] if report is not None), None)
        return {key: report for key, report in found.items() if report is not None}

    def _earlier_reports(self, study: Study) -> dict[str, Report]:
        """Return the latest report of each release, whatever attackers measured it, by release key."""
        latest = {str(e.card["release"]): e.key for e in self.store.entries("report") if study.owns(e.card)}
        reports = {release: self._read_report(key, release) for release, key in latest.items()}
        return {
            release: report.renamed(f"{report.name}, {versions.MEASURED_EARLIER}")
            for release, report in reports.items()
            if report is not None
        }

    def _read_report(self, key: str, release_key: str) -> Report | None:
        report, card = self.store.read("report", key, _report), self.store.card("release", release_key)
        if report is None:
            return None
        report = report.marked_beforehand(str((self.store.card("report", key) or {}).get(BEFOREHAND, "")))
        return report.renamed(_listed_name(card)) if card is not None and _is_earlier(card) else report

    def keep_point(self, study: Study, point: Point, swept: Swept) -> Report:
        """Keep what was measured at one point of a strength sweep, and return it."""
        card = {
            **study.origin(),
            "learner": point.turned.card(),
            "point seed": point.seed,
            "seconds": swept.seconds,
        }
        self.store.put("point", self._point_key(study, point), swept.report_json.encode(), card)
        return Report.from_json(swept.report_json)

    def point(self, study: Study, point: Point) -> Report | None:
        """Return what was measured at a point of a strength sweep, there or on a version made the same way."""
        report = self.store.read("point", self._point_key(study, point), _report)
        if report is not None:
            return report
        made_alike = point.seed == study.seed
        return self.report(study, self.release_key(study, point.turned), EFFORT) if made_alike else None

    def strengths_made(self, study: Study, mechanism: Mechanism) -> dict[float, str]:
        """Return the strengths of a mechanism that are versions, and the key of each.

        Args:
            study: What the versions were made from.
            mechanism: One with a dial, wherever that is set.
        """
        made = {key: card["made"].get("mechanism") or {} for key, card in self.releases(study).items()}
        return {
            strength: key
            for key, card in made.items()
            if (strength := _strength_of(card, mechanism)) is not None
            and key == self.release_key(study, mechanism.at(strength))
        }

    def measured_strengths(self, study: Study, mechanism: Mechanism) -> dict[Point, Report]:
        """Return what today's attackers found at each strength of a mechanism with the study's seed, mild ones first.

        Args:
            study: What it is applied to.
            mechanism: One with a dial, wherever that is set.
        """
        dial = mechanism.dial
        if dial is None:
            return {}
        swept = [_strength_of(card["learner"], mechanism) for card in self.points(study).values()]
        tried = {*dial.steps, *self.strengths_made(study, mechanism), *(s for s in swept if s is not None)}
        points = [Point(mechanism, strength, study.seed) for strength in sorted(tried, key=dial.place)]
        reports = {point: self.point(study, point) for point in points}
        return {point: report for point, report in reports.items() if report is not None}

    def earlier_point(self, study: Study, point: Point) -> Report | None:
        """Return what earlier attackers, or an earlier version of the method, gave at a point; `None` for nothing."""
        now = self._point_key(study, point)
        asked = (json.loads(json.dumps(point.turned.card())), point.seed)  # as cards are read
        found = [
            key
            for key, card in self.points(study).items()
            if key != now and (card["learner"], card["point seed"]) == asked
        ]
        return self.store.read("point", found[-1], _report) if found else None

    def points(self, study: Study) -> dict[str, Mapping[str, Any]]:
        """Return the cards of this study's sweep points by key, oldest first."""
        return self._cards("point", study)

    def delete_release(self, study: Study, release_key: str) -> None:
        """Delete a release, all its reports, and the model that was fitted for it."""
        card = self.store.card("release", release_key)
        if card is None:
            return
        for entry in self.store.entries("report"):
            if entry.card["release"] == release_key:
                self.store.delete("report", entry.key)
        self.store.delete("release", release_key)
        if card["model"]:
            self.store.delete("model", card["model"])

    def examine(self) -> Examination:
        """Check everything that is kept, and change nothing."""
        return examine(self.store.root, READERS, _is_of_earlier, (WORKSPACE, COPY))

    def repair(self) -> None:
        """Set aside what is damaged, and restore the workspace.

        Raises:
            StoreError: If the disk is full or may not be written.
        """
        self.store.check(most_bytes=sys.maxsize)
        for kind, reader in READERS.items():
            for entry in self.store.entries(kind):
                self.store.read(kind, entry.key, reader)
        self.store.write_workspace(self.store.read_workspace())

    def _report_key(self, study: Study, release_key: str, effort: Effort) -> str:
        return self.where("report", study, lambda keys: keys.report(release_key, effort))

    def _point_key(self, study: Study, point: Point) -> str:
        return self.where("point", study, lambda keys: keys.point(point.turned, point.seed))


def _strength_of(card: Mapping[str, Any], like: Mechanism) -> float | None:
    """Return the strength of a mechanism by its card; `None` where it differs from another in more than that."""
    if like.dial is None:
        return None
    own, others = (
        {name: value for name, value in one.items() if name != like.dial.field}
        for one in (card, json.loads(json.dumps(like.card())))  # as cards are read
    )
    return card[like.dial.field] if own == others else None


def _report(payload: bytes) -> Report:
    return judged(Report.from_json(payload.decode()))


def _json_text(payload: bytes) -> str:
    text = payload.decode()
    json.loads(text)
    return text


# How the payload of each kind is read; models are read by their learners, which load TensorFlow.
READERS: Mapping[Kind, Callable[[bytes], Any]] = {
    "recordings": recordings_from_bytes,
    "release": lambda payload: read_release(payload, name="release"),
    "reference": _json_text,
    "report": _report,
    "point": _report,
}


def _is_of_earlier(kind: str, card: Mapping[str, Any]) -> bool:
    return kind in ("model", "release") and _is_earlier(card)


def _is_earlier(card: Mapping[str, Any]) -> bool:
    """Return whether the card of a release or model is of an earlier version."""
    return not versions.are_current(versions.of_card(card))


def _listed_name(card: Mapping[str, Any]) -> str:
    """Return what a release is called in lists and on charts."""
    return versions.earlier_name(str(card["name"])) if _is_earlier(card) else str(card["name"])
