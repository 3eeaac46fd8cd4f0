"""The house's one-way streets, read from the imports themselves, and that no room is crowded.

app, pages -> pages/ui -> synth -> data; within `synth` from the shell down to its core.
"""

import ast
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("data", "synth", "pages")
# From the ground up. A room may use those on lower floors, and none beside it.
FLOORS = (
    ("data",),
    ("synth.core",),
    ("synth.keras_support",),
    ("synth.mechanisms", "synth.imputers", "synth.audit"),
    ("synth.editing", "synth.edit_impact", "synth.selftest"),
    ("synth.runs",),
    ("synth.reporting",),
    ("synth.shell", "pages.ui"),
    ("app", "home", "pages", "synth.__main__"),  # entry points: they may use everything, nobody uses them
)
NAMES_ONLY = ("synth", "pages")  # packages that hold nothing but rooms
LEARNING = {"tensorflow", "keras"}
MOST_FILES = 20


def house() -> list[Path]:
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return [*files, *(path for path in (ROOT / "app.py", ROOT / "home.py") if path.exists())]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def lies_in(module: str, room: str) -> bool:
    return module == room or module.startswith(room + ".")


def room_of(module: str) -> str:
    """Return the innermost room of `FLOORS` that a module lies in."""
    rooms = [room for floor in FLOORS for room in floor if lies_in(module, room)]
    return max(rooms, key=len, default="")


def floor_of(module: str) -> int:
    return next(number for number, floor in enumerate(FLOORS) if room_of(module) in floor)


def is_from_the_house(module: str) -> bool:
    return module.split(".")[0] in (*ROOMS, "app", "home") and module not in NAMES_ONLY


def imports_of(path: Path, *, top_level_only: bool = False) -> Iterator[str]:
    """Yield the absolute names that a file imports; `from a import b` yields `a` and `a.b`."""
    tree = parsed(path)
    for node in outside_functions(tree) if top_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(node, path)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(tree):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from outside_functions(child)


def absolute(node: ast.ImportFrom, path: Path) -> str:
    if node.level == 0:
        return node.module or ""
    package = path.relative_to(ROOT).parent.parts
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def graph(files: list[Path]) -> dict[str, set[str]]:
    """Return module -> the modules it imports, anywhere in it; a package is meant only where nothing in it is."""
    modules = {module_name(path) for path in files}
    found: dict[str, set[str]] = {}
    for path in files:
        names = set(imports_of(path)) & modules
        inner = {name for name in names if any(other.startswith(name + ".") for other in names)}
        found[module_name(path)] = names - inner - {module_name(path)}
    return found


def of_rooms(modules: Mapping[str, set[str]], depth: int) -> dict[str, set[str]]:
    """Return the same of packages `depth` names deep; what lies higher up stands for itself."""

    def room(module: str) -> str:
        return ".".join(module.split(".")[:depth])

    found: dict[str, set[str]] = {}
    for module, imported in modules.items():
        found.setdefault(room(module), set()).update(room(name) for name in imported)
    for name, others in found.items():
        others -= {other for other in others if lies_in(name, other) or lies_in(other, name)}
    return found


def circle_in(imports: Mapping[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def crowded(root: Path) -> dict[str, int]:
    """Return folders that hold more files than one can take in, with how many."""
    files = (
        path
        for room in (*ROOMS, "tests")
        for path in (root / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    counts = Counter(str(path.parent.relative_to(root)) for path in files)
    return {folder: n for folder, n in counts.items() if n > MOST_FILES}


def test_there_is_a_house_to_look_at():
    modules = {module_name(path) for path in house()}
    assert {
        "data.windows",
        "synth.core.learner",
        "synth.mechanisms.rules.noise",
        "pages.ui.common.state",
    } <= modules
    assert {room_of(module) for module in modules - set(NAMES_ONLY)} >= {r for f in FLOORS for r in f} - {
        "app"
    }


@pytest.mark.parametrize("path", house(), ids=module_name)
def test_imports_go_down_only(path):
    me = module_name(path)
    if me in NAMES_ONLY:
        assert not list(filter(is_from_the_house, imports_of(path)))
        return
    for imported in filter(is_from_the_house, imports_of(path)):
        if room_of(imported) != room_of(me):
            assert floor_of(imported) < floor_of(me), f"{me} imports {imported}"
        elif floor_of(me) == len(FLOORS) - 1:
            pytest.fail(f"{me} imports {imported}, which nobody may import")


def test_no_module_and_no_room_is_reached_from_itself():
    modules = graph(house())
    assert circle_in(modules) == []
    for depth in (2, 3):
        assert circle_in(of_rooms(modules, depth)) == []


def test_no_folder_is_crowded():
    assert crowded(ROOT) == {}


@pytest.mark.parametrize("path", house(), ids=module_name)
def test_heavy_and_showing_packages_stay_in_their_rooms(path):
    me = module_name(path)
    packages = {name.split(".")[0] for name in imports_of(path)}
    if not (lies_in(me, "pages") or me in ("app", "home")):
        assert "streamlit" not in packages
    if not lies_in(me, "synth.reporting"):
        assert "altair" not in packages
    if lies_in(me, "data"):
        assert not packages & LEARNING
    if not path.name.startswith("_") or path.name == "__init__.py":
        at_import = {name.split(".")[0] for name in imports_of(path, top_level_only=True)}
        assert not at_import & LEARNING, f"{me} loads a network library when it is imported"
    assert not packages & {"pickle", "cloudpickle", "dill"}


def test_the_checker_sees_what_it_should(tmp_path, monkeypatch):
    """A control: planted imports of every kind are found, and so are circles and crowds."""
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    path = tmp_path / "synth" / "audit" / "planted.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "import streamlit as st\nfrom ..mechanisms import noise\nfrom pages.ui.common.state import Session\n"
        "def f():\n    import keras\nif True:\n    import pandas\n"
    )
    found = set(imports_of(path))
    assert {"streamlit", "synth.mechanisms.noise", "pages.ui.common.state", "keras", "pandas"} <= found
    assert "keras" not in set(imports_of(path, top_level_only=True))
    assert "pandas" in set(imports_of(path, top_level_only=True))
    order = ["data.x", "synth.core.learner", "synth.audit.planted", "synth.shell.edit", "pages.1_Data"]
    assert sorted(order, key=floor_of) == order
    assert [floor_of(module) for module in order] == [0, 1, 3, 7, 8]
    back = tmp_path / "synth" / "mechanisms" / "noise.py"
    back.parent.mkdir()
    back.write_text("def f():\n    from synth.audit import planted\n")
    assert set(circle_in(graph([path, back]))) == {"synth.audit.planted", "synth.mechanisms.noise"}
    assert set(circle_in(of_rooms(graph([path, back]), 2))) == {"synth.audit", "synth.mechanisms"}
    for number in range(MOST_FILES):
        (path.parent / f"room_{number}.txt").touch()
    assert crowded(tmp_path) == {"synth/audit": MOST_FILES + 1}


@pytest.mark.parametrize(
    ("rooms", "heavy"),
    [
        (("data", "synth"), {"tensorflow", "keras", "distributed", "streamlit"}),
        (("data", "pages.ui"), {"tensorflow", "keras", "distributed"}),
    ],
    ids=["data and synth", "pages"],
)
def test_light_rooms_load_nothing_heavy(rooms, heavy):
    light = [
        module_name(path)
        for path in house()
        if any(lies_in(module_name(path), room) for room in rooms)
        and (path.name == "__init__.py" or not path.name.startswith("_"))
    ]
    code = (
        "import importlib, json, sys\n"
        f"for name in {light!r}: importlib.import_module(name)\n"
        "from synth.mechanisms.base import mechanisms\n"
        "from synth.imputers.base import imputers\n"
        "from synth.audit.attack import attacks\n"
        "mechanisms(); imputers(); attacks()\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert "data" in loaded
    assert not loaded & heavy
