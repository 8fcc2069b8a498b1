"""A load says where its records belong before they are read, and it is where they end up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from idgraph.errors import InputError
from loaders import loader

NORTHLIGHT = Path("sample_data/northlight")
TENANT = "11111111-2222-4333-8444-555555555555"
OTHER = "99999999-2222-4333-8444-555555555555"


def export(path, *records):
    data = {"data": list(records), "meta": {"type": "azure", "version": 5, "count": len(records)}}
    path.write_text(json.dumps(data))
    return path


def user(number, tenant):
    node = f"{number:08}-2222-4333-8444-555555555555"
    return {"kind": "AZUser", "data": {"id": node, "displayName": "U", "tenantId": tenant}}


def tenant_of(tenant, *, collected):
    data = {"id": f"/tenants/{tenant}", "tenantId": tenant, "displayName": "T"}
    return {"kind": "AZTenant", "data": {**data, "collected": True} if collected else data}


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("azurehound", "azurehound.json"),
        ("azure_keyvault", "keyvault-secrets.json"),
        ("owners_csv", "owners.csv"),
    ],
)
def test_the_source_named_before_reading_is_the_one_after_it(name, file):
    paths = [NORTHLIGHT / file]
    reading = loader(name).parse(paths)
    assert list(reading)
    assert loader(name).identify(paths) == reading.source


@pytest.mark.parametrize(
    "records",
    [
        [user(1, TENANT), tenant_of(TENANT.upper(), collected=True)],
        [tenant_of(OTHER, collected=False), tenant_of(TENANT, collected=True), user(1, OTHER)],
        [user(1, TENANT), user(2, TENANT), user(3, OTHER)],
    ],
)
def test_the_tenant_is_the_collected_one_or_the_one_most_records_name(tmp_path, records):
    path = export(tmp_path / "t.json", *records)
    reading = loader("azurehound").parse([path])
    assert list(reading)
    named = loader("azurehound").identify([path])
    assert named == reading.source
    assert named.scope == TENANT


def test_a_file_that_is_no_json_is_refused_already_then(tmp_path):
    path = tmp_path / "t.json"
    path.write_text("no json")
    with pytest.raises(InputError):
        loader("azurehound").identify([path])
