"""Files on their way in: one set at a time for each person."""

from pages.ui.common import cache
from synth.runs.repository import Repository
from synth.runs.upload_process import Intake


class Uploads:
    """What a person is bringing in.

    Args:
        repository: Whose files they are, and where their recordings will be.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @property
    def current(self) -> Intake | None:
        """Files on their way in, `None` where there are none."""
        cache.leftovers_deleted(self._repository.owner, self._repository)
        return cache.intakes().get(self._repository.owner)

    def begin(self) -> Intake:
        """Begin to bring files in; what was on its way before is dropped."""
        self.end()
        intake = Intake(self._repository)
        cache.intakes()[self._repository.owner] = intake
        return intake

    def end(self) -> None:
        """Stop what is on its way in, and delete its files."""
        intake = cache.intakes().pop(self._repository.owner, None)
        if intake is not None:
            intake.discard()
