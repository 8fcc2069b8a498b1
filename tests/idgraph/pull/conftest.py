"""An AWS for tests: one that answers in this process, and one behind a port of this machine."""

from __future__ import annotations

import json

import pytest

from idgraph import pull
from tests.idgraph.pull.fake_aws import Clients, FakeAws


@pytest.fixture(scope="session")
def clients():
    return Clients()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _seconds: None)


@pytest.fixture
def pulled(clients, tmp_path):
    """Return what pulls the small account; answers are changed by their names."""

    def run(answers=None, **how):
        fake = FakeAws(clients, answers or {})
        found = pull.aws(tmp_path / "pulls", session=fake, **how)
        return Run(found, fake)

    return run


class Run:
    """A pull that was made, and what was asked of the fake."""

    def __init__(self, found, fake):
        self.result, self.fake = found, fake

    def file(self, name):
        return json.loads((self.result.folder / f"{self.result.account}-{name}.json").read_text())

    @property
    def report(self):
        return json.loads((self.result.folder / "pull.json").read_text())["PullCalls"]

    @property
    def texts(self):
        return {path.name: path.read_text() for path in self.result.folder.iterdir()}

    def lines(self, name):
        return [each for each in self.report if f"{each['Service']}.{each['Operation']}" == name]

    def outcomes(self, name):
        """Return what became of a call wherever there was something to ask it for."""
        lines = [each for each in self.lines(name) if each["Calls"] or each["Outcome"] != "ok"]
        return {(each["Outcome"], each["Code"]) for each in lines}
