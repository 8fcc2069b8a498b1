"""The names of a vault's secrets."""

from pathlib import Path

import pytest

from idgraph.errors import InputError
from idgraph.records import CoverageRecord, EdgeRecord, Ignored, NodeRecord

SAMPLE = Path(__file__).parents[2] / "sample_data" / "northlight" / "keyvault-secrets.json"
CLIENT = "DDDDDDDD-0000-4000-8000-0000000000FF"
KEY = "99999999-0000-4000-8000-000000000001"
HOST = "kv-one.vault.azure.net"
SECRET = f"https://{HOST}/secrets/db-password"
PRINTED = {
    "attributes": {
        "created": "2025-09-01T09:12:44+00:00",
        "enabled": True,
        "expires": "2027-09-01T00:00:00+00:00",
        "notBefore": None,
        "recoveryLevel": "Recoverable",
        "updated": "2025-09-01T09:12:44+00:00",
    },
    "contentType": "text/plain",
    "id": "https://KV-one.vault.azure.net/secrets/DB-Password",
    "managed": None,
    "name": "DB-Password",
    "tags": {"Client_Id": CLIENT, "Key-ID": KEY, "note": "x"},
}
REST = {
    "attributes": {
        "created": 1756717964,
        "enabled": True,
        "exp": 1819756800,
        "updated": 1756717964,
    },
    "contentType": "text/plain",
    "id": "https://kv-one.vault.azure.net/secrets/DB-Password/0123456789abcdef",
    "tags": PRINTED["tags"],
}


@pytest.mark.parametrize(
    "document",
    [[PRINTED], [REST], {"value": [REST], "nextLink": None}, {"nextLink": "", "value": [PRINTED]}],
)
def test_a_secret_becomes_what_is_known_of_it(read, document):
    done = read("azure_keyvault", document)

    (node,), (edge,) = done.of(NodeRecord), done.of(EdgeRecord)
    assert (node.kind, node.id, node.name) == ("AzureKeyVaultSecret", SECRET, "DB-Password")
    assert dict(node.properties) == {
        "enabled": True,
        "created": "2025-09-01T09:12:44Z",
        "updated": "2025-09-01T09:12:44Z",
        "end": "2027-09-01T00:00:00Z",
        "content_type": "text/plain",
        "tags": (f"Client_Id={CLIENT}", f"Key-ID={KEY}", "note=x"),
        "opens_app_id": CLIENT.lower(),
        "opens_key_id": KEY,
    }
    assert (edge.source, edge.kind, edge.target) == (f"vault:{HOST}", "CONTAINS", SECRET)
    assert str(done.reading.source) == f"azure_keyvault:{HOST}"


def test_the_sample_is_accepted_whole(read):
    done = read("azure_keyvault", SAMPLE)

    counts = done.reading.counts
    described = [each for each in done.of(NodeRecord) if not each.mention]
    assert counts.accepted == counts.records == len(described) > 10
    assert counts.rejected == []


@pytest.mark.parametrize("value", ["CANARY-1", {"deep": "CANARY-2"}, ["CANARY-3"]])
def test_a_value_is_dropped_and_counted(read, value):
    done = read("azure_keyvault", [PRINTED | {"value": value}, PRINTED])

    assert "CANARY" not in repr(done.records)
    assert done.reading.counts.values_dropped == 1
    assert done.reading.counts.accepted == 2


def test_what_is_no_secret_is_left_out_by_name(read):
    others = [{"kid": "x", "id": f"https://{HOST}/{kind}/one"} for kind in ("keys", "certificates")]

    done = read("azure_keyvault", [PRINTED, *others])

    assert [each.record for each in done.of(Ignored)] == ["vault key", "vault certificate"]
    assert done.reading.counts.ignored == {"vault key": 1, "vault certificate": 1}


def test_what_cannot_be_understood_is_rejected_with_its_place(read):
    odd = PRINTED | {"attributes": {"enabled": "yes", "exp": 10**18, "created": "soon"}, "tags": []}
    bad = ["x", {}, {"id": "https://x/secrets"}, {"id": 7}, odd]

    done = read("azure_keyvault", {"value": [PRINTED, *bad]})

    counts = done.reading.counts
    assert (counts.records, counts.accepted, counts.refused) == (6, 2, 4)
    assert [each.place.removeprefix("export.json#/value/") for each in counts.rejected] == [
        "1",
        "2/id",
        "3/id",
        "4/id",
        "5/tags",
        "5/attributes/enabled",
        "5/attributes/created",
        "5/attributes/exp",
    ]
    assert not done.of(CoverageRecord)[0].complete


def test_a_page_that_more_follow_is_not_all(read):
    done = read("azure_keyvault", {"value": [REST], "nextLink": "https://x"})

    assert done.of(CoverageRecord)[0].about == "a page says that more follow"
    assert not done.of(CoverageRecord)[0].complete


def test_the_vaults_of_several_files_are_one_source(read):
    other = PRINTED | {"id": "https://a-kv.vault.azure.net/secrets/x"}

    done = read("azure_keyvault", [PRINTED], {"value": [other]})

    assert done.reading.source.scope == f"a-kv.vault.azure.net,{HOST}"
    assert done.of(CoverageRecord)[0].complete


@pytest.mark.parametrize(
    ("tags", "app", "key"),
    [
        ({"appid": CLIENT}, CLIENT.lower(), None),
        ({"Application-ID": CLIENT}, CLIENT.lower(), None),
        ({"client-id": "not a guid", "app_id": CLIENT}, CLIENT.lower(), None),
        ({"clientid": "secret"}, None, None),
        ({"key_id": KEY}, None, KEY),
        ({"clients": CLIENT, "keyids": KEY}, None, None),
        (None, None, None),
    ],
)
def test_tags_say_what_a_secret_opens(read, tags, app, key):
    (node,) = read("azure_keyvault", [PRINTED | {"tags": tags}]).of(NodeRecord)

    assert node.properties.get("opens_app_id") == app
    assert node.properties.get("opens_key_id") == key


@pytest.mark.parametrize(
    "document",
    [b"", b"[]", b"{}", b"[1]", b'{"value": []}', b'[{"id": "x"', b'{"data": [], "meta": {}}'],
)
def test_what_is_no_list_of_secrets_is_refused(read, document):
    with pytest.raises(InputError):
        read("azure_keyvault", document)
