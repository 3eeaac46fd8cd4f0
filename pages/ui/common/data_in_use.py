"""The data a person works on: which recordings, how they are cut and split, what is to be kept and hidden."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from data.recordings import Recordings
from data.roles import Roles, default_roles
from data.splits import SplitSettings
from data.windows import WindowSettings
from pages.ui.common import cache
from pages.ui.common.workspace import Workspace
from synth.runs.repository import Repository
from synth.runs.study import Study

NO_HOLDOUT = "nothing"
Settings = TypeVar("Settings", WindowSettings, SplitSettings)


class DataInUse:
    """The recordings in use and what was chosen for them.

    Args:
        repository: Where recordings are.
        workspace: Where choices are kept.
    """

    def __init__(self, repository: Repository, workspace: Workspace) -> None:
        self._repository, self._workspace = repository, workspace

    @property
    def recordings(self) -> Recordings | None:
        """The recordings in use, or `None` before any were loaded."""
        key = self.recordings_key
        return None if key is None else cache.recordings(self._repository.owner, key, self._repository)

    @property
    def recordings_key(self) -> str | None:
        """Where the recordings in use are kept."""
        return self._workspace.get("recordings", "") or None

    def use(self, recordings: Recordings, *, labelled_from: str = "") -> None:
        """Keep these recordings and work on them from now on.

        Args:
            recordings: What to keep.
            labelled_from: Key of the recordings that were given other activities to make these.
        """
        self.use_kept(self._repository.keep_recordings(recordings, labelled_from=labelled_from))

    def use_kept(self, key: str) -> None:
        """Work on recordings that are kept already."""
        self._workspace.keep("recordings", key)

    @property
    def shares(self) -> SplitSettings:
        """Which share of people is held out, and which share of the others' recordings is kept aside."""
        return _settings(SplitSettings, self._workspace.get("shares", {}))

    @shares.setter
    def shares(self, shares: SplitSettings) -> None:
        self._workspace.keep("shares", asdict(shares))

    @property
    def roles(self) -> Roles:
        """What a release of these recordings has to keep and to hide."""
        recordings = self.recordings
        if recordings is None:
            return Roles()
        chosen = self._workspace.get("roles", {}).get(self.recordings_key)
        default = default_roles(recordings.activities, list(recordings.attributes.columns))
        try:
            return Roles(
                {**default.activities, **chosen["activities"]}, {**default.attributes, **chosen["attributes"]}
            )
        except (TypeError, KeyError):  # nothing was chosen, or what was kept is damaged
            return default

    @roles.setter
    def roles(self, roles: Roles) -> None:
        others = self._workspace.get("roles", {})
        self._workspace.keep("roles", {**others, str(self.recordings_key): asdict(roles)})

    @property
    def window_settings(self) -> WindowSettings:
        """How recordings are cut."""
        return _settings(WindowSettings, self._workspace.get("windows", {}))

    @window_settings.setter
    def window_settings(self, settings: WindowSettings) -> None:
        self._workspace.keep("windows", asdict(settings))

    @property
    def seed(self) -> int:
        """The seed of everything that is drawn."""
        return self._workspace.get("seed", 0)

    @seed.setter
    def seed(self, seed: int) -> None:
        self._workspace.keep("seed", seed)

    @property
    def holdout(self) -> str | None:
        """Which kept recordings nothing is made from; `None` where part of those in use is kept aside."""
        chosen = self._workspace.get("holdouts", {}).get(self.recordings_key)
        return chosen if chosen == NO_HOLDOUT or chosen in self._repository.loaded() else None

    @holdout.setter
    def holdout(self, key: str | None) -> None:
        others = self._workspace.get("holdouts", {})
        self._workspace.keep("holdouts", {**others, str(self.recordings_key): key})

    @property
    def study(self) -> Study | None:
        """Windows and split of the recordings in use. Raises `RecordingError` if they cannot be cut."""
        recordings, key, owner = self.recordings, self.recordings_key, self._repository.owner
        if recordings is None or key is None:
            return None
        if self.holdout is None:
            return cache.study_of(owner, key, self.window_settings, self.shares, self.seed, recordings)
        others = (
            None if self.holdout == NO_HOLDOUT else cache.recordings(owner, self.holdout, self._repository)
        )
        return cache.study_of_all_of(
            owner, key, self.holdout, self.window_settings, self.seed, recordings, others
        )


def _settings(kind: Callable[..., Settings], kept: Mapping[str, Any]) -> Settings:
    """Return settings as they were kept; the default ones where those make no sense, as in a damaged file."""
    try:
        return kind(**kept)
    except (TypeError, ValueError):
        return kind()
