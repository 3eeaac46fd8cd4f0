"""Errors in fitting and measuring that a user can act on."""

from data.errors import PenumbraError


class TrainingError(PenumbraError):
    """A model cannot be fitted to these windows with these settings, or cannot be applied to them."""


class Stopped(PenumbraError):
    """The user asked to stop. No partial result is kept."""


class AuditError(PenumbraError):
    """A release cannot be audited against these recordings."""


class StoreError(PenumbraError):
    """Something cannot be kept, or what is kept cannot be changed: the disk is full, or may not be written."""


class JobError(PenumbraError):
    """A background job failed. The message says which one, why, and that it can be started again."""
