"""What questions, tiers and verdicts are called on charts and in the report. A clinician reads these."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Question:
    """One question in words.

    Attributes:
        title: The question as a person asks it.
        short: The same in two or three words.
        term: The field's term.
        measure: What the axis counts.
        worse: The worse end of the axis.
        better: The better end.
        direction: As in `Result`.
        sentence: The finding, with `{name}` and `{value}`.
        contrast: What is said before the release at the other end.
        explanation: How to read the chart.
        axis_low: Where the axis begins at the latest, in [0, 1).
    """

    title: str
    short: str
    term: str
    measure: str
    worse: str
    better: str
    direction: Literal["lower", "higher", "chance"]
    sentence: str
    contrast: str
    explanation: str
    axis_low: float = 0.0

    @classmethod
    def unknown(cls, question: str) -> "Question":
        """Word a question that this file does not know, so that a new attack is drawn all the same."""
        return cls(
            title=question.capitalize(),
            short=question.capitalize(),
            term=question,
            measure="share",
            worse="attackers succeed",
            better="attackers fail",
            direction="lower",
            sentence=question.capitalize() + ": {name} {value}",
            contrast="lowest",
            explanation="",
        )


QUESTIONS = {
    "discriminator": Question(
        title="Can a computer tell it from real recordings?",
        short="Told from real",
        term="discriminator",
        measure="share of windows told apart correctly (balanced accuracy)",
        worse="easily told apart",
        better="cannot be told apart",
        direction="chance",
        sentence="{name} is told from real recordings in {value} of cases",
        contrast="hardest to tell:",
        explanation="Each detector learnt from other examples of both. Near guessing means: looks like real "
        "data. It does not mean: protects people.",
        axis_low=0.4,
    ),
    "utility": Question(
        title="Is it still good for recognising activities?",
        short="Useful",
        term="utility",
        measure="how well activities are recognised (macro F1)",
        worse="activities are lost",
        better="as useful as real data",
        direction="higher",
        sentence="{name} keeps the most: activities recognised at {value}",
        contrast="least:",
        explanation="A model learns activities from one kind of data and is tested on another, on people it "
        "never saw where there are enough.",
    ),
    "teaching": Question(
        title="Whom does it teach?",
        short="Teaches",
        term="students of several kinds, TSTR",
        measure="share of real windows whose activity a student names (accuracy)",
        worse="students learn nothing",
        better="as good a teacher as real data",
        direction="higher",
        sentence="{name} teaches best: its best student names {value} of real windows",
        contrast="least:",
        explanation="Students built differently learn activities from the release and are examined on real windows; "
        "the mark for unprotected recordings is the same student taught by those. Windows made to teach may teach "
        "only students who are built like their teacher.",
    ),
    "reidentification": Question(
        title="Can people be recognised in it?",
        short="Who is it",
        term="re-identification",
        measure="share of people (or of their windows) recognised",
        worse="people are recognised",
        better="no better than guessing",
        direction="lower",
        sentence="{name} gives people away most: recognised in {value} of cases",
        contrast="least:",
        explanation="The attacker who learns anew on the release (refitted) is the one that counts; an "
        "attacker who only knows the originals (static) underestimates the risk.",
    ),
    "membership": Question(
        title="Can it be told who was in the recordings?",
        short="Who was in it",
        term="membership inference",
        measure="used recordings told from unused ones of the same people (AUC)",
        worse="used recordings are recognised",
        better="no better than guessing",
        direction="lower",
        sentence="{name} tells most about which recordings were used: {value} of pairs",
        contrast="least:",
        explanation="The attacker holds recordings of a person and asks which of them the release was made from.",
        axis_low=0.4,
    ),
    "copies": Question(
        title="Is anyone's recording copied?",
        short="Copied",
        term="copies",
        measure="share of windows that are laid over a private recording, beyond chance",
        worse="recordings are copied",
        better="nothing is copied",
        direction="lower",
        sentence="{name} copies most: {value} of windows",
        contrast="least:",
        explanation="Released windows are laid over private ones, shifted, scaled, turned round and with channels "
        "exchanged. Harmless windows fit recordings that were not used just as well.",
    ),
    "attributes": Question(
        title="Does it give away gender, age, ...?",
        short="Gender, age",
        term="attribute inference",
        measure="balanced accuracy of an attribute of people, folded (worse than guessing is a leak, too)",
        worse="the attribute is recognised",
        better="no better than guessing",
        direction="lower",
        sentence="{name} gives most away about people: {value}",
        contrast="least:",
        explanation="The attacker learns from some people of the release and is shown others.",
        axis_low=0.4,
    ),
    "replacement": Question(
        title="Can it be seen that something was replaced or left out?",
        short="Replaced",
        term="genuine or replaced",
        measure="share of windows rightly called genuine or replaced, or of stops rightly called gaps",
        worse="replaced windows stand out",
        better="no better than guessing",
        direction="lower",
        sentence="{name}: replaced windows are recognised in {value} of cases",
        contrast="least:",
        explanation="The attacker knows examples of both and looks at windows of other people.",
        axis_low=0.4,
    ),
    "realism": Question(
        title="Does it look right?",
        short="Looks right",
        term="fidelity",
        measure="distance from real recordings, as a share of the largest possible",
        worse="unlike real recordings",
        better="as real recordings are among themselves",
        direction="lower",
        sentence="{name} is furthest from real recordings",
        contrast="nearest:",
        explanation="The mark for unprotected recordings shows how much two sets of real recordings of the same "
        "people differ; as recordings that were used they are nothing new.",
    ),
}

NOBODY = "refitted to nobody"
FIELD_TERMS = {"TRTR", "TSTR", "TRTS", "static", "refitted", "aggregated"}
_TIERS = {
    "TRTR": "Learn on real, test on real",
    "TSTR": "Learn on the release, test on real",
    "TRTS": "Learn on real, test on the release",
    "static": "Attacker knows the originals only",
    "refitted": "Attacker learns on the release",
    "aggregated": "person by person",
    "averaged over 5 releases": "Attacker averages five releases of the same recordings and learns on that",
    "as a whole": "Laid over private recordings as a whole",
    "in fine detail": "Laid over private recordings in fine detail",
    "word for word": "Runs of samples, word for word",
    "density ratio": "Where the release is denser than other recordings",
    "nearest change": "Windows that change as the recording does",
    "stops": "Did a recording stop by itself, or was something withheld?",
    "amounts": "Of whom was much withheld?",
    "nearest distance": "Distance to the nearest released window",
    NOBODY: "Whom do generated windows look like?",
}


def tier_in_words(tier: str) -> str:
    """Return a tier in words with the field's term behind; what is unknown is left as it is."""
    parts = [part.strip() for part in tier.split(",")]
    known = [part for part in parts if part in _TIERS]
    words = ", ".join(_TIERS.get(part, part) for part in parts)
    terms = [part for part in known if part in FIELD_TERMS]
    return f"{words} ({', '.join(terms)})" if terms else words
