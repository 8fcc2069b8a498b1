"""Files that are refused whole, and how they are packed and encoded."""

import gzip
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idgraph.errors import InputError
from idgraph.records import NodeRecord
from loaders import loader

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sample_data" / "northlight" / "azurehound.json"
FEDERATED = ROOT / "tests" / "data" / "azurehound-federated-credentials.json"
ADA = "aaaaaaaa-0000-4000-8000-000000000001"
BOB = "aaaaaaaa-0000-4000-8000-000000000002"
TENANT = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"
META = {"type": "azure", "version": 5, "count": 1}
USER = {"kind": "AZUser", "data": {"id": ADA, "displayName": "Ada", "tenantId": TENANT}}
GOOD = {"data": [USER], "meta": META}


def parse(*paths, scope=None, progress=None):
    reading = loader("azurehound").parse(paths, scope=scope, progress=progress)
    return reading, list(reading)


def ids(records):
    return [record.id for record in records if isinstance(record, NodeRecord)]


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        (b"", "is empty"),
        (b"  \n", "ends early"),
        (b"hello", "is not JSON"),
        (b"id,name\n1,2\n", "is not JSON"),
        (b"<html></html>", "is not JSON"),
        (b"\x89PNG\r\n", "is not JSON"),
        (b'{"data": [{"kind": "AZUser", "da', "ends early"),
        (b'{"data": []', "ends early"),
        (json.dumps(GOOD).encode() + b"{}", "is not JSON"),
        (b'{"data": [{"kind": "AZUser", "data": {"id": \xff}}]}', "is not JSON"),
        (b'{"data": [{"kind": "AZUser", "data": {"id": "\xff"}}]}', "is not JSON"),
        (b'{"data": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", "nests its JSON"),
        (b'{"data": [' + b'{"a":' * 5_000, "nests its JSON"),
        (b"[]", "has no `meta`"),
        (b"{}", "has no `meta`"),
        (b"3", "is a bare value"),
        (b'[{"id": "x"}]', "is a list, not an AzureHound export"),
        ({"data": [USER]}, "has no `meta`"),
        ({"data": [USER], "meta": None}, "has no `meta`"),
        ({"data": [USER], "meta": {"type": "users", "version": 6}}, "says its type is 'users'"),
        ({"data": [USER], "meta": {"type": "Azure"}}, "says its type is 'Azure'"),
        ({"data": [USER], "meta": {"type": 5}}, "says no type"),
        ({"data": [USER], "meta": "azure"}, "says no type"),
        ({"data": [USER], "meta": [META]}, "has no `meta`"),
        ({"data": {"a": USER}, "meta": META}, "has a `data` that is no list"),
        ({"data": [], "meta": META}, "holds no record that could be used, out of 0"),
        ({"data": [{"kind": "AZMoonbase", "data": {}}], "meta": META}, "out of 1"),
        ({"data": [{"kind": "AZUser", "data": {"id": "x"}}], "meta": META}, "out of 1"),
        ({"graph": {"nodes": [], "edges": []}}, "is an OpenGraph file"),
        ({"graph": {"nodes": [USER] * 9}, "data": [USER], "meta": META}, "is an OpenGraph file"),
        (
            {"data": [{"ObjectIdentifier": "S-1-5-21-1", "Properties": {}}], "meta": META},
            "is a SharpHound export",
        ),
    ],
)
def test_what_is_no_whole_export_is_refused(tmp_path, document, fault):
    path = tmp_path / "x.json"
    path.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())

    with pytest.raises(InputError) as refused:
        parse(path)

    assert fault in str(refused.value)
    assert str(refused.value).startswith("x.json ")
    assert refused.value.hint or refused.value.place


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(length=st.integers(0, FEDERATED.stat().st_size - 1))
def test_a_file_cut_anywhere_is_refused(tmp_path, length):
    path = tmp_path / "cut.json"
    path.write_bytes(FEDERATED.read_bytes()[:length])

    with pytest.raises(InputError):
        parse(path)


def test_a_refusal_says_how_far_the_file_could_be_read(tmp_path):
    path = tmp_path / "cut.json"
    path.write_bytes(SAMPLE.read_bytes()[:400_000])

    with pytest.raises(InputError) as refused:
        parse(path)

    assert "byte 400000" in refused.value.place
    assert "after " in refused.value.place


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
        lambda text: gzip.compress(text.encode()),
        lambda text: gzip.compress(text.encode("utf-16")),
    ],
)
def test_an_export_is_read_however_it_is_encoded(tmp_path, encode):
    path = tmp_path / "x.json"
    text = json.dumps(GOOD | {"padding": "ä€𐀀" * 200_000}, ensure_ascii=False)
    path.write_bytes(encode(text))

    assert ids(parse(path)[1]) == [ADA]


def zipped(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return path


def test_a_zip_is_read_member_by_member(tmp_path):
    other = {"data": [{"kind": "AZUser", "data": {"id": BOB, "tenantId": TENANT}}], "meta": META}
    path = zipped(
        tmp_path / "x.zip",
        **{
            "..__..__etc__a.json": json.dumps(GOOD),
            "b.json": json.dumps(other),
            "readme.txt": "x",
        },
    )

    reading, records = parse(path)

    assert reading.files == ("a.json", "b.json")
    assert ids(records) == [ADA, BOB]
    assert records[0].evidence == "a.json#/data/0/data"
    assert list(tmp_path.iterdir()) == [path]


def test_files_of_one_name_are_told_apart(tmp_path):
    other = {"data": [{"kind": "AZUser", "data": {"id": BOB, "tenantId": TENANT}}], "meta": META}
    for folder, document in (("a", GOOD), ("b", other)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.json").write_text(json.dumps(document))

    reading, records = parse(tmp_path / "a" / "x.json", tmp_path / "b" / "x.json")

    assert reading.files == ("x.json", "x.json (2)")
    assert [record.evidence for record in records[:2]] == [
        "x.json#/data/0/data",
        "x.json (2)#/data/0/data",
    ]


def test_a_folder_is_read_file_by_file(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(GOOD))
    (tmp_path / "b.json.gz").write_bytes(gzip.compress(json.dumps(GOOD).encode()))
    zipped(tmp_path / "c.zip", x=b"", **{"c.json": json.dumps(GOOD)})
    (tmp_path / "notes.md").write_text("x")

    assert parse(tmp_path)[0].files == ("a.json", "b.json.gz", "c.json")


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (lambda folder: folder / "no.json", "does not exist"),
        (lambda folder: folder, "holds no .json file and no .zip"),
        (lambda folder: zipped(folder / "x.zip", a=b"x"), "holds no .json file"),
        (lambda folder: zipped(folder / "x.zip", **{"a.zip": b"x"}), "holds another archive"),
    ],
)
def test_paths_without_an_export_are_refused_before_reading(tmp_path, make, fault):
    with pytest.raises(InputError, match=fault):
        loader("azurehound").parse([make(tmp_path)])


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.99])
@pytest.mark.parametrize("pack", ["zip", "gz"])
def test_an_archive_cut_in_the_middle_is_refused(tmp_path, pack, cut):
    path = tmp_path / f"x.{pack}"
    if pack == "zip":
        zipped(path, **{"a.json": SAMPLE.read_bytes()})
    else:
        path.write_bytes(gzip.compress(SAMPLE.read_bytes()))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * cut)])

    with pytest.raises(InputError, match=r"cannot be read or unpacked|is not JSON"):
        parse(path)


def test_a_damaged_zip_member_is_refused(tmp_path):
    path = zipped(tmp_path / "x.zip", **{"a.json": SAMPLE.read_bytes()})
    content = bytearray(path.read_bytes())
    content[2000:2100] = bytes(100)
    path.write_bytes(content)

    with pytest.raises(InputError):
        parse(path)


def test_a_zip_bomb_is_refused(tmp_path):
    document = b'{"data": []' + b" " * (80 << 20) + b"}"
    path = zipped(tmp_path / "x.zip", **{"a.json": document})

    with pytest.raises(InputError, match="unpacks to more than 500 times its size"):
        parse(path)


def tenant(guid, *, collected=True):
    return {"kind": "AZTenant", "data": {"tenantId": guid, "collected": collected}}


def user(guid):
    return {"kind": "AZUser", "data": {"id": ADA, "tenantId": guid}}


@pytest.mark.parametrize(
    ("files", "scope", "expected"),
    [
        ([[tenant(TENANT), user(OTHER), user(OTHER)]], None, TENANT),
        ([[tenant(OTHER, collected=False), user(TENANT), user(TENANT)]], None, TENANT),
        ([[tenant(TENANT)], [user(TENANT.upper())]], None, TENANT),
        ([[{"kind": "AZUser", "data": {"id": ADA}}]], OTHER.upper(), OTHER),
        ([[{"kind": "AZUser", "data": {"id": ADA}}]], None, "unknown"),
        ([[tenant(TENANT)]], OTHER, TENANT),
    ],
)
def test_the_tenant_is_the_collected_one_or_the_one_most_records_name(read, files, scope, expected):
    documents = [{"data": records, "meta": META} for records in files]

    assert read("azurehound", *documents, scope=scope).reading.source.scope == expected


@pytest.mark.parametrize(
    "files",
    [
        [[tenant(TENANT)], [tenant(OTHER)]],
        [[tenant(TENANT)], [user(OTHER)]],
        [[tenant(TENANT), tenant(OTHER)]],
    ],
)
def test_two_tenants_in_one_load_are_refused(read, files):
    documents = [{"data": records, "meta": META} for records in files]

    with pytest.raises(InputError, match="different tenants") as refused:
        read("azurehound", *documents)

    assert refused.value.hint == "Load them one by one."


def test_a_role_without_a_tenant_is_rejected_unless_a_scope_is_given(azurehound):
    role = ("AZRole", {"id": ADA}), ("AZUser", {"id": ADA})

    assert ids(azurehound(*role, scope=None).records) == [ADA]
    assert f"{ADA}@{TENANT}" in ids(azurehound(*role, scope=TENANT).records)


def test_progress_ends_at_the_bytes_on_disk(tmp_path):
    path = zipped(tmp_path / "x.zip", **{"a.json": SAMPLE.read_bytes()})
    told = []

    parse(path, SAMPLE, progress=lambda done, total: told.append((done, total)))

    total = path.stat().st_size + SAMPLE.stat().st_size
    assert {of for _, of in told} == {total}
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (total, total)


@pytest.mark.slow
def test_a_large_export_needs_little_memory(tmp_path):
    path = tmp_path / "large.json"
    record = json.dumps(USER | {"data": USER["data"] | {"jobTitle": "x" * 800}})
    with path.open("w") as file:
        file.write('{"data": [')
        for number in range(105_000):
            guid = f"aaaaaaaa-0000-4000-8000-{number:012x}"
            file.write(("," if number else "") + record.replace(ADA, guid) + "\n")
        file.write('], "meta": {"type": "azure", "version": 5, "count": 105000}}')
    assert path.stat().st_size > 100_000_000

    peak = measured(f"for _ in loader('azurehound').parse([Path({str(path)!r})]): pass")
    nothing = measured("pass")

    assert peak - nothing < 32 << 10  # KiB


def measured(work):
    """Return the peak memory in KiB of a process that does some work."""
    program = (
        "import resource\nfrom pathlib import Path\nfrom loaders import loader\n"
        f"{work}\nprint(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return int(done.stdout)
