"""Uploads in progress: one set of files at a time for each user."""

from pages.ui.common import cache
from synth.runs.repository import Repository
from synth.runs.upload_process import Intake


class Uploads:
    """The files that a user is loading.

    Args:
        repository: Whose files they are, and where their recordings will be.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @property
    def current(self) -> Intake | None:
        """The upload in progress, `None` where there is none."""
        cache.leftovers_deleted(self._repository.owner, self._repository)
        return cache.intakes().get(self._repository.owner)

    def begin(self) -> Intake:
        """Start an upload; one in progress before is dropped."""
        self.end()
        intake = Intake(self._repository)
        cache.intakes()[self._repository.owner] = intake
        return intake

    def end(self) -> None:
        """Stop the upload in progress, and delete its files."""
        intake = cache.intakes().pop(self._repository.owner, None)
        if intake is not None:
            intake.discard()
