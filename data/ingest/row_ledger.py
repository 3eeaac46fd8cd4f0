"""What became of every row of a file: rows read are rows used and rows left out, by reason."""

from dataclasses import dataclass, field

import numpy as np

from data.ingest.table import Table
from data.recordings import Finding


@dataclass
class Account:
    """Collects findings while a table is turned into recordings.

    Attributes:
        table: The table as read: its name, and where each row stands in its files.
        left_out: Rows left out so far, by reason.
        findings: Noticed so far.
    """

    table: Table
    left_out: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What messages call the table."""
        return self.table.name

    def leave_out(self, reason: str, positions: np.ndarray, done: str) -> None:
        """Note rows that are not used, if there are any.

        Args:
            reason: Why, in words that follow "rows".
            positions: Where the rows stand in the file, from 0.
            done: What was done, or what the person can do.
        """
        if len(positions) > 0:
            self.left_out[reason] = self.left_out.get(reason, 0) + len(positions)
            self.warn(f"{len(positions):,} rows {reason}", done, first=int(positions.min()))

    def warn(self, found: str, done: str, *, first: int | None = None) -> None:
        """Note something that changed samples, with the first row it concerns."""
        where = self.name if first is None else f"{self.name}, first at {self.table.place(first)}"
        self.findings.append(Finding("warning", where, found, done))

    def note(self, found: str, done: str) -> None:
        """Note something for information."""
        self.findings.append(Finding("note", self.name, found, done))

    def closed(self) -> tuple[Finding, ...]:
        """Return all findings, the balance first."""
        n_left_out = sum(self.left_out.values())
        reasons = "; ".join(f"{n:,} {reason}" for reason, n in self.left_out.items())
        used = f"{len(self.table) - n_left_out:,} used, {n_left_out:,} left out"
        balance = f"{len(self.table):,} rows read: {used}" + (f" ({reasons})" if reasons else "")
        severity = "warning" if n_left_out else "note"
        done = "Reasons are listed below." if n_left_out else "Nothing to do."
        return (Finding(severity, self.name, balance, done), *self.table.findings, *self.findings)
