"""Discovery of the learners defined in the files of a package: a new learner is one new file."""

from types import ModuleType

from data.discovery import classes_in
from synth.core.learner import Learner


def learners_in(package: ModuleType) -> dict[str, type[Learner]]:
    """Return every concrete learner defined below `package`, by kind, in alphabetical order."""
    return {learner.kind: learner for learner in sorted(classes_in(package, Learner), key=lambda c: c.kind)}
