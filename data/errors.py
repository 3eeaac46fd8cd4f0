"""Errors that a person can act on; pages and the shell catch this family and nothing else."""


class PenumbraError(Exception):
    """Something a person can mend. The message says what was found, where, and what to do."""


class RecordingError(PenumbraError):
    """The recordings cannot be used as they are. Names file, row and column where there is one."""


class ReleaseError(PenumbraError):
    """A released file cannot be used as it is."""
