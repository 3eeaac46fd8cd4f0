"""Can you tell? Ten rounds in which a person does what the attackers do, and the score next to theirs."""

import secrets
from collections.abc import Mapping, Sequence

import streamlit as st

from pages.ui.common.chart_panel import show, show_chart
from pages.ui.common.markdown import literal
from pages.ui.common.page_frame import need_release
from pages.ui.common.state import Session
from pages.ui.common.widgets import remembered
from pages.ui.tradeoffs import address
from synth.audit.report import Report
from synth.reporting import charts
from synth.reporting.guessing_game import (
    KINDS,
    Kind,
    Round,
    attackers_figure,
    can_be_asked,
    draw_rounds,
    scored,
)
from synth.runs.study import Study

WORDS: Mapping[Kind, str] = {"real": "Which one is real?", "whose": "Whose movement is this?"}
RULES: Mapping[Kind, str] = {
    "real": "You see two movements of the same activity. One was recorded, the other one is of this version. At "
    "most ten rounds; then your score stands next to the attacker's.",
    "whose": "You see a movement of this version, and below it recordings of three people: other moments of the same "
    "activity. It was made from one of them. At most ten rounds; then your score stands next to the attacker's.",
}
SIDES: Mapping[Kind, tuple[str, ...]] = {
    "real": ("Left", "Right"),
    "whose": ("Person 1", "Person 2", "Person 3"),
}


Game = tuple[str, str, Kind]  # study, version, what is guessed


@st.fragment
def guessing_game(session: Session, study: Study, reports: Mapping[str, Report]) -> None:
    """Ask which of two windows is real, or whose movement a released window is."""
    version, question, sensor = st.columns(3)
    key = address.chosen_in_address(
        session, address.GAME, address.coded(reports),
        lambda k: version.selectbox("Version", list(reports), format_func=lambda v: reports[v].name, key=k),
    )  # fmt: skip
    address.remember_address(session)
    offered: list[Kind] = [kind for kind in KINDS if can_be_asked(kind, reports[key])]
    kind = question.selectbox(
        "What to guess", offered, format_func=lambda k: WORDS[k], key=f"what to guess {len(offered)}"
    )
    groups = list(charts.channel_groups(study.windows.channels, study.windows.units))
    with sensor:
        group = remembered(
            session, "sensor to guess by", groups[0],
            lambda k: st.selectbox("Sensor", groups, key=k), fits=groups.__contains__,
        )  # fmt: skip
    game = (study.key, key, kind)
    if session.tab.get("guessing game") != game:
        st.markdown(RULES[kind])
        st.button("Start", on_click=_begin, args=(session, game), key="start guessing", type="primary")
        return
    rounds = draw_rounds(kind, study.split, need_release(session, key), session.tab.get("seed of the game"))
    guesses: tuple[int, ...] = session.tab.get("guesses", ())
    if not rounds:
        st.info("There are too few people or repeated movements in these recordings for this question.")
        return
    _say_last(rounds, guesses, kind)
    if len(guesses) < len(rounds):
        _ask(study, rounds, guesses, kind, group, session)
    else:
        _score(session, rounds, guesses, game, reports[key])


def _begin(session: Session, game: Game) -> None:
    session.tab.keep("guessing game", game)
    session.tab.keep("seed of the game", secrets.randbelow(2**31))
    session.tab.keep("guesses", ())


def _guess(session: Session, asked: int, choice: int) -> None:
    """Note a guess; a second click on the same round counts no second time."""
    guesses = session.tab.get("guesses", ())
    if len(guesses) == asked:
        session.tab.keep("guesses", (*guesses, choice))


def _say_last(rounds: Sequence[Round], guesses: Sequence[int], kind: Kind) -> None:
    if not guesses:
        return
    last = rounds[len(guesses) - 1]
    right = SIDES[kind][last.right]
    told = f"{right} was real." if kind == "real" else f"It was {right.lower()}."
    if guesses[-1] == last.right:
        st.success(f"Right. {told}", icon=":material/check:")
    else:
        st.info(f"No. {told}", icon=":material/close:")


def _ask(
    study: Study, rounds: Sequence[Round], guesses: Sequence[int], kind: Kind, group: str, session: Session
) -> None:
    number = len(guesses)
    asked = rounds[number]
    st.markdown(f"**{WORDS[kind]}** Round {number + 1} of {len(rounds)}: {literal(asked.activity)}")
    first = [] if asked.asked is None else [("This version", asked.asked)]
    named = list(zip(SIDES[kind], asked.choices, strict=False))
    windows = study.windows
    drawn = charts.strips(
        [*first, *named],
        channels=windows.channels, units=windows.units, duration_s=windows.duration_s, group=group,
    )  # fmt: skip
    for chart in drawn[: len(first)]:
        show_chart(chart, key=f"round {number} asked")
    places = st.columns(len(named))
    for choice, (place, (name, _), chart) in enumerate(zip(places, named, drawn[len(first) :], strict=True)):
        with place:
            show_chart(chart, key=f"round {number} {name}")
            st.button(
                f"{name} is real" if kind == "real" else f"It is {name.lower()}",
                key=f"guess {number} {choice}", on_click=_guess, args=(session, number, choice), width="stretch",
            )  # fmt: skip


def _score(
    session: Session,
    rounds: Sequence[Round],
    guesses: Sequence[int],
    game: Game,
    report: Report,
) -> None:
    score = scored([answer == asked.right for answer, asked in zip(guesses, rounds, strict=True)])
    chance = 1 / len(rounds[0].choices)
    attacker = attackers_figure(report, game[-1])
    drawing = charts.guessing_score(score, chance, attacker, report.name)
    show(session, drawing, "can_you_tell", repr((game, session.tab.get("seed of the game"), guesses)))
    if attacker is not None:
        st.caption(
            f"The attacker: {literal(attacker.attacker)}, asked about every window instead of {len(rounds)}"
            + (" and choosing among all people." if game[-1] == "whose" else ".")
        )
    st.button("Play again", on_click=_begin, args=(session, game), type="primary")
