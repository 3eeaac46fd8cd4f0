"""Train: fit mechanisms and GAIN in the background, watch, stop, reuse, and look at what they make."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import streamlit as st

from pages.ui.common.beforehand import beforehand_notice
from pages.ui.common.chart_panel import show_chart
from pages.ui.common.earlier_versions import earlier_versions
from pages.ui.common.forms import learner_form
from pages.ui.common.markdown import literal
from pages.ui.common.page_frame import SKETCH, TRADEOFFS, link, need_release, need_study, open_page
from pages.ui.common.progress import interrupted_panel, jobs_panel, start
from pages.ui.common.state import Session
from pages.ui.common.widgets import button
from pages.ui.train.generate_form import show_generate_form
from pages.ui.train.method_picker import choose_method
from pages.ui.train.reuse_model import offer_reuse
from synth.audit.report import BEFOREHAND
from synth.core.learner import Learner
from synth.imputers.base import Imputer
from synth.imputers.comparison import ImputationError
from synth.mechanisms.base import Mechanism
from synth.reporting import charts
from synth.runs.study import Study


def choose_and_start(session: Session, study: Study) -> None:
    """Let the user choose a method and its settings, and start it."""
    method = choose_method(session)
    st.markdown(f"**{method.title}.** {method.summary}")
    try:
        learner = learner_form(method, session)
    except ValueError as error:
        st.error(f"These settings cannot be combined: {literal(str(error))}")
        return
    st.caption(" · ".join([f"Settings: {literal(learner.label())}", *_roles_in_words(learner)]))

    def act() -> None:
        start(
            lambda: _begin(session, study, learner),
            f"{learner.label()} is already available; nothing was recomputed.",
        )

    # The label stays the same: a click right after a change must not meet another button.
    button(session, "Start", act, key=f"start {method.kind}", type="primary")


def _begin(session: Session, study: Study, learner: Mechanism | Imputer) -> object | None:
    if isinstance(learner, Mechanism):
        return session.background.make(study, learner)
    return session.background.learn_to_fill(study, learner)


def _roles_in_words(learner: Learner) -> list[str]:
    """Describe the settings that follow from the roles on the Data page."""
    chosen = {f: getattr(learner, f.name) for f in fields(learner) if f.metadata["from_roles"]}
    texts = {
        f: (value or "the person's identity") if isinstance(value, str) else ", ".join(value)
        for f, value in chosen.items()
    }
    return [f"{f.metadata['label']}: {literal(text or 'none')} (Data page)" for f, text in texts.items()]


def ready(session: Session, study: Study) -> None:
    """List the trained models, with their device and learning curves."""
    models = session.repository.models(study)
    earlier = session.repository.earlier_models(study)
    if earlier:
        labels = ", ".join(dict.fromkeys(literal(str(card["label"])) for card in earlier.values()))
        st.caption(
            f"Trained by an earlier version of Penumbra and no longer used: {labels}. Start a method to train it "
            "again."
        )
    if not models:
        st.info(
            "No model has been trained on these recordings yet; existing versions are shown below."
            if session.repository.releases(study)
            else "Nothing has been trained yet. Start a method on the left: rules take seconds, networks a few minutes."
        )
        return
    for card in models.values():
        history = card["history"]
        rounds = f", {len(history)} round{'' if len(history) == 1 else 's'}" if history else ""
        where = (
            f"{BEFOREHAND}, version {card[BEFOREHAND]}"
            if BEFOREHAND in card
            else f"computed on: {card['device']}"
        )
        with st.expander(f"✓ {literal(str(card['label']))}{rounds}, {where}"):
            if "promise" in card:
                st.info(literal(card["promise"]["in words"]))
            if history:
                st.altair_chart(charts.history(history), width="stretch")
            if "errors" in card:
                drawing = charts.imputation([ImputationError(**error) for error in card["errors"]])
                if drawing.chart is not None:
                    show_chart(drawing.chart)
            st.json(card["learner"], expanded=False)


def compare(session: Session, study: Study, releases: Mapping[str, Mapping[str, Any]]) -> None:
    """Show original windows above those of a version, of the same activity."""
    version, activity, sensor, count = st.columns(4)
    key = version.selectbox(
        "Version", list(releases), index=len(releases) - 1, format_func=lambda k: releases[k]["name"]
    )
    release = need_release(session, key)
    shown = activity.selectbox("Activity", release.windows.activities)
    groups = charts.channel_groups(release.windows.channels, release.windows.units)
    group = sensor.selectbox("Sensor", list(groups))
    n = count.slider("Windows from each", 1, 8, 4)
    drawn = charts.side_by_side(
        study.split.fit, release.windows, shown, n, group=group, source=release.source, name=release.name
    )
    st.altair_chart(drawn, width="stretch")


session = open_page(
    "Train", "Make shareable versions of the recordings: generate new movements, or blur the real ones."
)
study = need_study(session)
settings_side, results_side = st.columns([2, 3], gap="large")
with settings_side:
    choose_and_start(session, study)
with results_side:
    interrupted_panel(session, study)
    jobs_panel(session)
    beforehand_notice(session, study)
    st.markdown("**Ready**")
    ready(session, study)
    show_generate_form(session, study)
    offer_reuse(session, study)
    earlier_versions(session, study)
releases = session.repository.releases(study)
if releases:
    st.header("Original recordings and version, side by side")
    compare(session, study, releases)
    next_step, other_step = st.columns(2)
    with next_step:
        link(session, TRADEOFFS, "Next: see what they give away", icon=":material/arrow_forward:")
    other_step.page_link(SKETCH, label="Correct a movement by drawing", icon=":material/draw:")
