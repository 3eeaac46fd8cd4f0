"""Naming the columns of a file that has no names for them."""

import pandas as pd
import streamlit as st

from pages.ui.common.markdown import literal
from pages.ui.common.state import Session
from synth.runs.upload_process import Intake

PER_ROW = 6
EXAMPLES = ("subject", "activity", "t", "acc_x", "acc_y", "acc_z")


def name_columns(session: Session, intake: Intake) -> None:
    """Show the first rows of a file, and ask for the name of each column."""
    rows = intake.rows_without_names
    width = len([cell for cell in rows[0] if cell.strip()]) or len(rows[0])
    preview = pd.DataFrame([row[:width] for row in rows], columns=[f"column {i + 1}" for i in range(width)])
    with st.container(border=True):
        st.markdown(f"**{literal(intake.name)}** · the columns have no names. What do they hold?")
        st.caption(literal(intake.error))
        st.dataframe(preview, width="stretch", hide_index=True)
        names: list[str] = []
        for start in range(0, width, PER_ROW):
            for i, place in enumerate(st.columns(PER_ROW)[: width - start], start):
                typed = place.text_input(
                    f"Column {i + 1}",
                    key=f"name of column {id(intake)} {i}",
                    placeholder=EXAMPLES[i % len(EXAMPLES)],
                )
                names.append(typed.strip())
        twice = {name for name in names if name and names.count(name) > 1}
        if twice:
            st.error(f"Two columns are called {literal(min(twice))}. Give each column a name of its own.")
        read, cancel = st.columns([1, 4])
        if read.button("Read", type="primary", disabled=not all(names) or bool(twice), width="stretch"):
            intake.read_with_names(names)
            st.rerun()
        if cancel.button("Cancel"):
            session.uploads.end()
            st.rerun()
