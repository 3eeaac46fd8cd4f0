"""Delete means delete: everything of one person, with a list of what was deleted and what could not be."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from data.atomic_write import PREFIX
from data.machine.faults import megabytes
from synth.runs.upkeep.leftovers import remove

# What the store of a person consists of, and what a person calls it. Other files in the folder are not ours.
PARTS = {
    "recordings": "recordings",
    "model": "models",
    "release": "versions",
    "reference": "measurements of the original recordings",
    "report": "reports",
    "point": "points of strength sweeps",
    "workspace.json": "drawings, corrections and settings",
    "workspace.bak": "drawings, corrections and settings",
    "inbox": "uploads on their way in",
    "unfinished": "interrupted work",
    "checkpoints": "interrupted work",
    "damaged": "damaged files that were set aside",
    "secret": "the secret that codes of people and protecting noise were drawn from",
}
LEFT_OVER = "left over from earlier crashes"


@dataclass(frozen=True)
class Deletion:
    """What was deleted.

    Attributes:
        parts: What it was in words: number of files and bytes.
        kept: Files and folders that could not be deleted.
    """

    parts: dict[str, tuple[int, int]] = field(default_factory=dict)
    kept: tuple[Path, ...] = ()

    def __add__(self, other: "Deletion") -> "Deletion":
        """Return both together: what was deleted twice came back in between."""
        parts = dict(self.parts)
        for name, (files, size) in other.parts.items():
            before = parts.get(name, (0, 0))
            parts[name] = before[0] + files, before[1] + size
        return Deletion(parts, other.kept)

    @property
    def lines(self) -> list[str]:
        """One line for each part, and one for each that could not be deleted."""
        deleted = [
            f"Deleted: {name} ({files} file{'' if files == 1 else 's'}, {megabytes(size)})"
            for name, (files, size) in self.parts.items()
        ]
        kept = [
            f"NOT deleted: {path}. Close programs that use it, and delete this yourself."
            for path in self.kept
        ]
        return [*deleted, *kept]


def found(root: Path) -> list[tuple[str, Path]]:
    """Return what there is to delete: what it is in words, and where."""
    try:
        entries = sorted(root.iterdir())
    except OSError:
        return []
    named = [(PARTS[path.name], path) for path in entries if path.name in PARTS]
    return [*named, *((LEFT_OVER, path) for path in entries if path.name.startswith(PREFIX))]


def delete_everything(root: Path) -> Deletion:
    """Delete all that is of the person in the folder of a store."""
    parts: dict[str, tuple[int, int]] = {}
    kept = []
    for name, path in found(root):
        sizes = list(_sizes(path))
        if not remove(path):
            kept.append(path)
            continue
        before = parts.get(name, (0, 0))
        parts[name] = before[0] + len(sizes), before[1] + sum(sizes)
    return Deletion({name: part for name, part in parts.items() if part[0]}, tuple(kept))


def _sizes(path: Path) -> Iterator[int]:
    """Yield the sizes of all files."""
    for file in path.rglob("*") if path.is_dir() and not path.is_symlink() else [path]:
        try:
            if not file.is_dir():
                yield file.lstat().st_size
        except OSError:
            continue
