"""The register of reset paths."""

from pathlib import Path

import pytest

from idgraph.errors import InputError
from idgraph.records import EdgeRecord, NodeRecord, OwnerClaim, Rejected
from loaders import loader

SAMPLE = Path(__file__).parents[2] / "sample_data" / "northlight" / "resets.csv"
GUID = "AAAAAAAA-0000-4000-8000-000000000001"
ROLE = "729827E3-9C14-49F7-BB1B-9608F156BBB8@11111111-1111-4111-8111-111111111111"


def parse(path, *more, scope=None):
    reading = loader("reset_register").parse([path, *more], scope=scope)
    return reading, list(reading)


def written(tmp_path, *rows, name="desk.csv"):
    path = tmp_path / name
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def row(tmp_path, **cells):
    stated = {"path": "Phone", "method": "tap", **cells}
    return written(tmp_path, ",".join(stated), ",".join(f'"{each}"' for each in stated.values()))


def of(records, kind):
    return [each for each in records if isinstance(each, kind)]


def edges(records):
    return [(each.source, each.kind, each.target) for each in of(records, EdgeRecord)]


def reasons(records):
    return [each.reason for each in of(records, Rejected)]


def path_of(records):
    return next(each for each in of(records, NodeRecord) if each.kind == "ResetPath")


def test_a_row_becomes_a_path_with_who_carries_it_out_for_whom(tmp_path):
    reading, records = parse(
        row(
            tmp_path,
            path="  Vendor   Desk ",
            platform="entra",
            method="MFA-reset",
            channel="Phone",
            executors=f"{GUID}; Omar@x.org;{ROLE}",
            vendor="Bright  Desk",
            covers=f"{GUID};appid:{GUID}",
            approvals="2",
            approvers="boss@x.org",
            proof="contact code",
            self_approval="No",
            policy_owner="p@x.org;q@x.org",
            reviewer="the audit team",
            last_tested="2026-01-31",
        )
    )

    path, low = "reset-path:desk/vendor desk", GUID.lower()
    assert path_of(records) == NodeRecord(
        record="reset path",
        id=path,
        kind="ResetPath",
        name="Vendor Desk",
        properties={
            "reset_platform": "entra",
            "method": "mfa_reset",
            "channel": "phone",
            "proof": "contact_code",
            "approvals": 2,
            "self_approval": False,
            "self_service": False,
            "covers_all": False,
            "vendor": "Bright Desk",
            "last_tested": "2026-01-31T00:00:00Z",
        },
        evidence="desk.csv#L2",
    )
    assert edges(records) == [
        (low, "EXECUTES_RESETS", path),
        ("upn:omar@x.org", "EXECUTES_RESETS", path),
        (ROLE.lower(), "EXECUTES_RESETS", path),
        ("upn:boss@x.org", "APPROVES_RESETS", path),
        (path, "COVERS", low),
        (path, "COVERS", f"appid:{GUID}"),
        (path, "RUN_BY", "vendor:desk/bright desk"),
    ]
    assert [(c.node, c.owner, c.claim, c.said_by) for c in of(records, OwnerClaim)] == [
        (path, "upn:p@x.org", "policy_owner", "desk"),
        (path, "upn:q@x.org", "policy_owner", "desk"),
        (path, "the audit team", "reviewer", "desk"),
    ]
    assert reasons(records) == []
    assert records[-1].complete
    assert str(reading.source) == "reset_register:desk"


def test_what_is_not_stated_is_left_out(tmp_path):
    _, records = parse(row(tmp_path))

    assert path_of(records).properties == {
        "method": "tap",
        "self_service": False,
        "covers_all": False,
    }
    assert edges(records) == []


def test_self_is_the_person_and_a_star_is_everybody(tmp_path):
    _, records = parse(row(tmp_path, executors="SELF", covers="*"))

    assert path_of(records).properties["self_service"] is True
    assert path_of(records).properties["covers_all"] is True
    assert edges(records) == []


def test_a_vendor_carries_out_what_nobody_else_is_named_for(tmp_path):
    _, records = parse(row(tmp_path, vendor="Acme"))

    assert ("vendor:desk/acme", "EXECUTES_RESETS", "reset-path:desk/phone") in edges(records)


def test_a_vendor_stands_in_for_nobody_who_is_only_misspelt(tmp_path):
    _, records = parse(row(tmp_path, vendor="Acme", executors="the night shift"))

    assert edges(records) == [("reset-path:desk/phone", "RUN_BY", "vendor:desk/acme")]
    assert reasons(records) == ["executors, entry 1, is neither an id nor a UPN"]


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("channel", "pigeon", "channel is none of phone, portal, chat, api, automation"),
        ("proof", "trust", "proof is none of none, caller_id, knowledge"),
        ("approvals", "10", "approvals is not a number from 0 to 9"),
        ("approvals", "-1", "approvals is not a number from 0 to 9"),
        ("approvals", "\u0663", "approvals is not a number from 0 to 9"),
        ("self_approval", "perhaps", "self_approval is neither yes nor no"),
        ("last_tested", "last year", "last_tested is not an ISO 8601 date such as 2026-03-31"),
        ("covers", "self", "covers, entry 1, is neither an id nor a UPN"),
        ("covers", "a@x.org;two words", "covers, entry 2, is neither an id nor a UPN"),
        ("executors", "*", "executors, entry 1, is neither an id nor a UPN"),
        ("approvers", "self", "approvers, entry 1, is neither an id nor a UPN"),
    ],
)
def test_a_part_that_cannot_be_understood_is_told_and_the_rest_is_kept(
    tmp_path, column, cell, reason
):
    reading, records = parse(row(tmp_path, **{column: cell}))

    assert [each.startswith(reason) for each in reasons(records)] == [True]
    assert path_of(records).properties["method"] == "tap"
    assert column not in path_of(records).properties
    assert (reading.counts.accepted, reading.counts.refused) == (1, 0)
    assert not records[-1].complete


def test_no_reason_repeats_what_stands_in_the_cell(tmp_path):
    _, records = parse(
        row(tmp_path, proof="hunter2", covers="hunter2 hunter2", approvals="hunter2")
    )

    assert len(reasons(records)) == 3
    assert "hunter2" not in "".join(reasons(records))


@pytest.mark.parametrize(("word", "allowed"), [("yes", True), ("TRUE", True), ("0", False)])
def test_self_approval_is_read_in_plain_words(tmp_path, word, allowed):
    _, records = parse(row(tmp_path, self_approval=word))

    assert path_of(records).properties["self_approval"] is allowed


def test_a_row_without_a_known_method_or_a_name_of_its_own_is_refused(tmp_path):
    reading, records = parse(
        written(
            tmp_path,
            "path,method",
            "Phone,tap",
            "phone,mfa_reset",
            "Chat,prayer",
            ",tap",
            "Mail,",
            "Portal,password_sspr",
        )
    )

    assert [each.name for each in of(records, NodeRecord)] == ["Phone", "Portal"]
    assert [each.place for each in of(records, Rejected)] == [
        f"desk.csv#L{n}" for n in (3, 4, 5, 6)
    ]
    assert reasons(records)[0] == "path has the name of the one at desk.csv#L2"
    assert reasons(records)[1].startswith("method is none of password_admin")
    assert reasons(records)[2:] == ["path empty", "method empty"]
    assert (reading.counts.records, reading.counts.accepted, reading.counts.refused) == (6, 2, 4)


def test_a_name_holds_for_all_files_of_a_register(tmp_path):
    one = written(tmp_path, "path,method", "Phone,tap")
    two = written(tmp_path, "path,method", "PHONE,tap", "Chat,tap", name="more.csv")

    _, records = parse(one, two, scope="desks")

    assert reasons(records) == ["path has the name of the one at desk.csv#L2"]
    assert {each.id for each in of(records, NodeRecord)} == {
        "reset-path:desks/phone",
        "reset-path:desks/chat",
    }


def test_columns_that_are_not_used_are_named(tmp_path):
    _, records = parse(row(tmp_path, remarks="password is hunter2"))

    assert records[-1].about == "columns not used: remarks"
    assert "hunter2" not in repr(records)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "has no column path and no column method"),
        (b"path,proof\nx,none\n", "has no column method"),
        (b"path,method\n", "holds no row that could be used, out of 0"),
        (b"path,method\nx,y\n", "holds no row that could be used, out of 1"),
        ("path,method\nZoë,tap\n".encode("cp1252"), "is not UTF-8"),
        (b"path,method\nx," + b"y" * 200_000 + b"\n", "is not CSV"),
    ],
)
def test_what_is_no_register_is_refused(tmp_path, content, fault):
    path = tmp_path / "desk.csv"
    path.write_bytes(content)

    with pytest.raises(InputError, match=fault):
        parse(path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_register_is_read_as_spreadsheets_save_it(tmp_path, encoding, delimiter):
    path = tmp_path / "desk.csv"
    lines = [["PATH", " Method ", "Covers"], ["Zoë", "tap", '"a@x.org;b@x.org"']]
    path.write_bytes("\r\n".join(delimiter.join(each) for each in lines).encode(encoding))

    _, records = parse(path)

    assert [target for _, _, target in edges(records)] == ["upn:a@x.org", "upn:b@x.org"]


def test_the_sample_is_accepted_whole():
    reading, records = parse(SAMPLE)

    assert reading.counts.accepted == reading.counts.records > 3
    assert reasons(records) == []
