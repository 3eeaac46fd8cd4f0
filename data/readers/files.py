"""Files chosen by the user: single files, folders and ZIP archives. Bounded in size, never written to disk.

Recordings of measuring devices are read as a stream, so those on this computer may be far bigger than others.

Nothing outside what was chosen is ever opened: links are skipped, and an archive is refused before unpacking if its
members point outside, are encrypted, or unpack to too much.
"""

import gzip
import hashlib
import io
import os
import re
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import IO

from data.errors import PenumbraError, RecordingError
from data.plurals import counted
from data.recordings import Finding

MAX_FILE_MB = 500  # of one file, unpacked
MAX_TOTAL_MB = 4000  # of all files together, unpacked
MAX_STREAMED_MB = 8000  # of one file that is read as a stream, unpacked: two months of 100 Hz
STREAMED = (".gt3x", ".cwa", ".bin", ".cwa.gz", ".bin.gz")
TEXTS = (
    ".csv",
    ".tsv",
    ".txt",
    ".csv.gz",
    ".tsv.gz",
    ".txt.gz",
)  # streamed where they are too long
PARQUET, LONG_PARQUET_MB = ".parquet", 100  # stored; in memory it may be twenty times as big
MAX_WHOLE_VALUES = 30_000_000  # 27 hours of three axes at 100 Hz; a table of this size takes about 300 MB
MAX_FILES = 50_000
MAX_LISTING_MB = 16  # of the central directory of an archive: 50,000 members with long paths
MAX_RATIO = 200  # text recordings compress about 10 times, and hardly ever more than 50 times
FREE_MB = 100  # any archive may unpack to this much, whatever its ratio
HEAD_BYTES = 4096
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")  # and bytes of file names that are not text
NOBODYS = re.compile(r"(^|/)(__MACOSX/|\.[^/]*$|\.[^/]+/|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)


def _ignore(share: float) -> None:
    """Report nothing."""


@dataclass(frozen=True, eq=False)
class File:
    """One file, wherever it is stored.

    Attributes:
        path: Its path within the source, with `/` as separator and without control characters.
        size: Size in bytes as stored, or unpacked for a member of an archive.
        open: Opens it for reading.
        on_disk: Its path on disk, `None` for uploads and members of archives.
        column_names: Names that the user gave to the columns, for text that has none.
        on_read: Called by readers of long files with the share that has been read, in [0, 1]; may raise to stop.
        max_values: Samples x channels that a recording of a device may have to be loaded as it is.
        is_one_of_too_many: Whether it belongs to files that are together too big for memory.
    """

    path: str
    size: int
    open: Callable[[], IO[bytes]]
    on_disk: Path | None = None
    column_names: tuple[str, ...] = ()
    on_read: Callable[[float], None] = _ignore
    max_values: int = MAX_WHOLE_VALUES
    is_one_of_too_many: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", CONTROL.sub(" ", self.path))

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def folder(self) -> str:
        """The path without the name, `""` at the top level."""
        return self.path.rpartition("/")[0]

    @property
    def is_streamed(self) -> bool:
        """Whether it is never in memory as a whole if it is on disk: devices' recordings and long tables."""
        return self.path.lower().endswith(STREAMED) or self.is_long_table

    @property
    def is_long_table(self) -> bool:
        """Whether it is a table on disk, by its name, that is too long for memory, alone or with the others."""
        is_table = self.on_disk is not None and self.path.lower().endswith((*TEXTS, PARQUET))
        return is_table and (self.is_one_of_too_many or self._is_long)

    @cached_property
    def _is_long(self) -> bool:
        if self.path.lower().endswith(PARQUET):
            return self.size > LONG_PARQUET_MB * 2**20
        n_bytes = self.size
        if self.path.lower().endswith(".gz") and n_bytes >= 4:
            with _in_sentences(self.path), self.open() as stream:
                stream.seek(-4, io.SEEK_END)
                n_bytes = max(n_bytes, struct.unpack("<I", stream.read(4))[0])  # RFC 1952: modulo 4 GB
        return n_bytes > MAX_FILE_MB * 2**20

    @cached_property
    def head(self) -> bytes:
        """The first bytes, unpacked if the file is compressed with gzip.

        Raises:
            RecordingError: If the file cannot be opened or unpacked.
        """
        return self._read(HEAD_BYTES)

    def read(self) -> bytes:
        """Return the content, unpacked if the file is compressed with gzip.

        Raises:
            RecordingError: If the file cannot be opened, is damaged, or is bigger than `MAX_FILE_MB`.
        """
        _refuse_big(self.size, self.path, MAX_FILE_MB)
        content = self._read(MAX_FILE_MB * 2**20 + 1)
        _refuse_big(len(content), f"{self.path} (unpacked)", MAX_FILE_MB)
        return content

    def members(self) -> list[zipfile.ZipInfo]:
        """Return the members of a ZIP archive, `[]` for any other file.

        Raises:
            RecordingError: If the archive is damaged or has too many members.
        """
        return self._members

    @cached_property
    def _members(self) -> list[zipfile.ZipInfo]:
        if not self.head.startswith(ZIP):
            return []
        try:
            with self.open() as stream:
                if _listing_bytes(stream) > MAX_LISTING_MB * 2**20:
                    raise RecordingError(
                        f"{self.path} contains too many files; at most {MAX_FILES:,} are read."
                    )
                with zipfile.ZipFile(stream) as archive:
                    return archive.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
            raise RecordingError(
                f"{self.path} is a damaged ZIP archive. Download or pack it again."
            ) from error

    def pieces(self, n_bytes: int, on_share: Callable[[float], None] = _ignore) -> Iterator[bytes]:
        """Yield the content in pieces of `n_bytes`, the last of which may be shorter, unpacked as by `read`.

        Args:
            n_bytes: Size of a piece.
            on_share: Called with the share of the file that has been read, in [0, 1].

        Raises:
            RecordingError: If the file cannot be opened, is damaged, or unpacks to far more than any recording.
        """
        with _in_sentences(self.path):
            with self.open() as stream:
                is_packed = stream.read(len(GZIP)) == GZIP
            with (
                self.open() as stored,
                gzip.open(stored) if is_packed else nullcontext(stored) as unpacked,
            ):
                n_read = 0
                while piece := unpacked.read(n_bytes):
                    n_read += len(piece)
                    _refuse_bomb(n_read, self)
                    _refuse_big(n_read, self.path, MAX_STREAMED_MB)
                    yield piece
                    on_share(stored.tell() / max(self.size, 1))

    def digest(self) -> bytes:
        """Return the SHA-256 of the content."""
        digest = hashlib.sha256()
        for piece in self.pieces(2**20):
            digest.update(piece)
        return digest.digest()

    def _read(self, n_bytes: int) -> bytes:
        with _in_sentences(self.path):
            with self.open() as stream:
                start = stream.read(2)
                if start != GZIP:
                    return start + stream.read(n_bytes - len(start))
            with self.open() as stream, gzip.open(stream) as unpacked:
                return _read_unpacked(unpacked, n_bytes, self)


@contextmanager
def _in_sentences(path: str) -> Iterator[None]:
    """Turn errors of opening and unpacking a file into sentences."""
    try:
        yield
    except (gzip.BadGzipFile, EOFError) as error:
        raise RecordingError(f"{path} is a damaged gzip file. Pack it again, or send it unpacked.") from error
    except PenumbraError:
        raise
    except OSError as error:
        reason = error.strerror or "it is damaged"
        raise RecordingError(f"{path} cannot be read ({reason}). Check the file.") from error
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError) as error:
        raise RecordingError(f"{path} is damaged inside its archive. Pack it again.") from error
    except Exception as error:  # zlib and lzma raise their own error types
        raise RecordingError(f"{path} is damaged and cannot be unpacked. Pack it again.") from error


@dataclass(frozen=True, eq=False)
class Files:
    """The files of a source, sorted by path.

    Attributes:
        name: Display name of the source.
        files: The files.
        findings: What was skipped.
    """

    name: str
    files: tuple[File, ...]
    findings: tuple[Finding, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.files)

    def __iter__(self) -> Iterator[File]:
        return iter(self.files)

    def matching(self, pattern: str) -> list[tuple[File, re.Match[str]]]:
        """Return the files whose path ends with `pattern` (a regular expression, ignoring case), with the match."""
        ends = re.compile(rf"(?:^|.*/)(?:{pattern})$", re.IGNORECASE)
        return [(file, match) for file in self.files if (match := ends.match(file.path))]

    def without(self, others: Sequence[File]) -> "Files":
        """Return the files except `others`."""
        left_out = {id(file) for file in others}
        return replace(self, files=tuple(file for file in self.files if id(file) not in left_out))


def one_file(content: bytes, name: str) -> File:
    """Wrap the content of an uploaded file."""
    return File(name, len(content), lambda: io.BytesIO(content))


def file_on_disk(path: Path, name: str | None = None) -> File:
    """Return a file on this computer.

    Raises:
        RecordingError: If it does not exist.
    """
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "unknown reason"
        shown = CONTROL.sub(" ", str(path))[-200:]
        raise RecordingError(f"{shown[-60:]} cannot be read ({reason}). Check the path {shown!r}.") from error
    if not stat.S_ISREG(found.st_mode):
        raise RecordingError(f"{path.name} is neither a file nor a folder. Choose a file or a folder.")
    return File(name or path.name, found.st_size, lambda: path.open("rb"), on_disk=path)


def folder_on_disk(folder: Path) -> Files:
    """Return all files in a folder and its subfolders; links are skipped.

    Raises:
        RecordingError: If there are too many files.
    """
    found: list[File] = []
    links: list[str] = []
    for top, folders, names in os.walk(folder, followlinks=False):
        links += [name for name in folders if (Path(top) / name).is_symlink()]
        for name in sorted(names):
            path = Path(top) / name
            if path.is_symlink() or not path.is_file():
                links.append(name)
                continue
            found.append(file_on_disk(path, path.relative_to(folder).as_posix()))
            if len(found) > MAX_FILES:
                raise RecordingError(
                    f"{folder.name} contains more than {MAX_FILES:,} files. Choose a smaller folder."
                )
    return _gathered(folder.name, found, links, MAX_TOTAL_MB)


def many_files(files: Sequence[File], name: str) -> Files:
    """Bundle several files under a name.

    Raises:
        RecordingError: If they are too big together.
    """
    return _gathered(name, list(files), [], MAX_TOTAL_MB)


def archive(file: File, max_file_mb: int | None = None) -> Files:
    """Return the members of a ZIP archive.

    Args:
        file: The archive.
        max_file_mb: The largest member, unpacked, in MB; by default the largest file that is read as a whole.

    Raises:
        RecordingError: If it is damaged or encrypted, is too big when unpacked, or has members that point outside.
    """
    max_file_mb = max_file_mb or MAX_FILE_MB
    members = [info for info in file.members() if not info.is_dir()]
    if len(members) > MAX_FILES:
        raise RecordingError(f"{file.path} contains {len(members):,} files; at most {MAX_FILES:,} are read.")
    for info in members:
        _refuse_unsafe(info, file.path, max_file_mb)
    _refuse_bomb(sum(info.file_size for info in members), file)
    links = [info.filename for info in members if _is_link(info)]
    # Opened once, because opening an archive reads its whole directory.
    opened = zipfile.ZipFile(file.on_disk or io.BytesIO(file.read()))
    found = [
        File(info.filename.replace("\\", "/"), info.file_size, partial(opened.open, info))
        for info in members
        if not _is_link(info)
    ]
    return _gathered(file.path, found, links, max(MAX_TOTAL_MB, max_file_mb))


def _is_link(info: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(info.external_attr >> 16)


def _listing_bytes(stream: IO[bytes]) -> int:
    """Return the size of a ZIP archive's central directory: reading it takes a hundred times as much memory.

    References:
        PKWARE, APPNOTE.TXT 6.3.10, sections 4.3.14 to 4.3.16.
    """
    at = max(0, stream.seek(0, io.SEEK_END) - 2**16 - 42)
    stream.seek(at)
    tail = stream.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0:
        raise zipfile.BadZipFile("no end of central directory")
    if end >= 20 and tail[end - 20 : end - 16] == b"PK\x06\x07":  # ZIP64
        stream.seek(struct.unpack_from("<Q", tail, end - 12)[0] + 40)
        return struct.unpack("<Q", stream.read(8))[0]
    return struct.unpack_from("<I", tail, end + 12)[0]


def _read_unpacked(stream: io.BufferedIOBase | IO[bytes], n_bytes: int, file: File) -> bytes:
    """Read in pieces, so that reading a small file that unpacks to very much stops early."""
    pieces, n_read = [], 0
    while n_read < n_bytes and (piece := stream.read(min(n_bytes - n_read, 2**24))):
        pieces.append(piece)
        n_read += len(piece)
        _refuse_bomb(n_read, file)
        # Before joining the pieces, which doubles their memory.
        _refuse_big(n_read, f"{file.path} (unpacked)", MAX_FILE_MB)
    return b"".join(pieces)


def _refuse_bomb(n_bytes: int, file: File) -> None:
    if n_bytes > max(FREE_MB * 2**20, MAX_RATIO * file.size):
        raise RecordingError(
            f"{file.path} is not opened: it unpacks to over {MAX_RATIO} times its size, unlike any recording. "
            "Load the files themselves."
        )


def _gathered(name: str, found: list[File], links: list[str], max_mb: float) -> Files:
    """Sort files, leave out hidden ones, and refuse more than can be in memory together."""
    files = sorted((file for file in found if not NOBODYS.search(file.path)), key=lambda file: file.path)
    if _in_memory(files) > max_mb * 2**20:
        files = [replace(file, is_one_of_too_many=True) for file in files]
    total = _in_memory(files)
    if total > max_mb * 2**20:
        raise RecordingError(
            f"{name} unpacks to {total / 2**20:,.0f} MB; at most {max_mb:,} MB are read at once. "
            "Load fewer people, or save the recordings as Parquet."
        )
    findings = []
    if links:
        findings.append(
            Finding(
                "warning", name, f"{counted(len(links), 'link')} to other places", "They were not followed."
            )
        )
    n_hidden = len(found) - len(files)
    if n_hidden:
        findings.append(
            Finding(
                "note",
                name,
                f"{counted(n_hidden, 'hidden file')} of an operating system",
                "They were left out.",
            )
        )
    return Files(name, tuple(files), tuple(findings))


def _in_memory(files: Sequence[File]) -> int:
    """Return the bytes of the files that are read as a whole."""
    return sum(file.size for file in files if not (file.on_disk and file.is_streamed))


def _refuse_big(n_bytes: int, name: str, max_mb: int) -> None:
    if n_bytes > max_mb * 2**20:
        raise RecordingError(
            f"{name} has {n_bytes / 2**20:,.0f} MB; at most {max_mb} MB are read at once. Leave out "
            "columns or people, or save it as Parquet, which is several times smaller than CSV."
        )


def _refuse_unsafe(info: zipfile.ZipInfo, name: str, max_mb: int) -> None:
    path = info.filename
    if path.startswith(("/", "\\")) or re.match(r"^[A-Za-z]:", path) or ".." in re.split(r"[/\\]", path):
        raise RecordingError(
            f"{name} is not opened: its member {path[:60]!r} points outside the archive. Pack it again."
        )
    if info.flag_bits & 0x1:
        raise RecordingError(
            f"{name} is encrypted. Unpack it with its password, and load the files themselves."
        )
    _refuse_big(info.file_size, f"{path[-60:]} in {name}", max_mb)
