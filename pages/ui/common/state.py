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

import tempfile
from pathlib import Path

import streamlit as st

from data.release import Release
from pages.ui.common import cache
from pages.ui.common.data_in_use import DataInUse
from pages.ui.common.tab import Tab
from pages.ui.common.uploads import Uploads
from pages.ui.common.workspace import Workspace
from synth.core import env_vars
from synth.runs.background import Background
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.workers.jobs import Jobs

LOCAL_ADDRESSES = ("localhost", "127.0.0.1", "::1")  # without an address Streamlit listens to the network
FOLDER = "penumbra folder"


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
        return st.get_option("server.address") in LOCAL_ADDRESSES

    def release(self, key: str) -> Release | None:
        """Return a release, read once per process."""
        return cache.release(self.owner, key, self.repository)

    def delete_everything(self) -> None:
        """Stop all work and delete recordings, models, releases, reports and drawings of this person."""
        self.uploads.end()
        cache.jobs().forget_owner(self.owner)
        cache.warm().forget()
        self.repository.store.delete_everything()
        cache.forget()
        self.tab.forget()


def _root() -> Path:
    """Return this person's folder: a permanent one on their own machine, a temporary one on a served app.

    A served app gives every browser session its own folder, which is deleted with the session.
    """
    if st.get_option("server.address") in LOCAL_ADDRESSES:
        return env_vars.home()
    if FOLDER not in st.session_state:
        st.session_state[FOLDER] = tempfile.TemporaryDirectory(prefix="penumbra-")
    return Path(st.session_state[FOLDER].name)
