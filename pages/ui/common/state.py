"""Session: all that belongs to the person at a page. With `tab`, the only reader and writer of st.session_state.

tab          st.session_state: ends with a reload; notes, and the values of widgets
workspace    workspace.json: survives reload and restart; which recordings, windows, seed, drawn corrections
data         what of it says which data are worked on
repository   recordings, models, releases and reports themselves
uploads      uploads in progress

Streamlit may break a page off wherever it touches st.session_state, in the callback of a click, too: half of what the
click was for would be done. What a page remembers of its own is therefore in one dict of st.session_state, which is
taken out of it once a run; after that nothing here is a place to break off, but `widget`, `set_widget` and
`start_widget`.
"""

import logging
import secrets
from pathlib import Path
from typing import Any

import streamlit as st

from data.release import Release
from pages.ui.common import addresses, cache
from pages.ui.common.data_in_use import DataInUse
from pages.ui.common.gate import COOKIE
from pages.ui.common.tab import Tab
from pages.ui.common.uploads import Uploads
from pages.ui.common.workspace import Workspace
from synth.core import env_vars
from synth.runs.background import Background
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.upkeep.deletion import Deletion
from synth.runs.upkeep.leftovers import sweep_temporary
from synth.runs.workers.jobs import Jobs

VISITOR = "penumbra visitor"


class Session:
    """What one person is working on. Created afresh at every rerun."""

    def __init__(self) -> None:
        self.repository = Repository(Store(_root()))
        self.background = Background(self.repository, cache.jobs())
        self.tab = Tab()
        self.workspace = Workspace(self.repository.store, self.tab)
        self.data = DataInUse(self.repository, self.workspace)
        self.uploads = Uploads(self.repository)

    @property
    def owner(self) -> str:
        """Whose work it is: part of the key of everything that is cached."""
        return self.repository.owner

    @property
    def jobs(self) -> Jobs:
        """The job registry of this process."""
        return cache.jobs()

    @property
    def is_local(self) -> bool:
        """Whether the person sits at the computer that this runs on."""
        return addresses.is_local()

    def look_after(self) -> None:
        """Once per process: sweep what crashes left behind, and set aside what is damaged."""
        cache.looked_after(self.owner, self.repository)

    def be_seen(self) -> None:
        """Say that the person is still there: a served app deletes the work of those who are not."""
        if not self.is_local:
            _root()

    def release(self, key: str) -> Release | None:
        """Return a release, read once per process."""
        return cache.release(self.owner, key, self.repository)

    def delete_everything(self) -> Deletion:
        """Delete recordings, models, releases, reports and drawings of this person, and stop all work.

        Deleting comes first, whatever state the workers are in; what work brings while it is stopped is deleted, too.
        """
        store = self.repository.store
        deleted = store.delete_everything()
        for stop in (self.uploads.end, lambda: cache.jobs().forget_owner(self.owner), cache.warm().forget):
            try:
                stop()
            except (
                Exception
            ):  # workers that are gone, or do not answer: nothing of that keeps data from being deleted
                logging.getLogger(__name__).exception("Background work could not be stopped")
        deleted += store.delete_everything()
        sweep_temporary()
        cache.forget()
        self.tab.forget()
        return deleted


def _root() -> Path:
    """Return this person's folder: a permanent one on their own machine, a temporary one on a served app."""
    if addresses.is_local():
        return env_vars.home()
    return cache.visitors().folder(_visitor())


def _visitor() -> str:
    """Return what tells visitors of a served app apart: their login, else the cookie of their browser, else the tab."""
    user = login()
    if user.get("is_logged_in"):
        return f"user {user.get('iss', '')} {user.get('sub') or user.get('email')}"
    cookie = _cookie()
    if cookie:
        return f"cookie {cookie}"
    if VISITOR not in st.session_state:
        st.session_state[VISITOR] = secrets.token_urlsafe(32)
    return f"tab {st.session_state[VISITOR]}"


def _cookie() -> str | None:
    """Return the cookie that the gate gave this browser."""
    return st.context.cookies.get(COOKIE)


def login() -> dict[str, Any]:
    """Return what is known of the login; nothing where none is set up."""
    return dict(st.user.to_dict())
