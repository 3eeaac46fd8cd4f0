"""The list of corrections: read it, reorder it, remove steps, save it as a version or a file, load one."""

from collections.abc import Callable, Mapping

import streamlit as st

from data.errors import PenumbraError
from data.export.code_list import CodeList
from data.export.sharing import Sharing
from data.release import Release
from pages.ui.common.markdown import literal
from pages.ui.common.page_frame import TRADEOFFS, link
from pages.ui.common.progress import start
from pages.ui.common.state import Session
from pages.ui.common.widgets import button
from pages.ui.sketch.drawing_store import DrawingStore
from pages.ui.sketch.fillers import Filler
from pages.ui.sketch.replayed_version import ReplayedVersion
from synth.editing.recipe import MAX_BYTES, Recipe
from synth.editing.replaying import replay
from synth.editing.shared_recipe import for_sharing, named_again
from synth.runs.study import Study

SAVED = "sketch saved"
BY_NUMBER = (
    "Windows are selected by number in step {}. The numbers are valid only for the version in which they were chosen; "
    "a file made for sharing lists its windows in another order."
)


def show_steps(book: DrawingStore, recipe: Recipe, replayed: ReplayedVersion) -> None:
    """Show each correction in words, with buttons that move or remove it."""
    refused = book.refused()
    if refused:
        st.error(literal(refused))
    for number, sentence in enumerate(recipe.describe()):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            done = number < len(replayed.groups)
            n = f" · {_count(len(replayed.groups[number]), 'window')}" if done else " · not applied"
            st.markdown(f"{number + 1}. {literal(sentence)} :small[:gray[{n}]]", width="stretch")
            for icon, words, to in (
                ("arrow_upward", "Earlier", number - 1),
                ("arrow_downward", "Later", number + 1),
            ):
                st.button(
                    words, icon=f":material/{icon}:", key=f"{words} {number}", help=f"{words} in the list.",
                    disabled=not 0 <= to < len(recipe.steps), type="tertiary",
                    on_click=book.attempt, args=(lambda number=number, to=to: book.move(number, to),),
                )  # fmt: skip
            st.button(
                "Remove", key=f"take out {number}", type="tertiary",
                help="A drawing on a single window goes back to the canvas.",
                on_click=book.attempt, args=(lambda number=number: book.take_out(number),),
            )  # fmt: skip
        if number == len(replayed.groups) and replayed.problem:
            st.error(literal(replayed.problem))


def save_version(
    session: Session,
    study: Study,
    release: Release,
    book: DrawingStore,
    recipe: Recipe,
    replayed: ReplayedVersion,
    ways: Mapping[str, Filler],
) -> None:
    """Offer to save the corrected windows as a version of its own, which is then measured."""
    saved = session.tab.get(SAVED, {}).get(book.place)
    if not recipe.steps:
        if saved is not None:
            _saved(session, study, book.place, saved)
        return
    session.tab.keep(SAVED, None)
    codes = _codes(session, study)
    if codes is None:
        return
    name = st.text_input("Name of the corrected version", f"{release.name}, corrected")
    names_somebody = codes.in_label(name) != name
    if names_somebody:
        st.caption("Choose a name without the name of a person: it stands in everything that is shared.")
    taken = name.strip() in {str(card["name"]) for card in session.repository.releases(study).values()}
    if taken or not name.strip():
        st.caption("Choose a name that is not in use yet.")
    blocked = taken or names_somebody or not name.strip() or bool(replayed.problem)

    def save() -> bool:
        with st.spinner("Applying the corrections ..."):
            kinds = {*recipe.imputer_kinds, recipe.imputer_kind}
            used = {filler.kind: filler.make() for filler in ways.values() if filler.kind in kinds}
            corrected = replay(release, recipe, used[recipe.imputer_kind], name=name.strip(), others=used)
        key = session.repository.keep_corrected(study, corrected)
        book.write_recipe(Recipe.of(replayed.original, seed=recipe.seed))
        session.tab.keep(SAVED, {book.place: key})
        return True

    button(session, "Save as a version", save, type="primary", icon=":material/save:", disabled=blocked)


def _saved(session: Session, study: Study, place: str, key: str) -> None:
    """Confirm that a version was saved, and start measuring it once; `key` is `""` after that."""
    st.success("Saved. It is being measured in the background.")
    link(session, TRADEOFFS, "See what it gives away", icon=":material/arrow_forward:")
    if key:
        start(lambda: session.background.measure(study, key), "This version has already been measured.")
        session.tab.keep(SAVED, {place: ""})  # it may be stopped then


def share(session: Session, study: Study, book: DrawingStore, recipe: Recipe, release: Release) -> None:
    """Offer to save the list as a file, or to load one. In the file, codes stand for people."""
    codes = _codes(session, study)
    if codes is None:
        return
    with st.popover("Share this list, or load one", icon=":material/ios_share:"):
        if recipe.steps:
            shared = for_sharing(recipe, Sharing(codes))
            st.download_button(
                "Save the list as a file", shared.to_json(), f"{codes.in_label(release.name)}.recipe.json",
                "application/json", icon=":material/download:",
            )  # fmt: skip
            for secret in shared.secrets():
                st.caption(f":material/visibility: {literal(secret)}")
        _load(session, book, recipe, release, lambda read: named_again(read, codes, study.windows))


def _codes(session: Session, study: Study) -> CodeList | None:
    """Return the codes that stand for people; `None` where there can be none, and say why."""
    try:
        return session.repository.code_list(study)
    except PenumbraError as error:
        st.error(literal(str(error)))
        return None


def _load(
    session: Session,
    book: DrawingStore,
    recipe: Recipe,
    release: Release,
    named: Callable[[Recipe], Recipe],
) -> None:
    number = session.tab.get("sketch loaded", 0)
    sent = st.file_uploader("Load a list from a file", type="json", key=f"recipe file {number}")
    if sent is None:
        return
    if sent.size > MAX_BYTES:
        st.error(f"{literal(sent.name)} is too large for a list of corrections.")
        return
    try:
        read = named(Recipe.from_json(sent.getvalue())).for_windows(release.windows)
    except PenumbraError as error:
        st.error(f"{literal(sent.name)}: {literal(str(error))} The list on this page is unchanged.")
        return
    st.markdown("\n".join(f"{n}. {literal(sentence)}" for n, sentence in enumerate(read.describe(), 1)))
    if read.by_number:
        st.warning(BY_NUMBER.format(", ".join(map(str, read.by_number))), icon=":material/tag:")

    def add() -> bool:
        try:
            book.add_list(read)
        except PenumbraError as error:
            st.error(f"{literal(str(error))} The list on this page is unchanged.")
            return False
        session.tab.keep("sketch loaded", number + 1)
        return True

    words = "Add these corrections" if recipe.steps else "Use this list"
    button(session, words, add, key="add list", type="primary")


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"
