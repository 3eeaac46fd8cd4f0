"""Processes that write into a store and are killed at a random moment, again and again.

    python -m tests.synth.runs.upkeep.killing FOLDER NUMBER

Writers are forked from this small process: a fork takes a millisecond, a new Python half a second.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

from synth.runs.store import Store
from synth.runs.upkeep import leftovers

CARD = {"study": "s", "release": "r"}
LONGEST_S = 0.03


def content_of(key: str) -> bytes:
    """Return what an artefact must hold."""
    return key.encode() * (1 + int(key, 16) % 40_000)


def write_on(root: Path, seed: int, done: int) -> None:
    """Keep artefacts and the workspace until the end, and tell each that is kept through a pipe."""
    chance, store = random.Random(seed), Store(root)
    while True:
        key = f"{chance.getrandbits(48):012x}"
        store.put("report", key, content_of(key), CARD)
        os.write(done, f"{key}\n".encode())
        store.write_workspace({"last": key, "more": "x" * chance.randrange(5000)})


def killed(root: Path, seed: int) -> list[str]:
    """Start a writer, kill it, and return what it had told that it kept."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        write_on(root, seed, writing)
    os.close(writing)
    time.sleep(random.Random(seed).random() * LONGEST_S)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    with os.fdopen(reading) as told:
        return [line.strip() for line in told.readlines() if line.endswith("\n")]


def main(root: Path, number: int) -> None:
    """Kill writers; after each, everything that was kept is there, and nothing that is there is half."""
    n_kept = n_swept = 0
    for seed in range(number):
        told = killed(root, seed)
        store = Store(root)
        entries = [entry.key for entry in store.entries("report")]
        lost = {*told} - {*entries}
        assert not lost, f"kill {seed}: lost {lost}"
        for key in entries:
            assert store.get("report", key) == content_of(key), f"kill {seed}: {key} is not what was written"
        workspace = store.read_workspace()
        # The workspace is written after each artefact: it names the last one that is kept, or the one before.
        assert len(told) < 2 or workspace["last"] in entries, f"kill {seed}: the workspace is {workspace}"
        assert store.damages() == [], f"kill {seed}: {store.damages()}"
        n_kept += len(told)
        n_swept += len(leftovers.sweep(root))
        assert not list(root.rglob(".writing-*")), f"kill {seed}: residues"
        for key in entries:
            store.delete("report", key)
    print(f"{number} kills, {n_kept} artefacts kept, {n_swept} residues swept, nothing lost")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
