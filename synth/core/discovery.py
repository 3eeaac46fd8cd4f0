"""Find the learners of a room by looking into its files: a new one is one new file."""

import importlib
import inspect
import pkgutil
from types import ModuleType

from synth.core.learner import Learner


def learners_in(package: ModuleType) -> dict[str, type[Learner]]:
    """Return every concrete learner defined in the modules of `package`, by kind.

    Modules whose name starts with an underscore hold networks and are not opened: they import Keras.
    """
    found: dict[str, type[Learner]] = {}
    for info in pkgutil.iter_modules(package.__path__):
        if info.name.startswith("_"):
            continue
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        for candidate in vars(module).values():
            if (
                inspect.isclass(candidate)
                and issubclass(candidate, Learner)
                and candidate.__module__ == module.__name__
                and not inspect.isabstract(candidate)
            ):
                found[candidate.kind] = candidate
    return found
