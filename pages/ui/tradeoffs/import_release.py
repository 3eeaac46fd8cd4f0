"""Import a release that was made elsewhere, and measure it against the recordings it was made from."""

import hashlib

import streamlit as st

from data.errors import PenumbraError
from data.release import Release
from pages.ui.common import cache
from pages.ui.common.data_in_use import NO_HOLDOUT
from pages.ui.common.markdown import literal
from pages.ui.common.progress import start
from pages.ui.common.state import Session
from pages.ui.common.widgets import button
from synth.runs.study import Study

MAX_MB = 200
PARTED, WHOLE = "the used part of these recordings", "all of these recordings"


def import_release(session: Session, study: Study) -> None:
    """Let the user say what an external release was made from, and measure it."""
    st.markdown("**Measure a file that was made elsewhere**")
    st.caption(
        "A table with one row per sample: activity, trial (one per window), time and the channels of the recordings, "
        "and the person if the file names people. It stays on this computer."
    )
    _what_it_was_made_from(session)
    upload = st.file_uploader(
        f"File (CSV, Parquet and others; at most {MAX_MB} MB)",
        key=f"release {session.tab.get('releases imported', 0)}",
        max_upload_size=MAX_MB,
    )
    if upload is None:
        return
    if upload.size > MAX_MB * 2**20:
        st.error(f"{literal(upload.name)} is {upload.size / 2**20:.0f} MB; the limit is {MAX_MB} MB.")
        return
    try:
        content = upload.getvalue()
        digest = hashlib.sha256(content).hexdigest()
        codes = session.repository.code_list(study)
        release = cache.imported_release(session.owner, codes.in_label(upload.name), digest, content)
        release = codes.named_again(release, study.windows)
        _refuse_other_windows(release, study)
    except PenumbraError as error:
        st.error(literal(str(error)))
        return
    people = f", {len(release.windows.subjects)} people" if release.claims_people else ", no people named"
    st.success(f"{literal(release.name)}: {len(release.windows):,} windows{people}.")
    button(session, "Measure", lambda: _measure(session, study, release), type="primary")


def _measure(session: Session, study: Study, release: Release) -> bool:
    key = session.repository.keep_release(study, release)
    begun = start(lambda: session.background.measure(study, key), "Already measured.")
    if begun:
        session.tab.keep("releases imported", session.tab.get("releases imported", 0) + 1)
    return begun


def _what_it_was_made_from(session: Session) -> None:
    """Let the user say which part of the recordings the file was made from, and which ones are the holdout."""
    others = {
        key: name for key, name in session.repository.loaded().items() if key != session.data.recordings_key
    }
    options = {None: PARTED, NO_HOLDOUT: f"{WHOLE}; nothing to compare with"}
    options |= {key: f"{WHOLE}; compare with {name}" for key, name in others.items()}
    current = session.data.holdout if session.data.holdout in options else None
    chosen = st.selectbox(
        "The file was made from ...",
        list(options),
        index=list(options).index(current),
        format_func=lambda key: options[key],
        help="Most questions need real recordings that were not used for the file: other times of the same people, "
        "other people, or both. Load those on the Data page first, then the recordings the file was made from, and "
        "select the former here. Without them the answer is “cannot tell”. People with the same name in both count as "
        "the same person. Versions and reports belong to this choice; another choice brings its own back.",
    )
    if chosen != session.data.holdout:
        session.data.holdout = chosen
        st.rerun()


def _refuse_other_windows(release: Release, study: Study) -> None:
    """Refuse at once what the audit would refuse later."""
    ours, theirs = study.windows, release.windows
    if ours.n_timesteps != theirs.n_timesteps or ours.rate_hz != theirs.rate_hz:
        raise PenumbraError(
            f"Its windows have {theirs.n_timesteps} samples at {theirs.rate_hz:g} Hz, those of the recordings "
            f"{ours.n_timesteps} at {ours.rate_hz:g} Hz. Set the window length on the Data page to "
            f"{theirs.duration_s:g} s."
        )
    if ours.channels != theirs.channels:
        raise PenumbraError(
            f"Its channels are {', '.join(theirs.channels)}; those of the recordings are {', '.join(ours.channels)}. "
            "They must have the same names in the same order."
        )
