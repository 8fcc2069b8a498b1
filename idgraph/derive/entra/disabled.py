"""Accounts and applications that are disabled: nobody signs in as them."""

from __future__ import annotations

import numpy as np

from idgraph.derive.rules import Findings, Rule
from idgraph.graph import Flag
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import entra


def _find(snapshot: Snapshot, findings: Findings) -> None:
    identities = snapshot.is_kind(entra.USER.name, entra.SERVICE_PRINCIPAL.name)
    off = identities & snapshot.false("account_enabled")
    findings.flag(np.flatnonzero(off), Flag.DISABLED)


RULE = Rule(name="entra disabled identities", kinds=(), find=_find)
