"""Tasks for test_jobs, in a module of their own because workers import them."""

import itertools
import os
import time

from data.machine import private_folder
from synth.core.errors import TrainingError


def add(a, b, context):
    context.tell(1, 1, "adding", figures={"sum": a + b})
    return a + b


def make_private_folder():
    """Have a worker make its folder for temporary files, as TensorFlow does."""
    return private_folder.enter().name


def remembered(dask_scheduler):
    """Return how many messages and events a scheduler remembers."""
    comms = [*dask_scheduler.stream_comms.values(), *dask_scheduler.client_comms.values()]
    messages = sum(len(comm.recent_message_log) for comm in comms)
    return messages + sum(len(topic.events) for topic in dask_scheduler._broker._topics.values())


def count_for_ever(context):
    for step in itertools.count(1):
        context.stop_if_asked()
        context.tell(step, 1_000_000, "counting")
        time.sleep(0.01)


QUESTIONS = ("utility", "copies")


def attack_everywhere(split, context):
    from synth.audit.audit import reference
    from synth.runs.workers.parallel_audit import on_all_workers

    return reference(split, context, questions=QUESTIONS, each=on_all_workers).to_json()


def refuse(context):
    raise TrainingError("There is nothing to learn from. Load recordings first.")


def die(context):
    os._exit(1)


def die_soon(context):
    time.sleep(2)
    os._exit(1)


def slow_add(a, b, context):
    time.sleep(1)
    return a + b


def leave():
    """End a worker's process."""
    os._exit(1)


def wait_for_file(path, context):
    """Wait for a file to appear; return what is in it."""
    while not os.path.exists(path):
        context.stop_if_asked()
        time.sleep(0.05)
    with open(path) as file:
        return file.read()


def parent(context):
    """Return the process that started the worker's."""
    return os.getppid()


def memory_limit(dask_worker):
    """Return how many bytes a worker may use."""
    return dask_worker.memory_manager.memory_limit
