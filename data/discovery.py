"""Discovery of classes and modules in a package, so that adding a mechanism, attack or layout takes one new file."""

import importlib
import inspect
import pkgutil
from functools import cache
from types import ModuleType
from typing import TypeVar

Piece = TypeVar("Piece")


def modules_in(package: ModuleType) -> tuple[ModuleType, ...]:
<<<<<<< HEAD
    """Return the modules of a package and of the packages in it, in name order.

    Modules whose name starts with an underscore are shared by others or hold networks, and are not opened: the
    latter import Keras. The folders are looked into once a process: pages ask at every rerun.
=======
    """Return the modules of a package and its subpackages, sorted by name.

    Modules whose names start with an underscore are shared helpers or networks and are not imported, because the
    latter import Keras. Folders are listed once per process, because pages ask at every rerun.
>>>>>>> 8b8393c6ab62febc7b12d4926dc33dc9b562b112
    """
    return _modules_below(package.__name__, tuple(package.__path__))


@cache
def _modules_below(name: str, folders: tuple[str, ...]) -> tuple[ModuleType, ...]:
    found: list[ModuleType] = []
    for info in pkgutil.iter_modules(folders, f"{name}."):
        if info.name.rpartition(".")[2].startswith("_"):
            continue
        module = importlib.import_module(info.name)
        found += modules_in(module) if info.ispkg else [module]
    return tuple(found)


def classes_in(package: ModuleType, base: type[Piece]) -> tuple[type[Piece], ...]:
    """Return every concrete subclass of `base` that is defined in the modules of a package."""
    return _classes(tuple(modules_in(package)), base)


@cache
def _classes(modules: tuple[ModuleType, ...], base: type) -> tuple[type, ...]:
    return tuple(
        candidate
        for module in modules
        for candidate in vars(module).values()
        if inspect.isclass(candidate)
        and issubclass(candidate, base)
        and candidate.__module__ == module.__name__
        and not inspect.isabstract(candidate)
    )


def instances_in(package: ModuleType, base: type[Piece]) -> tuple[Piece, ...]:
    """Return every object of type `base` defined in the modules of a package, each once."""
    values = (value for m in modules_in(package) for value in vars(m).values() if isinstance(value, base))
    return tuple({id(value): value for value in values}.values())
