"""The lists of what can be loaded in the documentation are those of the registry."""

from pathlib import Path

from data.readers import known_formats, known_layouts
from data.readers.catalogue import between_marks, documentation, summary
from data.readers.formats._known_tables import KNOWN_TABLES

ROOT = Path(__file__).parents[2]


def test_the_tables_of_formats_are_printed_from_the_registry():
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    assert between_marks(page) == documentation()


def test_the_readme_names_what_is_recognised():
    assert between_marks((ROOT / "README.md").read_text(encoding="utf-8")) == summary()


def test_nothing_is_forgotten():
    text = documentation()
    titles = [known.TITLE for known in (*known_formats(), *known_layouts())]
    assert all(f"| {title} |" in text for title in [*titles, *(known.title for known in KNOWN_TABLES)])
    assert len(set(titles)) == len(titles)
