"""One step of work, described once: run in this process (`run_here`) or as a job (`synth.runs.background`)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from synth.core.run_context import RunContext, ignore, never

Topic = Literal["train", "measure", "sweep", "judge", "fill"]


def nothing_found() -> None:
    """Default `find`: finds nothing, so the step is always computed."""


@dataclass(frozen=True, eq=False)
class Step:
    """What is computed, and where its result is found and kept.

    Attributes:
        key: Address of the result: the same step never runs twice at once.
        title: What it is, in plain words.
        topic: What kind of work it is, for pages to pick theirs.
        function: A task of `synth.runs.tasks`: a pure function of its inputs and a `RunContext`.
        inputs: Returns what the function needs; a `Step` among them stands for its result. Not asked where the result
            is found.
        keep: Keeps what the function returned, and returns what `find` would.
        find: Returns the result if it is kept already, else `None`.
        seed: The only source of randomness.
        batch: The batch it belongs to, shown and stopped as one; `""` if it stands alone.
        asked: What to ask for to have it done again, as plain JSON values: `study`, its key, `do`, a method of
            `synth.runs.background.Background`, and what that gets besides. `None` if it cannot be asked for again.
    """

    key: str
    title: str
    topic: Topic
    function: Callable[..., Any]
    inputs: Callable[[], tuple[Any, ...]]
    keep: Callable[[Any], Any]
    seed: int
    find: Callable[[], Any] = nothing_found
    batch: str = ""
    asked: Mapping[str, Any] | None = None


def run_here(step: Step, context: RunContext | None = None) -> Any:
    """Do a step in this process unless its result is kept, and return what it is found by.

    Args:
        step: What to do; steps it needs are done first.
        context: Progress callback and stop check; the seed is the step's own.

    Raises:
        PenumbraError: If the data or the settings cannot work, or it was stopped.
    """
    found = step.find()
    if found is not None:
        return found
    told = context or RunContext(step.seed, ignore, never)
    inputs = [run_here(part, told) if isinstance(part, Step) else part for part in step.inputs()]
    return step.keep(step.function(*inputs, told.with_seed(step.seed)))
