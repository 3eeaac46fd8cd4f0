"""The house's one-way streets: app, pages -> pages/ui -> synth -> data. Read from the imports themselves."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("data", "synth", "pages")
FLOORS = {"data": 0, "synth": 1, "pages.ui": 2, "pages": 3}
SHOWING = {"streamlit", "altair"}
LEARNING = {"tensorflow", "keras"}


def house() -> list[Path]:
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return [*files, *(path for path in [ROOT / "app.py"] if path.exists())]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def floor_of(module: str) -> int:
    if module in ("app", "synth.__main__"):  # entry points: they may use everything, nobody uses them
        return FLOORS["pages"]
    if module == "synth.shell" or module.startswith(
        "synth.shell."
    ):  # the entry's commands: pages/ui may be used
        return FLOORS["pages.ui"]
    return min(floor for room, floor in FLOORS.items() if module == room or module.startswith(room + "."))


def is_from_the_house(module: str) -> bool:
    return module.split(".")[0] in (*ROOMS, "app")


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


def test_there_is_a_house_to_look_at():
    modules = {module_name(path) for path in house()}
    assert {"data.windows", "synth.core.learner", "synth.mechanisms.base"} <= modules


@pytest.mark.parametrize("path", house(), ids=module_name)
def test_imports_go_down_only(path):
    me = module_name(path)
    for imported in filter(is_from_the_house, imports_of(path)):
        assert floor_of(imported) <= floor_of(me), f"{me} imports {imported}"
        is_page_or_entry = floor_of(imported) == FLOORS["pages"] and imported != "pages"
        assert not is_page_or_entry, f"{me} imports {imported}, which nobody may import"


@pytest.mark.parametrize(
    ("room", "other"),
    [
        ("synth.audit", "synth.mechanisms"),
        ("synth.audit", "synth.imputers"),
        ("synth.mechanisms", "synth.audit"),
        ("synth.imputers", "synth.audit"),
        ("synth.imputers", "synth.mechanisms"),
    ],
)
def test_rooms_of_synth_do_not_know_each_other(room, other):
    known = {
        f"{module_name(path)} imports {imported}"
        for path in house()
        if module_name(path).startswith(room)
        for imported in imports_of(path)
        if imported == other or imported.startswith(other + ".")
    }
    assert known == set()


@pytest.mark.parametrize("path", house(), ids=module_name)
def test_heavy_and_showing_packages_stay_in_their_rooms(path):
    me = module_name(path)
    packages = {name.split(".")[0] for name in imports_of(path)}
    if me.startswith("data"):
        assert not packages & (SHOWING | LEARNING)
    if me.startswith("synth") and me != "synth.__main__":
        assert not packages & SHOWING
    if not path.name.startswith("_") or path.name == "__init__.py":
        at_import = {name.split(".")[0] for name in imports_of(path, top_level_only=True)}
        assert not at_import & LEARNING, f"{me} loads a network library when it is imported"
    assert not packages & {"pickle", "cloudpickle", "dill"}


def test_the_checker_sees_what_it_should(tmp_path, monkeypatch):
    """A control: planted imports of every kind are found."""
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    path = tmp_path / "synth" / "audit" / "planted.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "import streamlit as st\nfrom ..mechanisms import noise\nfrom pages.ui.common.state import Session\n"
        "def f():\n    import keras\nif True:\n    import pandas\n"
    )
    found = set(imports_of(path))
    assert {"streamlit", "synth.mechanisms.rules.noise", "pages.ui.common.state", "keras", "pandas"} <= found
    assert "keras" not in set(imports_of(path, top_level_only=True))
    assert "pandas" in set(imports_of(path, top_level_only=True))
    order = ["data.x", "synth.audit.planted", "pages.ui.common.state", "pages.1_Data"]
    assert [floor_of(module) for module in order] == [0, 1, 2, 3]


def test_light_rooms_load_nothing_heavy():
    light = [
        module_name(path)
        for path in house()
        if module_name(path).startswith(("data", "pages.ui", "synth.audit"))
        and (path.name == "__init__.py" or not path.name.startswith("_"))
    ]
    code = (
        "import importlib, json, sys\n"
        f"for name in {light!r}: importlib.import_module(name)\n"
        "from synth.mechanisms.base import mechanisms\n"
        "from synth.imputers.base import imputers\n"
        "mechanisms(); imputers()\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert "data" in loaded
    assert not loaded & {"tensorflow", "keras", "distributed"}
