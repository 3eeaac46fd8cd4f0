"""What the columns of an uploaded table mean: guessed, shown, changeable."""

import pandas as pd
import streamlit as st

from data.columns import ColumnMapping, guess_channels, guess_roles
from data.units import guess_units

NONE = "(none)"
UNITS = ("", "g", "m/s²", "mg", "rad/s", "deg/s", "µT")


def mapping_form(table: pd.DataFrame, *, key: str) -> ColumnMapping | None:
    """Show the guess and return what the person made of it.

    Args:
        table: The uploaded table.
        key: Prefix of the widgets' keys, one a file.

    Returns:
        The mapping, or `None` while a needed column is not chosen.
    """
    guess = guess_roles(table)
    columns = [str(column) for column in table.columns]
    st.markdown("**What do the columns mean?** This is a guess; change what is wrong.")
    widgets = st.columns(4)
    needed = {"subject": "Person", "activity": "Activity"}
    optional = {"trial": "Repetition", "time": "Time"}
    chosen: dict[str, str | None] = {}
    for widget, (role, label) in zip(widgets, (needed | optional).items(), strict=True):
        choices = columns if role in needed else [NONE, *columns]
        found = guess[role] if guess[role] is not None else (NONE if role in optional else None)
        index = choices.index(found) if found in choices else None
        with widget:
            picked = st.selectbox(
                label, choices, index=index, key=f"{key} {role}", placeholder="Choose a column"
            )
        chosen[role] = None if picked == NONE else picked
    roles = {role: column for role, column in chosen.items() if column is not None}
    channels = st.multiselect(
        "Measured channels",
        [column for column in columns if column not in roles.values()],
        default=guess_channels(table, {**dict.fromkeys(guess), **roles}),
        key=f"{key} channels {sorted(roles.values())}",
    )
    rate_hz = None
    if chosen["time"] is None:
        rate_hz = st.number_input(
            "Samples per second (there is no time column)", 0.1, 10_000.0, 50.0, key=f"{key} hz"
        )
    missing = [label for role, label in needed.items() if chosen[role] is None]
    if missing or not channels:
        st.info(f"Choose the column for: {', '.join(missing or ['at least one measured channel'])}.")
        return None
    units = _units_table(table, tuple(channels), key)
    return ColumnMapping(**chosen, channels=tuple(channels), rate_hz=rate_hz, units=units)


def _units_table(table: pd.DataFrame, channels: tuple[str, ...], key: str) -> tuple[str, ...]:
    guessed = pd.DataFrame({"channel": channels, "unit": guess_units(table, channels)})
    with st.expander("Units of the channels"):
        edited = st.data_editor(
            guessed,
            hide_index=True,
            disabled=["channel"],
            column_config={"unit": st.column_config.SelectboxColumn(options=list(UNITS))},
            key=f"{key} units {channels}",
        )
    return tuple(unit or "" for unit in edited["unit"])
