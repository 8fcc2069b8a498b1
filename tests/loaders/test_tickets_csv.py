"""The service desk's tickets."""

import pytest

from idgraph.errors import InputError
from idgraph.records import CoverageRecord
from loaders import loader
from tests.loaders.logs import ADA, read

NAME = "tickets_csv"
HEAD = (
    "ticket,identity,method,channel,proof,requester,approvers,executors,vendor,tenant,"
    "requested_at,approved_at,executed_at,summary\n"
)


def tickets(folder, text, **options):
    return read(NAME, folder, text, file="tickets.csv", **options)


def test_a_row_becomes_an_event_with_its_parties_and_times(tmp_path):
    text = HEAD + (
        f"NL-1,{ADA.upper()},MFA reset,Phone,knowledge,ada@acme.example,"
        "Lead@acme.example; b@acme.example,Omar Haddad,Brightdesk,acme,"
        "2026-11-20T17:00:00+05:30,2026-11-20T12:10:00Z,2026-11-20T12:20:00Z,lost phone\n"
    )

    found = tickets(tmp_path, text)

    each = found.event
    assert (each.record, each.kind, each.target) == ("ticket", "RESET_TICKET", ADA)
    assert (each.id, each.at) == (f"NL-1|{ADA}|mfa_reset", "2026-11-20T12:20:00Z")
    assert each.actor == "Omar Haddad"
    assert dict(each.properties) == {
        "ticket": "NL-1",
        "method": "mfa_reset",
        "channel": "phone",
        "proof": "knowledge",
        "requester": "upn:ada@acme.example",
        "approvers": ("upn:lead@acme.example", "upn:b@acme.example"),
        "executors": ("Omar Haddad",),
        "vendor": "Brightdesk",
        "tenant": "acme",
        "requested_at": "2026-11-20T11:30:00Z",
        "approved_at": "2026-11-20T12:10:00Z",
        "executed_at": "2026-11-20T12:20:00Z",
    }
    assert each.evidence == "tickets.csv#L2"
    assert str(found.reading.source) == "tickets_csv:tickets"
    assert found.records[-1] == CoverageRecord(record="ticket", count=1, complete=True)


def test_columns_stand_in_any_order_and_may_be_missing(tmp_path):
    found = tickets(tmp_path, "identity;Queue;TICKET\nada@acme.example;7;NL-1\n")

    assert dict(found.event.properties) == {"ticket": "NL-1"}
    assert found.event.at == ""
    assert found.records[-1].about == "columns not used: queue"


@pytest.mark.parametrize("column", ["ticket", "identity"])
def test_a_ticket_without_its_number_or_identity_is_rejected(column, tmp_path):
    row = {"ticket": "NL-2", "identity": "ada@acme.example"} | {column: " "}
    text = f"ticket,identity\nNL-1,ada@acme.example\n{row['ticket']},{row['identity']}\n"

    assert tickets(tmp_path, text).rejected == [("tickets.csv#L3", f"{column} empty")]
    with pytest.raises(InputError, match=f"has no column {column}"):
        tickets(tmp_path, text.replace(column, "other", 1))


@pytest.mark.parametrize("nobody", ["", " ", "-", "N/A", "unknown", "None", "?"])
def test_a_word_for_nobody_is_nobody(nobody, tmp_path):
    head = "ticket,identity,requester,approvers,vendor\n"
    text = f"{head}NL-1,ada,{nobody},{nobody};{nobody},{nobody}\n"

    assert dict(tickets(tmp_path, text).event.properties) == {"ticket": "NL-1"}


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("method", "magic", "method is none of federation_reset, key_create"),
        ("channel", "pigeon", "channel is none of phone, portal, chat, api, automation"),
        ("proof", "trust me", "proof is none of none, caller_id, knowledge"),
        ("executed_at", "2026-11-20 12:00", "executed_at has no time zone"),
        ("approved_at", "20.11.2026", "approved_at is not an ISO 8601 time"),
    ],
)
def test_a_cell_that_means_nothing_is_rejected_and_the_rest_kept(column, cell, reason, tmp_path):
    found = tickets(tmp_path, f"ticket,identity,{column}\nNL-1,ada,{cell}\n")

    assert column not in found.event.properties
    ((place, told),) = found.rejected
    assert place == "tickets.csv#L2"
    assert told.startswith(reason)
    assert not found.records[-1].complete


def test_free_text_is_dropped_and_counted(tmp_path):
    text = "ticket,identity,summary\nNL-1,ada,temporary one: s3cr3t-value\nNL-2,ada,\n"

    found = tickets(tmp_path, text)

    assert "s3cr3t" not in repr(found.records)
    assert found.reading.counts.values_dropped == 1


def test_the_same_row_twice_is_one_ticket_and_another_method_another(tmp_path):
    text = "ticket,identity,method\n" + "NL-1,ada,tap\n" * 2 + "NL-1,ada,mfa_reset\nNL-1,bob,tap\n"

    found = tickets(tmp_path, text)

    assert [each.id for each in found.events] == [
        "NL-1|ada|tap",
        "NL-1|ada|mfa_reset",
        "NL-1|bob|tap",
    ]
    counts = found.reading.counts
    assert counts.ignored == {"duplicate": 1}
    assert counts.records == counts.accepted + 1 == 4


def test_several_executors_are_no_single_actor(tmp_path):
    found = tickets(tmp_path, "ticket,identity,executors\nNL-1,ada,a@x.org;b@x.org;A@x.org\n")

    assert found.event.actor == ""
    assert found.event.properties["executors"] == ("upn:a@x.org", "upn:b@x.org")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_register_is_read_as_spreadsheets_save_it(encoding, tmp_path):
    text = "ticket\tidentity\tvendor\r\nNL-1\tada\tZoë & Co\r\n"

    found = tickets(tmp_path, text.encode(encoding))

    assert found.event.properties["vendor"] == "Zoë & Co"


def test_several_registers_need_a_scope(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(f"ticket,identity\n{name},ada\n")

    with pytest.raises(InputError, match="2 registers"):
        list(loader(NAME).parse([tmp_path]))
    reading = loader(NAME).parse([tmp_path], scope="desk")
    assert len(list(reading)) == 3
    assert reading.source.scope == "desk"


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "ticket,identity\n", "ticket,identity\n,\n"])
def test_what_is_no_register_is_refused(text, tmp_path):
    with pytest.raises(InputError):
        tickets(tmp_path, text)
