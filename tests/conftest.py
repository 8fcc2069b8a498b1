"""What every test shares: the loaded sample company, and parts that CI may not skip."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

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


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory) -> Path:
    """Return the store of the sample company, to be read and never written."""
    from idgraph.explorer import sample

    path = tmp_path_factory.mktemp("sample") / "northlight.duckdb"
    sample(path)
    return path


@pytest.fixture
def own_store(sample_store, tmp_path) -> Path:
    """Return a copy of the sample company's store, to be written."""
    return Path(shutil.copyfile(sample_store, tmp_path / "own.duckdb"))
