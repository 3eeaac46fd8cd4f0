"""The documentation points to what exists, is not out of date, and its examples run."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bench import command_line
from synth.audit.question import questions
from synth.audit.verdicts import CANNOT_TELL, NOT_APPLICABLE, RULES

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
MOST_LINES_OF_README = 120
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(
    r"`((?:app\.py|(?:data|synth|pages|tests|bench|docs|\.ci|\.streamlit)/[\w./-]*))`(\s*\(new\))?"
)
EXAMPLE = re.compile(r"`((?:data|synth)/[\w/]+\.py)` \(new\).*?```python\n(.*?)```", re.DOTALL)
named = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    return FENCED.sub("", text_of(page))


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


def dead_links(page: Path) -> list[str]:
    dead = []
    for target in LINK.findall(prose(page)):
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        if target.startswith(("http://", "https://")):
            continue
        if not linked.exists() or (anchor and anchor not in anchors(linked)):
            dead.append(target)
    return dead


def missing_paths(text: str) -> list[str]:
    return [path for path, is_new in PATH.findall(text) if not is_new and not (ROOT / path).exists()]


@named
def test_links_lead_somewhere(page):
    assert dead_links(page) == []


@named
def test_files_that_are_mentioned_exist(page):
    assert missing_paths(prose(page)) == []


def test_the_checks_see_what_they_should(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# A heading\n[a](nowhere.md) [b](#a-heading) [c](#another) [d](page.md)\n```\n[e](code.md)\n```\n"
    )
    assert dead_links(page) == ["nowhere.md", "#another"]
    assert missing_paths("`synth/nowhere.py` `synth/soon.py` (new) `data/windows.py`") == ["synth/nowhere.py"]


def test_readme_is_short():
    assert len(text_of(ROOT / "README.md").splitlines()) <= MOST_LINES_OF_README


def test_every_page_can_be_reached_from_the_readme():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        linked = {(page.parent / target.partition("#")[0]).resolve() for target in LINK.findall(prose(page))}
        waiting += [path for path in linked if path.suffix == ".md" and path not in reached]
    assert {page for page in PAGES if page.is_relative_to(ROOT / "docs")} <= reached


def test_the_command_line_page_is_current():
    written = text_of(command_line.PAGE)
    assert written == command_line.with_reference(written), "run `python -m bench.command_line`"


def test_the_reference_lists_every_command_with_its_options():
    reference = command_line.reference()
    assert re.findall(r"^### (\w+)$", reference, re.MULTILINE) == [
        *("explore", "sweep", "models", "apply", "generate", "edit", "audit", "report", "check"),
        *("codes", "doctor", "certificates", "cluster"),
    ]
    assert "| `--preset {quick,balanced,thorough}` | `quick` |" in reference
    assert "| `--model KEY` | required |" in reference


def test_a_page_without_the_marker_is_refused():
    with pytest.raises(ValueError, match="must contain"):
        command_line.with_reference("# Command line\n")


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "figures").glob("*.md")), ids=lambda page: page.stem)
def test_figures_say_where_they_come_from(page):
    assert re.search(
        r"Measured at\s+revisions? [0-9a-f]{7}.*?seeds?.*?by\s+`python -m ", text_of(page), re.DOTALL
    )


def examples() -> list[tuple[str, str]]:
    how_tos = sorted((ROOT / "docs" / "how-to").glob("*.md"))
    return [example for page in how_tos for example in EXAMPLE.findall(text_of(page))]


@pytest.mark.parametrize(
    ("path", "code"), examples(), ids=lambda value: Path(value).stem if "\n" not in value else ""
)
def test_examples_of_how_tos_can_be_imported(path, code, monkeypatch):
    name = path.removesuffix(".py").replace("/", ".")
    module = ModuleType(name)
    monkeypatch.setitem(sys.modules, name, module)  # dataclasses look their module up
    exec(compile(code, path, "exec"), module.__dict__)
    assert not (ROOT / path).exists(), "the example would overwrite a file"


def test_there_is_an_example_for_every_kind_of_piece():
    assert len(examples()) == 7


def requirements(name: str) -> list[Requirement]:
    lines = [line.partition(" #")[0].strip() for line in text_of(ROOT / name).splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-r"))]


@pytest.mark.parametrize("name", sorted(path.name for path in ROOT.glob("requirements*.txt")))
def test_constraints_pin_every_requirement_to_a_version_it_allows(name):
    pinned = {canonicalize_name(r.name): r.specifier for r in requirements("constraints.txt")}
    for requirement in requirements(name):
        (exactly,) = pinned[canonicalize_name(requirement.name)]
        assert exactly.operator == "=="
        assert requirement.specifier.contains(exactly.version), requirement


def test_the_same_version_everywhere():
    (cited,) = re.findall(r'^version: "(.*)"$', text_of(ROOT / "CITATION.cff"), re.MULTILINE)
    newest = re.findall(r"^## \[(.*?)\]", text_of(ROOT / "CHANGELOG.md"), re.MULTILINE)[0]
    assert cited == newest


@pytest.mark.parametrize("question", list(questions().values()), ids=lambda question: question.key)
def test_every_rule_has_its_row_with_an_anchor(question):
    page = text_of(ROOT / "docs" / "reading-a-report.md")
    for rule, text in {**RULES, **question.rules}.items():
        word, _, when = text.partition(": ")
        assert f'| <a id="{rule.lower()}"></a>{rule} | {word} | {when} |\n' in page
        assert word in {CANNOT_TELL, NOT_APPLICABLE, *question.verdicts}
    assert bool(question.rules) == question.has_verdict


def test_no_row_is_of_a_rule_that_no_longer_exists():
    known = {*RULES, *(rule for question in questions().values() for rule in question.rules)}
    assert (
        set(re.findall(r'<a id="[\w-]+"></a>(\S+) ', text_of(ROOT / "docs" / "reading-a-report.md"))) == known
    )
