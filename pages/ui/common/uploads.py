"""Uploads in progress: one set of files at a time for each user."""

from collections.abc import Callable

from data.errors import PenumbraError
from data.machine.faults import in_words
from pages.ui.common import cache
from synth.core.errors import StoreError
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
        return cache.intakes().get(self._repository.owner)

    def begin(self, read: Callable[[Intake], None]) -> None:
        """Start an upload; one in progress before is dropped.

        Args:
            read: Begins to read files. What it raises ends the upload.

        Raises:
            StoreError: If the disk is full or may not be written.
        """
        self.end()
        try:
            intake = Intake(self._repository)
            cache.intakes()[self._repository.owner] = intake
            read(intake)
        except OSError as error:
            self.end()
            raise StoreError(f"These files could not be loaded. {in_words(error)}") from error
        except PenumbraError:
            self.end()
            raise

    def end(self) -> None:
        """Stop the upload in progress, and delete its files."""
        intake = cache.intakes().pop(self._repository.owner, None)
        if intake is not None:
            intake.discard()
