"""One page that says everything the reports say, loads nothing, and trusts no name."""

import json
import re
import shutil
from dataclasses import replace

import pytest

from synth.reporting.html_report import _library, report_html
from tests.synth.reporting.reports import three, transformed, with_results

ODD = '</script><img src=x onerror="document.title=1"> & <b>odd</b>'


@pytest.fixture(scope="module")
def odd_page() -> str:
    return report_html([*three(), transformed(ODD, told=0.8, f1=0.7, static=0.2, refitted=0.3)])


def specifications(page: str) -> list[dict]:
    return [
        json.loads(text) for text in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page)
    ]


def test_every_sentence_and_number_is_there(odd_page):
    for report in three():
        assert f"All numbers: {report.name}" in odd_page
        for verdict in report.verdicts.values():
            assert verdict.sentence in odd_page
    for text in (
        "71 %",
        "[66, 76]",
        "not measured",
        "Nobody has two trials.",
        "scrambled phases",
        "Audit seed: 3",
    ):
        assert text in odd_page


def test_charts_are_there_once_each_with_one_library(odd_page):
    assert len(specifications(odd_page)) == 5
    assert odd_page.count("window.vegaEmbed=") == 1
    assert len(odd_page) < 3_000_000


def test_names_are_escaped_everywhere(odd_page):
    ours = odd_page.replace(_library(), "")
    assert ODD not in ours
    assert "<img" not in ours
    assert "&lt;/script&gt;&lt;img src=x onerror=&quot;document.title=1&quot;&gt;" in odd_page
    assert ODD in json.dumps(specifications(odd_page), ensure_ascii=False).replace('\\"', '"')


def test_same_reports_same_bytes():
    assert report_html(three()) == report_html(three())


def test_nothing_measured_needs_no_library():
    page = report_html([with_results(three()[0], ())])
    assert "Nothing could be measured here." in page
    assert "vegaEmbed" not in page


def test_no_report():
    with pytest.raises(ValueError, match="at least one report"):
        report_html([])


@pytest.mark.slow
@pytest.mark.browser
def test_charts_render_in_chromium_without_a_network_or_an_error(odd_page, tmp_path):
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("NO BROWSER: install Chromium (apt-get install chromium) to run the browser tests")
    file = tmp_path / "report.html"
    file.write_text(odd_page, encoding="utf-8")
    requests, complaints = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_context(offline=True).new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(file.as_uri())
        page.wait_for_function("document.querySelectorAll('.chart svg.marks').length === 5")
        title, drawn = page.title(), page.locator(".chart svg.marks").first.text_content()
        browser.close()
    assert requests == [file.as_uri()]
    assert complaints == []
    assert title == "What these versions keep and what they give away"
    assert "granularity 5 Hz" in drawn


@pytest.mark.slow
@pytest.mark.browser
def test_what_decides_is_printed_on_two_pages(tmp_path):
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("NO BROWSER: install Chromium (apt-get install chromium) to run the browser tests")
    file = tmp_path / "report.html"
    versions = [
        transformed(f"A version with a longer name, {n}", told=0.8, f1=0.7, static=0.2, refitted=0.3)
        for n in range(6)
    ]
    file.write_text(report_html(versions), encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(file.as_uri())
        page.wait_for_function("document.querySelector('.chart svg.marks')")
        whole = n_pages(page.pdf(format="A4"))
        page.add_style_tag(content=".appendix {display: none}")
        n_deciding = n_pages(page.pdf(format="A4"))
        browser.close()
    assert n_deciding <= 2 < whole


def n_pages(printed: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page[^s]", printed))


def test_the_best_version_is_named_first():
    worse, better = (
        transformed(name, told=0.8, f1=0.7, static=0.2, refitted=share)
        for name, share in (("named people", 0.9), ("named nobody", 0.11))
    )
    page = report_html([worse, better])
    board = page[page.index("All versions at a glance") : page.index("How they were made")]
    assert board.index("named nobody") < board.index("named people")


def test_corrections_by_hand_are_listed_in_their_order():
    report = transformed("noise", told=0.8, f1=0.7, static=0.2, refitted=0.3)
    edits = ["All windows: tempo × 1.2.", f"The activity {ODD}: movement × 2 in all channels."]
    page = report_html([replace(report, release={"name": "noise", "card": {"edits": edits, "seed": 4}})])
    first, second = (
        page.index(f"<li>{text}") for text in ("All windows: tempo × 1.2.", "The activity &lt;/script")
    )
    assert first < second
    assert "Manual corrections, in this order" in page
    assert page.count("tempo × 1.2") == 1
    assert "<b>odd" not in page
    assert "Manual corrections, in" not in report_html([report])
