"""Errors that the user can act on; pages and command line catch this family and nothing else."""


class PenumbraError(Exception):
    """A problem that the user can fix. The message says what was found, where, and what to do."""


class RecordingError(PenumbraError):
    """The recordings cannot be used as they are. The message names the file, row and column where possible."""


class NamelessColumnsError(RecordingError):
    """Text has columns but no names for them: the user has to name them.

    Attributes:
        path: The file.
        rows: Its first rows, one list of cells each, for the user to look at.
    """

    def __init__(self, message: str, path: str, rows: list[list[str]]) -> None:
        super().__init__(message)
        self.path = path
        self.rows = rows


class RateUnknownError(RecordingError):
    """Nothing in the recordings shows how fast samples were taken: the user has to say it."""


class CounterError(RateUnknownError):
    """The column of times only counts samples."""


class ReleaseError(PenumbraError):
    """A release file cannot be used as it is."""
