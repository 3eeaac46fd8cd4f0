"""The only cache decorators: what is kept in this process, for how long, and for which owner.

Everything cached by owner is found by that owner only: the owner's folder is part of the key.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from data.export.files import read_release
from data.gaps import Gaps, gaps_of
from data.recordings import Recordings
from data.release import Release
from data.sample import load_sample
from data.splits import Split, SplitSettings
from data.summaries.spectra import spectra
from data.summaries.split_timeline import timeline
from data.windows import Windows, WindowSettings
from pages.ui.common.visitors import Visitors
from synth.edit_impact.impact import EditImpact
from synth.editing import soft_joins
from synth.imputers.base import FittedImputer
from synth.imputers.comparison import ImputationError
from synth.reporting.charts.sweep.figures import Setting
from synth.runs.repository import Repository
from synth.runs.study import Study, study, study_of_all
from synth.runs.upkeep import leftovers
from synth.runs.upload_process import Intake
from synth.runs.workers.jobs import Jobs
from synth.runs.workers.warm_models import Warm

DrawnStrengths = tuple[list[Setting], list[dict[str, Any]]]


@st.cache_resource
def jobs() -> Jobs:
    """The job registry of this process; its cluster starts with the first job."""
    return Jobs()


@st.cache_resource
def warm() -> Warm:
    """The handle to models that stay on their device, one for all tabs."""
    return Warm(jobs())


@st.cache_resource(show_spinner="Opening the sample recordings ...")
def sample() -> Recordings:
    """The sample is public: one copy for everyone."""
    return load_sample()


@st.cache_resource(max_entries=4, show_spinner="Opening the recordings ...")
def recordings(owner: str, key: str, _repository: Repository) -> Recordings | None:
    """Recordings of one owner."""
    return _repository.recordings(key)


@st.cache_resource(max_entries=4, show_spinner="Cutting the recordings into windows ...")
def study_of(
    owner: str, key: str, settings: WindowSettings, shares: SplitSettings, seed: int, _recordings: Recordings
) -> Study:
    """Windows and split of one owner's recordings. Raises `RecordingError`."""
    return study(_recordings, settings, seed=seed, shares=shares)


@st.cache_resource(max_entries=2, show_spinner="Cutting the recordings into windows ...")
def study_of_all_of(
    owner: str,
    key: str,
    holdout_key: str,
    settings: WindowSettings,
    seed: int,
    _recordings: Recordings,
    _holdout: Recordings | None,
) -> Study:
    """The same, with a holdout that comes from elsewhere. Raises `RecordingError`."""
    return study_of_all(_recordings, _holdout, settings, seed=seed)


@st.cache_resource(max_entries=1, show_spinner="Reading the file ...")
def imported_release(owner: str, name: str, digest: str, _content: bytes) -> Release:
    """A release from outside. Raises `PenumbraError`."""
    return read_release(_content, name=name).from_outside()


@st.cache_resource(max_entries=4, show_spinner="Opening this version ...")
def release(owner: str, key: str, _repository: Repository) -> Release | None:
    """A release of one owner."""
    return _repository.release(key)


@st.cache_resource(max_entries=64, show_spinner="Applying the corrections ...")
def replayed_step(
    owner: str,
    windows: str,
    steps: str,
    _do: Callable[[], tuple[np.ndarray, np.ndarray]],
) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the windows that the last step edits, and their values after it. Raises `PenumbraError`."""
    return _do()


@st.cache_resource(max_entries=12, show_spinner=False)
def plain_filler(owner: str, study_key: str, kind: str, _fit: Callable[[], FittedImputer]) -> FittedImputer:
    """A plain imputer, fitted to one owner's recordings."""
    return _fit()


@st.cache_data(max_entries=4, show_spinner="Comparing fillers ...")
def plain_errors(
    owner: str, study_key: str, _compare: Callable[[], list[ImputationError]]
) -> list[ImputationError]:
    """Errors of plain imputers on held-out gaps."""
    return _compare()


@st.cache_data(max_entries=4, show_spinner=False)
def step_limits(owner: str, study_key: str, _values: np.ndarray) -> np.ndarray:
    """The largest usual steps between samples of one owner's recordings."""
    return soft_joins.step_limits(_values)


@st.cache_data(max_entries=32, show_spinner="Searching for windows ...")
def chosen(owner: str, windows: str, selection: str, _which: Callable[[], np.ndarray]) -> np.ndarray:
    """Indices of the selected windows. Raises `PenumbraError`."""
    return _which()


@st.cache_resource
def intakes() -> dict[str, Intake]:
    """Uploads in progress, by owner."""
    return {}


@st.cache_resource
def impact_panels() -> dict[str, Any]:
    """The impact panels of versions, by owner and version, oldest first."""
    return {}


@st.cache_data(max_entries=50, show_spinner=False)
def impacts_of(
    key: str, edited: str, _panel: Any, _edits: Mapping[int, np.ndarray]
) -> tuple[EditImpact, ...]:
    """What corrections changed, by the panel's key and a digest of the corrections."""
    return _panel.compare_edits(_edits)


@st.cache_resource(show_spinner="Checking what is kept ...")
def looked_after(owner: str, _repository: Repository) -> bool:
    """Once per process and owner: delete what an earlier process left behind, and set aside what is damaged."""
    leftovers.sweep(_repository.store.root)
    leftovers.sweep_temporary()
    _repository.store.check()
    return True


@st.cache_resource(show_spinner=False)
def visitors() -> Visitors:
    """The visitors of a served app, whose folders a timer deletes after they left."""
    registry, waiting = jobs(), intakes()

    def forget_owner(folder: Path) -> None:
        intake = waiting.pop(str(folder), None)
        if intake is not None:
            intake.discard()
        registry.forget_owner(str(folder))
        forget()

    def is_busy(folder: Path) -> bool:
        return any(job.active for job in registry.of(str(folder)))

    return Visitors(forget_owner, is_busy).watch()


@st.cache_data(max_entries=4, show_spinner=False)
def gaps_of_recordings(owner: str, key: str, n_timesteps: int, _recordings: Recordings) -> Gaps:
    """The gaps of recordings, and which of them can be filled in."""
    return gaps_of(_recordings, n_timesteps)


@st.cache_data(max_entries=32, show_spinner=False)
def drawn_strengths(owner: str, key: str, _draw: Callable[[], DrawnStrengths]) -> DrawnStrengths:
    """The measured strengths of a method, and their charts, which take a third of a second to draw."""
    return _draw()


@st.cache_resource(max_entries=64, show_spinner=False)
def one_window(
    owner: str, study_key: str, mechanism: str, index: int, _make: Callable[[], Windows]
) -> Windows:
    """A window as a rule releases it. Raises `TrainingError`."""
    return _make()


@st.cache_data(max_entries=4, show_spinner=False)
def timeline_of(owner: str, study_key: str, _recordings: Recordings, _split: Split) -> pd.DataFrame:
    """How each person's recordings are split into used, unused and unseen parts."""
    return timeline(_recordings, _split)


@st.cache_data(max_entries=4, show_spinner=False)
def spectra_of(owner: str, study_key: str, _windows: Windows) -> pd.DataFrame:
    """Power spectra by sensor and activity."""
    return spectra(_windows)


@st.cache_data(max_entries=50, show_spinner=False)
def made(owner: str, key: str, file: str, _make: Callable[[], bytes]) -> bytes:
    """The content of a download; drawing a chart for one takes up to a second."""
    return _make()


def forget() -> None:
    """Forget everything cached about recordings, after they were deleted."""
    recordings.clear()
    study_of.clear()
    study_of_all_of.clear()
    imported_release.clear()
    release.clear()
    replayed_step.clear()
    chosen.clear()
    plain_filler.clear()
    plain_errors.clear()
    step_limits.clear()
    timeline_of.clear()
    gaps_of_recordings.clear()
    spectra_of.clear()
    made.clear()
    drawn_strengths.clear()
    one_window.clear()
    impact_panels.clear()
    impacts_of.clear()
