"""Errors of fitting and measuring that a person can act on."""

from data.errors import PenumbraError


class TrainingError(PenumbraError):
    """A model cannot be fitted to these windows with these settings."""


class Stopped(PenumbraError):
    """The person pressed stop. Nothing half-made is kept."""


class AuditError(PenumbraError):
    """A release cannot be measured against these recordings."""


class JobError(PenumbraError):
    """Background work failed. The message says which work, why, and that it can be started again."""
