"""The sample company is what its plan says, in the shape that AzureHound writes."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from sample_data import applications, aws_files, estate, mass, moments, plan, register, roster
from sample_data.azurehound_shape import Casing, spelled, upper
from sample_data.generate import (
    AUDIT,
    AWS,
    AZUREHOUND,
    BEFORE,
    FILES,
    OWNERS,
    SECRETS,
    SIGN_INS,
    TICKETS,
    generate,
)
from sample_data.moments import CHANGES, Moment
from sample_data.tenant import write_tenant

COMMITTED = Path(__file__).parents[2] / "sample_data" / "northlight"
AWS_FILES = tuple(f"{AWS}/{name}" for name, _ in aws_files.files())
LISTED_KINDS = {
    *[
        "AZTenant",
        "AZUser",
        "AZGroup",
        "AZGroupMember",
        "AZGroupOwner",
        "AZDevice",
        "AZApp",
        "AZAppOwner",
    ],
    *["AZFederatedIdentityCredential", "AZServicePrincipal", "AZServicePrincipalOwner"],
    *["AZAppRoleAssignment", "AZRole", "AZRoleAssignment", "AZRoleEligibilityScheduleInstance"],
    *["AZRoleManagementPolicyAssignment", "AZManagementGroupDescendant"],
    *["AZKeyVault", "AZKeyVaultAccessPolicy", "AZKeyVaultKVContributor"],
    *["AZVMAvereContributor", "AZVMAdminLogin"],
    *(
        f"AZ{scope}{role}"
        for scope in ("Subscription", "ResourceGroup", "ManagementGroup", "KeyVault", "VM")
        for role in ("", "Owner", "Contributor", "UserAccessAdmin")
    ),
    *(
        f"AZ{host}{suffix}"
        for host in (
            "FunctionApp",
            "WebApp",
            "LogicApp",
            "AutomationAccount",
            "ContainerRegistry",
            "ManagedCluster",
            "VMScaleSet",
        )
        for suffix in ("", "RoleAssignment")
    ),
}


@pytest.fixture(scope="module")
def export():
    return json.loads((COMMITTED / AZUREHOUND).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def by_kind(export):
    found = {}
    for record in export["data"]:
        found.setdefault(record["kind"], []).append(record["data"])
    return found


def values(node):
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from values(value)
    elif isinstance(node, list):
        for item in node:
            yield from values(item)
    else:
        yield node


def folded(node):
    return sorted(str(value).casefold() for value in values(node))


def test_generating_again_gives_the_committed_bytes(tmp_path):
    generate(tmp_path)

    for name in (*FILES, *AWS_FILES):
        assert (tmp_path / name).read_bytes() == (COMMITTED / name).read_bytes(), name


def test_another_seed_changes_the_crowd_and_not_the_story(tmp_path):
    generate(tmp_path, seed=8)

    other = json.loads((tmp_path / AZUREHOUND).read_text(encoding="utf-8"))
    known = {record["data"].get("id", "").lower() for record in other["data"]}
    assert (tmp_path / AZUREHOUND).read_bytes() != (COMMITTED / AZUREHOUND).read_bytes()
    assert set(plan.CHAIN) - known == {plan.CHAIN[4]}
    assert (tmp_path / OWNERS).read_bytes() == (COMMITTED / OWNERS).read_bytes()


def test_both_casings_hold_the_same_ids(tmp_path, export):
    generate(tmp_path, casing=Casing.UPPER)

    other = json.loads((tmp_path / AZUREHOUND).read_text(encoding="utf-8"))
    assert len(other["data"]) == len(export["data"])
    for new, old in zip(other["data"], export["data"], strict=True):
        assert new["kind"] == old["kind"]
        assert folded(new["data"]) == folded(old["data"])
    assert other != export


def test_the_new_casing_raises_ids_and_names_and_leaves_what_azurehound_leaves():
    role = {"id": "ab-c", "templateId": "ab-c", "displayName": "Straße"}
    grant = {"principalId": "ab", "roleDefinitionId": "/roles/cd", "scope": "/subscriptions/ef"}
    holders = {"owners": [{"owner": {"properties": grant}, "subscriptionId": "/s"}]}

    assert spelled("AZRole", role, Casing.UPPER) == {
        "id": "AB-C",
        "templateId": "ab-c",
        "displayName": upper("Straße"),
    }
    raised = spelled("AZSubscriptionOwner", holders, Casing.UPPER)["owners"][0]
    assert raised["owner"]["properties"]["scope"] == "/SUBSCRIPTIONS/EF"
    assert raised["owner"]["properties"]["roleDefinitionId"] == "/roles/cd"
    assert raised["subscriptionId"] == "/S"
    assert upper("Straße") == "STRAßE"
    assert grant["principalId"] == "ab"


def test_meta_is_last_and_counts_the_records(export):
    text = (COMMITTED / AZUREHOUND).read_text(encoding="utf-8")

    assert list(export) == ["data", "meta"]
    assert export["meta"] == {"type": "azure", "version": 5, "count": len(export["data"])}
    assert text.startswith('{\n\t"data": [\n\t\t{"kind":"AZ')
    assert re.search(r'\}\n\t\],\n\t"meta": \{[^{}]*\}\n\}\n$', text)
    assert text.count("\n\t\t{") == len(export["data"])


def test_the_files_stay_small():
    files = [path for path in COMMITTED.rglob("*") if path.is_file()]
    sizes = [path.stat().st_size for path in files]

    assert {str(path.relative_to(COMMITTED)) for path in files} == {*FILES, *AWS_FILES}
    assert sum(sizes) < 3_000_000
    assert max(sizes) < 1_500_000


def test_every_kind_of_a_full_listing_occurs(by_kind):
    assert LISTED_KINDS - set(by_kind) == set()


def test_the_export_holds_as_many_nodes_as_the_plan_says(by_kind):
    assert {kind: len(by_kind[kind]) for kind in plan.COUNTS} == dict(plan.COUNTS)
    assert len(by_kind["AZUser"]) == mass.USERS


def test_what_is_empty_is_left_out_as_omitempty_does(by_kind):
    for kind in ("AZUser", "AZGroup", "AZDevice", "AZRole"):
        for record in by_kind[kind]:
            assert not [key for key, value in record.items() if value in (False, "", 0, [], None)]


def test_an_id_belongs_to_one_object(by_kind):
    kinds = ("AZUser", "AZGroup", "AZDevice", "AZApp", "AZServicePrincipal", "AZKeyVault", "AZVM")
    ids = Counter(record["id"].lower() for kind in kinds for record in by_kind[kind])

    assert max(ids.values()) == 1


def test_each_name_in_a_list_is_an_object_of_the_export(by_kind):
    known = {record["id"] for kind in by_kind for record in by_kind[kind] if "id" in record}

    for record in by_kind["AZGroupMember"]:
        members = [item["member"]["id"] for item in record["members"] or []]
        assert set(members) <= known
        assert len(set(members)) == len(members)
    for kind in ("AZGroupOwner", "AZAppOwner", "AZServicePrincipalOwner"):
        for record in by_kind[kind]:
            assert {item["owner"]["id"] for item in record["owners"] or []} <= known
    for record in by_kind["AZRoleAssignment"]:
        assert {item["principalId"] for item in record["roleAssignments"] or []} <= known
    assert {grant.principal for grant in estate.GRANTS} <= known


def test_an_owner_record_names_the_client_outside_and_the_object_inside(by_kind):
    release = applications.RELEASE
    record = next(it for it in by_kind["AZAppOwner"] if it["appId"] == release.client)

    assert {item["appId"] for item in record["owners"]} == {release.id}


def test_a_collected_empty_list_is_null_and_an_uncollected_one_is_absent(by_kind):
    lists = {it["servicePrincipalId"]: it["owners"] for it in by_kind["AZServicePrincipalOwner"]}
    undecided = {it.node for it in plan.UNDECIDED}

    assert lists[applications.DEPLOYER.principal] is None
    assert undecided
    assert undecided.isdisjoint(lists)


def test_the_canary_is_only_where_it_was_planted(by_kind):
    planted = {
        record["id"]
        for record in by_kind["AZApp"]
        for it in record.get("passwordCredentials", [])
        if it.get("secretText") == plan.CANARY
    }
    texts = {name: (COMMITTED / name).read_text(encoding="utf-8") for name in FILES}

    assert planted == set(plan.CANARY_APPLICATIONS)
    for name in (AZUREHOUND, BEFORE):
        assert texts[name].count(plan.CANARY) == texts[name].count("secretText") == len(planted)
    assert {name for name, text in texts.items() if plan.CANARY in text} == {
        *(AZUREHOUND, BEFORE, TICKETS, AUDIT, SIGN_INS)
    }


def test_the_register_of_secrets_holds_no_value():
    listed = json.loads((COMMITTED / SECRETS).read_text(encoding="utf-8"))

    assert len(listed) == len(estate.SECRETS)
    assert {key for it in listed for key in it} == {
        "attributes",
        "contentType",
        "id",
        "managed",
        "name",
        "tags",
    }


def test_every_row_of_the_owner_register_is_planned():
    with (COMMITTED / OWNERS).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))

    assert len(rows) == len(register.ROWS)
    assert set(rows[0]) == {"node", "owner", "claim", "source", "date"}
    assert {"devops", register.NOBODY, roster.EMPTY_TEAM.id} <= {row["owner"] for row in rows}


# The two moments.


@pytest.fixture(scope="module")
def before():
    found = json.loads((COMMITTED / BEFORE).read_text(encoding="utf-8"))
    return {(each["kind"], name_of(each)): each["data"] for each in found["data"]}


def name_of(record):
    keys = ("id", "policyId", "groupId", "appId", "servicePrincipalId", "roleDefinitionId")
    named = [record["data"][key] for key in keys if key in record["data"]]
    return named[0] if named else json.dumps(record["data"])[:80]


def test_the_two_exports_differ_by_what_is_planned_and_nothing_else(export, before):
    latest = {(each["kind"], name_of(each)): each["data"] for each in export["data"]}

    assert list(latest) == list(before)
    differ = {key for key in latest if latest[key] != before[key]}
    assert differ == {(each.record, each.about) for each in CHANGES}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.record}-{change.item[:8]}")
def test_each_planned_change_is_in_one_of_the_two_exports(change, export, before):
    key = (change.record, change.about)
    (latest,) = [each["data"] for each in export["data"] if (each["kind"], name_of(each)) == key]
    held = [change.item in str(folded(data)) for data in (before[key], latest)]

    assert held == ([True, False] if change.gone else [False, True])


def test_a_change_that_changes_nothing_is_refused():
    twice = moments.at(Moment.BEFORE, [("AZGroupMember", empty_group())])

    with pytest.raises(ValueError, match="holds no"):
        list(twice)


def empty_group():
    members = [{"member": {"id": roster.ADA.id}}]
    return {"groupId": roster.RELEASE_ENGINEERS.id, "members": members}


def test_the_attacker_and_ordinary_people_change_the_directory():
    assert {change.hostile for change in CHANGES} == {True, False}
    assert {change.gone for change in CHANGES} == {True, False}


def test_the_chain_holds_link_by_link(by_kind):
    ada, app, principal, vault, secret, deployer, subscription = plan.CHAIN
    apps = {it["id"]: it for it in by_kind["AZApp"]}
    principals = {it["id"]: it for it in by_kind["AZServicePrincipal"]}
    owners = {it["appId"]: it["owners"] for it in by_kind["AZAppOwner"]}

    assert owners[apps[app]["appId"]][0]["owner"]["id"] == ada
    assert principals[principal]["appId"] == apps[app]["appId"]
    assert principals[principal]["passwordCredentials"]
    assert principal in held(by_kind, "AZKeyVaultKVContributor", "kvContributor", vault)
    assert not vaults(by_kind)[vault]["properties"].get("enableRbacAuthorization")
    assert opened_by(by_kind, secret) == deployer
    assert deployer in held(by_kind, "AZSubscriptionOwner", "owner", subscription)
    assert plan.DATA_AT_STAKE.startswith(f"{subscription}/")


def test_the_decoy_manages_a_vault_it_cannot_read(by_kind):
    principal, vault = plan.DECOY

    assert principal in held(by_kind, "AZKeyVaultKVContributor", "kvContributor", vault)
    assert vaults(by_kind)[vault]["properties"]["enableRbacAuthorization"]


def test_the_reset_identity_can_be_reset_by_the_desk(by_kind):
    protected = {it["id"] for it in by_kind["AZGroup"] if it.get("isAssignableToRole")}
    inside = {
        item["member"]["id"]
        for record in by_kind["AZGroupMember"]
        if record["groupId"] in protected
        for item in record["members"] or []
    }
    holders = {
        item["principalId"]
        for record in by_kind["AZRoleAssignment"]
        for item in record["roleAssignments"] or []
    }

    assert plan.RESET_IDENTITY not in inside | holders
    assert set(plan.RESETTERS) <= inside
    assert plan.RESET_BY in holders


def test_a_role_assignable_group_is_never_nested(by_kind):
    protected = {it["id"] for it in by_kind["AZGroup"] if it.get("isAssignableToRole")}
    nested = [
        (record["groupId"], item["member"]["id"])
        for record in by_kind["AZGroupMember"]
        for item in record["members"] or []
        if item["member"]["@odata.type"] == "#microsoft.graph.group"
    ]

    assert nested
    assert protected.isdisjoint(group for pair in nested for group in pair)


def test_hostile_names_reach_the_export_unchanged(by_kind):
    names = Counter(it["displayName"] for it in by_kind["AZUser"])

    assert set(plan.HOSTILE_NAMES) <= set(names)
    assert names[plan.AMBIGUOUS_NAME] == 2


@pytest.mark.parametrize("reason", list(plan.Reason))
def test_each_reason_why_an_owner_does_not_count_is_planned(reason):
    assert plan.UNOWNED_BY_REASON[reason] > 0


def test_the_plan_of_ownership_covers_what_the_export_holds(by_kind):
    planned = {it.node for it in plan.OWNERSHIP}
    kinds = ("AZApp", "AZServicePrincipal", "AZGroup", "AZKeyVault", "AZSubscription", "AZVM")

    for kind in kinds:
        assert {record["id"].lower() for record in by_kind[kind]} <= planned
    assert len(planned) == len(plan.OWNERSHIP)


def test_a_generated_tenant_has_the_size_asked_for(tmp_path):
    counts = write_tenant(tmp_path / "tenant.json", users=2000, seed=3)

    export = json.loads((tmp_path / "tenant.json").read_text(encoding="utf-8"))
    kinds = Counter(record["kind"] for record in export["data"])
    assert list(export) == ["data", "meta"]
    assert export["meta"]["count"] == counts.records == len(export["data"])
    assert (kinds["AZUser"], kinds["AZGroup"], kinds["AZApp"]) == (2000, 600, 240)
    assert counts.memberships / counts.users == pytest.approx(8, rel=0.05)
    for record in export["data"]:
        if record["kind"] == "AZGroupMember":
            members = [item["member"]["id"] for item in record["data"]["members"]]
            assert len(set(members)) == len(members)


def test_a_generated_tenant_is_the_same_for_the_same_seed(tmp_path):
    for name in ("one", "two"):
        write_tenant(tmp_path / name, users=200, seed=5)
    write_tenant(tmp_path / "other", users=200, seed=6)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert (tmp_path / "one").read_bytes() != (tmp_path / "other").read_bytes()


def held(by_kind, kind, one, scope):
    """Return who holds the role by an assignment made at the scope itself."""
    return {
        item[one]["properties"]["principalId"]
        for record in by_kind[kind]
        for item in record[f"{one}s"] or []
        if item[one]["properties"]["scope"].lower() == scope
    }


def vaults(by_kind):
    return {it["id"].lower(): it for it in by_kind["AZKeyVault"]}


def opened_by(by_kind, secret):
    """Return the service principal that a secret's tags point at, credential and all."""
    listed = json.loads((COMMITTED / SECRETS).read_text(encoding="utf-8"))
    tags = next(it["tags"] for it in listed if it["id"] == secret)
    app = next(it for it in by_kind["AZApp"] if it["appId"] == tags["ClientId"])
    assert tags["KeyId"] in [it["keyId"] for it in app["passwordCredentials"]]
    return next(it["id"] for it in by_kind["AZServicePrincipal"] if it["appId"] == tags["ClientId"])
