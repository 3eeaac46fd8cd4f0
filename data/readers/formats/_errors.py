"""Whatever a parser stumbles over, in one sentence that names the file and says what to do."""

import functools
from collections.abc import Callable
from typing import TypeVar

from data.errors import RecordingError
from data.readers.files import File

Read = TypeVar("Read")


def user_errors(what: str, remedy: str) -> Callable[[Callable[[File], Read]], Callable[[File], Read]]:
    """Turn any error of a reader into one that a person can act on; `RecordingError` passes.

    Args:
        what: What the file is, with its article, for example `"an EDF file"`.
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
                raise RecordingError(f"{file.path}: {error}") from error  # about a member of an archive
            except MemoryError as error:
                raise RecordingError(
                    f"{file.path} is {what} that needs more memory than there is. Leave out columns or people."
                ) from error
            except Exception as error:
                raise _damaged(file, what, remedy) from error
            except BaseException as error:
                if type(error).__name__ != "PanicException":  # Rust's parsers panic outside of Exception
                    raise
                raise _damaged(file, what, remedy) from error

        return guarded

    return wrap


def refuse_big(n_bytes: float, limit_mb: int, name: str) -> None:
    """Refuse what would unpack to more than fits, before it is unpacked.

    Raises:
        RecordingError: If it would.
    """
    if n_bytes > limit_mb * 2**20:
        raise RecordingError(
            f"{name} unpacks to {n_bytes / 2**20:,.0f} MB; at most {limit_mb:,} MB are read. Leave out columns "
            "or people, or save it as several files."
        )


def _damaged(file: File, what: str, remedy: str) -> RecordingError:
    return RecordingError(f"{file.path} is {what} that is damaged or unusual and cannot be read. {remedy}")
