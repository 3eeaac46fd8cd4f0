"""Background work on a page: progress, time left, learning curves, stop, and errors."""

import time
from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from data.errors import PenumbraError
from pages.ui.common.markdown import literal
from pages.ui.common.state import Session
from pages.ui.common.widgets import button
from synth.reporting import charts
from synth.runs.study import Study
from synth.runs.unfinished import Note
from synth.runs.workers.jobs import Job

POLL_S = 2.0


def start(begin: Callable[[], object | None], done_already: str) -> bool:
    """Start background work from a button, or say that its result exists; return whether nothing went wrong."""
    try:
        with st.spinner("Starting the background workers ..."):
            job = begin()
    except PenumbraError as error:
        st.error(literal(str(error)))
        return False
    if job is None:
        st.toast(literal(done_already))
    return True


def jobs_panel(session: Session, *, topic: str | None = None) -> None:
    """Show this user's jobs, live while any is active; the whole page reruns when one ends."""
    jobs = session.jobs.of(session.owner, topic=topic)
    if any(job.active for job in jobs):
        _live(session, topic, _active(jobs))
    else:
        _show_all(session, jobs)


def interrupted_panel(session: Session, study: Study) -> None:
    """List what was under way when Penumbra ended, to be gone on with or dismissed."""
    for notes in session.background.interrupted(study):
        words, go, no = st.columns([4, 1, 1], vertical_alignment="center")
        name = notes[0].batch or notes[0].key
        words.warning(
            f"**{literal(notes[0].title)}** was interrupted when Penumbra ended: "
            + (
                f"{len(notes)} of its points are missing."
                if notes[0].batch
                else "it goes on from the last checkpoint, or starts from the beginning where there is none."
            )
        )
        button(
            session,
            "Go on",
            partial(_go_on, session, study, notes),
            place=go,
            key=f"go on {name}",
            width="stretch",
        )
        button(
            session,
            "Dismiss",
            partial(_dismiss, session, notes),
            place=no,
            key=f"let go {name}",
            width="stretch",
        )


def _go_on(session: Session, study: Study, notes: Sequence[Note]) -> bool:
    return start(lambda: session.background.go_on(study, notes), "That has been finished in the meantime.")


def _dismiss(session: Session, notes: Sequence[Note]) -> bool:
    session.background.dismiss(notes)
    return True


@st.fragment(run_every=POLL_S)
def _live(session: Session, topic: str | None, active: frozenset[str]) -> None:
    jobs = session.jobs.of(session.owner, topic=topic)
    if _active(jobs) != active:
        st.rerun()
    _show_all(session, jobs)


def _active(jobs: list[Job]) -> frozenset[str]:
    """Return the keys of active jobs; a batch counts as one."""
    return frozenset(job.batch or job.key for job in jobs if job.active)


def _show_all(session: Session, jobs: list[Job]) -> None:
    for batch in dict.fromkeys(job.batch for job in jobs if job.batch):
        _show_batch(session, batch, [job for job in jobs if job.batch == batch])
    for job in jobs:
        if job.batch:
            continue
        if job.active:
            _show_active(session, job)
        elif job.status in ("failed", "stopped"):
            _show_ended(session, job)


def _show_batch(session: Session, batch: str, jobs: list[Job]) -> None:
    """Show many jobs as one line."""
    title, n_done = jobs[0].title, sum(job.status == "done" for job in jobs)
    failed = [job for job in jobs if job.status == "failed"]
    if any(job.active for job in jobs):
        with st.container(border=True):
            words, button = st.columns([5, 1], vertical_alignment="center")
            ended = n_done + len(failed)
            said = f"**{literal(title)}** · {ended} of {len(jobs)} points{_left(jobs)}"
            words.progress(ended / len(jobs), text=said)
            if button.button("Stop", key=f"stop {batch}", width="stretch"):
                session.jobs.stop_batch(batch)
        return
    if n_done == len(jobs):
        return
    words, button = st.columns([5, 1], vertical_alignment="center")
    if failed:
        reasons = " ".join(dict.fromkeys(job.error for job in failed))
        words.error(f"**{literal(title)}**: {len(failed)} of {len(jobs)} points failed. {literal(reasons)}")
    else:
        words.info(
            f"**{literal(title)}** was stopped. {n_done} of the last {len(jobs)} points were finished and kept."
        )
    if button.button("Dismiss", key=f"dismiss {batch}", width="stretch"):
        session.jobs.dismiss_finished(batch)
        st.rerun()


def _left(jobs: list[Job]) -> str:
    """Estimate the time left of a batch from its jobs that ended; empty before the first one."""
    if any(job.status == "stopped" for job in jobs):
        return ", stopping"
    began = [job.began for job in jobs if job.began is not None]
    ended = sum(job.status in ("done", "failed") for job in jobs)
    if not began:
        return ", waiting for a free worker"
    if not ended:
        return ""
    each_s = (time.time() - min(began)) / ended
    return f", about {duration(each_s * sum(job.active for job in jobs))} left"


def _show_active(session: Session, job: Job) -> None:
    with st.container(border=True):
        words, button = st.columns([5, 1], vertical_alignment="center")
        latest = job.progress[-1] if job.progress else None
        with words:
            share = 0.0 if latest is None else min(1.0, latest.step / max(1, latest.total))
            st.progress(share, text=f"**{literal(job.title)}** · {literal(_where(job))}")
        with button:
            if st.button("Stop", key=f"stop {job.key}", width="stretch"):
                session.jobs.stop(job.key)
        history = [dict(p.figures) for p in job.progress if p.figures]
        if len(history) > 1:
            st.altair_chart(charts.history(history), width="stretch", key=f"live {job.key}")


def _where(job: Job) -> str:
    if job.status == "waiting":
        return "waiting for a free worker"
    if not job.progress:
        return "preparing"
    latest = job.progress[-1]
    left = latest.seconds_left
    remaining = "" if left is None else f", about {duration(left)} left"
    return f"{latest.text}, step {latest.step} of {latest.total}{remaining}"


def duration(seconds: float) -> str:
    """Write a duration in seconds or minutes."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def _show_ended(session: Session, job: Job) -> None:
    words, button = st.columns([5, 1], vertical_alignment="center")
    with words:
        if job.status == "failed":
            st.error(f"**{literal(job.title)}** failed. {literal(job.error)}")
        else:
            st.info(f"**{literal(job.title)}** was stopped. No results were kept.")
    with button:
        if st.button("Dismiss", key=f"dismiss {job.key}", width="stretch"):
            session.jobs.dismiss(job.key)
            st.rerun()
