"""Who can run code on managed devices."""

from __future__ import annotations

import re

import numpy as np

from idgraph.catalogue import ASSUME, EdgeKind, Flow
from idgraph.derive.closures import tenant_of
from idgraph.derive.entra.hubs import Guards, Links, Source
from idgraph.derive.entra.roles import can, roles_of
from idgraph.derive.rules import Findings, Rule
from idgraph.graph import Ints
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.common import HUB
from idgraph.vocabulary.entra import DEVICE, ROLE

_MANAGES_DEVICES = re.compile(r"microsoft\.intune/allentities/alltasks\Z")
MANAGED = ASSUME.of("device_managed")

CAN_EXECUTE_ON = EdgeKind(
    name="CAN_EXECUTE_ON",
    reads="can run code on",
    ends=((ROLE, HUB), (HUB, DEVICE)),
    flow=Flow.CONTROL,
    derived=True,
    allows="Deploy a script or an application that runs as the system on the device, and take the "
    "tokens of whoever signs in there.",
    verify="Holders of the role; whether the device is enrolled in Intune.",
    remove="Take the role away or narrow it by Intune roles and scope tags; ask for approval by a "
    "second administrator of scripts and applications.",
    logged="Intune audit log: creation and assignment of scripts and applications.",
    frameworks=("ATT&CK:T1072", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-10"),
    source="Microsoft Learn: Microsoft Entra built-in roles, Intune Administrator; Use PowerShell "
    "scripts on Windows devices in Intune",
    bloodhound="AZExecuteCommand",
    misses="Devices of other systems; Intune's own roles; Microsoft Graph permissions over device "
    "management; devices that another product manages count as Intune's.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    links, tenant, roles = Links(findings), tenant_of(snapshot), roles_of(snapshot)
    devices = _windows(snapshot)
    managed = snapshot.true("managed")
    for own in sorted({each for each in roles.tenant if each}):
        here = devices[tenant[devices] == own]
        sources = [
            Source(int(at), int(snapshot.node_row[at]))
            for at, held, of in zip(roles.at, roles.actions, roles.tenant, strict=True)
            if of == own and can(held, _MANAGES_DEVICES)
        ]
        guards: list[Guards] = [() if managed[each] else (MANAGED,) for each in here]
        hub = (f"{own}:windows", "managed Windows devices")
        links.through_hub(CAN_EXECUTE_ON, hub, sources, here, guards)
    links.close()


def _windows(snapshot: Snapshot) -> Ints:
    """Return the Windows devices that are not known to be unmanaged."""
    devices = snapshot.of_kind(DEVICE.name)
    systems = snapshot.value("os")[devices]
    windows = np.array(["windows" in str(each or "").lower() for each in systems], bool)
    return devices[windows & ~snapshot.false("managed")[devices]]


RULE = Rule(name="entra device management", kinds=(CAN_EXECUTE_ON,), find=_find, nodes=(HUB,))
