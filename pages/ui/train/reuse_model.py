"""Models trained on other recordings: which of them fit these, why others do not, and applying one."""

from collections.abc import Mapping

import streamlit as st

from pages.ui.common.markdown import literal
from pages.ui.common.progress import start
from pages.ui.common.state import Session
from pages.ui.common.widgets import button
from synth.runs.stored_model import StoredModel
from synth.runs.study import Study


def offer_reuse(session: Session, study: Study) -> None:
    """Offer models from other recordings; nothing where there are none."""
    others = {
        model.key: model
        for model in session.repository.stored_models()
        if not study.owns({"study": model.study})
    }
    if not others:
        return
    reasons = {key: model.why_not(study) for key, model in others.items()}
    fitting = {key: others[key] for key, reason in reasons.items() if not reason}
    is_first = bool(fitting) and not session.repository.releases(study)
    with st.expander("Use a model trained on other recordings", expanded=is_first):
        if fitting:
            _choose_and_apply(session, study, fitting)
        else:
            st.caption("No model trained on other recordings fits these.")
        _others(others, {key: reason for key, reason in reasons.items() if reason})


def _choose_and_apply(session: Session, study: Study, fitting: Mapping[str, StoredModel]) -> None:
    keys = list(fitting)[::-1]
    key = st.selectbox(
        "Model",
        keys,
        format_func=lambda k: fitting[k].name,
        key="model to apply",
        help="It was trained on other people and makes a version of these recordings without retraining.",
    )
    other_roles = fitting[key].other_roles(session.data.roles)
    if other_roles:
        st.warning(
            f"It was trained with a different role for {literal(', '.join(other_roles))} than the Data page has now, "
            f"and keeps its own ({literal('; '.join(fitting[key].roles))})."
        )
    if session.repository.applied_key(study, key) in session.repository.releases(study):
        st.caption("✓ Its version of these recordings is ready.")
    done_already = f"{fitting[key].name} is already available; nothing was recomputed."
    button(
        session, "Apply", lambda: start(lambda: session.background.apply(study, key), done_already),
        key="apply model",
    )  # fmt: skip
    st.caption(
        "The report says what the version gives away about the people in these recordings. What it may give away "
        f"about the people in {literal(fitting[key].data)}, on which the model was trained, is in the report there."
    )


def _others(models: Mapping[str, StoredModel], reasons: Mapping[str, str]) -> None:
    """Say why models cannot be used here, one line per reason."""
    if reasons:
        st.markdown("**Cannot be used on these recordings**")
    alike: dict[tuple[str, str], list[str]] = {}
    for key, reason in reasons.items():
        alike.setdefault((models[key].data, reason), []).append(models[key].label)
    for (data, reason), labels in alike.items():
        st.caption(f"**{literal(', '.join(labels))}**, trained on {literal(data)}: {literal(reason)}")
