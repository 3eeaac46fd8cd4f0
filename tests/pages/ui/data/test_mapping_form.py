"""The form asks where names can be read in two ways, and where people lack a channel."""

import pytest
from streamlit.testing.v1 import AppTest


def form() -> None:
    import numpy as np
    import pandas as pd
    import streamlit as st

    from data.ingest.table import Part, Table
    from pages.ui.data.mapping_form import mapping_form

    paths = st.session_state["paths"]
    n = 20
    frame = pd.DataFrame(
        np.random.default_rng(0).normal(size=(n * len(paths), 2)), columns=["acc_x", "acc_y"]
    )
    frame.insert(0, "t", np.tile(np.arange(n) / 50, len(paths)))
    for number, path in enumerate(paths):
        if path.startswith(st.session_state["without acc_y"]):
            frame.loc[n * number : n * number + n - 1, "acc_y"] = np.nan
    table = Table("Alma", frame, tuple(Part(path, start=n * i) for i, path in enumerate(paths)))
    st.session_state["mapping"] = mapping_form(table, None, key="test")


def shown(paths: list[str], without_acc_y: str = "nobody") -> AppTest:
    app = AppTest.from_function(form, default_timeout=60)
    app.session_state["paths"] = paths
    app.session_state["without acc_y"] = without_acc_y
    app.run()
    assert not app.exception
    return app


REPEATED = [f"{a}/{a}_{i}" for a in ("standing", "walking") for i in (1, 2, 3)]


@pytest.mark.parametrize(
    ("answer", "pattern"), [(0, "{activity}/{}_{subject}"), (1, "{subject=Alma}{activity}/{}_{trial}")]
)
def test_two_readings_are_asked_about(answer, pattern):
    app = shown(REPEATED)
    assert [option.split(" (")[0] for option in app.radio[0].options[:2]] == ["3 people", "1 person"]
    assert app.session_state["mapping"] is None
    app.radio[0].set_value(answer).run()
    assert app.text_input[0].value == pattern
    assert app.session_state["mapping"].pattern.text == pattern


def test_neither_reading_leaves_the_pattern_to_the_person():
    app = shown(REPEATED)
    app.radio[0].set_value(2).run()
    assert app.text_input[0].value == ""
    assert app.session_state["mapping"] is None


def test_clear_names_are_not_asked_about():
    app = shown([f"{p}_{a}.csv" for p in ("Ann", "Bob") for a in ("walk", "sit")])
    assert len(app.radio) == 0
    assert app.session_state["mapping"].pattern.text == "{subject}_{activity}"


def test_recordings_without_activities_are_loaded():
    app = shown(["P01.csv", "P02.csv"])
    assert app.session_state["mapping"].activity is None
    assert any("unlabelled" in info.value for info in app.info)


def test_a_channel_that_people_lack_is_asked_about():
    app = shown(["P01_walk.csv", "P02_walk.csv", "P03_walk.csv"], without_acc_y="P02")
    assert "acc" in app.radio[0].label
    assert app.session_state["mapping"].channels == ("acc_x", "acc_y")
    app.radio[0].set_value("Leave out acc_y, and keep everybody").run()
    assert app.session_state["mapping"].channels == ("acc_x",)
