"""What every long piece of work is given beside its data: a seed, whom to tell, and whom to ask whether to stop."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from synth.core.errors import Stopped

NOTHING_KEPT = "Stopped. Nothing was kept of this run; earlier results are unchanged."


@dataclass(frozen=True)
class Progress:
    """Where a long piece of work is.

    Attributes:
        step: Finished steps (epochs, attacks), in [0, total].
        total: Steps if it is not stopped early.
        text: What is being done, in plain words.
        figures: Named figures of this step, for live curves (for example `"held-out loss"`).
        elapsed_s: Seconds since the work began.
    """

    step: int
    total: int
    text: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
    elapsed_s: float = 0.0

    @property
    def seconds_left(self) -> float | None:
        """Estimate from the steps so far; `None` before the first one is done."""
        return None if self.step == 0 else self.elapsed_s * (self.total - self.step) / self.step


OnProgress = Callable[[Progress], None]
ShouldStop = Callable[[], bool]


def ignore(progress: Progress) -> None:
    """Default `on_progress`."""


def never() -> bool:
    """Default `should_stop`."""
    return False


@dataclass(frozen=True)
class RunContext:
    """How a piece of work is run, as opposed to what it works on.

    Attributes:
        seed: The only source of randomness: same inputs and seed, same bytes.
        on_progress: Told after every step.
        should_stop: Asked between steps and between the batches of networks.
    """

    seed: int
    on_progress: OnProgress = ignore
    should_stop: ShouldStop = never

    def with_seed(self, seed: int) -> "RunContext":
        """Return the same with another seed."""
        return replace(self, seed=seed)

    def quiet(self) -> "RunContext":
        """Return the same for a part of the work that reports no progress of its own."""
        return replace(self, on_progress=ignore)

    def part(self, begin: int, end: int, *, began: float) -> "RunContext":
        """Return the same for a part of the work that reaches from `begin` to `end` of 100 steps.

        Args:
            begin: Steps done before it, in [0, 100].
            end: Steps done after it, in [begin, 100].
            began: When the whole work began, on `time.perf_counter`.
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
            total: Steps if it is not stopped early.
            text: What is being done, in plain words.
            figures: Named figures of this step.
            began: When the work began, on `time.perf_counter`; `None` where the time left is not worth telling.
        """
        elapsed_s = 0.0 if began is None else time.perf_counter() - began
        self.on_progress(Progress(step, total, text, figures or {}, elapsed_s))

    def stop_if_asked(self, message: str = NOTHING_KEPT) -> None:
        """Raise `Stopped` with these words if somebody asked for it."""
        stop_if_asked(self.should_stop, message)


def stop_if_asked(should_stop: ShouldStop, message: str = NOTHING_KEPT) -> None:
    """Raise `Stopped` with these words if `should_stop` says so."""
    if should_stop():
        raise Stopped(message)
