"""Discovery of classes and modules in a package, so that adding a mechanism, attack or layout takes one new file."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import TypeVar

Piece = TypeVar("Piece")


def modules_in(package: ModuleType) -> Iterator[ModuleType]:
    """Yield the modules of a package and its subpackages, sorted by name.

    Modules whose names start with an underscore are shared helpers or networks and are not imported, because the
    latter import Keras.
    """
    for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if info.name.rpartition(".")[2].startswith("_"):
            continue
        module = importlib.import_module(info.name)
        if info.ispkg:
            yield from modules_in(module)
        else:
            yield module


def classes_in(package: ModuleType, base: type[Piece]) -> Iterator[type[Piece]]:
    """Yield every concrete subclass of `base` that is defined in the modules of a package."""
    for module in modules_in(package):
        for candidate in vars(module).values():
            if (
                inspect.isclass(candidate)
                and issubclass(candidate, base)
                and candidate.__module__ == module.__name__
                and not inspect.isabstract(candidate)
            ):
                yield candidate


def instances_in(package: ModuleType, base: type[Piece]) -> Iterator[Piece]:
    """Yield every object of type `base` defined in the modules of a package, each once."""
    found: dict[int, Piece] = {}
    for module in modules_in(package):
        found |= {id(value): value for value in vars(module).values() if isinstance(value, base)}
    yield from found.values()
