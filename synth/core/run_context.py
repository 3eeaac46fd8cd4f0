"""Run context: the seed, progress callback and stop check that every long computation is given with its data."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from synth.core.checkpoints import Checkpoints
from synth.core.errors import Stopped

NOTHING_KEPT = "Stopped. Nothing from this run was kept; earlier results are unchanged."


@dataclass(frozen=True)
class Progress:
    """Progress of a long computation.

    Attributes:
        step: Finished steps (epochs, attacks), in [0, total].
        total: Steps in all, unless it stops early.
        text: What is being done, in plain words.
        figures: Figures of this step by name, for live curves (for example `"held-out loss"`).
        elapsed_s: Seconds since the computation began.
    """

    step: int
    total: int
    text: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
    elapsed_s: float = 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds left, estimated from the steps so far; `None` before the first one is finished."""
        return None if self.step == 0 else self.elapsed_s * (self.total - self.step) / self.step


OnProgress = Callable[[Progress], None]
ShouldStop = Callable[[], bool]


def ignore(progress: Progress) -> None:
    """Report nothing: the default of `on_progress`."""


def never() -> bool:
    """Return `False`: the default of `should_stop`."""
    return False


@dataclass(frozen=True)
class RunContext:
    """How a computation is run, as opposed to what it works on.

    Attributes:
        seed: The only source of randomness: the same inputs and seed give the same bytes.
        on_progress: Called after every step.
        should_stop: Called between steps, and between the batches of networks; returns whether to stop.
        checkpoints: Where long training keeps how far it has got; `None` where it cannot be gone on with.
    """

    seed: int
    on_progress: OnProgress = ignore
    should_stop: ShouldStop = never
    checkpoints: Checkpoints | None = None

    def with_seed(self, seed: int) -> "RunContext":
        """Return this context with another seed."""
        return replace(self, seed=seed)

    def quiet(self) -> "RunContext":
        """Return this context without progress, for a part of the work that reports none of its own."""
        return replace(self, on_progress=ignore)

    def part(self, begin: int, end: int, *, began: float) -> "RunContext":
        """Return this context for a part of the work, whose progress runs from `begin` to `end` per cent.

        Args:
            begin: Percentage of the work done before this part, in [0, 100].
            end: Percentage done after it, in [begin, 100].
            began: When the whole work began, on the clock of `time.perf_counter`.
        """

        def report(progress: Progress) -> None:
            step = begin + round((end - begin) * progress.step / progress.total)
            self.tell(step, 100, progress.text, figures=progress.figures, began=began)

        return replace(self, on_progress=report)

    def tell(
        self,
        step: int,
        total: int,
        text: str,
        *,
        figures: Mapping[str, float] | None = None,
        began: float | None = None,
    ) -> None:
        """Report progress.

        Args:
            step: Finished steps, in [0, total].
            total: Steps in all, unless it stops early.
            text: What is being done, in plain words.
            figures: Figures of this step by name.
            began: When the work began, on the clock of `time.perf_counter`; `None` where the time left does not matter.
        """
        elapsed_s = 0.0 if began is None else time.perf_counter() - began
        self.on_progress(Progress(step, total, text, figures or {}, elapsed_s))

    def stop_if_asked(self, message: str = NOTHING_KEPT) -> None:
        """Raise `Stopped` with this message if it was asked to stop."""
        stop_if_asked(self.should_stop, message)


def stop_if_asked(should_stop: ShouldStop, message: str = NOTHING_KEPT) -> None:
    """Raise `Stopped` with this message if `should_stop()` is true."""
    if should_stop():
        raise Stopped(message)
