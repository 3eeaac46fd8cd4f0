"""A report or data card of any version can be shown again; what is neither is one sentence."""

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from synth.__main__ import main
from synth.reporting.html_parts import escape
from tests.synth.reporting.reports import three

FILES = Path(__file__).parents[2] / "golden" / "revision_84e5e5b"


def test_the_report_of_an_earlier_revision_is_written_again(tmp_path, capsys):
    assert main(["report", "--report", str(FILES / "report.json"), "--out", str(tmp_path)]) == 0
    *printed, decision = capsys.readouterr().out.splitlines()
    assert len(printed) == 7
    assert all(line.startswith("Added noise | ") for line in printed)
    assert decision.startswith(
        "“Added noise” should not be shared. It fails at activities recognised: cannot tell"
    )
    assert "Audit seed: 0. Measured by Penumbra before 1.0.0." in (tmp_path / "report.html").read_text()
    assert (tmp_path / "data_card.md").read_text().startswith("# Added noise\n")
    assert not (tmp_path / "report.json").exists()


def test_the_report_of_the_owner_stays_with_the_owner(tmp_path, capsys):
    private = replace(three()[0], exhibits={"reidentification": {"people": ["Zyxqvorn"]}})
    source = tmp_path / "private_report.json"
    source.write_text(private.to_json(private=True))
    assert main(["report", "--report", str(source), "--out", str(tmp_path / "out")]) == 0
    written = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").iterdir()}
    assert written == {"private_report.json": 0o600, "private_report.html": 0o600}


def test_reports_of_several_releases_give_one_page_and_no_card(tmp_path, capsys):
    source = tmp_path / "report.json"
    source.write_text(json.dumps([json.loads(report.to_json()) for report in three()]))
    assert main(["report", "--report", str(source), "--out", str(tmp_path / "out")]) == 0
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["report.html"]
    *verdicts, decision = capsys.readouterr().out.splitlines()
    names = dict.fromkeys(line.split(" | ")[0] for line in verdicts)
    assert list(names) == [report.name for report in three()]
    assert decision.startswith("None of these should be shared.")
    assert escape(decision) in (tmp_path / "out" / "report.html").read_text()


def test_the_goal_can_be_chosen_and_decides_for_the_printed_line_and_the_page(tmp_path, capsys):
    source = tmp_path / "report.json"
    source.write_text(three()[0].to_json())
    goal = ["--purpose", "movement", "--limit", "discriminator=100"]
    goal += ["--harm", "reidentification", "--limit", "reidentification=80"]
    assert main(["report", "--report", str(source), "--out", str(tmp_path), *goal]) == 0
    decision = capsys.readouterr().out.splitlines()[-1]
    assert decision == (  # 10 % + 0.8 * 90 % = 82 %
        "Share “noise 0.5”, because it meets every limit; distinguished from real: 97 % [92, 100] (at most 100 % "
        "allowed); people recognised: 71 % [66, 76] (at most 82 % allowed)."
    )
    assert escape(decision) in (tmp_path / "report.html").read_text()
    for wrong in (
        ["--harm", "fun"],
        ["--limit", "utility"],
        ["--limit", "fun=10"],
        ["--limit", "utility=200"],
    ):
        assert main(["report", "--report", str(source), *wrong]) == 2
        assert "A limit is written as utility=70." in capsys.readouterr().err


def test_the_card_of_an_earlier_revision_is_shown(capsys):
    assert main(["report", "--card", str(FILES / "data_card.md")]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 7
    assert printed[2].startswith("Added noise | Can people be recognised in it? | at risk: Of 100 windows")


@pytest.mark.parametrize(
    ("text", "option", "said"),
    [
        ("[]", "--report", "holds no report"),
        ("{", "--report", "cannot be read as a report"),
        ('{"schema": 99}', "--report", "report schema 1 is needed"),
        ('{"schema": 1}', "--report", "this is not a report"),
        ("7", "--report", "this is not a report"),
        ("# Notes\n\nNothing.", "--card", "this is no data card"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(tmp_path, capsys, text, option, said):
    source = tmp_path / "file"
    source.write_text(text)
    assert main(["report", option, str(source)]) == 2
    assert said in capsys.readouterr().err


def test_a_file_that_is_missing_and_a_folder_for_a_card(tmp_path, capsys):
    assert main(["report", "--report", str(tmp_path / "gone.json")]) == 2
    assert "cannot be opened: No such file" in capsys.readouterr().err
    assert main(["report", "--card", str(FILES / "data_card.md"), "--out", str(tmp_path)]) == 2
    assert "--out needs --report" in capsys.readouterr().err
