"""The sample's results in one file: written from a store where they were computed, taken into a person's store.

    python -m synth prepare-sample   ->  sample_results.zip: KIND/KEY.json, a card, and KIND/KEY.bin, its payload
    "Try it" on the home page        ->  take(...)
    "Compute it here"                ->  anew(...)

What is asked for has the address that the program gives it today (`plan.parts`). What a later version would compute
differently has another address and is not taken. The windows of methods that train no network are not in the file:
the model that is makes them again in a moment.
"""

import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.export.files import compact_parquet, release_to_bytes
from synth.audit.report import BEFOREHAND
from synth.core.errors import StoreError, TrainingError
from synth.core.program import VERSION
from synth.runs.background import Background
from synth.runs.beforehand import plan
from synth.runs.beforehand.plan import Part
from synth.runs.learner_cards import imputer_from_card, mechanism_from_card
from synth.runs.store import Entry, Kind, Store
from synth.runs.study import Study

FILE = Path(__file__).with_name("sample_results.zip")
EPOCH = (1980, 1, 1, 0, 0, 0)  # of all entries: the same results are the same file
MARKED: tuple[Kind, ...] = ("report", "release", "model", "reference", "point")


def write(study: Study, store: Store, path: Path = FILE) -> None:
    """Write the results of the sample that a store holds.

    Args:
        study: `plan.sample_study`.
        store: Where they were computed.
        path: The file to write.

    Raises:
        TrainingError: If one is missing, or was not computed there.
    """
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for part in plan.parts(study):
            card, payload = store.card(part.kind, part.key), store.get(part.kind, part.key)
            if card is None or payload is None:
                raise TrainingError(f"A {part.kind} of the sample has not been computed: {part.key}.")
            if BEFOREHAND in card:
                raise TrainingError(
                    "The results in this store were themselves computed beforehand. Give --store an empty folder."
                )
            _add(file, f"{_name(part)}.json", json.dumps({**card, BEFOREHAND: VERSION}).encode())
            if not _is_made_when_taken(part):
                _add(file, f"{_name(part)}.bin", compact_parquet(payload) if part.mechanism else payload)
    path.write_bytes(written.getvalue())


def take(study: Study, store: Store, path: Path = FILE) -> int:
    """Put into a store what the program would compute the same today; what is there already stays as it is.

    Args:
        study: Of the sample. Of any other data, or cut or split otherwise, nothing is taken.
        store: The person's.
        path: The file.

    Returns:
        How many results are new.

    Raises:
        StoreError: If the disk is full or may not be written, or the file is damaged.
    """
    with _opened(path) as file:
        there = set(file.namelist())
        new = [
            part
            for part in plan.parts(study)
            if f"{_name(part)}.json" in there and not store.has(part.kind, part.key)
        ]
        for part in new:
            card = json.loads(file.read(f"{_name(part)}.json"))
            store.put(part.kind, part.key, _payload(file, part, study), card)
    return len(new)


def marked(study: Study, store: Store) -> dict[Kind, list[Entry]]:
    """Return what of a study was computed beforehand, by kind."""
    return {
        kind: [e for e in store.entries(kind) if BEFOREHAND in e.card and study.owns(e.card)]
        for kind in MARKED
    }


def anew(background: Background, study: Study) -> None:
    """Delete what was computed beforehand, and begin to compute the same here.

    Raises:
        JobError: If the workers cannot be started; nothing is deleted then.
        StoreError: If the disk may not be written.
    """
    repository = background.repository
    found = marked(study, repository.store)
    points = {entry.key for entry in found["point"]}
    background.jobs.client()
    for kind, entries in found.items():
        for entry in entries:
            repository.store.delete(kind, entry.key)
    made = {entry.card["model"] for entry in found["release"]}
    for entry in found["model"]:
        if entry.key not in made:
            background.learn_to_fill(study, imputer_from_card(entry.card["learner"]))
    for entry in found["release"]:
        background.make(study, mechanism_from_card(entry.card["made"]["mechanism"]))
    background.sweep(study, [p for p in plan.swept() if study.keys.point(p.turned, p.seed) in points])


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open the file; whatever is wrong with it is said in one sentence."""
    try:
        with zipfile.ZipFile(path) as file:
            yield file
    except (OSError, zipfile.BadZipFile, zlib.error, KeyError, ValueError) as error:
        raise StoreError(
            f"The results of the sample that were computed beforehand cannot be read from {path.name}. Install "
            "Penumbra again, or load the sample on the Data page and make versions on the Train page."
        ) from error


def _payload(file: zipfile.ZipFile, part: Part, study: Study) -> bytes:
    if part.mechanism is None or not _is_made_when_taken(part):
        return file.read(f"{_name(part)}.bin")
    model = file.read(f"model/{study.keys.model(part.mechanism)}.bin")
    released = part.mechanism.load(model).release(study.split.fit, seed=study.seed)
    return release_to_bytes(released.renamed(part.mechanism.label()))


def _is_made_when_taken(part: Part) -> bool:
    """Return whether windows are made from their model in a moment, so that they are not in the file."""
    return part.mechanism is not None and part.mechanism.kind not in plan.NETWORKS


def _name(part: Part) -> str:
    return f"{part.kind}/{part.key}"


def _add(file: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name, EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    file.writestr(info, content)
