"""Versions made by an earlier version of the program: view them, make them again, delete them."""

from collections.abc import Mapping

import streamlit as st

from pages.ui.common.markdown import literal
from pages.ui.common.progress import start
from pages.ui.common.state import Session
from pages.ui.common.widgets import button
from synth.audit.report import Report
from synth.runs import versions
from synth.runs.study import Study


def earlier_versions(session: Session, study: Study) -> None:
    """List the versions whose method has changed since; nothing where there are none."""
    earlier = session.repository.earlier_releases(study)
    if not earlier:
        return
    counted = "1 version was" if len(earlier) == 1 else f"{len(earlier)} versions were"
    with st.expander(f"{counted} {versions.MADE_EARLIER} of Penumbra", icon=":material/history:"):
        st.markdown(
            "You can still view, compare, correct and download these. Making one again uses the current method; the "
            "result appears next to the earlier one."
        )
        for key, card in earlier.items():
            name, again, delete = st.columns([4, 1, 1], vertical_alignment="center")
            name.markdown(literal(str(card["name"])))
            button(
                session, "Make again", lambda key=key: _make_again(session, study, key),
                key=f"again {key}", place=again, width="stretch",
            )  # fmt: skip
            button(
                session, "Delete", lambda key=key: _delete(session, study, key),
                key=f"delete {key}", place=delete, width="stretch",
            )  # fmt: skip


def warn_of_mixed_versions(reports: Mapping[str, Report]) -> None:
    """Warn where reports are shown together that different versions of the program measured."""
    earlier = versions.measured_earlier(reports)
    if earlier:
        measured = [reports[key].name for key in reports if key in earlier]
        names = ", ".join(
            f"“{literal(name.removesuffix(f', {versions.MEASURED_EARLIER}'))}”" for name in measured
        )
        st.warning(
            f"Measured by an earlier version of Penumbra, with other attackers or rules: {names}. Measure again before "
            "you compare these numbers with others.",
            icon=":material/history:",
        )


def _make_again(session: Session, study: Study, key: str) -> bool:
    return start(lambda: session.background.make_again(study, key), "It has already been made again.")


def _delete(session: Session, study: Study, key: str) -> bool:
    session.repository.delete_release(study, key)
    return True
