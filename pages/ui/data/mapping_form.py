"""What the columns and the names of uploaded files mean: guessed, shown, changeable."""

import pandas as pd
import streamlit as st

from data.errors import CounterError, RecordingError
from data.ingest.column_mapping import (
    ColumnMapping,
    guess_channels,
    guess_roles,
)
from data.ingest.dead_channels import dead_channels
from data.ingest.filename_pattern import Pattern
from data.ingest.preparation import LONGEST_BRIDGE_S, Preparation
from data.ingest.table import Table
from data.ingest.times import to_seconds
from data.ingest.units import guess_units
from data.sensors import quantity_of
from pages.ui.common.markdown import literal
from pages.ui.data.naming_form import LABELS, N_EXAMPLES, NEEDED, naming_form

NONE = "(none)"
BY_NAME = "(from the file names)"
UNITS = ("", "g", "m/s²", "mg", "rad/s", "deg/s", "µT")


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
    pattern = naming_form(table, guess, before, key=key)
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
    if rate_hz is None and (chosen["time"] is None or _only_counts(table, chosen["time"])):
        why = "There is no time column." if chosen["time"] is None else "The time column only counts samples."
        st.info(
            f"{why} Enter how many samples were taken in a second: the device's manual or the study's protocol says it."
        )
        return None
    by_name = () if pattern is None else pattern.roles
    missing = [LABELS[role] for role in NEEDED if chosen[role] is None and role not in by_name]
    if missing or not channels:
        st.info(
            f"Choose the column for: {', '.join(missing)}." if missing else "Choose at least one channel."
        )
        return None
    if chosen["activity"] is None and "activity" not in by_name:
        st.info(
            "No activities: the recordings will be unlabelled. People and signals can be tested; what compares "
            "activities does not apply."
        )
    units = _units_table(table, tuple(channels), before, key)
    mapping = ColumnMapping(**chosen, channels=tuple(channels), rate_hz=rate_hz, units=units, pattern=pattern)
    return mapping.without(_channels_to_leave_out(table, mapping, key))


def _channels_to_leave_out(table: Table, mapping: ColumnMapping, key: str) -> list[str]:
    """Ask about channels that some people lack entirely: leave out the channel or the people."""
    try:
        dead = dead_channels(table, mapping)
    except RecordingError:
        return []  # text in a channel: said with its row when loading
    left_out = []
    for channel in dead[: len(mapping.channels) - 1]:
        people = ", ".join(channel.people[:N_EXAMPLES]) + (" ..." if len(channel.people) > N_EXAMPLES else "")
        ways = [f"Leave out {people}", f"Leave out {channel.channel}, and keep everybody"]
        chosen = st.radio(
            f"**{literal(channel.channel)} has no values for {literal(people)}.** What should be left out?",
            ways,
            format_func=literal,
            key=f"{key} dead {channel.channel}",
        )
        left_out += [channel.channel] if chosen == ways[1] else []
    return left_out


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


def _only_counts(table: Table, column: str) -> bool:
    """Return whether the column of times only counts samples."""
    try:
        to_seconds(table, column, table.part_of_row(), rate_hz=None)
    except CounterError:
        return True
    except RecordingError:
        return False  # said with its row when loading
    return False


def _rate(table: Table, before: ColumnMapping | None, *, has_times: bool, key: str) -> float | None:
    """Ask for the sampling rate: needed without times, and where times only count samples."""
    known = (before.rate_hz if before else None) or table.rate_hz
    if has_times:
        return st.number_input(
            "Samples per second (only if the time column does not say, e.g. counts samples)",
            0.1, 10_000.0, known, placeholder="from the time column", key=f"{key} hz with times",
        )  # fmt: skip
    return st.number_input(
        "Samples per second (there is no time column)",
        0.1,
        10_000.0,
        known,
        placeholder="for example 50",
        key=f"{key} hz",
    )


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
