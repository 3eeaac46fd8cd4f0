"""Turning any parser error into one sentence that names the file and says what to do."""

import functools
from collections.abc import Callable
from typing import TypeVar

import psutil

from data.errors import PenumbraError, RecordingError
from data.readers.files import File

Read = TypeVar("Read")
WORKING_COPIES = 4  # measured: memory from reading to recordings, over the unpacked size


def user_errors(what: str, remedy: str) -> Callable[[Callable[[File], Read]], Callable[[File], Read]]:
    """Decorate a reader so that any error becomes one the user can act on; `RecordingError` passes through.

    Args:
        what: What the file is, with an article, for example `"an EDF file"`.
        remedy: What to do, a sentence, for example `"Export it again."`
    """

    def wrap(read: Callable[[File], Read]) -> Callable[[File], Read]:
        @functools.wraps(read)
        def guarded(file: File) -> Read:
            try:
                return read(file)
            except RecordingError as error:
                if file.path in str(error):
                    raise
                raise RecordingError(f"{file.path}: {error}") from error  # concerns a member of an archive
            except PenumbraError:  # somebody asked to stop
                raise
            except MemoryError as error:
                raise RecordingError(
                    f"{file.path} is {what} that needs more memory than is available. Leave out columns or people."
                ) from error
            except Exception as error:
                raise _damaged(file, what, remedy) from error
            except BaseException as error:
                if (
                    type(error).__name__ != "PanicException"
                ):  # parsers written in Rust panic outside of Exception
                    raise
                raise _damaged(file, what, remedy) from error

        return guarded

    return wrap


def refuse_big(n_bytes: float, limit_mb: int, name: str) -> None:
    """Refuse content that unpacks to more than a limit, before it is unpacked.

    Args:
        n_bytes: Unpacked size in bytes.
        limit_mb: The limit in MB.
        name: Name of the file in messages.

    Raises:
        RecordingError: If it does.
    """
    if n_bytes > limit_mb * 2**20:
        raise RecordingError(
            f"{name} unpacks to {n_bytes / 2**20:,.0f} MB; at most {limit_mb:,} MB are read. Leave out columns "
            "or people, or save it as several files."
        )


def refuse_beyond_memory(n_bytes: float, name: str) -> None:
    """Refuse content for which there is not enough memory, before it is unpacked.

    Args:
        n_bytes: Unpacked size in bytes; reading, checking and resampling recordings take several times as much.
        name: Name of the file in messages.

    Raises:
        RecordingError: If there is not.
    """
    needed, free = WORKING_COPIES * n_bytes, psutil.virtual_memory().available
    if needed > free:
        raise RecordingError(
            f"{name} needs about {needed / 2**30:.1f} GB of memory, and {free / 2**30:.1f} GB are free. Close other "
            "programs, leave out columns or people, or save it as several files."
        )


def _damaged(file: File, what: str, remedy: str) -> RecordingError:
    return RecordingError(f"{file.path} is {what} that is damaged or unusual and cannot be read. {remedy}")
