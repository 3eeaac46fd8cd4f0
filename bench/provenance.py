"""Where figures come from: at which revision, with which seeds and by which command they were measured."""

import shlex
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def measured_line(commands: Iterable[str], seeds: Iterable[int], revision: str) -> str:
    """Return the sentence that says how figures can be measured again.

    Args:
        commands: What was run, in order.
        seeds: Their seeds.
        revision: Where it was run; `current_revision()` unless they were measured earlier.
    """
    distinct = sorted(set(seeds))
    named = "seed" if len(distinct) == 1 else "seeds"
    listed = " and ".join(f"`{command}`" for command in commands)
    return f"Measured at revision {revision} with {named} {', '.join(map(str, distinct))} by {listed}."


def this_run(module: str, seed: int) -> str:
    """Return the same sentence for the module of `bench` that is running."""
    command = shlex.join(["python", "-m", module, *sys.argv[1:]])
    return measured_line([command], [seed], current_revision())


def current_revision() -> str:
    """Return the short name of the checked-out commit, marked where files differ from it."""
    git = ["git", "-C", str(ROOT), "describe", "--always", "--exclude", "*", "--dirty= with changes"]
    return subprocess.run(git, check=True, capture_output=True, text=True).stdout.strip()
