"""The process that reads may wait for the processor as long as it likes, and work for so long only."""

import numpy as np
import pytest

from data.errors import RecordingError
from data.readers.files import one_file
from data.readers.formats import _subprocess
from data.readers.formats._subprocess import arrays_from_subprocess
from tests.data.readers.formats import lingering
from tests.data.readers.formats.hostile import is_sentence

STARTED = b"wait 0"


def read(content: bytes) -> np.ndarray:
    return arrays_from_subprocess(one_file(content, "a.mat"), lingering.__name__)[0]["acc"]


def refusal(content: bytes) -> str:
    with pytest.raises(RecordingError) as caught:
        read(content)
    is_sentence(str(caught.value), "a.mat")
    return str(caught.value)


def test_a_sound_file_is_read_however_long_the_computer_is_busy_with_something_else(monkeypatch):
    read(STARTED)  # starting the process is work, too
    monkeypatch.setattr(_subprocess, "MAX_PROCESSOR_S", 0.5)
    np.testing.assert_array_equal(read(b"wait 2"), np.arange(3))


def test_a_process_that_works_without_end_is_ended_and_another_one_goes_on(monkeypatch):
    read(STARTED)
    busy = _subprocess._worker()
    monkeypatch.setattr(_subprocess, "MAX_PROCESSOR_S", 0.5)
    message = refusal(b"work 1000")
    assert "took more than 0.5 s of processor time" in message
    assert "damaged" not in message
    assert busy.poll() is not None
    monkeypatch.undo()
    np.testing.assert_array_equal(read(STARTED), np.arange(3))
    assert _subprocess._worker() is not busy


def test_what_was_worked_on_earlier_files_does_not_count(monkeypatch):
    read(STARTED)
    first = _subprocess._worker()
    monkeypatch.setattr(_subprocess, "MAX_PROCESSOR_S", 1)
    for _ in range(3):
        read(b"work 0.5")
    assert _subprocess._worker() is first


def test_a_process_that_does_nothing_for_ever_is_ended_by_the_clock(monkeypatch):
    read(STARTED)
    monkeypatch.setattr(_subprocess, "MAX_WAIT_S", 0.5)
    message = refusal(b"stop")
    assert "nothing came back within 0.5 s" in message
    assert "damaged" not in message


def test_a_refusal_is_passed_on():
    assert refusal(b"refuse") == "a.mat holds nothing."


def test_a_process_that_needs_long_to_start_is_waited_for(monkeypatch):
    read(STARTED)
    ended = _subprocess._worker()
    ended.kill()
    ended.wait()
    # Loading libraries takes half a second of processor time and more.
    monkeypatch.setattr(_subprocess, "MAX_PROCESSOR_S", 0.1)
    np.testing.assert_array_equal(read(STARTED), np.arange(3))


def test_a_crash_takes_nothing_along():
    with pytest.raises(ValueError, match="crashed"):
        read(b"crash")
    np.testing.assert_array_equal(read(STARTED), np.arange(3))
