"""The form for what a release has to keep and what it has to hide."""

import pandas as pd
import streamlit as st

from data.errors import RecordingError
from data.roles import ActivityRole, Roles
from pages.ui.common.markdown import literal
from pages.ui.common.state import Session

IN_WORDS: dict[ActivityRole, str] = {
    "required": "required: must stay recognisable",
    "neutral": "neutral: may be visible, need not be recognisable",
    "sensitive": "sensitive: should not be recognisable",
}


def roles_form(session: Session) -> None:
    """Let the user choose roles of activities and attributes."""
    roles = session.data.roles
    st.markdown(
        "**What must a shared version keep, and what must it hide?** For example: a clinic that counts exercises "
        "*requires* the exercises; *resting* is *neutral*; *smoking* between them is *sensitive*. Each activity's "
        "role is shown next to its name on the Trade-offs page, which says whether a sensitive one is still recognised."
    )
    left, right = st.columns([3, 2], gap="large")
    with left:
        edited = st.data_editor(
            pd.DataFrame(
                {"activity": roles.activities.keys(), "role": map(IN_WORDS.get, roles.activities.values())}
            ),
            hide_index=True,
            disabled=["activity"],
            width="stretch",
            column_config={
                "activity": "Activity",
                "role": st.column_config.SelectboxColumn(
                    "Role", options=list(IN_WORDS.values()), required=True
                ),
            },
            key=f"roles {session.data.recordings_key}",
        )
    with right:
        sensitive = _attributes(session, roles)
    role_of: dict[str, ActivityRole] = {words: role for role, words in IN_WORDS.items()}
    activities: dict[str, ActivityRole] = {
        str(a): role_of[words] for a, words in zip(edited["activity"], edited["role"], strict=True)
    }
    chosen = Roles(activities, sensitive)
    if chosen == roles:
        return
    try:
        session.data.roles = chosen.checked()
    except RecordingError as error:
        st.error(f"{literal(str(error))} The previous roles are kept.")


def _attributes(session: Session, roles: Roles) -> dict[str, bool]:
    if not roles.attributes:
        st.caption(
            "These recordings say nothing about the people (no gender, age, height ...). Add such columns, or a "
            "small table with one row per person, to see whether a version gives them away."
        )
        return {}
    edited = st.data_editor(
        pd.DataFrame({"attribute": roles.attributes.keys(), "sensitive": roles.attributes.values()}),
        hide_index=True,
        disabled=["attribute"],
        column_config={"attribute": "About people", "sensitive": "Sensitive: not in a shared file"},
        key=f"attributes {session.data.recordings_key}",
    )
    return {str(a): bool(s) for a, s in zip(edited["attribute"], edited["sensitive"], strict=True)}
