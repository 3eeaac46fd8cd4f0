"""In CI nothing is skipped: what any test needs is installed there, so that whoever skips has not found it."""

import os
from typing import Any

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Any:
    return _failed_in_ci((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Any:
    return _failed_in_ci((yield))


def _failed_in_ci(report: Any) -> Any:
    is_skipped = report.outcome == "skipped" and not hasattr(report, "wasxfail")
    if is_skipped and os.environ.get("CI"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome, report.longrepr = "failed", f"Skipped, and this is CI. {reason}"
    return report
