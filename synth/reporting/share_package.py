"""All that a version is shared with, as one ZIP file with checksums, and the names of files for sharing."""

import hashlib
import io
import unicodedata
import zipfile
from collections.abc import Mapping
from datetime import date

CHECKSUMS = "SHA256SUMS"
MAX_BYTES = 60  # of the data's and of the version's name in a file name; file systems allow 255 in all
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest a ZIP file can say: the same content gives the same bytes


def share_package(files: Mapping[str, bytes], folder: str) -> bytes:
    """Return a ZIP file with one folder: the files, and their checksums as `sha256sum --check` reads them.

    Args:
        files: Content by name.
        folder: What the folder is called, see `file_stem`.
    """
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in {**files, CHECKSUMS: sums.encode()}.items():
            entry = zipfile.ZipInfo(f"{folder}/{name}", _LONG_AGO)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, content)
    return packed.getvalue()


def file_stem(*names: str, on: date) -> str:
    """Return what a file is called without its extension, for example `my-study_added-noise_2026-11-28`.

    Args:
        *names: Of the data and the version, with codes instead of people's names. Letters and digits of any script
            stay, all else becomes a hyphen; a name without any is left out, a long one is cut.
        on: The day of the download.
    """
    return "_".join([*filter(None, map(_plain, names)), on.isoformat()])


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKC", name).casefold()
    kept = "".join(letter if unicodedata.category(letter)[0] in "LMN" else " " for letter in letters)
    return "-".join(kept.split()).encode()[:MAX_BYTES].decode(errors="ignore").strip("-")
