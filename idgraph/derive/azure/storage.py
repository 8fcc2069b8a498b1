"""Who reads the data of a storage account or of one of its containers."""

from __future__ import annotations

import numpy as np

from idgraph.catalogue import ASSUME, EdgeKind, Flow
from idgraph.derive.azure.estate import Ends, Estate, survey
from idgraph.derive.azure.roles import CONTRIBUTE, STORAGE, STORAGE_DATA, STORAGE_KEYS
from idgraph.derive.azure.vaults import behind_network
from idgraph.derive.rules import Findings, Rule
from idgraph.graph import Ints
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import azure
from idgraph.vocabulary.common import POWER, between
from idgraph.vocabulary.entra import PRINCIPALS

SHARED_KEY_ACCESS = ASSUME.of("shared_key_access")

CAN_GRANT_SELF_DATA = EdgeKind(
    name="CAN_GRANT_SELF_DATA",
    reads="may grant access to the data of",
    ends=between((*PRINCIPALS, *azure.SCOPES), (azure.STORAGE_ACCOUNT, azure.STORAGE_CONTAINER)),
    flow=Flow.CONTROL,
    derived=True,
    allows="Assign oneself a role that reads the data, and read it.",
    verify="Owner, User Access Administrator or another role with roleAssignments/write at the "
    "account, the container or above.",
    remove="Delete the role assignment at the scope where it was made.",
    logged="Azure Activity Log, roleAssignments/write; reads in the account's StorageRead log, "
    "where diagnostics are on.",
    frameworks=("ATT&CK:T1530", "ATT&CK:T1098.003", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-10"),
    source="Microsoft Learn: Assign an Azure role for access to blob data",
    misses="Custom roles with roleAssignments/write; deny assignments.",
)
CAN_USE_STORAGE_KEYS = EdgeKind(
    name="CAN_USE_STORAGE_KEYS",
    reads="includes the account keys of",
    ends=((POWER, azure.STORAGE_ACCOUNT),),
    flow=Flow.CONTROL,
    derived=True,
    allows="List the account's keys and read everything in it with one of them; who may also "
    "write the account's settings can first allow keys and open the network.",
    verify="A role with storageAccounts/listKeys/action at the account or above it; Allow storage "
    "account key access in the account's configuration.",
    remove="Delete the role assignment, rotate both keys, and disallow shared key access where "
    "nothing needs it.",
    logged="Azure Activity Log, listKeys; reads in the account's StorageRead log, as AccountKey.",
    frameworks=("ATT&CK:T1530", "ATT&CK:T1078.004", "OWASP-NHI:NHI7:2025", "CSA-CCM:CEK-12"),
    source="Microsoft Learn: Prevent Shared Key authorization for an Azure Storage account; Azure "
    "built-in roles, Storage",
    misses="Custom roles with listKeys; an Azure Policy that refuses to allow keys again; shared "
    "access signatures handed out earlier; listAccountSas alone.",
)
CAN_READ_DATA = EdgeKind(
    name="CAN_READ_DATA",
    reads="includes reading the blobs of",
    ends=between((POWER,), (azure.STORAGE_ACCOUNT, azure.STORAGE_CONTAINER)),
    flow=Flow.CONTROL,
    derived=True,
    allows="Read every blob with an Entra token.",
    verify="A role with the data action blobs/read at the account, the container or above.",
    remove="Delete the role assignment, or replace it by one at a single container.",
    logged="Reads in the account's StorageRead log, as OAuth with the caller's object id.",
    frameworks=("ATT&CK:T1530", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-05"),
    source="Microsoft Learn: Azure built-in roles, Storage",
    misses="Roles for files, queues and tables alone; conditions on blobs; access lists of a "
    "hierarchical namespace; containers open to everybody.",
)
HOLDS_CONTAINER = EdgeKind(
    name="HOLDS_CONTAINER",
    reads="holds the container",
    ends=((azure.STORAGE_ACCOUNT, azure.STORAGE_CONTAINER),),
    flow=Flow.RIGHTS,
    derived=True,
    allows="Whoever reads the account's data reads its containers.",
    verify="The account's Containers blade.",
    remove="Move what needs fewer readers to an account of its own.",
    logged="Reads in the account's StorageRead log, with the container's name.",
    frameworks=("ATT&CK:T1530", "ATT&CK:T1619", "NIST-CSF:ID.AM-07"),
    source="Microsoft Learn: Introduction to Azure Blob Storage",
)

_ACCOUNT = (azure.STORAGE_ACCOUNT,)
_DATA = (azure.STORAGE_ACCOUNT, azure.STORAGE_CONTAINER)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    estate = survey(snapshot)
    estate.administrators(_DATA).link(findings, CAN_GRANT_SELF_DATA)
    for capability in (CONTRIBUTE, STORAGE):
        estate.holders(findings, capability, _ACCOUNT).link(findings, CAN_USE_STORAGE_KEYS)
    keys = estate.holders(findings, STORAGE_KEYS, _ACCOUNT)
    _by_key_alone(snapshot, keys).link(findings, CAN_USE_STORAGE_KEYS)

    data = estate.holders(findings, STORAGE_DATA, _DATA)
    accounts = _account_of(estate, data.target)
    data.guarded(behind_network(snapshot, accounts)).link(findings, CAN_READ_DATA)
    _containers(estate, findings)


def _by_key_alone(snapshot: Snapshot, ends: Ends) -> Ends:
    """Return the ways of those who list keys but cannot change what the account allows."""
    ends = ends.where(~snapshot.false("shared_key_access")[ends.target])
    known = snapshot.true("shared_key_access")[ends.target]
    doubt = [() if sure else (SHARED_KEY_ACCESS,) for sure in known]
    return ends.guarded(doubt).guarded(behind_network(snapshot, ends.target))


def _account_of(estate: Estate, targets: Ints) -> Ints:
    container = estate.snapshot.is_kind(azure.STORAGE_CONTAINER.name)[targets]
    parent = estate.tree.parent[targets]
    return np.where(container & (parent >= 0), parent, targets).astype(np.int32)


def _containers(estate: Estate, findings: Findings) -> None:
    containers = estate.snapshot.of_kind(azure.STORAGE_CONTAINER.name)
    accounts = estate.tree.parent[containers]
    held = (accounts >= 0) & estate.snapshot.is_kind(azure.STORAGE_ACCOUNT.name)[accounts]
    findings.link(
        HOLDS_CONTAINER,
        accounts[held],
        containers[held],
        evidence=(estate.tree.row[containers[held]],),
    )


RULE = Rule(
    name="readers of storage",
    kinds=(CAN_GRANT_SELF_DATA, CAN_USE_STORAGE_KEYS, CAN_READ_DATA, HOLDS_CONTAINER),
    find=_find,
    nodes=(POWER,),
)
