"""Stands in for a file format in the process that reads: works, waits, crashes or stops for ever, as the file says."""

import os
import signal
import time

import numpy as np

from data.errors import RecordingError


def arrays_in(content: bytes, name: str) -> tuple[dict[str, object], dict[str, str]]:
    """Do what `content` says, then return one array."""
    what, _, seconds = content.decode().partition(" ")
    if what == "wait":
        time.sleep(float(seconds))
    elif what == "work":
        until = time.process_time() + float(seconds)
        while time.process_time() < until:
            pass
    elif what == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif what == "crash":
        os._exit(1)
    elif what == "refuse":
        raise RecordingError(f"{name} holds nothing.")
    return {"acc": np.arange(3.0)}, {}
