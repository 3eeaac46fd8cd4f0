"""Shelf: what one person has in the store, by meaning instead of by bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import count
from typing import Any

from data.archive import recordings_from_bytes, recordings_to_bytes
from data.recordings import Recordings
from data.release import Release
from data.writers import read_release, release_to_bytes
from synth.audit.report import EFFORTS, Effort, Report
from synth.catalogue import learner_from_card
from synth.errors import TrainingError
from synth.learner import Learner
from synth.mechanisms.base import Mechanism, mechanisms
from synth.orders import Order
from synth.store import Store, key_of
from synth.stored import StoredModel, learned_on
from synth.study import Study, model_key
from synth.sweep import EFFORT, Point
from synth.tasks import Learnt, Model, Swept


@dataclass(frozen=True)
class Shelf:
    """Typed access to one store.

    Attributes:
        store: Where everything is kept.
    """

    store: Store

    @property
    def owner(self) -> str:
        return str(self.store.root)

    def keep_recordings(self, recordings: Recordings, *, filled_from: str = "") -> str:
        """Keep recordings and return their key.

        Args:
            recordings: What to keep.
            filled_from: Key of the recordings whose gaps were filled in to make these.
        """
        key = key_of(
            "recordings", recordings.fingerprint, recordings.name, list(map(asdict, recordings.findings))
        )
        card = {
            "name": recordings.name,
            "people": len(recordings.subjects),
            "activities": len(recordings.activities),
            "minutes": recordings.duration_s / 60,
            "filled from": filled_from,
        }
        self.store.put("recordings", key, recordings_to_bytes(recordings), card)
        return key

    def loaded(self) -> dict[str, str]:
        """Return the names of all recordings that were ever loaded by key, oldest first."""
        return {entry.key: str(entry.card["name"]) for entry in self.store.entries("recordings")}

    def filled_from(self, key: str) -> str:
        """Return the key of the recordings whose gaps were filled in to make some; `""` where none were."""
        card = self.store.card("recordings", key) or {}
        origin = str(card.get("filled from", ""))
        return origin if self.store.has("recordings", origin) else ""

    def filled_versions(self, key: str) -> dict[str, str]:
        """Return the names of recordings that were made by filling in gaps of some, by key, oldest first."""
        return {k: name for k, name in self.loaded().items() if self.filled_from(k) == key}

    def recordings(self, key: str) -> Recordings | None:
        payload = self.store.get("recordings", key)
        return None if payload is None else recordings_from_bytes(payload)

    def keep_learnt(self, study: Study, learner: Learner, learnt: Learnt) -> None:
        """Keep a fitted model, and what it released."""
        card = {**study.origin(), **learned_on(study), **learnt.card}
        self.store.put("model", study.model_key(learner), learnt.payload, card)
        if learnt.release is not None:
            self.keep_release(
                study, learnt.release, key=study.release_key(learner), model=study.model_key(learner)
            )

    def keep_applied(self, study: Study, model: StoredModel, release: Release) -> str:
        """Keep what a model that learnt from other recordings made of these, and return its key."""
        card = {**release.card, "model": {"key": model.key, "learnt on": model.data}}
        named = replace(release, name=self._unused_name(study, model.name), card=card)
        return self.keep_release(study, named, key=study.applied_key(model.key))

    def keep_ordered(self, study: Study, model_key: str, order: Order, release: Release) -> str:
        """Keep what a generator was asked for, and return its key."""
        named = release.renamed(self._unused_name(study, release.name))
        return self.keep_release(study, named, key=study.ordered_key(model_key, order))

    def _unused_name(self, study: Study, wanted: str) -> str:
        taken = {card["name"] for card in self.releases(study).values()}
        names = (wanted if n == 1 else f"{wanted} ({n})" for n in count(1))
        return next(name for name in names if name not in taken)

    def generators(self, study: Study) -> dict[str, str]:
        """Return the labels of this study's generators that are ready by key, oldest first."""
        kinds = {kind for kind, mechanism in mechanisms().items() if mechanism.makes == "generated"}
        models = self.models(study).items()
        return {key: str(card["label"]) for key, card in models if card["learner"]["kind"] in kinds}

    def keep_release(self, study: Study, release: Release, *, key: str | None = None, model: str = "") -> str:
        """Keep a release and return its key.

        Args:
            study: What it was made from.
            release: What to keep.
            key: Its address, where that follows from how it was made.
            model: Address of the model that was fitted for it and is deleted with it.
        """
        key = key or key_of("release", study.key, release.name, release.windows.fingerprint)
        card = {
            **study.origin(),
            "name": release.name,
            "model": model,
            "windows": len(release.windows),
            "claims people": release.claims_people,
            "corrections": len(release.card.get("corrections", ())),
            "made": dict(release.card),
        }
        self.store.put("release", key, release_to_bytes(release), card)
        return key

    def release(self, key: str) -> Release | None:
        payload = self.store.get("release", key)
        return (
            None
            if payload is None
            else read_release(payload, name=str(self.store.card("release", key)["name"]))
        )

    def shareable(self, key: str, attributes: Sequence[str] = ()) -> bytes:
        """Return a release as a file to share: without the list of private windows it came from.

        Args:
            key: Which release.
            attributes: What it may say of the people it claims to show.
        """
        return release_to_bytes(self.release(key), provenance=False, attributes=attributes)

    def releases(self, study: Study) -> dict[str, Mapping[str, Any]]:
        """Return the cards of this study's releases by key, oldest first."""
        return {e.key: e.card for e in self.store.entries("release") if e.card["study"] == study.key}

    def models(self, study: Study, kind: str | None = None) -> dict[str, Mapping[str, Any]]:
        """Return the cards of this study's fitted models (of one kind) by key, oldest first."""
        found = {e.key: e.card for e in self.store.entries("model") if e.card["study"] == study.key}
        return {key: card for key, card in found.items() if kind in (None, card["learner"]["kind"])}

    def stored_models(self) -> list[StoredModel]:
        """Return the fitted mechanisms of all studies, oldest first; those of other versions of the code are not."""
        kinds = mechanisms()
        return [
            StoredModel.from_card(e.key, e.card)
            for e in self.store.entries("model")
            if e.card["learner"]["kind"] in kinds and e.key == model_key(e.card["study"], e.card["learner"])
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
        return learner_from_card(self.store.card("model", key)["learner"])

    def model_of(self, release_key: str) -> Model | None:
        """Return the model that made a release as it is; `None` where there is none, or it was corrected by hand."""
        card = self.store.card("release", release_key)
        if card is None or card["corrections"]:
            return None
        key = card["model"] or card["made"].get("model", {}).get("key", "")
        payload = self.store.get("model", key)
        if payload is None:
            return None
        return Model(learner_from_card(self.store.card("model", key)["learner"]), payload)

    def keep_reference(self, study: Study, effort: Effort, reference_json: str) -> None:
        self.store.put("reference", study.reference_key(effort), reference_json.encode(), study.origin())

    def reference(self, study: Study, effort: Effort) -> str | None:
        payload = self.store.get("reference", study.reference_key(effort))
        return None if payload is None else payload.decode()

    def keep_report(self, study: Study, release_key: str, effort: Effort, report_json: str) -> None:
        card = {**study.origin(), "release": release_key}
        self.store.put("report", self._report_key(study, release_key, effort), report_json.encode(), card)

    def report(self, study: Study, release_key: str, effort: Effort) -> Report | None:
        payload = self.store.get("report", self._report_key(study, release_key, effort))
        return None if payload is None else Report.from_json(payload.decode())

    def reports(self, study: Study) -> dict[str, Report]:
        """Return this study's reports by release key, the most thorough of each, in the order of the releases."""
        found = {}
        for key in self.releases(study):
            reports = [self.report(study, key, effort) for effort in reversed(EFFORTS)]
            found[key] = next((report for report in reports if report is not None), None)
        return {key: report for key, report in found.items() if report is not None}

    def keep_point(self, study: Study, point: Point, swept: Swept) -> None:
        """Keep what was measured at one point of a strength sweep."""
        card = {
            **study.origin(),
            "learner": point.turned.card(),
            "point seed": point.seed,
            "seconds": swept.seconds,
        }
        self.store.put("point", _point_key(study, point), swept.report_json.encode(), card)

    def point(self, study: Study, point: Point) -> Report | None:
        """Return what was measured at a point of a strength sweep, there or on a version made the same way."""
        payload = self.store.get("point", _point_key(study, point))
        if payload is not None:
            return Report.from_json(payload.decode())
        made_alike = point.seed == study.seed
        return self.report(study, study.release_key(point.turned), EFFORT) if made_alike else None

    def points(self, study: Study) -> dict[str, Mapping[str, Any]]:
        """Return the cards of this study's sweep points by key, oldest first."""
        return {e.key: e.card for e in self.store.entries("point") if e.card["study"] == study.key}

    def delete_release(self, study: Study, release_key: str) -> None:
        """Delete a release, its report, and the model that was fitted for it."""
        card = self.store.card("release", release_key)
        if card is None:
            return
        for effort in EFFORTS:
            self.store.delete("report", self._report_key(study, release_key, effort))
        self.store.delete("release", release_key)
        if card["model"]:
            self.store.delete("model", card["model"])

    @staticmethod
    def _report_key(study: Study, release_key: str, effort: Effort) -> str:
        return key_of("report", study.reference_key(effort), release_key)


def _point_key(study: Study, point: Point) -> str:
    return study.point_key(point.turned, point.seed)
