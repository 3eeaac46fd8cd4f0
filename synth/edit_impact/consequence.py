"""What a quick judge says of a correction: words and figures that a page shows without loading any judge."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Consequence:
    """What a correction changed, as one judge sees it.

    Attributes:
        question: Which question of the report it is a quick answer to.
        before: Share of the judged windows that are told from real, recognised as their activity, recognised as
            their person, or copied; in [0, 1]. `None` where it cannot be said.
        after: The same after the correction.
        chance: What guessing gives, or how often the judge is wrong about harmless windows.
        n: How many corrected windows were judged.
        said_before: The same in words: percentages only of more than five windows.
        said_after: After the correction; where it cannot be said, why not.
        basis: What the judge learnt from and how good it is, in a sentence or two.
    """

    question: str
    before: float | None
    after: float | None
    chance: float | None
    n: int
    said_before: str
    said_after: str
    basis: str

    @property
    def text(self) -> str:
        """Everything in one or two sentences."""
        if self.before is None:
            return self.said_after
        if self.said_before == self.said_after:
            return f"Unchanged: {self.said_after}. {self.basis}"
        return f"Before: {self.said_before}. After: {self.said_after}. {self.basis}"
