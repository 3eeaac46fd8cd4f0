"""Collecting the files of a source: folders and archives are opened, archives within archives one level deep."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from data.errors import RecordingError
from data.readers import files as _files
from data.readers.files import File, Files
from data.readers.registry import is_archive, known_layouts

MAX_WRAPPED = 5  # archives within an archive, as in some public data sets


def gather_files(source: str | Path | bytes | Sequence[File], name: str | None = None) -> Files:
    """Collect the files of a source; archives and folders are opened.

    Args:
        source: The path of a file or folder; the bytes of an uploaded file; or several files.
        name: Name in messages; by default its own name.

    Raises:
        RecordingError: If it is missing, empty, too big or unsafe.
    """
    if isinstance(source, bytes):
        chosen = [_files.one_file(source, name or "The file")]
    elif isinstance(source, str | Path):
        path = Path(source)
        if path.is_dir():
            return _with_archives_open(_files.folder_on_disk(path), name)
        chosen = [_files.file_on_disk(path, name)]
    else:
        chosen = list(source)
    if len(chosen) != 1:
        return _with_archives_open(_files.many_files(chosen, name or f"{len(chosen)} files"), name)
    if not is_archive(chosen[0]):
        if not chosen[0].head.strip():
            raise RecordingError(f"{chosen[0].path} is empty. Choose a file with one row per sample.")
        return Files(name or chosen[0].name, (chosen[0],))
    return _unwrapped(_files.archive(chosen[0]))


def _with_archives_open(files: Files, name: str | None) -> Files:
    """Open the archives among several files: data sets are often published as several ZIPs and a table."""
    opened, findings = [], list(files.findings)
    for file in files:
        if not is_archive(file):
            opened.append(file)
            continue
        inner = _files.archive(file)
        opened += [
            replace(member, path=f"{file.path.removesuffix('.zip')}/{member.path}") for member in inner
        ]
        findings += inner.findings
    collected = _files.many_files(opened, name or files.name)
    if len(collected) == 0:
        raise RecordingError(
            f"{collected.name} contains no files. Choose the folder or files of your recordings."
        )
    return replace(collected, findings=(*findings, *collected.findings))


def _unwrapped(files: Files) -> Files:
    """Refuse archives within an archive, except one level deep for known public data sets."""
    inner = [file for file in files if is_archive(file)]
    if len(files) == 0:
        raise RecordingError(f"{files.name} contains no files. Pack the recordings again.")
    if not inner:
        return files
    if len(inner) <= MAX_WRAPPED:
        together = _with_archives_open(files, files.name)
        if not any(is_archive(file) for file in together) and any(
            m.recognises(together) for m in known_layouts()
        ):
            return together
    raise RecordingError(
        f"{files.name} contains another archive ({inner[0].path[-60:]}). Unpack it, and load the folder or the "
        "inner archive."
    )
