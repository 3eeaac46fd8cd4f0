"""PhysioGAN with its discriminator, which no preset trains, and without: both made and measured on the sample.

python -m bench.physiogan --out OUT
"""

import argparse
from dataclasses import replace
from pathlib import Path

from data.sample import load_sample
from data.windows import WindowSettings
from synth.core.learner import preset
from synth.mechanisms.physiogan.physiogan import PhysioGan
from synth.runs.explore import explore
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import study
from synth.shell.outputs import write_comparison


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    repository = Repository(Store(options.out / "store"))
    sample = study(load_sample(), WindowSettings(), seed=options.seed)
    half = preset(PhysioGan, options.preset)
    both = (replace(half, variant="adversarial"), replace(half, variant="variational only"))
    write_comparison({"sample": [explore(sample, one, repository)[1] for one in both]}, options.out)


if __name__ == "__main__":
    main()
