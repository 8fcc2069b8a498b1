"""Users without a second factor: a console password is all that their sign-in asks for."""

from __future__ import annotations

import numpy as np

from idgraph.derive.rules import Findings, Rule
from idgraph.graph import Flag
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws


def _find(snapshot: Snapshot, findings: Findings) -> None:
    users = snapshot.is_kind(aws.USER.name, aws.ROOT_USER.name)
    findings.flag(np.flatnonzero(users & snapshot.false("mfa")), Flag.FACTORLESS)


RULE = Rule(name="aws users without a second factor", kinds=(), find=_find)
