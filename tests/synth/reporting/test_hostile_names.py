"""Whatever the names of versions, channels, activities and methods hold, cards and reports link and load nothing."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from synth.audit.report import RECALL, Report
from synth.core.figures import percent
from synth.reporting.charts import download_svg, tradeoff
from synth.reporting.data_card import data_card, read_data_card
from synth.reporting.html_report import report_html
from synth.shell.outputs import write_comparison
from tests.hostile_names import HOSTILE, REMOTE, what_lives
from tests.synth.reporting.reports import result, three


def hostile_report(name: str) -> Report:
    one = three()[0]
    odd = result("utility", "TSTR, unseen people", 0.5, metric=f"{RECALL}{name}", note=name)
    verdict = replace(
        one.verdicts["utility"], sentence=f"Hardly recognised: {name} in {percent(0.5)} [40, 60]."
    )
    card = {
        "mechanism": {"kind": "gone", name: name},
        "edits": [f"The activity {name}: tempo."],
        "corrected_from": name,
    }
    return replace(
        one,
        release={**one.release, "name": name, "card": card, "n_corrected": 3},
        data={**one.data, "channels": [name], "units": [name], "activities": [name], "filled_in": name},
        results=(*one.results, odd),
        verdicts={**one.verdicts, "utility": verdict},
        not_run=(name,),
    )


@pytest.mark.parametrize("name", [*HOSTILE, "# a\n\n# b\n- c"])
def test_a_data_card_shows_them_as_they_are(name):
    text = data_card(hostile_report(name))
    assert what_lives(text) == []
    html = MarkdownIt("commonmark", {"html": True}).render(text)
    assert not re.search(r"<(img|a|script)\b", html)
    assert html.count("<h1>") == 1
    card = read_data_card(text)
    assert card.name == " ".join(name.split())
    assert " ".join(name.split()) in card.verdicts["Activities recognised"].sentence


class Loads(HTMLParser):
    """Collects what a page loads or links to, and its text outside of scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[tuple] = []
        self.text = ""
        self._inside = ""

    def handle_starttag(self, tag, attrs) -> None:
        self._inside = tag if tag in ("script", "style") else self._inside
        links = [(tag, k, v) for k, v in attrs if k in ("src", "href", "action", "srcset", "data")]
        self.loads += links + ([(tag,)] if tag in ("img", "a", "iframe", "link", "object", "embed") else [])

    def handle_endtag(self, tag) -> None:
        self._inside = "" if tag == self._inside else self._inside

    def handle_data(self, data) -> None:
        self.text += "" if self._inside else data


@pytest.mark.parametrize("name", HOSTILE)
def test_an_html_report_shows_them_as_they_are(name):
    page = Loads()
    page.feed(report_html([hostile_report(name)]))
    assert page.loads == []
    assert not REMOTE.search(page.text)
    assert name in page.text.replace("\u2060", "")


def test_a_drawing_loads_nothing():
    chart = tradeoff([hostile_report(name) for name in HOSTILE]).chart
    assert chart is not None
    svg = download_svg(chart).decode()
    assert not re.search(r"<(image|a|script|foreignObject)\b|(?<!xmlns:xlink)href=", svg)


def test_a_comparison_shows_them_as_they_are(tmp_path):
    write_comparison({name: [hostile_report(name)] for name in HOSTILE}, tmp_path)
    assert what_lives((tmp_path / "comparison.md").read_text()) == []
