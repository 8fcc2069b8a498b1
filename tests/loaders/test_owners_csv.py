"""The register of owners."""

from pathlib import Path

import pytest

from idgraph.errors import InputError
from idgraph.records import CoverageRecord, OwnerClaim, Rejected
from loaders import loader

SAMPLE = Path(__file__).parents[2] / "sample_data" / "northlight" / "owners.csv"
GUID = "AAAAAAAA-0000-4000-8000-000000000001"
RG = "/subscriptions/1/resourceGroups/RG-One"


def parse(path, *more, scope=None):
    reading = loader("owners_csv").parse([path, *more], scope=scope)
    return reading, list(reading)


def written(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "owners.csv"
    path.write_bytes(text.encode(encoding))
    return path


def claims(records):
    return [
        (each.node, each.owner, each.claim, each.said_by, each.said_at, each.evidence)
        for each in records
        if isinstance(each, OwnerClaim)
    ]


def test_a_row_becomes_a_claim(tmp_path):
    text = (
        "node,owner,claim,source,date\n"
        f"{GUID},Ada.M@example.org,business_owner,CMDB,2026-03-31\n"
        f"{RG},{GUID},technical_owner,CMDB,2026-03-31T10:00:00+02:00\n"
        "ada@example.org,  the   build team ,,,\n"
    )

    reading, records = parse(written(tmp_path, text))

    low = GUID.lower()
    assert claims(records) == [
        (low, "upn:ada.m@example.org", "business_owner", "CMDB", "2026-03-31", "owners.csv#L2"),
        (RG.lower(), low, "technical_owner", "CMDB", "2026-03-31T08:00:00Z", "owners.csv#L3"),
        ("upn:ada@example.org", "the build team", "owner", "owners", "", "owners.csv#L4"),
    ]
    assert str(reading.source) == "owners_csv:owners"
    assert records[-1] == CoverageRecord(record="owner claim", count=3, complete=True)


def test_the_sample_is_accepted_whole():
    reading, records = parse(SAMPLE)

    assert reading.counts.accepted == reading.counts.records == len(claims(records)) > 20
    assert reading.counts.rejected == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_register_is_read_as_spreadsheets_save_it(tmp_path, encoding, delimiter, newline):
    rows = [["Owner", " NODE "], ["Zoë", "x"]]
    text = newline.join(delimiter.join(row) for row in rows)

    records = parse(written(tmp_path, text, encoding))[1]

    assert [claim[:2] for claim in claims(records)] == [("x", "Zoë")]


def test_columns_that_are_not_used_are_named(tmp_path):
    records = parse(written(tmp_path, "node,owner,phone,cost centre\nx,y,1,2\n"))[1]

    assert records[-1].complete
    assert records[-1].about == "columns not used: cost centre, phone"


def test_a_row_without_a_node_or_an_owner_is_rejected_with_its_line(tmp_path):
    text = 'node,owner,date\nx,y\n,y\n"x\nx",\n\n,,\nx,y,31.12.2025\nz\n'

    reading, records = parse(written(tmp_path, text))

    assert [(each.place, each.reason) for each in records if isinstance(each, Rejected)] == [
        ("owners.csv#L3", "node empty"),
        ("owners.csv#L4", "owner empty"),
        ("owners.csv#L8", "date is not an ISO 8601 date such as 2026-03-31"),
        ("owners.csv#L9", "owner empty"),
    ]
    assert (reading.counts.records, reading.counts.accepted, reading.counts.refused) == (5, 2, 3)
    assert claims(records)[1][4] == ""
    assert not records[-1].complete


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "has no column node and no column owner"),
        (b"node,claim\nx,y\n", "has no column owner"),
        (b"node,owner\n", "holds no row that could be used, out of 0"),
        (b"node,owner\n,x\n", "holds no row that could be used, out of 1"),
        ("node,owner\nx,Zoë\n".encode("cp1252"), "is not UTF-8"),
        (b"node,owner\nx," + b"y" * 200_000 + b"\n", "is not CSV"),
    ],
)
def test_what_is_no_register_is_refused(tmp_path, content, fault):
    path = tmp_path / "owners.csv"
    path.write_bytes(content)

    with pytest.raises(InputError, match=fault):
        parse(path)


def test_several_files_are_one_register_only_when_a_scope_names_it(tmp_path):
    one, two = written(tmp_path, "node,owner\nx,y\n"), tmp_path / "more.csv"
    two.write_text("node;owner\nz;y\n")

    with pytest.raises(InputError, match="2 registers"):
        parse(one, two)
    assert str(parse(one, two, scope="cmdb")[0].source) == "owners_csv:cmdb"


def test_several_addresses_are_several_claims(tmp_path):
    records = parse(written(tmp_path, 'node,owner\nx,"a@x.org; B@x.org"\ny,"a@x.org or b"\n'))[1]

    assert [claim[:2] for claim in claims(records)] == [
        ("x", "upn:a@x.org"),
        ("x", "upn:b@x.org"),
        ("y", "a@x.org or b"),
    ]
