"""How the files are named: guessed, asked where two readings are about as good, changeable."""

from typing import Any

import pandas as pd
import streamlit as st

from data.errors import RecordingError
from data.ingest.column_mapping import ColumnMapping, guess_file_names
from data.ingest.filename_pattern import FILE_NAME_ROLES, Pattern
from data.ingest.names.labels import labels_from_names
from data.ingest.names.question import NameQuestion, question_of
from data.ingest.table import Table
from pages.ui.common.markdown import literal

LABELS = {"subject": "Person", "activity": "Activity", "trial": "Repetition", "time": "Time"}
NEEDED = ("subject",)
N_EXAMPLES = 6


def naming_form(
    table: Table, guess: dict[str, str | None], before: ColumnMapping | None, *, key: str
) -> Pattern | None:
    """Ask how the files are named, where names can say what no column does.

    Args:
        table: Some rows of every incoming file.
        guess: Column of each role, `None` where there is none.
        before: What was chosen before loading failed.
        key: Prefix of the widgets' keys.

    Returns:
        The pattern, or `None` if names say nothing, or nothing yet.
    """
    unknown = [role for role in FILE_NAME_ROLES if guess[role] is None]
    needed = set(unknown) & set(NEEDED)
    if not unknown or (len(table.parts) < 2 and not needed):
        return None
    st.markdown(
        f"**How are the {len(table.parts):,} files named?**"
        if len(table.parts) > 1
        else "**The file's name**"
    )
    guessed = before.pattern.text if before and before.pattern else ""
    names = guess_file_names(table, guess) if before is None else None
    question = question_of(names, [part.path for part in table.parts])
    if question is not None:
        guessed = _choice_of_readings(question, key)
    elif names is not None:
        guessed = names.best.pattern.text
    text = st.text_input(
        "File name pattern",
        guessed,
        placeholder="{subject}_{activity}_{trial}.csv",
        key=f"{key} pattern {guessed}",
        help="Write {subject} for the person, {activity} for the activity, {trial} for the repetition, and {} for "
        "anything else. {visit}, {side} and {group} are kept, and {date} is skipped. {subject=Anna} at the beginning "
        "says that all files are of Anna. A folder ends with /.",
    )
    if not text.strip():
        if needed:
            st.info("The columns do not say who was recorded. Describe how the file names do.")
        return None
    try:
        pattern = Pattern(text.strip())
    except RecordingError as error:
        st.error(literal(str(error)))
        return None
    st.dataframe(_examples(table, pattern), hide_index=True, width="stretch")
    return pattern


def _choice_of_readings(question: NameQuestion, key: str) -> str:
    """Ask which of two readings of the names is right, and return its pattern."""
    st.markdown("The names can be read in two ways. **Who did what?**")
    summaries = [question.summary(reading) for reading in question.readings]
    for side, reading, summary in zip(st.columns(2), question.readings, summaries, strict=True):
        with side:
            st.caption(literal(summary))
            st.dataframe(question.examples(reading), hide_index=True, width="stretch")
    chosen = st.radio(
        "Which reading is right?",
        range(len(summaries) + 1),
        format_func=lambda number: literal([*summaries, "Neither: I describe the names"][number]),
        index=None,
        key=f"{key} reading",
    )
    return question.readings[chosen].pattern.text if chosen is not None and chosen < len(summaries) else ""


def _examples(table: Table, pattern: Pattern) -> pd.DataFrame:
    paths = [part.path for part in table.parts]
    said, details = labels_from_names(pattern, paths)
    step = max(1, len(paths) // N_EXAMPLES)
    rows = []
    for row in range(0, len(paths), step)[:N_EXAMPLES]:
        labels = said.iloc[row]
        found: dict[str, Any] = {LABELS[role]: labels[role] for role in pattern.roles}
        matches = pattern.match(paths[row]) is not None
        known = {
            name.capitalize(): details[name].get(labels["subject"], "") for name in details.columns if matches
        }
        unused = {} if matches else {"": "does not match: will be left out"}
        rows.append({"File": paths[row], **found, **known, **unused})
    return pd.DataFrame(rows).fillna("")
