"""Who holds a directory role in the eyes of BloodHound CE: scope is stored there and ignored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from idgraph.derive.closures import tenant_of
from idgraph.graph import Bools, Ints, Longs, Texts, csr
from idgraph.snapshot import EdgeTable, Snapshot
from idgraph.vocabulary import entra
from idgraph.vocabulary.common import UNIDENTIFIED

GLOBAL_ADMIN = "62e90394-69f5-4237-9190-012177145e10"
PRIVILEGED_ROLE_ADMIN = "e8611ab8-c189-46e8-94e1-60213ab1f814"
PRIVILEGED_AUTH_ADMIN = "7be44c8a-adaf-4e2a-84d6-ab2649e08a13"
APP_ADMIN = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
CLOUD_APP_ADMIN = "158c047a-c907-4556-b7ef-446551a6b5f7"
INTUNE_ADMIN = "3a2c62db-5318-420d-8d74-23affee5d9d5"
HELPDESK_ADMIN = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
AUTH_ADMIN = "c4e39bd9-1100-46d3-8c65-fb160da0071f"
USER_ADMIN = "fe930be7-5e62-47db-91af-98c3a49a38b1"
PASSWORD_ADMIN = "966707d0-3269-4727-9be2-8c3a10f19b9d"  # noqa: S105  a role's id
GROUPS_ADMIN = "fdd7a751-b60b-444a-984c-02652fe8fa1c"
PARTNER_TIER1 = "4ba39ca4-527c-499a-b93d-d9b492c50246"
PARTNER_TIER2 = "e00e864a-17c5-4a4b-9c06-f5b95a8d5bd8"
DIRECTORY_WRITERS = "9360feb5-f418-4baa-8175-e2a00bac4301"
IDENTITY_GOVERNANCE_ADMIN = "45d8d3c5-c802-45c6-b32a-1d70b5e1e86e"
KNOWLEDGE_ADMIN = "b5a8dcf3-09d5-43a9-a639-8e29ef291470"
KNOWLEDGE_MANAGER = "744ec460-397e-42ad-a462-8b3f9747a02c"
HYBRID_IDENTITY_ADMIN = "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2"
DIRECTORY_SYNC_ACCOUNTS = "d29b2b05-8046-44ba-8758-1e26182fcf32"

APPLICATION_ADMINS = (APP_ADMIN, CLOUD_APP_ADMIN)


@dataclass(frozen=True, slots=True)
class Holders:
    """Principals and the roles they hold, a row an assignment."""

    principal: Ints
    role: Ints
    row: Longs

    def of(self, roles: Bools) -> Holders:
        """Return the holders of the roles that a mask over nodes marks."""
        kept = roles[self.role]
        return Holders(self.principal[kept], self.role[kept], self.row[kept])


def templates(snapshot: Snapshot) -> Texts:
    """Return the template id of every role, "" of every other node."""
    column = np.full(snapshot.n, "", object)
    said = snapshot.value("template_id")
    for at in snapshot.of_kind(entra.ROLE.name):
        column[at] = str(said[at] or str(snapshot.ids[at]).partition("@")[0]).lower()
    return column


def roles_of(snapshot: Snapshot, wanted: Iterable[str]) -> Ints:
    """Return the role nodes of some template ids."""
    return np.flatnonzero(np.isin(templates(snapshot), list(wanted))).astype(np.int32)


def roles_by_tenant(snapshot: Snapshot, wanted: Iterable[str]) -> dict[str, Ints]:
    """Return the role nodes of some template ids, by their tenant."""
    roles = roles_of(snapshot, wanted)
    tenant = tenant_of(snapshot)[roles]
    return {str(each): roles[tenant == each] for each in np.unique(tenant)}


def scoped(snapshot: Snapshot) -> tuple[EdgeTable, Ints]:
    """Return the assignments at a narrower scope, and the role node of each, -1 for none."""
    table = snapshot.edges[entra.HAS_SCOPED_ROLE.name]
    role = snapshot.positions(table.text("role_id"))
    # What an export says is a role may be anything that has this id.
    is_role = snapshot.is_kind(entra.ROLE.name, UNIDENTIFIED.name)
    return table, np.where((role >= 0) & is_role[role], role, np.int32(-1))


def application_admins(snapshot: Snapshot) -> Bools:
    """Return whether each scoped assignment is of a role that has an edge of its own in CE."""
    table, _ = scoped(snapshot)
    ids = (each.lower().partition("@")[0] for each in table.text("role_id"))
    return np.array([each in APPLICATION_ADMINS for each in ids], bool)


def holders(snapshot: Snapshot) -> Holders:
    """Return who holds which role, directly or by one role-assignable group; never by nesting."""
    wide = snapshot.edges[entra.HAS_ROLE.name]
    table, role = scoped(snapshot)
    at = np.flatnonzero((role >= 0) & ~application_admins(snapshot))
    direct = Holders(
        np.concatenate((wide.source, table.source[at])),
        np.concatenate((wide.target, role[at])),
        np.concatenate((wide.row, table.row[at])),
    )
    return _with_members(snapshot, direct)


def members(snapshot: Snapshot, wanted: Iterable[str]) -> Holders:
    """Return who holds one of some roles, as BloodHound CE counts it."""
    marked = np.zeros(snapshot.n, bool)
    marked[roles_of(snapshot, wanted)] = True
    return holders(snapshot).of(marked)


def _with_members(snapshot: Snapshot, direct: Holders) -> Holders:
    assignable = snapshot.is_kind(entra.GROUP.name) & snapshot.true("role_assignable")
    by_group = np.flatnonzero(assignable[direct.principal])
    groups = direct.principal[by_group]
    member_of = snapshot.edges[entra.MEMBER_OF.name]
    members = csr(snapshot.n, member_of.target, member_of.source)
    again = np.repeat(by_group, np.diff(members.ptr)[groups])
    return Holders(
        np.concatenate((direct.principal, members.nbr[members.slots(groups)])),
        np.concatenate((direct.role, direct.role[again])),
        np.concatenate((direct.row, direct.row[again])),
    )
