"""Loading recordings in a process of its own: it can be stopped, and the page stays responsive.

    begin  ->  reading  ->  read (a thin table to choose from)  ->  converting  ->  kept in the repository

Reading also ends when a file turns out to be hostile or huge: the process has a memory limit, and nothing of
it is kept. What was loaded before is untouched until the new recordings are complete.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

from data.atomic_write import missing_space, write_whole
from data.child_process import limit_memory, start_module
from data.errors import NamelessColumnsError, PenumbraError, RecordingError
from data.export.arrow import read_table_file, write_table
from data.ingest.column_mapping import N_ROWS_SAMPLED, ColumnMapping
from data.ingest.convert import to_recordings
from data.ingest.filename_pattern import Pattern
from data.ingest.preparation import Preparation
from data.ingest.table import Table
from data.machine.faults import full_disk, in_words
from data.readers import read_table
from data.readers.files import File, file_on_disk
from synth.core.errors import StoreError
from synth.runs.repository import Repository
from synth.runs.store import Store

Status = Literal["reading", "read", "converting", "kept", "failed"]
MEMORY_LIMIT_GB = 12
TICK_S = 0.3
COPIES = 3  # of an upload on the disk, at most: itself, its table, and the recordings that are kept


@dataclass(frozen=True)
class ReadingProgress:
    """How far reading has got: steps done, steps in all, and what is being done."""

    done: int
    total: int
    text: str
    elapsed_s: float

    @property
    def seconds_left(self) -> float | None:
        """Seconds left at the current pace, `None` while that cannot be estimated."""
        return self.elapsed_s * (self.total - self.done) / self.done if self.done > 0 else None


class Intake:
    """One set of files on its way in, in a folder of its owner that is deleted at the end."""

    def __init__(self, repository: Repository) -> None:
        inbox = repository.store.root / "inbox"
        inbox.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._root = repository.store.root
        self._folder = Path(tempfile.mkdtemp(dir=inbox))
        (self._folder / "owner").write_text(str(os.getpid()))
        self._process: subprocess.Popen[bytes] | None = None
        self._step: Literal["read", "convert"] = "read"
        self._source: dict[str, Any] = {}
        self.name = ""
        self.chosen: tuple[ColumnMapping, Preparation] | None = None  # what the person said last

    def read_uploads(self, uploads: Iterable[tuple[str, BinaryIO]], name: str) -> None:
        """Begin to read uploaded files.

        Args:
            uploads: Path as the browser gave it, and content.
            name: What the person will call them.

        Raises:
            StoreError: If the disk has too little room for them and for what is made of them.
        """
        listed = list(uploads)
        missing = missing_space(self._root, COPIES * sum(_size(content) for _, content in listed))
        if missing:
            raise StoreError(f"{name} was not loaded. {full_disk(self._root, missing)}")
        for number, (_, content) in enumerate(listed):
            # Names from outside are only ever written into the list, never used as names on this disk.
            with (self._folder / f"{number}.upload").open("wb") as file:
                shutil.copyfileobj(content, file)
        self._source = {"name": name, "uploads": [path for path, _ in listed]}
        self._begin("read", self._source)

    def read_path(self, path: str) -> None:
        """Begin to read a file or folder of this computer."""
        self._source = {"name": Path(path).name or path, "path": path}
        self._begin("read", self._source)

    def read_with_names(self, columns: Sequence[str]) -> None:
        """Read the same files again, with names for the columns of those that have none."""
        self._begin("read", {**self._source, "columns": list(columns)})

    def convert(self, mapping: ColumnMapping, preparation: Preparation) -> None:
        """Begin to turn the table into recordings and to keep them."""
        self.chosen = mapping, preparation
        meaning = {**asdict(mapping), "pattern": mapping.pattern.text if mapping.pattern else None}
        self._begin("convert", {"name": self.name, "mapping": meaning, "preparation": asdict(preparation)})

    @property
    def status(self) -> Status:
        """Where it is."""
        if self._process is None:  # uploads are being copied
            return "reading"
        if self._process.poll() is None:
            return "reading" if self._step == "read" else "converting"
        answer = self._answer()
        if "error" in answer:
            return "failed"
        return "kept" if "recordings" in answer else "read"

    @property
    def progress(self) -> ReadingProgress | None:
        """How far it has got, `None` before the first step."""
        try:
            return ReadingProgress(**json.loads((self._folder / "progress.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None

    @property
    def error(self) -> str:
        """What went wrong, in a sentence."""
        return self._answer().get("error", "")

    @property
    def rows_without_names(self) -> list[list[str]]:
        """The first rows of a file whose columns the person has to name; empty if that is not why reading failed."""
        return self._answer().get("rows_without_names", [])

    @property
    def recordings_key(self) -> str:
        """Where the recordings are in the repository."""
        return self._answer()["recordings"]

    def table(self) -> Table:
        """Return some rows of every file, to choose what the columns mean."""
        return read_table_file(self._folder / "thin.arrow")

    def n_rows(self) -> int:
        """Return how many rows were read."""
        return self._answer()["rows"]

    def back_to_choosing(self) -> None:
        """After conversion failed: the table is still there, and the choice can be changed."""
        if self._step == "convert":
            shutil.copy(self._folder / "read.json", self._folder / "answer.json")

    @property
    def can_choose_again(self) -> bool:
        """Whether the files were read, so that only what their columns mean has to be chosen anew."""
        return self._step == "convert" and (self._folder / "read.json").exists()

    def discard(self) -> None:
        """Stop, and delete everything but what was kept before."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _begin(self, step: Literal["read", "convert"], request: dict) -> None:
        self._step, self.name = step, request["name"]
        (self._folder / "answer.json").unlink(missing_ok=True)
        (self._folder / "progress.json").unlink(missing_ok=True)
        (self._folder / "request.json").write_text(json.dumps({**request, "step": step}))
        with (self._folder / "child.log").open("wb") as log:
            self._process = start_module(
                __spec__.name,
                str(self._folder),
                str(self._root),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _answer(self) -> dict:
        try:
            return json.loads((self._folder / "answer.json").read_text())
        except (OSError, ValueError):
            if missing_space(self._folder, 0):
                return {"error": f"{self.name} could not be read. {full_disk(self._root)}"}
            return {
                "error": f"Reading {self.name} ended without an answer; probably it needs more memory than there is. "
                "Load fewer people at once, or save the recordings as Parquet."
            }


def main(folder: Path, root: Path) -> None:
    """Do one step in this process: read files into a table, or turn the table into recordings."""
    limit_memory(MEMORY_LIMIT_GB)
    request = json.loads((folder / "request.json").read_text())
    try:
        answer = _read(folder, request) if request["step"] == "read" else _convert(folder, root, request)
    except NamelessColumnsError as error:
        answer = {"error": str(error), "rows_without_names": error.rows}
    except PenumbraError as error:
        answer = {"error": str(error)}
    except OSError as error:
        traceback.print_exc()
        if request["step"] == "read":
            (folder / "table.arrow").unlink(missing_ok=True)  # on a full disk, that makes room for the answer
        answer = {"error": f"{request['name']} could not be loaded. {in_words(error)}"}
    except MemoryError:
        answer = {"error": f"{request['name']} needs more memory than there is. Load fewer people at once."}
    except Exception:
        traceback.print_exc()
        answer = {
            "error": f"{request['name']} could not be read because of a defect of Penumbra, not of the file. Load it "
            f"as CSV or Parquet, and report this: {traceback.format_exc().strip().splitlines()[-1][:300]}"
        }
    _write_json(folder / "answer.json", answer)


def _read(folder: Path, request: dict) -> dict:
    source: Path | list[File]
    if "path" in request:
        try:
            source = Path(request["path"]).expanduser()
        except RuntimeError as error:
            raise RecordingError(
                f"{request['path']!r} is in nobody's home folder. Check the path."
            ) from error
    else:
        source = [file_on_disk(folder / f"{i}.upload", path) for i, path in enumerate(request["uploads"])]
    table = read_table(
        source, name=request["name"], columns=request.get("columns", ()), on_progress=_Ticker(folder)
    )
    write_table(table, folder / "table.arrow")
    write_table(table.thinned(N_ROWS_SAMPLED), folder / "thin.arrow")
    answer = {"rows": len(table)}
    _write_json(folder / "read.json", answer)
    return answer


def _convert(folder: Path, root: Path, request: dict) -> dict:
    meaning: dict[str, Any] = dict(request["mapping"])
    meaning["channels"], meaning["units"] = tuple(meaning["channels"]), tuple(meaning["units"])
    meaning["pattern"] = Pattern(meaning["pattern"]) if meaning["pattern"] else None
    mapping = ColumnMapping(**meaning)
    table = read_table_file(folder / "table.arrow")
    recordings = to_recordings(table, mapping, Preparation(**request["preparation"]))
    if len(recordings.subjects) == 0:
        raise RecordingError(f"{request['name']} shows nobody.")
    return {"recordings": Repository(Store(root)).keep_recordings(recordings)}


class _Ticker:
    """Writes progress for the page, a few times a second."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "progress.json"
        self._began = time.monotonic()
        self._last = 0.0

    def __call__(self, done: int, total: int, text: str) -> None:
        now = time.monotonic()
        if now - self._last >= TICK_S:
            self._last = now
            _write_json(self._path, asdict(ReadingProgress(done, total, text, now - self._began)))


def _size(content: BinaryIO) -> int:
    """Return how many bytes there are in a file that is read from its beginning."""
    size = content.seek(0, os.SEEK_END)
    content.seek(0)
    return size


def _write_json(path: Path, content: dict) -> None:
    write_whole(path, json.dumps(content).encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
