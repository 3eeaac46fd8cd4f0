"""What discriminators of generative adversarial networks find, next to simpler attackers. Prints two tables.

python -m bench.gan_attacks --data sample|FILE

Membership: the recordings themselves are the release, so whatever can be found is there to be found. The discriminator
learns to tell them from what its generator makes (LOGAN as published), or also from recordings known to be unused.
Replacement: a third of the windows is replaced by something that is planted. The discriminator has seen unused
recordings only, as published; the forest has examples of both from other people.
"""

import argparse
from collections.abc import Iterator

import numpy as np
from threadpoolctl import threadpool_limits

from bench.provenance import this_run
from data.load import load
from data.release import Release
from data.splits import Split, split_windows
from data.windows import Windows, WindowSettings, cut_windows
from synth.audit.membership.base import LineUp, Membership
from synth.audit.membership.gan import GanMembership
from synth.audit.models.phase_surrogates import phase_randomised
from synth.audit.replacement.forest import Replacement
from synth.audit.replacement.gan import GanReplacement, means_of_some
from synth.core.run_context import RunContext


class AsPublished(GanMembership):
    """The discriminator that knows no unused recordings."""

    def _attack(self, given: LineUp, released: Windows, context: RunContext) -> list:
        return Membership._attack(self, given, released, context)


def membership(split: Split, context: RunContext) -> Iterator[tuple[str, ...]]:
    """Yield the attacker, its AUC on copies, and its AUC on other unused recordings in their place."""
    attackers = {
        "discriminator, as published": AsPublished(),
        "discriminator that knows unused recordings": GanMembership(),
        "nearest distance": Membership(),
    }
    for name, attacker in attackers.items():
        copies = attacker.run(split, Release("copies", split.fit), context)[0]
        nothing = attacker._nothing_to_find(split, context)[0]
        yield name, copies.figure, nothing.figure


def replacement(split: Split, context: RunContext) -> Iterator[tuple[str, ...]]:
    """Yield what was planted, and how often each attacker is right."""
    rng = np.random.default_rng(context.seed)
    real = split.fit
    rows = {name: np.flatnonzero(real.activity == name) for name in real.activities}
    others = np.array([rng.choice(rows[name]) for name in real.activity.tolist()])
    planted = {
        "means of five windows of the activity": means_of_some(real, rng),
        "real windows with scrambled phases": phase_randomised(real.values, seed=context.seed),
        "other real windows of the activity": real.values[others],
    }
    is_replaced = rng.random(len(real)) < 1 / 3
    for name, values in planted.items():
        changed = np.where(is_replaced[:, None, None], values, real.values)
        release = Release(name, real.with_values(changed), np.arange(len(real)))
        found = [attacker.run(split, release, context)[0] for attacker in (GanReplacement(), Replacement())]
        yield name, *(result.figure for result in found)


def main() -> None:
    options = _options()
    split = split_windows(cut_windows(load(options.data), WindowSettings()), seed=options.seed)
    print(f"{this_run('bench.gan_attacks', options.seed)}\n", flush=True)
    tables = (
        (membership, ("attacker", "AUC on copies", "AUC on other unused recordings (control)")),
        (
            replacement,
            ("a third replaced by", "discriminator that knows genuine windows", "forest that knows both"),
        ),
    )
    with threadpool_limits(1, user_api="blas"):
        for rows, heading in tables:
            print("|", " | ".join(heading), "|")
            print("| ---" * len(heading), "|")
            for row in rows(split, RunContext(options.seed)):
                print("|", " | ".join(row), "|", flush=True)
            print()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="sample", help="sample, or a file")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
