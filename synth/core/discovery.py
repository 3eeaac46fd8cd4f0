"""Find the learners of a room by looking into its files: a new one is one new file."""

from types import ModuleType

from data.discovery import classes_in
from synth.core.learner import Learner


def learners_in(package: ModuleType) -> dict[str, type[Learner]]:
    """Return every concrete learner defined in the modules of `package`, by kind, in alphabetical order."""
    return {learner.kind: learner for learner in sorted(classes_in(package, Learner), key=lambda c: c.kind)}
