"""Storage: keys, data roles, administrators, containers."""

from __future__ import annotations

import pytest

from tests.idgraph.derive.azure.estates import (
    ACCOUNT_CONTRIBUTOR,
    BLOB_READER,
    CONTRIBUTOR,
    KEY_OPERATOR,
    OWNER,
    SUB,
    add,
    assign,
    container,
    estate,
)
from tests.idgraph.derive.build import Build, reachable

ASSUMED = "assume:shared_key_access"


def account_in(**properties) -> tuple[Build, str]:
    build = estate()
    account = add(build, "AzureStorageAccount", **properties)
    build.node("AzureStorageContainer", container()).edge("CONTAINS", account, container())
    return build, account


# Role, shared_key_access: the guards under which the data is read, None for never.
GRID = [
    (OWNER, None, ()),
    (OWNER, False, ()),
    (CONTRIBUTOR, None, ()),
    (CONTRIBUTOR, True, ()),
    (CONTRIBUTOR, False, ()),  # it can allow keys again
    (ACCOUNT_CONTRIBUTOR, False, ()),
    (KEY_OPERATOR, True, ()),
    (KEY_OPERATOR, None, (ASSUMED,)),
    (KEY_OPERATOR, False, None),
    (BLOB_READER, True, ()),
    (BLOB_READER, False, ()),
    (BLOB_READER, None, ()),
]


@pytest.mark.parametrize("at_account", [False, True])
@pytest.mark.parametrize(("role", "shared_key_access", "needs"), GRID)
def test_keys_and_roles_read_by_what_the_account_allows(role, shared_key_access, needs, at_account):
    known = {} if shared_key_access is None else {"shared_key_access": shared_key_access}
    build, account = account_in(**known)
    projection = assign(build, role, account if at_account else SUB).derive()
    both = {account, container()}
    assert reachable(projection, "u", ("assume",)) & both == (set() if needs is None else both)
    if needs:
        assert not reachable(projection, "u", ()) & both
        assert reachable(projection, "u", needs) & both == both


@pytest.mark.parametrize(
    ("role", "stopped"),
    [(OWNER, False), (CONTRIBUTOR, False), (KEY_OPERATOR, True), (BLOB_READER, True)],
)
def test_network_rules_stop_reading_but_not_who_can_change_them(role, stopped):
    build, account = account_in(network_restricted=True, shared_key_access=True)
    projection = assign(build, role, SUB).derive()
    assert (account not in reachable(projection, "u", ())) == stopped
    assert account in reachable(projection, "u", (f"network:{account}",))


@pytest.mark.parametrize(
    ("role", "reads"),
    [(OWNER, True), (BLOB_READER, True), (CONTRIBUTOR, False), (KEY_OPERATOR, False)],
)
def test_a_role_at_one_container_reads_that_one_at_most(role, reads):
    build, account = account_in()
    other = container("other")
    build.node("AzureStorageContainer", other).edge("CONTAINS", account, other)
    reached = reachable(assign(build, role, container()).derive(), "u")
    assert reached & {account, container(), other} == ({container()} if reads else set())


def test_a_container_is_behind_the_network_of_its_account():
    build, account = account_in(network_restricted=True)
    projection = assign(build, BLOB_READER, container()).derive()
    assert container() not in reachable(projection, "u")
    assert container() in reachable(projection, "u", (f"network:{account}",))


def test_a_container_belongs_to_the_account_in_its_id():
    build = estate()
    account = add(build, "AzureStorageAccount")
    build.node("AzureStorageContainer", container())
    assert container() in reachable(assign(build, OWNER, account).derive(), "u")
