"""Tables of figures say the numbers of comparison.csv, and how they can be measured again."""

import pandas as pd
import pytest

from bench import figures_table
from bench.figures_table import notes, seed_of, table
from bench.provenance import measured_line

COMMAND = "python -m synth explore --data sample --mechanism noise --out OUT"


def figure(release: str, question: str, value: float, tier: str = "refitted", **changes) -> dict[str, object]:
    row = {"data": "sample", "release": release, "question": question, "tier": tier, "value": value}
    return {**row, "low": value - 0.1, "high": value + 0.1, "chance": 0.5, "ceiling": 0.9, **changes}


FIGURES = pd.DataFrame(
    [
        figure("Noise", "reidentification", 0.814, chance=0.14, ceiling=0.95),
        figure("Noise", "utility", 0.72, "TSTR, unseen people", chance=0.14, ceiling=0.98),
        figure("Flow", "reidentification", 0.7, "refitted to nobody", ceiling=0.92),
        figure("Flow", "realism", 0.2),
    ]
)


def test_a_row_a_version_with_intervals_marks_and_yardsticks():
    assert table(FIGURES).splitlines() == [
        "| version | activities recognised | people recognised |",
        "| --- | --- | --- |",
        "| Noise | 72 % [62, 82] | 81 % [71, 91] |",
        "| Flow | – | 70 % [60, 80] \\* |",
        "| *Guessing* | 14 % | 14 %, 50 % \\* |",
        "| *Unprotected recordings* | 98 % | 95 %, 92 % \\* |",
    ]


def test_yardsticks_that_differ_by_attacker_are_a_range():
    other = figure("Flow", "utility", 0.9, "TSTR, unseen people", chance=0.14, ceiling=0.93)
    lines = table(pd.concat([FIGURES, pd.DataFrame([other])])).splitlines()
    assert lines[-1] == "| *Unprotected recordings* | 93 to 98 % | 95 %, 92 % \\* |"


def test_notes_explain_the_marks_that_are_used():
    text = notes(FIGURES)
    assert "(unseen people)" in text
    assert "\\* Generated windows" in text
    assert "†" not in text


def test_two_numbers_for_one_question_are_refused():
    with pytest.raises(ValueError, match="Received two: Noise"):
        table(pd.concat([FIGURES, FIGURES]))


def test_the_line_says_revision_seeds_and_command():
    assert (
        measured_line([COMMAND], [0], "abc1234")
        == f"Measured at revision abc1234 with seed 0 by `{COMMAND}`."
    )
    assert "with seeds 0, 3 by `a` and `b`." in measured_line(["a", "b"], [3, 0], "abc1234")


def test_the_seed_is_the_one_that_the_command_line_would_take():
    assert (seed_of(COMMAND), seed_of(f"{COMMAND} --seed 3")) == (0, 3)


@pytest.mark.parametrize(
    "command", ["make figures", f"{COMMAND} --no-such-option", "python -m synth nonsuch"]
)
def test_a_command_that_cannot_be_run_is_refused(command):
    with pytest.raises(ValueError, match=r"Received|cannot run"):
        seed_of(command)


def test_the_whole_way_from_csv_to_page(tmp_path):
    FIGURES.iloc[:2].to_csv(tmp_path / "a.csv", index=False)
    FIGURES.iloc[2:].to_csv(tmp_path / "b.csv", index=False)
    files = [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]
    options = ["--title", "Sample", "--command", COMMAND, "--revision", "abc1234"]
    figures_table.main([*files, *options, "--write", str(tmp_path / "sample.md")])
    page = (tmp_path / "sample.md").read_text(encoding="utf-8")
    assert page.startswith(
        f"# Sample\n\nMeasured at revision abc1234 with seed 0 by `{COMMAND}`.\n\n| version |"
    )
    assert "| Flow | – | 70 % [60, 80] \\* |" in page
