"""Accounting for every row of a file: rows read are either used or left out for a reason."""

from dataclasses import dataclass, field

import numpy as np

from data.ingest.table import Table
from data.plurals import counted
from data.recordings import Finding


@dataclass
class RowLedger:
    """Collects findings while a table is turned into recordings.

    Attributes:
        table: The table as read, for its name and the position of each row in its files.
        left_out: Number of rows left out so far, by reason.
        findings: Findings so far.
    """

    table: Table
    left_out: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Name of the table in messages."""
        return self.table.name

    def leave_out(self, reason: str, positions: np.ndarray, done: str) -> None:
        """Record rows that are not used, if any.

        Args:
            reason: The reason, phrased to follow "rows".
            positions: Positions of the rows in the file, from 0.
            done: What was done, or what the user can do.
        """
        if len(positions) > 0:
            self.left_out[reason] = self.left_out.get(reason, 0) + len(positions)
            self.warn(f"{counted(len(positions), 'row')} {reason}", done, first=int(positions.min()))

    def warn(self, found: str, done: str, *, first: int | None = None) -> None:
        """Record that samples were changed or left out, with the first row concerned."""
        where = self.name if first is None else f"{self.name}, first at {self.table.place(first)}"
        self.findings.append(Finding("warning", where, found, done))

    def note(self, found: str, done: str) -> None:
        """Record something for information."""
        self.findings.append(Finding("note", self.name, found, done))

    def closed(self) -> tuple[Finding, ...]:
        """Return all findings, with the row balance first."""
        n_left_out = sum(self.left_out.values())
        reasons = "; ".join(f"{n:,} {reason}" for reason, n in self.left_out.items())
        used = f"{len(self.table) - n_left_out:,} used, {n_left_out:,} left out"
        balance = f"{counted(len(self.table), 'row')} read: {used}" + (f" ({reasons})" if reasons else "")
        severity = "warning" if n_left_out else "note"
        done = "Reasons are listed below." if n_left_out else "Nothing to do."
        return (Finding(severity, self.name, balance, done), *self.table.findings, *self.findings)
