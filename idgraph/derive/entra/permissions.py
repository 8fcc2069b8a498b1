"""Application permissions of Microsoft Graph that give control, and who was granted them.

Ids: Microsoft Learn, Microsoft Graph permissions reference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from idgraph.graph import Bools, Ints, Longs
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import entra

GRAPH = "00000003-0000-0000-c000-000000000000"

APPLICATION_READ_WRITE_ALL = "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9"
APPLICATION_READ_WRITE_OWNED_BY = "18a4783c-866b-4cc7-a460-3d5e5662c884"
APP_ROLE_ASSIGNMENT_READ_WRITE_ALL = "06b708a9-e830-4db3-a914-8e69da51d44f"
DIRECTORY_READ_WRITE_ALL = "19dbc75e-c2e2-444c-a770-ec69d8559fc7"
GROUP_READ_WRITE_ALL = "62a82d76-70ea-41e2-9197-370581804d09"
GROUP_MEMBER_READ_WRITE_ALL = "dbaae8cf-10b5-4b86-a4a1-f871c94c6695"
ROLE_MANAGEMENT_READ_WRITE_DIRECTORY = "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8"
ROLE_ASSIGNMENT_SCHEDULE_READ_WRITE = "dd199f4a-f148-40a4-a2ec-f0069cc799ec"
ROLE_ELIGIBILITY_SCHEDULE_READ_WRITE = "fee28b28-e1f3-4841-818e-2704dc62245f"
USER_AUTHENTICATION_METHOD_READ_WRITE_ALL = "50483e42-d915-4231-9639-7fdb7fd190e5"
USER_AUTH_METHOD_TAP_READ_WRITE_ALL = "627169a8-8c15-451c-861a-5b80e383de5c"
PASSWORD_PROFILES_WRITE_ALL = "cc117bb9-00cf-4eb8-b580-ea2a878fe8f7"  # noqa: S105  an id


@dataclass(frozen=True, slots=True)
class Holders:
    """Service identities that were granted a permission, an entry a grant."""

    at: Ints  # (k,) node positions
    row: Longs  # (k,) rows of the grants


def holders(snapshot: Snapshot, *permissions: str) -> Holders:
    """Return who was granted one of these permissions of Microsoft Graph."""
    table = snapshot.edges[entra.HAS_APP_ROLE.name]
    granted = np.array([each.lower() in permissions for each in table.text("app_role_id")], bool)
    at = np.flatnonzero(granted & _of_graph(snapshot) & _by_service(snapshot))
    return Holders(table.source[at], table.row[at])


def _of_graph(snapshot: Snapshot) -> Bools:
    """Return whether each grant is of Microsoft Graph, as far as the export says it."""
    table = snapshot.edges[entra.HAS_APP_ROLE.name]
    resource = snapshot.value("app_id")[table.target]
    said = [
        own or known or GRAPH
        for own, known in zip(table.text("resource_app_id"), resource, strict=True)
    ]
    return np.array([str(each).lower() == GRAPH for each in said], bool)


def _by_service(snapshot: Snapshot) -> Bools:
    """Leave out people and groups: Microsoft Graph takes its application roles from apps only."""
    table = snapshot.edges[entra.HAS_APP_ROLE.name]
    people = snapshot.is_kind(entra.USER.name, entra.GROUP.name)
    return ~people[table.source]
