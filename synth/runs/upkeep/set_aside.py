"""What is damaged is set aside: moved into a folder of its own, never deleted, named with what can be done.

root/damaged/KIND/KEY/    the record, the payload and why.json of one artefact
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from data.atomic_write import write_whole

FOLDER, NOTE = "damaged", "why.json"
# What a person calls the kinds, and what can be done about a damaged one.
WORDS = {
    "recordings": "recordings",
    "model": "model",
    "release": "version",
    "reference": "measurement of the original recordings",
    "report": "report",
    "point": "point of a strength sweep",
    "workspace": "list of what you were working on",
}
REMEDIES = {
    "recordings": "Load them again.",
    "model": "Train it again.",
    "release": "Make it again.",
    "reference": "It is computed again with the next report.",
    "report": "Measure the version again.",
    "point": "Resume the sweep.",
    "workspace": "Its copy is used where there is one; check the settings on the Data page.",
}


@dataclass(frozen=True)
class Damage:
    """One damaged artefact.

    Attributes:
        kind: Of the artefact, or `"workspace"`.
        key: Its address.
        name: What the person calls it; `""` where its record no longer says so.
        why: What is wrong with it, as "its ...".
        folder: Where it was moved; `None` where it could not be moved and is passed over.
    """

    kind: str
    key: str
    name: str
    why: str
    folder: Path | None = None

    @property
    def sentence(self) -> str:
        """What is damaged, and what to do, in one or two sentences."""
        named = f" “{self.name}”" if self.name else ""
        is_plural = self.kind == "recordings"
        what = f"The {WORDS[self.kind]}{named} {'are' if is_plural else 'is'} damaged and no longer used ({self.why})."
        return f"{what} {REMEDIES[self.kind]}"


def set_aside(root: Path, files: Sequence[Path], damage: Damage) -> bool:
    """Move the files of a damaged artefact away; return whether all that are there could be moved."""
    try:
        folder = _new_folder(root / FOLDER / damage.kind / damage.key)
        for path in files:
            with suppress(FileNotFoundError):
                path.rename(folder / path.name)
    except OSError:
        return False
    with suppress(OSError):  # the list says less then
        note = {"name": damage.name, "why": damage.why}
        write_whole(folder / NOTE, json.dumps(note).encode())
    return True


def damages(root: Path) -> list[Damage]:
    """Return what was set aside, by kind and key."""
    found = []
    for kind in WORDS:
        for folder in sorted(_listed(root / FOLDER / kind)):
            found.append(_damage(kind, folder))
    return found


def _damage(kind: str, folder: Path) -> Damage:
    try:
        note = json.loads((folder / NOTE).read_bytes())
        name, why = str(note["name"]), str(note["why"])
    except (OSError, ValueError, KeyError, TypeError):
        name, why = "", "its files are set aside"
    return Damage(kind, folder.name, name, why, folder)


def _new_folder(wanted: Path) -> Path:
    wanted.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for number in count(1):
        folder = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            return folder
    raise AssertionError  # count() does not end


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
