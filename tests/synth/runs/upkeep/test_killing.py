"""Processes that are killed while they write. `bench/kills.py` does the same 1,000 times."""

import re
import subprocess
import sys
from pathlib import Path

N_KILLS = 100


def test_a_kill_at_any_moment_loses_nothing_and_leaves_nothing_half(tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "tests.synth.runs.upkeep.killing", str(tmp_path / "home"), str(N_KILLS)],
        cwd=Path(__file__).parents[4],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    said = re.match(rf"{N_KILLS} kills, (\d+) artefacts kept, (\d+) residues swept, nothing lost", run.stdout)
    assert said is not None
    assert int(said[1]) > 0
    assert int(said[2]) > 0  # some were hit in the middle of a write
