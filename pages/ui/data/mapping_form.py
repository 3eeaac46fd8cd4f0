"""What the columns and the names of uploaded files mean: guessed, shown, changeable."""

from typing import Any

import pandas as pd
import streamlit as st

from data.errors import RecordingError
from data.ingest.column_mapping import (
    FILE_NAME_ROLES,
    ColumnMapping,
    guess_channels,
    guess_file_names,
    guess_roles,
)
from data.ingest.filename_pattern import Pattern
from data.ingest.preparation import LONGEST_BRIDGE_S, Preparation
from data.ingest.table import Table
from data.ingest.units import guess_units
from data.sensors import quantity_of
from pages.ui.common.markdown import literal

NONE = "(none)"
BY_NAME = "(from the file names)"
UNITS = ("", "g", "m/s²", "mg", "rad/s", "deg/s", "µT")
LABELS = {"subject": "Person", "activity": "Activity", "trial": "Repetition", "time": "Time"}
NEEDED = ("subject", "activity")
N_EXAMPLES = 6


def mapping_form(table: Table, before: ColumnMapping | None, *, key: str) -> ColumnMapping | None:
    """Show the guess, or the earlier choice, and return the mapping as the user corrects it.

    Args:
        table: Some rows of every incoming file.
        before: What was chosen before loading failed.
        key: Prefix of the widgets' keys, one for each set of files and attempt.

    Returns:
        The mapping, or `None` while something required is missing.
    """
    guess = guess_roles(table) if before is None else {role: before.column_of(role) for role in LABELS}
    pattern = _naming(table, guess, before, key)
    st.markdown("**What do the columns mean?** This is a guess; correct it where needed.")
    chosen = _roles(table, guess, pattern, key)
    roles = {role: column for role, column in chosen.items() if column is not None}
    columns = [str(column) for column in table.frame.columns if column not in roles.values()]
    likely = before.channels if before else guess_channels(table, {**dict.fromkeys(guess), **roles})
    channels = st.multiselect(
        "Measured channels",
        columns,
        default=[channel for channel in likely if channel in columns],
        key=f"{key} channels {sorted(roles.values())}",
    )
    rate_hz = _rate(table, before, has_times=chosen["time"] is not None, key=key)
    by_name = () if pattern is None else pattern.roles
    missing = [LABELS[role] for role in NEEDED if chosen[role] is None and role not in by_name]
    if missing or not channels:
        st.info(
            f"Choose the column for: {', '.join(missing)}." if missing else "Choose at least one channel."
        )
        return None
    units = _units_table(table, tuple(channels), before, key)
    return ColumnMapping(**chosen, channels=tuple(channels), rate_hz=rate_hz, units=units, pattern=pattern)


def preparation_form(before: Preparation | None, *, key: str) -> Preparation:
    """Ask how the values are preprocessed."""
    start = before or Preparation()
    with st.expander("Preprocessing"):
        left, right = st.columns(2)
        with left:
            convert = st.checkbox(
                "Convert acceleration to g and rotation to rad/s", start.convert_units, key=f"{key} convert",
                help="Makes recordings of different devices comparable.",
            )  # fmt: skip
            gravity = st.checkbox(
                "Remove gravity from acceleration", start.remove_gravity, key=f"{key} gravity",
                help="Removes everything slower than 0.3 Hz. How a sensor was worn can identify people, but it also "
                "distinguishes lying from standing.",
            )  # fmt: skip
        with right:
            magnitudes = st.checkbox(
                "Add the magnitude of each sensor as a channel", start.magnitudes, key=f"{key} magnitudes",
                help="The length of the vector: it does not depend on how the sensor was oriented.",
            )  # fmt: skip
            bridge_s = st.number_input(
                "Interpolate gaps of up to this many seconds", 0.0, LONGEST_BRIDGE_S,
                start.bridge_s, 0.05, key=f"{key} bridge",
                help="With straight lines. Longer gaps stay missing, up to one second; then the recording is cut. "
                "0 leaves all gaps as they are.",
            )  # fmt: skip
    return Preparation(convert, gravity, magnitudes, bridge_s)


def _rate(table: Table, before: ColumnMapping | None, *, has_times: bool, key: str) -> float | None:
    """Ask for the sampling rate: needed without times, and where times only count samples."""
    known = (before.rate_hz if before else None) or table.rate_hz
    if has_times:
        return st.number_input(
            "Samples per second (only if the time column does not say, e.g. counts samples)",
            0.1, 10_000.0, known, placeholder="from the time column", key=f"{key} hz with times",
        )  # fmt: skip
    return st.number_input(
        "Samples per second (there is no time column)", 0.1, 10_000.0, float(known or 50.0), key=f"{key} hz"
    )


def _naming(
    table: Table, guess: dict[str, str | None], before: ColumnMapping | None, key: str
) -> Pattern | None:
    """Ask how the files are named, where names can say what no column does."""
    unknown = [role for role in FILE_NAME_ROLES if guess[role] is None]
    needed = set(unknown) & set(NEEDED)
    if not unknown or (len(table.parts) < 2 and not needed):
        return None
    guessed = before.pattern if before else guess_file_names(table, guess)
    st.markdown(
        f"**How are the {len(table.parts):,} files named?**"
        if len(table.parts) > 1
        else "**The file's name**"
    )
    text = st.text_input(
        "File name pattern",
        guessed.text if guessed else "",
        placeholder="{subject}_{activity}_{trial}.csv",
        key=f"{key} pattern",
        help="Write {subject} for the person, {activity} for the activity, {trial} for the repetition, and {} for "
        "anything else. A folder ends with /.",
    )
    if not text.strip():
        if needed:
            st.info("The columns do not say who did what. Describe how the file names do.")
        return None
    try:
        pattern = Pattern(text.strip())
    except RecordingError as error:
        st.error(literal(str(error)))
        return None
    st.dataframe(_examples(table, pattern), hide_index=True, width="stretch")
    return pattern


def _examples(table: Table, pattern: Pattern) -> pd.DataFrame:
    step = max(1, len(table.parts) // N_EXAMPLES)
    rows = []
    for part in table.parts[::step][:N_EXAMPLES]:
        labels = pattern.match(part.path)
        found: dict[str, Any] = {LABELS[role]: labels[role] if labels else "" for role in pattern.roles}
        rows.append({"File": part.path, **found, "": "" if labels else "does not match: will be left out"})
    return pd.DataFrame(rows)


def _roles(
    table: Table, guess: dict[str, str | None], pattern: Pattern | None, key: str
) -> dict[str, str | None]:
    columns = [str(column) for column in table.frame.columns]
    by_name = () if pattern is None else pattern.roles
    chosen: dict[str, str | None] = {}
    for widget, (role, label) in zip(st.columns(len(LABELS)), LABELS.items(), strict=True):
        without = BY_NAME if role in by_name else NONE if role not in NEEDED else None
        choices = [*([without] if without else []), *columns]
        found = guess[role] if guess[role] is not None and role not in by_name else without
        with widget:
            picked = st.selectbox(
                label,
                choices,
                index=choices.index(found) if found in choices else None,
                key=f"{key} {role} {without}",
                placeholder="Choose a column",
            )
        chosen[role] = None if picked in (NONE, BY_NAME) else picked
    return chosen


def _units_table(
    table: Table, channels: tuple[str, ...], before: ColumnMapping | None, key: str
) -> tuple[str, ...]:
    units = guess_units(table, channels)
    if before is not None:
        known = dict(zip(before.channels, before.units, strict=True))
        units = tuple(known.get(channel, unit) for channel, unit in zip(channels, units, strict=True))
    guessed = pd.DataFrame(
        {
            "channel": channels,
            "measures": [quantity_of(channel) or "?" for channel in channels],
            "unit": units,
        }
    )
    unknown = int((guessed["unit"] == "").sum())
    title = "Units of the channels" + (f" ({unknown} unknown: please choose)" if unknown else "")
    with st.expander(title, expanded=0 < unknown < len(channels)):
        edited = st.data_editor(
            guessed,
            hide_index=True,
            disabled=["channel", "measures"],
            column_config={"unit": st.column_config.SelectboxColumn(options=list(UNITS))},
            key=f"{key} units {channels}",
        )
    return tuple(unit or "" for unit in edited["unit"])
