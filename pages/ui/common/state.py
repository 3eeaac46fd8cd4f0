"""Session: the only reader and writer of st.session_state, and of the workspace that outlives it.

st.session_state   ends with a reload: open choices of widgets
workspace.json     survives reload and restart: which recordings, windows, seed, drawn corrections
shelf              recordings, models, releases and reports themselves

Streamlit may break a page off wherever it touches st.session_state, in the callback of a click, too: half of what the
click was for would be done. What a page remembers of its own is therefore in one dict of st.session_state, which is
taken out of it once a run; after that nothing here is a place to break off, but `widget`, `set_widget` and
`start_widget`.
"""

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from data.recordings import Recordings
from data.release import Release
from data.roles import Roles, default_roles
from data.splits import SplitSettings
from data.windows import WindowSettings
from pages.ui.common import cache
from synth.core import env_vars
from synth.runs.background import Background
from synth.runs.repository import Shelf
from synth.runs.store import Store
from synth.runs.study import Study
from synth.runs.upload_process import Intake

LOCAL_ADDRESSES = ("localhost", "127.0.0.1", "::1")  # without an address Streamlit listens to the network
NO_HOLDOUT = "nothing"
TAB = "penumbra"  # what this browser tab remembers
WORKSPACE = "workspace"
FOLDER = "penumbra folder"


class Session:
    """What one person is working on. Made anew at every rerun."""

    def __init__(self) -> None:
        self.shelf = Shelf(Store(_root()))
        self.background = Background(self.shelf, cache.jobs())
        self.arrived = False
        if TAB not in st.session_state:
            st.session_state[TAB] = {WORKSPACE: self.shelf.store.read_workspace()}
        self._tab: dict[str, Any] = st.session_state[TAB]

    @property
    def owner(self) -> str:
        return self.shelf.owner

    @property
    def jobs(self):
        return cache.jobs()

    @property
    def recordings(self) -> Recordings | None:
        """The recordings in use, or `None` before any were loaded."""
        key = self.recordings_key
        return None if key is None else cache.recordings(self.owner, key, self.shelf)

    def use(self, recordings: Recordings) -> None:
        """Keep these recordings and work on them from now on."""
        self.use_kept(self.shelf.keep_recordings(recordings))

    def use_kept(self, key: str) -> None:
        """Work on recordings that are on the shelf already."""
        self._write(recordings=key)

    @property
    def recordings_key(self) -> str | None:
        """Where the recordings in use are on the shelf."""
        return self._read("recordings")

    @property
    def intake(self) -> Intake | None:
        """Files on their way in, `None` where there are none. One at a time."""
        cache.swept(self.owner, self.shelf)
        return cache.intakes().get(self.owner)

    def begin_intake(self) -> Intake:
        """Begin to bring files in; what was on its way before is dropped."""
        self.end_intake()
        intake = Intake(self.shelf)
        cache.intakes()[self.owner] = intake
        return intake

    def end_intake(self) -> None:
        """Stop what is on its way in, and delete its files."""
        intake = cache.intakes().pop(self.owner, None)
        if intake is not None:
            intake.discard()

    @property
    def is_local(self) -> bool:
        """Whether the person sits at the computer that this runs on."""
        return st.get_option("server.address") in LOCAL_ADDRESSES

    @property
    def shares(self) -> SplitSettings:
        """Which share of people is held out, and which share of the others' recordings is kept aside."""
        return SplitSettings(**self._read("shares", {}))

    @shares.setter
    def shares(self, shares: SplitSettings) -> None:
        self._write(shares=asdict(shares))

    @property
    def roles(self) -> Roles:
        """What a release of these recordings has to keep and to hide."""
        recordings = self.recordings
        if recordings is None:
            return Roles()
        chosen = self._read("roles", {}).get(self.recordings_key)
        default = default_roles(recordings.activities, list(recordings.attributes.columns))
        if chosen is None:
            return default
        return Roles(
            {**default.activities, **chosen["activities"]}, {**default.attributes, **chosen["attributes"]}
        )

    @roles.setter
    def roles(self, roles: Roles) -> None:
        self._write(roles={**self._read("roles", {}), self.recordings_key: asdict(roles)})

    @property
    def window_settings(self) -> WindowSettings:
        return WindowSettings(**self._read("windows", {}))

    @window_settings.setter
    def window_settings(self, settings: WindowSettings) -> None:
        self._write(windows=asdict(settings))

    @property
    def seed(self) -> int:
        return self._read("seed", 0)

    @seed.setter
    def seed(self, seed: int) -> None:
        self._write(seed=seed)

    @property
    def study(self) -> Study | None:
        """Windows and split of the recordings in use. Raises `RecordingError` where they cannot be cut."""
        recordings, key = self.recordings, self.recordings_key
        if recordings is None:
            return None
        if self.holdout is None:
            return cache.study_of(self.owner, key, self.window_settings, self.shares, self.seed, recordings)
        others = (
            None if self.holdout == NO_HOLDOUT else cache.recordings(self.owner, self.holdout, self.shelf)
        )
        return cache.study_of_all_of(
            self.owner, key, self.holdout, self.window_settings, self.seed, recordings, others
        )

    @property
    def holdout(self) -> str | None:
        """Which recordings on the shelf nothing is made from; `None` where part of those in use is kept aside."""
        chosen = self._read("holdouts", {}).get(self.recordings_key)
        return chosen if chosen == NO_HOLDOUT or chosen in self.shelf.loaded() else None

    @holdout.setter
    def holdout(self, key: str | None) -> None:
        self._write(holdouts={**self._read("holdouts", {}), self.recordings_key: key})

    def release(self, key: str) -> Release | None:
        """A release on the shelf."""
        return cache.release(self.owner, key, self.shelf)

    def visit(self, page: str) -> None:
        """Note which page is open; `arrived` says whether another one was open before."""
        self.arrived = self.note("page") != page
        self.take_note("visits", self.visits + self.arrived)
        self.take_note("page", page)

    @property
    def visits(self) -> int:
        """How many pages were opened in this browser tab so far."""
        return self.note("visits", 0)

    def note(self, name: str, default: Any = None) -> Any:
        """Return a choice of this browser tab that outlives leaving a page, but not a reload."""
        return self._tab.get(f"note {name}", default)

    def take_note(self, name: str, value: Any) -> None:
        """Remember a choice of this browser tab; `None` forgets it."""
        if value is None:
            self._tab.pop(f"note {name}", None)
        else:
            self._tab[f"note {name}"] = value

    def start_widget(self, key: str, value: Any) -> None:
        """Give a widget its first value; Streamlit forgets it when its page is left."""
        if key not in st.session_state:
            st.session_state[key] = value

    def set_widget(self, key: str, value: Any) -> None:
        """Change what a widget says; only before it is shown, or in a callback."""
        st.session_state[key] = value

    def widget(self, key: str) -> Any:
        """Return what a widget says, in its callback."""
        return st.session_state.get(key)

    def kept(self, name: str, default: Any = None) -> Any:
        """Return plain JSON values that survive reload and restart."""
        return self._read(name, default)

    def kept_now(self, name: str, default: Any = None) -> Any:
        """Return what `kept` does, but as another tab may have left it since; for what is about to be changed."""
        self._tab[WORKSPACE] = self.shelf.store.read_workspace()
        return self._read(name, default)

    def keep(self, name: str, value: Any) -> None:
        """Keep plain JSON values across reload and restart; `None` forgets them."""
        self._write(**{name: value})

    def delete_everything(self) -> None:
        """Stop all work and delete recordings, models, releases, reports and drawings of this person."""
        self.end_intake()
        cache.jobs().forget_owner(self.owner)
        cache.warm().forget()
        self.shelf.store.delete_everything()
        cache.forget()
        self._tab.clear()
        self._tab[WORKSPACE] = {}
        for name in list(st.session_state):
            del st.session_state[name]

    def _read(self, name: str, default: Any = None) -> Any:
        value = self._tab[WORKSPACE].get(name)
        return default if value is None else value

    def _write(self, **changes: Any) -> None:
        # Another tab may have written since: change only what is ours.
        content = {**self.shelf.store.read_workspace(), **changes}
        self.shelf.store.write_workspace(content)
        self._tab[WORKSPACE] = content


def _root() -> Path:
    """Return this person's folder: a lasting one on their own machine, a passing one on a served app.

    A served app gives every browser session its own folder, which is deleted with the session.
    """
    if st.get_option("server.address") in LOCAL_ADDRESSES:
        return env_vars.home()
    if FOLDER not in st.session_state:
        st.session_state[FOLDER] = tempfile.TemporaryDirectory(prefix="penumbra-")
    return Path(st.session_state[FOLDER].name)
