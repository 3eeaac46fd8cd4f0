"""Kill processes that write into a store at random moments, and damage a store at random: is anything lost?

    python -m bench.kills            # 1,000 kills; prints how many artefacts were kept and how many residues were swept

The suite does the same 100 times (tests/synth/runs/upkeep/test_killing.py), with 300 random damages (test_damage.py).
"""

import argparse
import tempfile
from pathlib import Path

from tests.synth.runs.upkeep.killing import main as kill

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=1000, help="how many kills")
    with tempfile.TemporaryDirectory() as folder:
        kill(Path(folder) / "home", parser.parse_args().number)
