"""An attacker whose discriminator knows the release by heart (LOGAN).

The attacker's story: someone has the release, and some other recordings of the same people of which they know that they
were not used. They train a generative adversarial network that imitates the release; its discriminator learns to tell
released windows from generated ones and from the recordings that were not used. A network that is trained for long
learns single windows by heart: those that it takes for released ones were used.

Without recordings known to be unused, the discriminator does not certainly find even copies
(docs/figures/gan-attacks.md). With them it recognises copies, less often than nearest distances do, so it is shown and
not judged. Its ceiling shows what it can do on these recordings.

Applies where the stretches that are not used were drawn at random: otherwise the discriminator would learn by what the
sessions differ.

References:
    Hayes, Melis, Danezis and De Cristofaro, LOGAN: membership inference attacks against generative models, PETS 2019
    (the attack with limited auxiliary knowledge).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import Windows, concatenate
from synth.audit.attack import Baseline
from synth.audit.membership.base import LineUp, Membership, halves
from synth.audit.models.gan import taken_for_real
from synth.audit.report import Result
from synth.core.run_context import RunContext

REALNESS = "discriminator"


@dataclass(frozen=True)
class GanMembership(Membership):
    """How much a discriminator trained on the release takes recordings for released ones.

    Attributes:
        n_updates: Steps of both networks, whatever the number of windows.
        known: Recordings that the attacker knows not to be used; `None` before the attack.
    """

    attacker = "discriminator of a GAN"
    title = "Training a generative adversarial network whose discriminator knows the release by heart"
    efforts = ("thorough",)
    n_updates: int = 1_000
    known: Windows | None = None

    def run(self, split: Split, release: Release, context: RunContext) -> tuple[Result, ...]:
        """Return what other members of this question return, not judged; nothing without random unused stretches."""
        if not (split.at_random and len(split.fresh)):
            return ()
        return tuple(replace(r, p=None) for r in super().run(split, release, context))

    def reference(self, split: Split, context: RunContext) -> Baseline:
        """Measure the used recordings themselves."""
        return Baseline(ceilings=self.run(split, Release("used recordings", split.fit), context))

    def familiarity(
        self, given: LineUp, released: Windows, context: RunContext
    ) -> Iterator[tuple[str, np.ndarray]]:
        """Yield how much each recording is taken for a released one."""
        asked = concatenate([given.used, given.unused]).values
        others = None if self.known is None else self.known.values
        yield (
            REALNESS,
            taken_for_real(released.values, asked, context, n_updates=self.n_updates, others=others),
        )

    def _attack(self, given: LineUp, released: Windows, context: RunContext) -> list[Result]:
        """Let the attacker know half of the unused stretches, and ask about the others."""
        known, unused = halves(given.unused, seed=context.seed)
        return super(GanMembership, replace(self, known=known))._attack(
            replace(given, unused=unused), released, context
        )
