"""What every test shares: parts that CI demands may not be skipped."""

from __future__ import annotations

import os

import pytest

REQUIRED = frozenset(os.environ.get("IDGRAPH_REQUIRE", "").replace(",", " ").split())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Turn a skip into a failure where IDGRAPH_REQUIRE names one of the test's markers."""
    report = yield
    demanded = REQUIRED & {mark.name for mark in item.iter_markers()}
    if report.skipped and demanded and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but {', '.join(sorted(demanded))} is required here"
    return report
