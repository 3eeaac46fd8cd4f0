"""A process that owns a cluster at work, and readers that never come to an end: `python -m` this, then kill it.

Writes the line "ready" when all its children run.
"""

import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from data.child_process import start_module
from data.readers.files import File
from data.readers.formats import _subprocess
from synth.runs.workers.jobs import Jobs
from tests.synth.runs import job_tasks
from tests.waiting import wait_until


def arrays_in(content: bytes, name: str) -> dict:
    """Read for ever, as a damaged file may make a library do."""
    while True:
        time.sleep(1)


def main(folder: Path) -> None:
    jobs = Jobs()
    for key in ("one", "two", "three"):
        jobs.submit(job_tasks.count_for_ever, key=key, owner="me", title=key, topic="train", on_result=print)
    wait_until(lambda: any(job.progress for job in jobs.of("me")))
    endless = File("endless", 3, lambda: io.BytesIO(b"any"))
    read = threading.Thread(
        target=_subprocess.arrays_from_subprocess, args=(endless, __spec__.name), daemon=True
    )
    read.start()
    os.mkfifo(folder / "request.json")  # an upload whose request never comes
    upload = start_module(
        "synth.runs.upload_process",
        str(folder),
        str(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(3)  # until they are past their imports
    assert upload.poll() is None
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
