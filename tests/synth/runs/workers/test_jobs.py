"""Background work: results, progress, stopping, failures in words, and one owner never seeing another's."""

import threading
import time

import pytest

from synth.audit.audit import reference
from synth.core.run_context import RunContext
from synth.runs.workers import cluster
from synth.runs.workers.jobs import Jobs
from tests.synth.runs import job_tasks
from tests.toy import make_split
from tests.waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def jobs():
    registry = Jobs()
    yield registry
    registry.close()


def submit(jobs, function, *args, key, owner="me", topic="train", landed=None):
    landed = [] if landed is None else landed
    return jobs.submit(
        function, *args, seed=0, key=key, owner=owner, title=key, topic=topic, on_result=landed.append
    )


def wait(jobs, key, *, until=lambda job: not job.active):
    wait_until(lambda: until(jobs.get(key)))
    return jobs.get(key)


def test_result_lands_and_progress_is_kept(jobs):
    landed = []
    submit(jobs, job_tasks.add, 2, 3, key="add", landed=landed)
    job = wait(jobs, "add")
    assert (job.status, landed) == ("done", [5])
    assert job.progress[-1].figures == {"sum": 5.0}


def test_nobody_remembers_what_was_sent(jobs):
    """Small recordings travel in messages: they would stay in memory after they were deleted."""
    submit(jobs, job_tasks.add, 2, 3, key="sent")
    wait(jobs, "sent")
    client = jobs.client()
    assert len(client.scheduler_comm.recent_message_log) == 0
    assert client.run_on_scheduler(job_tasks.remembered) == 0


def test_a_job_stands_for_its_result(jobs):
    landed = []
    first = submit(jobs, job_tasks.add, 1, 1, key="first")
    submit(jobs, job_tasks.add, first, 10, key="second", landed=landed)
    assert wait(jobs, "second").status == "done"
    assert landed == [12]


def test_the_same_question_is_asked_once(jobs):
    one = submit(jobs, job_tasks.count_for_ever, key="twice")
    two = submit(jobs, job_tasks.count_for_ever, key="twice")
    assert one.created == two.created
    wait(jobs, "twice", until=lambda job: job.status == "running")
    jobs.stop("twice")
    assert wait(jobs, "twice").status == "stopped"


def test_waiting_jobs_stop_at_once(jobs):
    workers = cluster.task_workers(jobs.client())
    assert len(workers) >= 1
    assert cluster.warm_worker(jobs.client()) not in workers
    running = [f"busy {i}" for i in range(len(workers))]
    for key in running:
        submit(jobs, job_tasks.count_for_ever, key=key)
    landed = []
    submit(jobs, job_tasks.add, 1, 2, key="queued", landed=landed)
    jobs.stop("queued")
    assert jobs.get("queued").status == "stopped"
    for key in running:
        jobs.stop(key)
    for key in running:
        assert wait(jobs, key).status == "stopped"
    assert landed == []


def test_failures_are_said_in_words(jobs):
    submit(jobs, job_tasks.refuse, key="refused")
    job = wait(jobs, "refused")
    assert (job.status, job.error) == ("failed", "There is nothing to learn from. Load recordings first.")


def test_a_worker_that_dies_is_reported_and_the_job_can_be_started_again(jobs):
    submit(jobs, job_tasks.die, key="dies")
    job = wait(jobs, "dies")
    assert job.status == "failed"
    assert "worker process ended" in job.error
    landed = []
    submit(jobs, job_tasks.add, 4, 4, key="dies", landed=landed)
    assert wait(jobs, "dies").status == "done"
    assert landed == [8]


def test_jobs_queued_on_a_worker_that_dies_are_done_all_the_same(jobs):
    n_workers = len(cluster.task_workers(jobs.client()))
    for i in range(n_workers):
        submit(jobs, job_tasks.die_soon, key=f"dies {i}")
    landed = []
    for i in range(4):
        submit(jobs, job_tasks.add, i, 1, key=f"innocent {i}", landed=landed)
    for i in range(n_workers):
        assert wait(jobs, f"dies {i}").status == "failed"
    for i in range(4):
        assert wait(jobs, f"innocent {i}").status == "done"
    assert sorted(landed) == [1, 2, 3, 4]


def test_what_was_forgotten_does_not_land(jobs):
    landed = []
    submit(jobs, job_tasks.slow_add, 1, 1, key="forgotten", owner="gone", landed=landed)
    wait(jobs, "forgotten", until=lambda job: job.status == "running")
    jobs.forget_owner("gone")
    time.sleep(2)
    assert landed == []
    assert jobs.get("forgotten") is None


def test_jobs_can_be_forgotten_while_they_are_being_started(jobs):
    failures, stop = [], threading.Event()

    def keep_asking():
        while not stop.is_set():
            try:
                submit(jobs, job_tasks.count_for_ever, key="asked again", owner="leaving")
            except Exception as failure:
                failures.append(failure)

    asking = threading.Thread(target=keep_asking)
    asking.start()
    for _ in range(200):
        jobs.forget_owner("leaving")
    stop.set()
    asking.join()
    jobs.forget_owner("leaving")
    assert failures == []
    submit(jobs, job_tasks.add, 2, 2, key="afterwards")
    assert wait(jobs, "afterwards").status == "done"


def test_owners_do_not_see_each_other(jobs):
    submit(jobs, job_tasks.add, 0, 0, key="mine", owner="me")
    submit(jobs, job_tasks.add, 0, 0, key="yours", owner="you")
    assert {job.key for job in jobs.of("you")} == {"yours"}
    wait(jobs, "yours")
    jobs.forget_owner("you")
    assert jobs.of("you") == []
    assert jobs.get("mine") is not None


def test_attacks_on_all_workers_find_what_they_find_one_by_one(jobs):
    split = make_split(n_subjects=6, n_channels=2, seconds_per_series=40)
    one_by_one = reference(split, RunContext(0), questions=job_tasks.QUESTIONS).to_json()
    landed = []
    submit(jobs, job_tasks.attack_everywhere, split, key="attacks", landed=landed)
    assert wait(jobs, "attacks").status == "done"
    assert landed == [one_by_one]


def test_what_a_person_waits_for_does_not_queue_behind_measurements(jobs):
    landed = []
    for number in range(12):
        submit(jobs, job_tasks.slow_add, number, 0, key=f"measured {number}", topic="measure", landed=landed)
    submit(jobs, job_tasks.add, 0, -1, key="wanted", landed=landed)
    for number in range(12):
        assert wait(jobs, f"measured {number}").status == "done"
    assert landed.index(-1) < 4


def test_attacks_on_all_workers_stop(jobs):
    split = make_split(n_subjects=6, n_channels=6, seconds_per_series=120)
    submit(jobs, job_tasks.attack_everywhere, split, key="stopped attacks")
    wait(jobs, "stopped attacks", until=lambda job: job.status == "running")
    jobs.stop("stopped attacks")
    assert wait(jobs, "stopped attacks").status == "stopped"


def test_a_batch_is_counted_and_stopped_as_one(jobs, monkeypatch):
    monkeypatch.setattr("synth.runs.workers.job.MAX_FINISHED", 2)
    landed = []
    given = jobs.send(40)

    def submit_one(function, *args, key):
        jobs.submit(
            function,
            *args,
            seed=0,
            key=key,
            owner="many",
            title=key,
            topic="sweep",
            batch="b",
            on_result=landed.append,
        )

    for i in range(4):
        submit_one(job_tasks.add, given, i, key=f"b{i}")
    for i in range(4):
        wait(jobs, f"b{i}")
    n_workers = len(cluster.task_workers(jobs.client()))
    for i in range(n_workers + 2):
        submit_one(job_tasks.count_for_ever, key=f"ever {i}")
    wait(jobs, "ever 0", until=lambda job: job.status == "running")
    assert sorted(landed) == [40, 41, 42, 43]
    assert (
        len(jobs.of("many")) == 2 + n_workers + 2
    )  # two were forgotten before the batch went on; none since
    assert jobs.get("ever 0").began is not None
    jobs.stop_batch("b")
    for i in range(n_workers + 2):
        assert wait(jobs, f"ever {i}").status == "stopped"
    jobs.dismiss_finished("b")
    assert jobs.of("many") == []


def test_what_was_sent_is_sent_again_where_the_workers_that_had_it_are_gone(jobs):
    landed, sent = [], jobs.send(40)
    submit(jobs, job_tasks.add, sent, 1, key="before", landed=landed)
    assert wait(jobs, "before").status == "done"
    workers = cluster.task_workers(jobs.client())
    for i in range(3 * len(workers)):  # those that wait lose what they need with the workers
        submit(jobs, job_tasks.slow_add, sent, i, key=f"sent {i}", landed=landed)
    jobs.client().run(job_tasks.leave, workers=workers, on_error="ignore")
    submit(jobs, job_tasks.add, sent, 2, key="after", landed=landed)
    assert wait(jobs, "after").status == "done"
    ended = [wait(jobs, f"sent {i}") for i in range(3 * len(workers))]
    # Workers go one after the other: a job may lose too many of them, and is then reported as failed, not stopped.
    assert {job.status for job in ended} <= {"done", "failed"}
    assert "done" in {job.status for job in ended}
