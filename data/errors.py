"""Errors that the user can act on; pages and command line catch this family and nothing else."""


class PenumbraError(Exception):
    """A problem that the user can fix. The message says what was found, where, and what to do."""


class RecordingError(PenumbraError):
    """The recordings cannot be used as they are. The message names the file, row and column where possible."""


class ReleaseError(PenumbraError):
    """A release file cannot be used as it is."""
