"""Looks right? The definition of the question; it has no verdict."""

from synth.audit.question import Question
from synth.audit.verdicts import left_to_the_eye

QUESTION = Question(
    key="realism",
    order=90,
    title="Looks right?",
    short="Distance from real",
    term="fidelity, novelty, diversity",
    explanation="The mark for unprotected recordings shows how much two sets of real recordings of the same people "
    "differ; for novelty it is at the far end, because used recordings are not new.",
    measure="distance from real recordings, as a share of the largest possible",
    worse="unlike real recordings",
    better="as real recordings are among themselves",
    direction="lower",
    finding="{name} is furthest from real recordings, at {value}",
    contrast="nearest:",
    rule=left_to_the_eye,
    pictures=("map by activity", "map by person", "spectra", "rhythm"),
)
