"""Laws that hold for every AzureHound export."""

import copy
import hashlib
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from idgraph.catalogue import PropertyType
from idgraph.errors import InputError
from idgraph.records import (
    CoverageRecord,
    EdgeRecord,
    Ignored,
    NodeRecord,
    OwnerClaim,
    Rejected,
)
from idgraph.vocabulary import EDGE_KINDS, NODE_KINDS, azure, common, entra
from loaders import Counts
from loaders._json import Element
from loaders.azurehound import CONVERTERS
from loaders.azurehound.coverage import LISTED, NEVER
from loaders.azurehound.export import Export, parse_export, record_without_place

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sample_data" / "northlight" / "azurehound.json"
FEDERATED = ROOT / "tests" / "data" / "azurehound-federated-credentials.json"
RECORDS = json.loads(SAMPLE.read_text(encoding="utf-8"))["data"]
TENANT = "7fe4df4b-32af-42ea-8e88-751defd60168"

NODES = {kind.name: kind for kind in NODE_KINDS}
EDGES = {kind.name: kind for kind in EDGE_KINDS}
TYPES = {
    PropertyType.BOOL: bool,
    PropertyType.INT: int,
    PropertyType.FLOAT: float,
    PropertyType.STR: str,
    PropertyType.TIME: str,
    PropertyType.STRS: tuple,
}
UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

one_of_each = {record["kind"]: record for record in reversed(RECORDS)}


@pytest.fixture(scope="module")
def sample():
    from loaders import loader

    reading = loader("azurehound").parse([SAMPLE])
    return reading, list(reading)


def said(records):
    """Return what records say as a bag, without the places where they say it."""
    return Counter(
        record_without_place(record)
        if isinstance(record, NodeRecord | EdgeRecord)
        else (record.node, record.owner, record.claim)
        if isinstance(record, OwnerClaim)
        else (record.record, record.count, record.complete, record.about)
        for record in records
        if not isinstance(record, Ignored | Rejected)
    )


def test_the_sample_is_accepted_whole(sample):
    reading, records = sample

    assert str(reading.source) == f"azurehound:{TENANT}"
    assert reading.counts.rejected == []
    assert reading.counts.accepted == reading.counts.records == len(RECORDS)
    assert all(
        record.complete for record in records if isinstance(record, CoverageRecord) and record.count
    )


def test_the_real_federated_credentials_are_accepted_whole(read):
    done = read("azurehound", FEDERATED, scope=TENANT)

    assert done.reading.counts.accepted == 7
    nodes = done.of(NodeRecord)
    assert len([each for each in nodes if each.kind == "EntraFederatedCredential"]) == 14
    assert {each.name for each in nodes if each.kind == "GitHubRepository"} == {
        "SpecterTst/oidc-actions-test-1",
        "SpecterTst/oidc-actions-test-2",
        "wald0AzureResearch/AzureOIDC",
        "BloodHound/AzureHound",
    }
    assert len(done.of(EdgeRecord)) == 14
    assert all(edge.target.startswith("appid:") for edge in done.of(EdgeRecord))
    assert str(done.reading.source) == f"azurehound:{TENANT}"


def test_a_tenant_nobody_names_is_unknown(read):
    assert str(read("azurehound", FEDERATED).reading.source) == "azurehound:unknown"


def test_every_input_record_is_accounted_for(read):
    mixed = [
        *RECORDS[:50],
        {"kind": "AZMoonbase", "data": {"id": "x"}},
        {"kind": "AZOAuth2PermissionGrant", "data": {}},
        {"kind": "AZFederatedIdentityCredential", "data": {"appId": TENANT, "fics": []}},
        {"kind": "AZUser", "data": {"id": "no guid"}},
        {"kind": "AZUser", "data": None},
        {"kind": 3, "data": {}},
        "AZUser",
        None,
    ]

    done = read("azurehound", {"data": mixed, "meta": {"type": "azure", "count": len(mixed)}})

    counts = done.reading.counts
    assert (counts.records, counts.accepted, counts.refused) == (58, 50, 5)
    assert counts.ignored == {
        "AZMoonbase": 1,
        "AZOAuth2PermissionGrant": 1,
        "AZFederatedIdentityCredential": 1,
    }
    assert [rejected.place for rejected in counts.rejected] == [
        "export.json#/data/53/data/id",
        "export.json#/data/54",
        "export.json#/data/55",
        "export.json#/data/56",
        "export.json#/data/57",
    ]
    assert done.of(Rejected) == counts.rejected
    assert len(done.of(Ignored)) == 3


def test_one_bad_element_is_rejected_alone_and_makes_its_kind_incomplete(azurehound):
    group = "bbbbbbbb-0000-4000-8000-000000000001"
    good = {"id": TENANT, "@odata.type": "#microsoft.graph.user"}
    members = [{"member": good}, {"member": {"id": "x"}}, {}, 7, {"member": {"id": None}}]
    unit = {"id": TENANT, "@odata.type": "#microsoft.graph.administrativeUnit"}
    owners = [{"owner": unit}, {"owner": good}]

    done = azurehound(
        ("AZGroupMember", {"groupId": group, "members": members}),
        ("AZGroupOwner", {"groupId": group, "owners": owners}),
        ("AZGroup", {"id": group}),
    )

    assert done.reading.counts.accepted == 3
    assert done.reading.counts.refused == 0
    assert {rejected.place.partition("#")[2] for rejected in done.of(Rejected)} == {
        "/data/0/data/members/1/member/id",
        "/data/0/data/members/2/member/id",
        "/data/0/data/members/3",
        "/data/0/data/members/4/member/id",
        "/data/1/data/owners/0/owner/@odata.type",
    }
    assert [edge.kind for edge in done.of(EdgeRecord)] == ["MEMBER_OF", "OWNS"]
    complete = {each.record: each.complete for each in done.of(CoverageRecord) if each.count}
    assert complete == {"AZGroupMember": False, "AZGroupOwner": False, "AZGroup": True}


def test_a_wrong_type_leaves_one_field_out_and_says_where(azurehound):
    done = azurehound(
        ("AZUser", {"id": TENANT, "displayName": 5, "accountEnabled": "yes", "mail": ["a@x"]})
    )

    (user,) = done.of(NodeRecord)
    assert (user.name, dict(user.properties)) == ("", {"synced": False})
    assert {rejected.place.rpartition("/")[2] for rejected in done.of(Rejected)} == {
        "displayName",
        "accountEnabled",
        "mail",
    }
    assert done.reading.counts.accepted == 1


def test_what_an_export_lacks_is_said(azurehound):
    done = azurehound(("AZUser", {"id": TENANT}))

    coverage = {each.record: each for each in done.of(CoverageRecord)}
    assert coverage["AZUser"].complete
    assert coverage["AZKeyVault"].about == "no AZKeyVault records: vaults are not known"
    assert set(coverage) == {*LISTED, *NEVER, "vault data-plane RBAC roles"}
    assert all(each.about and not each.complete for each in coverage.values() if not each.count)


def test_an_export_that_holds_fewer_records_than_it_says_closes_nothing(read):
    document = {"data": RECORDS[:20], "meta": {"type": "azure", "count": 21}}

    done = read("azurehound", document)

    assert not any(each.complete for each in done.of(CoverageRecord))


def test_every_record_kind_that_is_listed_can_be_converted():
    assert set(LISTED) <= set(CONVERTERS)


def test_the_order_of_the_records_does_not_matter(read, sample):
    shuffled = sorted(RECORDS, key=lambda record: hashlib.sha256(repr(record).encode()).digest())

    done = read("azurehound", {"data": shuffled, "meta": {"type": "azure", "count": len(RECORDS)}})

    assert said(done.records) == said(sample[1])


def test_a_split_export_says_the_same_as_a_whole_one(read, sample):
    halves = [
        {"data": part, "meta": {"type": "azure", "count": len(part)}}
        for part in (RECORDS[:500], RECORDS[500:])
    ]

    done = read("azurehound", *halves)

    assert said(done.records) == said(sample[1])
    assert done.reading.counts.records == len(RECORDS)


# The two ways in which AzureHound writes ids.

KEPT = {"templateId", "appRoleId", "roleDefinitionId", "issuer", "subject", "id:assignment"}
ID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|/(subscriptions|providers)/.*"
    r"|/(tenants|administrativeUnits)?/?[0-9a-f-]{36}",
    re.IGNORECASE,
)
SHOWN = {"displayName", "tenantName", "principalDisplayName", "resourceDisplayName"}


def shouted(value, key="", kind=""):
    """Return a record as the newer AzureHound writes it: ids and display names in upper case."""
    if isinstance(value, dict):
        return {
            (each.upper() if ID.fullmatch(each) else each): shouted(inner, each, kind)
            for each, inner in value.items()
        }
    if isinstance(value, list):
        return [shouted(each, key, kind) for each in value]
    if isinstance(value, str) and (key in SHOWN or (key not in KEPT and ID.fullmatch(value))):
        return value if key == "id" and kind == "AZAppRoleAssignment" else value.upper()
    return value


def without_display_case(record):
    if isinstance(record, NodeRecord):
        properties = {
            key: str(value).lower() if NODES[record.kind].properties[key] is not None else value
            for key, value in record.properties.items()
        }
        return record.kind, record.id, record.aliases, record.name.lower(), str(properties)
    return record_without_place(record)


def test_both_ways_to_write_ids_say_the_same(read, sample):
    records = [
        {"kind": record["kind"], "data": shouted(record["data"], kind=record["kind"])}
        for record in RECORDS
    ]
    ids = {"roleAssignments", "AZRoleEligibilityScheduleInstance"}
    for new, old in zip(records, RECORDS, strict=True):
        if new["kind"] in ids:
            new["data"]["id"] = old["data"]["id"]
        if new["kind"] == "AZRoleAssignment":
            for one, other in zip(
                new["data"]["roleAssignments"] or (),
                old["data"]["roleAssignments"] or (),
                strict=True,
            ):
                one["id"] = other["id"]

    done = read("azurehound", {"data": records, "meta": {"type": "azure", "count": len(records)}})

    assert json.dumps(records) != json.dumps(RECORDS)
    new, old = (
        Counter(
            without_display_case(record)
            for record in each
            if isinstance(record, NodeRecord | EdgeRecord)
        )
        for each in (done.records, sample[1])
    )
    assert new - old == Counter()
    assert old - new == Counter()


# The vocabulary.


def test_every_node_is_of_a_known_kind_with_properties_of_the_declared_types(sample):
    for record in sample[1]:
        if isinstance(record, NodeRecord):
            check_properties(record, NODES[record.kind].properties)


def test_every_edge_is_of_a_known_kind_with_properties_of_the_declared_types(sample):
    for record in sample[1]:
        if isinstance(record, EdgeRecord):
            check_properties(record, EDGES[record.kind].properties)


def check_properties(record, declared):
    for name, value in record.properties.items():
        assert isinstance(value, TYPES[declared[name]]), (record, name)
        if declared[name] is PropertyType.TIME:
            assert UTC.fullmatch(value), (record, name)


def test_every_edge_ends_where_its_kind_allows(sample):
    nodes = [record for record in sample[1] if isinstance(record, NodeRecord)]
    kinds = {}
    for record in sorted(nodes, key=lambda node: not node.mention):  # a description counts more
        kinds[record.id] = record.kind
    for record in nodes:
        for alias in record.aliases:
            kinds.setdefault(alias, record.kind)

    for record in sample[1]:
        if isinstance(record, EdgeRecord):
            ends = kinds[record.source], kinds[record.target]
            allowed = {(source.name, target.name) for source, target in EDGES[record.kind].ends}
            assert ends in allowed or common.UNIDENTIFIED.name in ends, record


def test_the_sample_shows_every_observed_kind_of_node_and_edge(sample):
    not_here = {azure.VAULT_SECRET.name, common.UNIDENTIFIED.name}
    nodes = {kind.name for kind in (*entra.NODE_KINDS, *azure.NODE_KINDS)} - not_here
    kinds = (*entra.EDGE_KINDS, *azure.EDGE_KINDS)
    edges = {kind.name for kind in kinds} - {entra.IN_UNIT.name}

    records = sample[1]
    assert nodes <= {record.kind for record in records if isinstance(record, NodeRecord)}
    assert edges == {record.kind for record in records if isinstance(record, EdgeRecord)}


def test_every_record_names_a_place_that_holds_something(sample):
    document = json.loads(SAMPLE.read_text(encoding="utf-8"))
    for record in sample[1]:
        if not isinstance(record, CoverageRecord):
            assert at(document, record.evidence) is not None


def at(document, evidence):
    file, _, pointer = evidence.partition("#/")
    assert file == "azurehound.json"
    for part in pointer.split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        document = document[int(key) if isinstance(document, list) else key]
    return document


# What must never happen.

HOSTILE = "<script>alert(1)</script>\"'\\\u202e\ud800\u0000=cmd|' /C calc'!A0"


def poisoned(value, text):
    """Return a record with a text in place of every text that is no id, time or kind."""
    if isinstance(value, dict):
        return {
            key: inner
            if key.lower().endswith(("id", "scope", "ids", "approvers", "datetime", "type"))
            else poisoned(inner, text)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [poisoned(each, text) for each in value]
    return text if isinstance(value, str) and "/" not in value else value


def test_a_hostile_name_is_only_a_name(read, sample):
    records = [
        {"kind": record["kind"], "data": poisoned(record["data"], HOSTILE)} for record in RECORDS
    ]

    done = read("azurehound", {"data": records, "meta": {"type": "azure", "count": len(records)}})

    ids = {record.id for record in sample[1] if isinstance(record, NodeRecord)}
    found = {record.id for record in done.of(NodeRecord)}
    assert found == ids
    assert any("<script>" in record.name for record in done.of(NodeRecord))
    repr(done.records).encode("utf-8")


def test_no_secret_value_is_in_any_record(azurehound, sample):
    credential = {
        "keyId": TENANT,
        "secretText": "CANARY-one",
        "hint": "CAN",
        "key": "CANARY-two",
        "customKeyIdentifier": "CANARY-three",
    }
    broken = {"keyId": "CANARY-four", "secretText": {"deep": "CANARY-five"}}
    data = {"id": TENANT, "passwordCredentials": [credential, broken], "keyCredentials": "CANARY"}

    done = azurehound(("AZApp", data), ("AZServicePrincipal", data | {"appId": "CANARY-six"}))

    assert "CANARY" not in repr(done.records)
    assert done.reading.counts.values_dropped == 8
    assert "CANARY" in SAMPLE.read_text(encoding="utf-8")
    assert "CANARY" not in repr(sample[1])
    assert sample[0].counts.values_dropped > 0


def test_two_records_of_one_id_are_both_given(azurehound):
    done = azurehound(
        ("AZUser", {"id": TENANT, "displayName": "Ada", "accountEnabled": True}),
        ("AZUser", {"id": TENANT, "displayName": "Eve"}),
    )

    assert [(node.name, node.properties["account_enabled"]) for node in done.of(NodeRecord)] == [
        ("Ada", True),
        ("Eve", False),
    ]


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**63), max_value=2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(["/", TENANT, f"/subscriptions/{TENANT}", "AZUser", "2024-01-01T00:00:00Z"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "owner", "properties", "a/b~c"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


def places(value, path=()):
    """Yield the path of every value inside a record."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def replaced(value, path, new):
    if not path:
        return new
    inside = copy.copy(value)
    inside[path[0]] = replaced(value[path[0]], path[1:], new)
    return inside


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), kind=st.sampled_from(sorted(one_of_each)))
@example(data=None, kind="AZUser")
def test_any_json_in_place_of_any_field_is_accounted_for(data, kind):
    if data is None:
        return
    record = one_of_each[kind]
    path = data.draw(st.sampled_from(list(places(record))))
    bad = replaced(record, path, data.draw(values))
    export = Export(counts=Counts())
    elements = [
        Element("data", 0, bad),
        Element("data", 1, one_of_each["AZTenant"]),
        Element("meta", None, {"type": "azure", "count": 2}),
    ]

    try:
        records = list(parse_export(elements, "x.json", export, CONVERTERS))
    except InputError:
        return

    counts = export.counts
    assert counts.records == 2 == counts.accepted + sum(counts.ignored.values()) + counts.refused
    assert [each for each in records if isinstance(each, Rejected)] == counts.rejected
    for each in records:
        if isinstance(each, NodeRecord):
            check_properties(each, NODES[each.kind].properties)
        elif isinstance(each, EdgeRecord):
            check_properties(each, EDGES[each.kind].properties)
