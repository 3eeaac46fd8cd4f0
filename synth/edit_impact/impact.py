"""The result of an impact check: words and figures that a page shows without loading any model."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EditImpact:
    """What edits changed, as one check sees it.

    Attributes:
        question: Key of the question of the report that it answers quickly.
        before: Share of the measured windows, in [0, 1], that are distinguished from real ones, recognised as their
            activity, recognised as their person, or copied. `None` where it cannot be measured.
        after: The same after the edits.
        chance: The share to expect from guessing, or the check's error rate on harmless windows; in [0, 1].
        n: How many edited windows were measured.
        text_before: `before` in words: a percentage only of more than five windows.
        text_after: `after` in words; where it cannot be measured, why not.
        basis: What the check learnt from and how accurate it is, in a sentence or two.
    """

    question: str
    before: float | None
    after: float | None
    chance: float | None
    n: int
    text_before: str
    text_after: str
    basis: str

    @property
    def text(self) -> str:
        """The whole result in one or two sentences."""
        if self.before is None:
            return self.text_after
        if self.text_before == self.text_after:
            return f"Unchanged: {self.text_after}. {self.basis}"
        return f"Before: {self.text_before}. After: {self.text_after}. {self.basis}"
