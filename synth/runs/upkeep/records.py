"""Records: what stands next to every payload in the store, with the hashes of both.

    {"card": {...}, "created": 1767225600.0, "payload": {"file": "KEY.DIGEST.bin", "bytes": 12, "sha256": "..."},
     "sha256": "..."}

The last hash is over the rest of the record. Revision 84e5e5b and those up to the first with hashes wrote the first two
fields only, with the payload in KEY.bin; what they wrote can be read, and is checked by reading alone.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

N_REMEMBERED = 20_000  # files whose hash was right in this process
OLD_FIELDS, FIELDS = {"card", "created"}, {"card", "created", "payload"}
# What every card of a kind has had since revision 84e5e5b.
CARD_FIELDS: Mapping[str, Mapping[str, Any]] = {
    "recordings": {"name": str, "people": int, "activities": int, "minutes": int | float},
    "model": {"study": str, "label": str, "data": str, "learner": dict, "windows": dict, "people": list},
    "release": {"study": str, "name": str, "model": str, "corrections": int, "made": dict},
    "reference": {"study": str},
    "report": {"study": str, "release": str},
    "point": {"study": str, "learner": dict, "point seed": int},
}


class Damaged(Exception):
    """A file of the store is not what was written; the message completes "its ..."."""


@dataclass(frozen=True)
class Record:
    """What is known of an artefact without opening its payload.

    Attributes:
        card: What it is, and how it was made.
        created: When it was kept, in seconds since the epoch.
        payload: Name of the file with the payload.
        size: Of the payload in bytes; `None` in records without hashes.
        sha256: Hash of the payload; `""` in records without hashes.
    """

    card: Mapping[str, Any]
    created: float
    payload: str
    size: int | None
    sha256: str

    @property
    def is_hashed(self) -> bool:
        return bool(self.sha256)


def sealed(content: Mapping[str, Any]) -> bytes:
    """Return JSON that holds the hash of itself in the field `sha256`."""
    plain = json.loads(json.dumps(dict(content)))  # keys become texts, tuples lists: as it will be read
    return json.dumps({**plain, "sha256": _hash_of(plain)}).encode()


def opened(written: bytes) -> tuple[dict[str, Any], bool]:
    """Return what `sealed` was given, or any JSON object without a hash; and whether it had one.

    Raises:
        Damaged: If it is neither.
    """
    try:
        content = json.loads(written)
    except (ValueError, RecursionError) as error:
        raise Damaged("its record is no longer legible") from error
    if not isinstance(content, dict):
        raise Damaged("its record holds something else")
    known = content.pop("sha256", None)
    if known is not None and known != _hash_of(content):
        raise Damaged("its record was changed")
    return content, known is not None


def new_record(key: str, payload: bytes, card: Mapping[str, Any], created: float) -> tuple[str, bytes]:
    """Return the name of the file for a payload, and the record that goes with it.

    The name holds the hash: two who keep the same artefact at the same moment never mix.
    """
    digest = hashlib.sha256(payload).hexdigest()
    name = f"{key}.{digest[:16]}.bin"
    described = {"file": name, "bytes": len(payload), "sha256": digest}
    return name, sealed({"card": card, "created": created, "payload": described})


def read_record(path: Path, kind: str) -> Record:
    """Read a record and check it.

    Args:
        path: Its file, `KEY.json`.
        kind: Of the artefact.

    Raises:
        FileNotFoundError: If there is none.
        Damaged: If it is not what was written.
    """
    try:
        return _parsed(path, kind, *_mark(path))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Damaged("its record cannot be read") from error


def check_size(folder: Path, record: Record) -> None:
    """Check that a payload is there and whole, without opening it.

    Raises:
        Damaged: If it is not.
    """
    path = folder / record.payload
    if not path.is_file():
        raise Damaged("its content is missing")
    if record.size is not None and path.stat().st_size != record.size:
        raise Damaged("its content is not complete")


def check_payload(folder: Path, record: Record) -> None:
    """Check a payload by its hash; once in a process, as long as nobody writes to it.

    Raises:
        Damaged: If it is not what was written, or cannot be read.
    """
    try:
        check_size(folder, record)
        path = folder / record.payload
        if record.is_hashed and _digest(path, *_mark(path)) != record.sha256:
            raise Damaged("its content was changed")
    except OSError as error:
        raise Damaged("its content cannot be read") from error


def forget() -> None:
    """Forget what was read of records, names of people in it too, after they were deleted."""
    _parsed.cache_clear()
    _digest.cache_clear()


def _mark(path: Path) -> tuple[int, int, int]:
    """Return what changes when somebody writes to a file."""
    status = path.stat()
    return status.st_mtime_ns, status.st_size, status.st_ino


@lru_cache(maxsize=N_REMEMBERED)
def _digest(path: Path, *mark: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@lru_cache(maxsize=N_REMEMBERED)
def _parsed(path: Path, kind: str, *mark: int) -> Record:
    content, is_hashed = opened(path.read_bytes())
    # All fields, or the old ones: a flipped bit in the name of a field does not make it a record without hashes.
    if set(content) != (FIELDS if is_hashed else OLD_FIELDS):
        raise Damaged("its record is not complete")
    card, created = content["card"], content["created"]
    if not isinstance(card, dict) or not isinstance(created, int | float):
        raise Damaged("its record holds something else")
    if is_hashed:
        described = content["payload"]
        return Record(card, created, described["file"], described["bytes"], described["sha256"])
    _check_card(card, kind)
    return Record(card, created, f"{path.stem}.bin", None, "")


def _check_card(card: Mapping[str, Any], kind: str) -> None:
    for name, wanted in CARD_FIELDS.get(kind, {}).items():
        if not isinstance(card.get(name), wanted):
            raise Damaged(f"its record does not say its {name}")


def _hash_of(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
