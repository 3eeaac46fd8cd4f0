"""Examination of a store: every artefact is checked, and nothing is changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synth.runs.upkeep import leftovers, records, set_aside
from synth.runs.upkeep.records import Damaged, Record
from synth.runs.upkeep.set_aside import Damage

Readers = Mapping[Any, Callable[[bytes], Any]]
IsEarlier = Callable[[str, Mapping[str, Any]], bool]


@dataclass(frozen=True)
class KindExamined:
    """What there is of one kind.

    Attributes:
        kind: Of the artefacts.
        whole: How many are what was written.
        earlier: How many of these an earlier version of the program made.
        unhashed: How many of these were kept before there were hashes.
        size: Of all files, in bytes.
        damages: Those that are not what was written.
    """

    kind: str
    whole: int
    earlier: int
    unhashed: int
    size: int
    damages: tuple[Damage, ...]


@dataclass(frozen=True)
class Examination:
    """What was found in a store.

    Attributes:
        kinds: What there is of each kind.
        workspace: The files of the workspace that are damaged.
        leftovers: What crashes left behind, swept at the next start.
        set_aside: What was set aside before.
    """

    kinds: tuple[KindExamined, ...]
    workspace: tuple[Damage, ...]
    leftovers: tuple[Path, ...]
    set_aside: tuple[Damage, ...]

    @property
    def damages(self) -> list[Damage]:
        """All that is damaged and still in its place."""
        return [*(damage for kind in self.kinds for damage in kind.damages), *self.workspace]


def examine(root: Path, readers: Readers, is_earlier: IsEarlier, workspace: tuple[str, ...]) -> Examination:
    """Check everything in a store.

    Args:
        root: Its folder.
        readers: Read the payload of each kind, for artefacts that were kept before there were hashes.
        is_earlier: Whether an earlier version made an artefact, by its kind and card.
        workspace: Names of the files of the workspace.
    """
    kinds = tuple(
        _examine_kind(root / kind, kind, readers.get(kind), is_earlier) for kind in records.CARD_FIELDS
    )
    broken = tuple(damage for name in workspace for damage in _examine_workspace(root / name))
    return Examination(kinds, broken, tuple(leftovers.leftovers(root)), tuple(set_aside.damages(root)))


def _examine_kind(
    folder: Path, kind: str, reader: Callable[[bytes], Any] | None, is_earlier: IsEarlier
) -> KindExamined:
    files = leftovers.entries(folder)
    damages = [Damage(kind, path.name, "", "its record is missing") for path in leftovers.orphans(folder)]
    whole: list[Record] = []
    for path in files:
        if path.suffix != ".json":
            continue
        try:
            record = records.read_record(path, kind)
            records.check_payload(folder, record)
            if not record.is_hashed and reader is not None:
                _try(reader, folder / record.payload)
        except Damaged as damaged:
            damages.append(Damage(kind, path.stem, "", str(damaged)))
        else:
            whole.append(record)
    return KindExamined(
        kind,
        len(whole),
        sum(is_earlier(kind, record.card) for record in whole),
        sum(not record.is_hashed for record in whole),
        sum(path.lstat().st_size for path in files),
        tuple(damages),
    )


def _try(reader: Callable[[bytes], Any], path: Path) -> None:
    try:
        reader(path.read_bytes())
    except MemoryError:
        raise
    except Exception as error:  # whatever a reader makes of bytes that nobody wrote
        raise Damaged("its content cannot be read") from error


def _examine_workspace(path: Path) -> list[Damage]:
    try:
        records.opened(path.read_bytes())
    except FileNotFoundError:
        return []
    except (Damaged, OSError):
        return [Damage("workspace", path.name, "", "it is no longer legible")]
    return []
