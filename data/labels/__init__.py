"""Activities given afterwards: spans of time from tables, from marks on a trace, or proposed from the signals.

read_labels.read_labels   a diary, an annotation export (ELAN, BORIS, BIDS, GGIR, EDF+) -> spans
proposal.propose          signals -> spans of kinds of movement, for a person to name
relabel.with_labels       recordings, spans -> recordings cut where the activity changes
"""

from data.labels.proposal import propose
from data.labels.read_labels import read_labels
from data.labels.relabel import with_labels
from data.labels.spans import COLUMNS, LabelSpans

__all__ = ["COLUMNS", "LabelSpans", "propose", "read_labels", "with_labels"]
