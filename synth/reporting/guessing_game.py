"""The guessing game "Can you tell?": a person does what attackers do, with ten windows instead of thousands.

draw_rounds(kind, split, release, seed)    what is asked
can_be_asked(kind, report)                 whether it makes sense of a version
scored(answers)                            how well a person did
attackers_figure(report, kind)             how well the attacker that the verdict rests on did
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import Windows
from synth.audit.question import headline
from synth.audit.report import Report, Result
from synth.audit.stats import LEVEL, Estimate

Kind = Literal["real", "whose"]
KINDS: tuple[Kind, ...] = ("real", "whose")
QUESTIONS = {"real": "discriminator", "whose": "reidentification"}
N_ROUNDS = 10
N_PEOPLE = 3  # to choose from
N_EXAMPLES = 3  # of each person


@dataclass(frozen=True, eq=False)
class Round:
    """One thing to guess.

    Attributes:
        activity: What everybody shown does.
        asked: `(1, timesteps, channels)`, the released window whose person is to be named; `None` where it is to be
            guessed which choice is real.
        choices: Each `(n_examples, timesteps, channels)`.
        right: Index of the right choice.
    """

    activity: str
    asked: np.ndarray | None
    choices: tuple[np.ndarray, ...]
    right: int


def draw_rounds(
    kind: Kind, split: Split, release: Release, seed: int, n_rounds: int = N_ROUNDS
) -> tuple[Round, ...]:
    """Draw what is asked. Real windows are of the time that nothing was made from, wherever there is some.

    Args:
        kind: `"real"`: one of two windows of the same activity was recorded, the other one is of the release.
            `"whose"`: a released window was made from one of up to three people, each shown by three recorded windows.
        split: The private windows.
        release: A version of them.
        seed: Which windows, and which side is right.
        n_rounds: How many rounds, >= 1.

    Returns:
        Fewer rounds where there are too few windows, people or repetitions; no released window is shown twice.
    """
    rng = np.random.default_rng(seed)
    draw = {"real": _which_is_real, "whose": _whose}[kind]
    rounds: list[Round] = []
    for index in rng.permutation(len(release.windows)).tolist():
        if len(rounds) == n_rounds:
            break
        drawn = draw(split, release, index, rng)
        if drawn is not None:
            rounds.append(drawn)
    return tuple(rounds)


def can_be_asked(kind: Kind, report: Report) -> bool:
    """Return whether a question makes sense of a version: generated movement is nobody's."""
    return kind == "real" or bool(report.release["claims_people"])


def scored(answers: Sequence[bool]) -> Estimate:
    """Return the share of right answers with its exact interval (Clopper and Pearson, 1934).

    Args:
        answers: Whether each was right; at least one.
    """
    from scipy.stats import binomtest

    found = binomtest(sum(answers), len(answers))
    ends = found.proportion_ci(LEVEL, method="exact")
    return Estimate(float(found.statistic), float(ends.low), float(ends.high), len(answers))


def attackers_figure(report: Report, kind: Kind) -> Result | None:
    """Return the number of the same question in a report; `None` where it was not measured."""
    found = headline(report, QUESTIONS[kind])
    return found if found is not None and found.value is not None else None


def _which_is_real(split: Split, release: Release, index: int, rng: np.random.Generator) -> Round | None:
    activity = release.windows.activity[index]
    recorded = _recorded(split, activity, without=_source(release, index))
    if len(recorded) == 0:
        return None
    sides = [recorded.values[[rng.integers(len(recorded))]], release.windows.values[[index]]]
    right = int(rng.integers(2))
    return Round(str(activity), None, (sides[right], sides[1 - right]), right)


def _whose(split: Split, release: Release, index: int, rng: np.random.Generator) -> Round | None:
    source = _source(release, index)
    person = release.windows.subject[index] if source is None else split.fit.subject[source]
    activity = release.windows.activity[index]
    recorded = _recorded(split, activity, without=source)
    names, counts = np.unique(recorded.subject, return_counts=True)
    candidates = names[counts >= N_EXAMPLES]
    others = rng.permutation(candidates[candidates != person])[: N_PEOPLE - 1]
    if person not in candidates or len(others) < N_PEOPLE - 1:
        return None
    people = rng.permutation([person, *others])
    choices = tuple(_examples(recorded, name, rng) for name in people)
    return Round(
        str(activity), release.windows.values[[index]], choices, int(np.flatnonzero(people == person)[0])
    )


def _recorded(split: Split, activity: str, *, without: int | None) -> Windows:
    """Return recorded windows of an activity: unused ones, or else used ones that share no sample with one of them."""
    unused = split.fresh.take(split.fresh.activity == activity)
    if len(unused):
        return unused
    used = split.fit
    is_other = used.activity == activity
    if without is not None:
        is_near = np.abs(used.start - used.start[without]) < used.n_timesteps
        is_other &= ~(is_near & (used.series == used.series[without]))
    return used.take(is_other)


def _source(release: Release, index: int) -> int | None:
    return None if release.source is None else int(release.source[index])


def _examples(windows: Windows, person: str, rng: np.random.Generator) -> np.ndarray:
    own = np.flatnonzero(windows.subject == person)
    return windows.values[np.sort(rng.permutation(own)[:N_EXAMPLES])]
