"""From events and tickets to resets: joined, with every party, and with what is wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from idgraph import derive
from idgraph.analysis.resets import resets
from idgraph.analysis.resets.answer import UNKNOWN, ResetEvent
from idgraph.analysis.resets.event_log import WhoIsWho
from idgraph.analysis.resets.findings import Finding, finding_kind, finding_kinds
from idgraph.errors import AmbiguousNameError, InputError, UnknownNameError
from idgraph.graph import Flag, graph_from_columns
from idgraph.records import EventRecord
from idgraph.resolve.frames import json_text

TENANT = "11111111-1111-4111-8111-111111111111"
AUDIT, SIGN_INS, TICKETS = f"entra_audit:{TENANT}", f"entra_signins:{TENANT}", "tickets_csv:desk"
COLUMNS = ("record", "id", "kind", "at", "actor", "target", "evidence")


def at(time, day=20):
    return f"2026-11-{day:02}T{time}:00Z" if len(time) == 5 else f"2026-11-{day:02}T{time}Z"


def entry(name, kind, time, actor, target, **said):
    return AUDIT, EventRecord(
        record="directory audit",
        id=name,
        kind=kind,
        at=at(time),
        actor=actor,
        target=target,
        properties=said,
        evidence=f"audit.json#/{name}",
    )


def reset(name="r1", kind="PASSWORD_RESET_BY_ADMIN", time="12:00", actor="omar", **said):
    return entry(name, kind, time, actor, said.pop("target", "ada"), **said)


def sign_in(time, who="ada", ip="192.0.2.1", strength="multiple", result="success", day=20):
    return SIGN_INS, EventRecord(
        record="sign-in",
        id=f"s-{who}-{day}-{time}",
        kind="SIGN_IN",
        at=at(time, day),
        actor=who,
        target=who,
        properties={"ip": ip, "strength": strength, "result": result},
        evidence=f"signins.json#/{who}/{time}",
    )


def ticket(number="NL-1", identity="ada", method="password_admin", executed="12:00", **said):
    times = {"executed_at": at(executed)} if executed else {}
    given = {"ticket": number, "method": method, **times, **said}
    moment = given.get("executed_at") or given.get("approved_at") or given.get("requested_at", "")
    return TICKETS, EventRecord(
        record="ticket",
        id=f"{number}|{identity}|{method}",
        kind="RESET_TICKET",
        at=moment,
        target=identity,
        properties={name: value for name, value in given.items() if value},
        evidence=f"tickets.csv#{number}",
    )


def whole(**said):
    """Return a ticket with every party, of which nothing is wrong."""
    given = {
        "requester": "ada",
        "approvers": ("lead",),
        "executors": ("omar",),
        "proof": "video",
        "channel": "phone",
        "requested_at": at("11:40"),
        "approved_at": at("11:50"),
    }
    return ticket(**(given | said))


def frame(*records):
    rows = [
        {
            "row": row,
            "source": source,
            "properties": json_text(dict(event.properties)) if event.properties else "",
            **{name: getattr(event, name) for name in COLUMNS},
        }
        for row, (source, event) in enumerate(records)
    ]
    columns = ["row", "source", "properties", *COLUMNS]
    return pd.DataFrame(rows, columns=columns)


def found(*records, **options):
    return resets(frame(*records), **options)


def only(*records, **options):
    (event,) = found(*records, **options)
    return event


def graph(nodes, edges=(), privileged=()):
    """Return a graph of nodes (id, kind, name) and edges (source, kind, target)."""
    nodes = sorted(nodes)
    place = {node: position for position, (node, *_) in enumerate(nodes)}
    return graph_from_columns(
        derive.CATALOGUE,
        ids=[node for node, *_ in nodes],
        kinds=[kind for _, kind, _ in nodes],
        names=[name for *_, name in nodes],
        flags=np.array([Flag.PRIVILEGED * (node in privileged) for node, *_ in nodes], np.uint16),
        source=[place[source] for source, _, _ in edges],
        edge_kinds=[kind for _, kind, _ in edges],
        target=[place[target] for *_, target in edges],
    )


# What a reset is.


def test_a_reset_has_the_log_for_what_was_done_and_the_ticket_for_who_asked():
    event = only(
        reset(ip="192.0.2.7", tenant=TENANT, channel="portal"),
        whole(vendor="Brightdesk"),
        sign_in("12:05", ip="198.51.100.1"),
    )

    assert event == ResetEvent(
        id="r1",
        identity="ada",
        method="password_admin",
        channel="phone",
        proof="video",
        requester="ada",
        approvers=("lead",),
        executors=("omar",),
        vendor="Brightdesk",
        ticket="NL-1",
        tenant=TENANT,
        requested_at=at("11:40"),
        approved_at=at("11:50"),
        executed_at=at("12:00"),
        first_use_at=at("12:05"),
        first_use_ip="198.51.100.1",
        evidence=("audit.json#/r1", "tickets.csv#NL-1"),
        findings=(),
    )


def test_a_party_that_nobody_names_is_unknown_and_a_finding():
    event = only(reset(actor=""), sign_in("12:05"))

    assert event.requester == UNKNOWN
    assert event.approvers == event.executors == (UNKNOWN,)
    assert (event.channel, event.proof, event.vendor, event.ticket) == (UNKNOWN, UNKNOWN, "", "")
    assert set(event.codes) == {
        "UNKNOWN_REQUESTER",
        "UNKNOWN_APPROVER",
        "UNKNOWN_EXECUTOR",
        "UNKNOWN_PROOF",
        "UNKNOWN_TICKET",
    }


def test_an_identity_that_the_log_does_not_name_is_unknown_and_a_finding():
    event = only(reset(target=""))

    assert event.identity == UNKNOWN
    assert "UNKNOWN_IDENTITY" in event.codes


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        ("PASSWORD_RESET_SELF_SERVICE", "password_sspr"),
        ("PASSWORD_CHANGED", "password_user"),
        ("MFA_METHOD_ADDED", "mfa_register"),
    ],
)
def test_nobody_has_to_approve_what_an_identity_does_to_itself(kind, method):
    event = only(reset(kind=kind, actor="ada"))

    assert (event.method, event.requester, event.executors) == (method, "ada", ("ada",))
    assert event.approvers == ()
    assert not event.assisted
    assert event.findings == ()


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        ("PASSWORD_RESET_BY_ADMIN", "password_admin"),
        ("TEMPORARY_PASS_ISSUED", "tap"),
        ("MFA_RESET", "mfa_reset"),
        ("MFA_METHOD_REMOVED", "mfa_reset"),
        ("MFA_METHOD_ADDED", "mfa_register"),
        ("RECOVERY_CONTACT_CHANGED", "recovery_contact_change"),
        ("CREDENTIAL_ADDED", "secret_rotate"),
        ("ACCESS_KEY_CREATED", "key_create"),
        ("LOGIN_PROFILE_CHANGED", "login_profile"),
        ("FEDERATION_CHANGED", "federation_reset"),
    ],
)
def test_what_somebody_else_does_is_a_reset_by_this_method(kind, method):
    assert only(reset(kind=kind)).method == method


@pytest.mark.parametrize(
    "kind", ["SIGN_IN", "ROLE_GRANTED", "SESSIONS_REVOKED", "CREDENTIAL_REMOVED"]
)
def test_other_events_are_no_resets(kind):
    assert len(found(reset(kind=kind))) == 0


def test_who_takes_a_factor_off_the_own_account_resets_nothing():
    assert len(found(reset(kind="MFA_METHOD_REMOVED", actor="ada"))) == 0


def test_a_reset_that_failed_is_counted_and_not_listed():
    answer = found(reset(result="failure"), reset("r2", time="13:00"))

    assert [each.id for each in answer] == ["r2"]
    assert len(answer.refused) == 1
    assert len(answer.where(identity="bob").refused) == 0


def test_no_events_are_no_resets():
    answer = found()

    assert len(answer) == 0
    assert repr(answer) == "Resets(0 resets of 0 identities, 0 with something wrong)"
    assert answer.to_frame().empty
    assert json.dumps(answer.to_json())


# Several entries, one reset.


def factors(*times, **said):
    return [
        reset(f"f{number}", "MFA_METHOD_REMOVED", time, **{"correlation": "t1", **said})
        for number, time in enumerate(times)
    ]


def test_factors_taken_off_one_by_one_are_one_reset():
    event = only(*factors("12:00:00", "12:00:01", "12:00:02"))

    assert (event.method, event.executed_at, len(event.evidence)) == ("mfa_reset", at("12:00"), 3)


def test_factors_taken_off_within_a_minute_by_one_hand_are_one_reset():
    times = ("12:00:00", "12:00:30", "12:01:00", "12:01:01")

    answer = found(*factors(*times, correlation=""))

    assert [(each.executed_at, len(each.evidence)) for each in answer] == [
        (at("12:00"), 3),
        (at("12:01:01"), 1),
    ]


def test_what_two_people_do_at_once_are_two_resets():
    assert len(found(reset("r1"), reset("r2", actor="eve"))) == 2


def test_what_happens_to_two_identities_are_two_resets():
    assert len(found(reset("r1"), reset("r2", target="bob"))) == 2


def test_another_method_is_another_reset():
    assert len(found(reset("r1"), reset("r2", "MFA_RESET"))) == 2


def test_the_service_and_the_directory_log_one_reset_of_a_password():
    event = only(
        reset("r1", "PASSWORD_RESET_SELF_SERVICE", "12:00:00", actor="ada"),
        reset("r2", "PASSWORD_RESET_BY_ADMIN", "12:00:02", actor="password-service"),
    )

    assert (event.id, event.method, event.executors) == ("r1", "password_sspr", ("ada",))
    assert event.findings == ()


def test_an_entry_without_an_actor_takes_the_one_of_its_other_half():
    event = only(reset("r1", actor=""), reset("r2", time="12:00:01", actor="omar"))

    assert event.executors == ("omar",)


def test_an_event_that_two_sources_hold_is_one():
    source, event = reset()

    assert len(found((source, event), (f"{source}-copy", replace(event, evidence="copy#/0")))) == 1


def test_the_order_of_the_events_does_not_matter():
    records = [reset(), whole(), sign_in("12:05"), sign_in("09:00"), reset("r2", "MFA_RESET")]
    answers = {found(*order).explain() for order in permutations(records)}

    assert len(answers) == 1


# Tickets.


@pytest.mark.parametrize(("minutes", "joined"), [(0, True), (15, True), (16, False)])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_ticket_belongs_to_a_reset_within_fifteen_minutes(minutes, joined, sign):
    moment = pd.Timestamp("2026-11-20T12:00:00Z") + sign * pd.Timedelta(minutes=minutes)
    executed = moment.strftime("%H:%M")

    answer = found(reset(), ticket(executed=executed))

    assert len(answer) == (1 if joined else 2)


def test_the_number_in_the_log_decides_whatever_the_time():
    answer = found(
        reset(ticket="NL-7"), ticket("NL-7", executed="23:00"), ticket("NL-8", executed="12:00")
    )

    assert answer.find("r1").ticket == "NL-7"


def test_the_nearest_ticket_belongs_to_a_reset():
    answer = found(
        reset("r1", time="12:00"),
        reset("r2", time="12:10"),
        ticket("NL-1", executed="12:01"),
        ticket("NL-2", executed="12:09"),
    )

    assert {each.id: each.ticket for each in answer} == {"r1": "NL-1", "r2": "NL-2"}


def test_a_ticket_that_names_a_method_belongs_to_the_nearest_reset_alone():
    answer = found(reset("r1", time="12:00"), reset("r2", time="12:10"), ticket(executed="12:09"))

    assert {each.id: each.ticket for each in answer} == {"r1": "", "r2": "NL-1"}


def test_a_ticket_of_the_same_method_is_preferred_to_a_nearer_one():
    answer = found(
        reset("r1", "TEMPORARY_PASS_ISSUED", "12:00"),
        ticket("NL-1", method="mfa_reset", executed="12:00"),
        ticket("NL-2", method="tap", executed="12:10"),
    )

    assert answer.find("r1").ticket == "NL-2"


def test_a_ticket_of_a_like_method_is_taken_and_told():
    event = only(
        reset(kind="TEMPORARY_PASS_ISSUED"), ticket(method="mfa_reset", executors=("omar",))
    )

    assert Finding("METHOD_DIFFERS", "the ticket says mfa_reset, the log tap") in event.findings
    assert event.method == "tap"


def test_a_ticket_of_another_kind_of_method_is_not_taken():
    assert len(found(reset(), ticket(method="mfa_reset"))) == 2


def test_a_ticket_without_a_method_belongs_to_all_resets_of_its_time():
    answer = found(reset("r1"), reset("r2", "MFA_RESET"), ticket(method=""))

    assert [each.ticket for each in answer] == ["NL-1", "NL-1"]


def test_a_ticket_does_not_belong_to_what_the_identity_did_alone_afterwards():
    answer = found(
        reset("r1", "MFA_METHOD_ADDED", "12:05", actor="ada"),
        ticket(method="mfa_reset", executed="12:00"),
    )

    assert {each.ticket for each in answer} == {"", "NL-1"}


def test_a_ticket_finds_its_reset_by_the_account_name_in_the_log():
    event = only(
        reset(target="okta:acme.okta.com/00u1", target_name="Ada@Acme.Example"),
        ticket(identity="upn:ada@acme.example"),
    )

    assert (event.identity, event.ticket) == ("okta:acme.okta.com/00u1", "NL-1")


def test_a_ticket_that_no_log_shows_is_a_reset_as_far_as_anybody_says():
    event = only(whole())

    assert (event.id, event.identity, event.method) == ("NL-1", "ada", "password_admin")
    assert (event.executed_at, event.executors) == (at("12:00"), ("omar",))
    assert event.codes == ()


@pytest.mark.parametrize(
    ("time", "taken", "shown"),
    [
        ("11:59", None, False),
        ("12:00", None, True),
        ("13:00", None, False),
        ("13:00", at("14:00"), True),
        ("13:00", at("12:30"), False),
    ],
)
def test_a_ticket_is_without_an_event_only_where_the_log_would_show_it(time, taken, shown):
    log = reset("other", time="12:00", target="bob")

    answer = found(log, whole(executed=time), taken={AUDIT: taken} if taken else None)

    assert ("TICKET_WITHOUT_EVENT" in answer.find("NL-1").codes) == shown


def test_sign_ins_are_no_log_of_resets():
    answer = found(sign_in("11:00"), sign_in("13:00"), whole())

    assert "TICKET_WITHOUT_EVENT" not in answer.find("NL-1").codes


def test_a_reset_without_a_ticket_is_told_only_where_tickets_are_loaded():
    assert "UNKNOWN_TICKET" in only(reset()).codes
    with_tickets = found(reset(), ticket("NL-9", identity="bob")).find("r1")
    assert "RESET_WITHOUT_TICKET" in with_tickets.codes
    assert "UNKNOWN_TICKET" not in with_tickets.codes


def test_a_ticket_of_several_resets_is_called_by_more_than_its_number():
    answer = found(ticket(identity="ada"), ticket(identity="bob"))

    assert {each.id for each in answer} == {"NL-1|ada|password_admin", "NL-1|bob|password_admin"}
    with pytest.raises(AmbiguousNameError):
        answer.find("NL-1")


# What is wrong.


def codes(*records, **options):
    return set(found(*records, **options).find("r1").codes)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, set()),
        ({"approvers": ("ada",)}, {"SELF_APPROVED"}),
        ({"approvers": ("lead", "omar")}, {"SELF_EXECUTED"}),
        ({"approvers": ("omar",), "requester": "omar"}, {"SELF_APPROVED", "SELF_EXECUTED"}),
        ({"approvers": ()}, {"UNKNOWN_APPROVER"}),
        ({"requester": ""}, {"UNKNOWN_REQUESTER"}),
        ({"proof": ""}, {"UNKNOWN_PROOF"}),
        ({"executors": ("eve",)}, {"EXECUTOR_DIFFERS"}),
        ({"executors": ("eve", "omar")}, set()),
        ({"executors": ()}, set()),
        ({"approved_at": at("12:01")}, {"EXECUTED_BEFORE_APPROVED"}),
        ({"approved_at": at("12:00")}, set()),
        ({"approved_at": ""}, set()),
        ({"requested_at": at("12:01")}, {"REQUESTED_AFTER_EXECUTED"}),
        (
            {"approved_at": at("12:06")},
            {"EXECUTED_BEFORE_APPROVED", "USED_BEFORE_APPROVED"},
        ),
        ({"proof": "knowledge"}, {"RECOVERY_BELOW_AAL"}),
        ({"proof": "caller_id"}, {"RECOVERY_BELOW_AAL"}),
        ({"proof": "none"}, {"RECOVERY_BELOW_AAL"}),
        ({"proof": "contact_code"}, set()),
        ({"proof": "callback"}, set()),
    ],
)
def test_what_a_ticket_shows_to_be_wrong_is_found_and_nothing_else(said, expected):
    records = [reset(), whole(**said), sign_in("09:00"), sign_in("12:05")]

    assert codes(*records) == expected


@pytest.mark.parametrize(
    ("kind", "method", "before", "weak"),
    [
        ("PASSWORD_RESET_BY_ADMIN", "password_admin", "multiple", True),
        ("PASSWORD_RESET_BY_ADMIN", "password_admin", "single", False),
        ("PASSWORD_RESET_BY_ADMIN", "password_admin", None, False),
        ("MFA_RESET", "mfa_reset", None, True),
        ("TEMPORARY_PASS_ISSUED", "tap", None, True),
    ],
)
def test_weak_proof_counts_where_the_account_is_known_to_have_a_second_factor(
    kind, method, before, weak
):
    earlier = [sign_in("09:00", strength=before)] if before else []

    told = codes(reset(kind=kind), whole(method=method, proof="knowledge"), *earlier)

    assert ("RECOVERY_BELOW_AAL" in told) == weak


@pytest.mark.parametrize(
    ("records", "new"),
    [
        ([sign_in("09:00", ip="a"), sign_in("12:05", ip="b")], True),
        ([sign_in("09:00", ip="a"), sign_in("12:05", ip="a")], False),
        ([sign_in("12:05", ip="b")], False),
        ([sign_in("09:00", ip="a")], False),
        ([sign_in("09:00", ip="a", result="failure"), sign_in("12:05", ip="b")], False),
        ([sign_in("09:00", ip="a"), sign_in("12:05", ip="b", result="failure")], False),
        ([sign_in("09:00", who="bob", ip="a"), sign_in("12:05", ip="b")], False),
        ([sign_in("09:00", ip="a"), sign_in("12:05", ip="")], False),
    ],
)
def test_an_address_is_new_only_to_an_account_whose_earlier_sign_ins_are_known(records, new):
    assert ("FIRST_USE_FROM_NEW_IP" in codes(reset(), whole(), *records)) == new


def test_the_first_use_is_the_first_thing_that_the_identity_does_and_brings_off():
    answer = only(
        reset(),
        whole(),
        sign_in("11:59"),
        sign_in("12:01", result="failure"),
        sign_in("12:02", who="bob"),
        entry("e1", "ROLE_ACTIVATED", "12:03", "ada", "ada", ip="192.0.2.5"),
        sign_in("12:04"),
    )

    assert (answer.first_use_at, answer.first_use_ip) == (at("12:03"), "192.0.2.5")


def test_a_reset_is_no_use_of_itself():
    assert only(reset(kind="MFA_METHOD_ADDED", actor="ada")).first_use_at == ""


AROUND = sign_in("08:00", who="bob"), sign_in("13:00", who="bob")


@pytest.mark.parametrize(
    ("records", "missing"),
    [
        ([*AROUND, sign_in("11:30", who="omar")], False),
        ([*AROUND, sign_in("11:00", who="omar")], False),
        ([*AROUND, sign_in("10:59", who="omar")], True),
        ([*AROUND, sign_in("11:30", who="omar", strength="single")], True),
        ([*AROUND, sign_in("11:30", who="eve")], True),
        ([*AROUND, sign_in("12:01", who="omar")], True),
        (AROUND, True),
        (AROUND[:1], False),
        (AROUND[1:], False),
        ([], False),
    ],
)
def test_a_step_up_is_missing_only_where_sign_ins_of_that_time_are_known(records, missing):
    told = codes(reset(kind="CREDENTIAL_ADDED"), *records)

    assert ("STEP_UP_MISSING" in told) == missing


@pytest.mark.parametrize(
    "kind",
    [
        "CREDENTIAL_ADDED",
        "ACCESS_KEY_CREATED",
        "LOGIN_PROFILE_CHANGED",
        "RECOVERY_CONTACT_CHANGED",
        "FEDERATION_CHANGED",
    ],
)
def test_secrets_keys_contacts_and_trusts_ask_for_a_step_up(kind):
    assert "STEP_UP_MISSING" in codes(reset(kind=kind), *AROUND)
    assert "STEP_UP_MISSING" not in codes(reset(kind=kind, strength="multiple"), *AROUND)
    assert "STEP_UP_MISSING" in codes(reset(kind=kind, strength="single"))


def test_a_password_asks_for_no_step_up():
    assert "STEP_UP_MISSING" not in codes(reset(), *AROUND)


def test_strong_proof_is_a_step_up():
    asked = whole(method="recovery_contact_change", proof="authenticator")

    assert "STEP_UP_MISSING" not in codes(reset(kind="RECOVERY_CONTACT_CHANGED"), asked, *AROUND)


# Who is who.

PEOPLE = [
    ("id-ada", "EntraUser", "Ada Marlowe"),
    ("id-omar", "EntraUser", "Omar Haddad"),
    ("id-lead", "EntraUser", "The Lead"),
    ("id-app", "EntraApp", "Release"),
    ("id-sp", "EntraServicePrincipal", "Release"),
    ("id-role", "EntraRole", "Global Administrator"),
]
ALIASES = [
    ("upn:ada@acme.example", "id-ada"),
    ("mail:a.marlowe@acme.example", "id-ada"),
    ("upn:omar@acme.example", "id-omar"),
    ("upn:lead@acme.example", "id-lead"),
    ("upn:shared@acme.example", "id-ada"),
    ("upn:shared@acme.example", "id-omar"),
    ("appid:client", "id-app"),
    ("appid:client", "id-sp"),
]


def directory(edges=()):
    return WhoIsWho(graph(PEOPLE, edges, privileged=["id-role"]), ALIASES)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("id-ada", "id-ada"),
        ("upn:ada@acme.example", "id-ada"),
        ("upn:a.marlowe@acme.example", "id-ada"),
        ("upn:shared@acme.example", "upn:shared@acme.example"),
        ("upn:nobody@acme.example", "upn:nobody@acme.example"),
        ("appid:client", "id-sp"),
        ("Omar Haddad", "Omar Haddad"),
    ],
)
def test_an_end_is_the_one_node_that_answers_to_it_or_stays_as_it_is(text, node):
    assert directory().node(text) == node


def test_parties_are_resolved_and_called_by_their_names():
    answer = found(
        reset(target="upn:ada@acme.example", actor="id-omar"),
        whole(
            identity="upn:a.marlowe@acme.example",
            requester="upn:ada@acme.example",
            approvers=("upn:lead@acme.example",),
            executors=("upn:omar@acme.example",),
        ),
        who=directory(),
    )

    (event,) = answer
    assert (event.identity, event.requester) == ("id-ada", "id-ada")
    assert (event.approvers, event.executors) == (("id-lead",), ("id-omar",))
    assert [answer.name(each) for each in ("id-ada", "id-omar")] == ["Ada Marlowe", "Omar Haddad"]
    assert event.findings == ()


def test_an_identity_that_no_directory_knows_is_kept_and_told():
    answer = found(reset(target="ghost", target_name="ghost@acme.example"), who=directory())

    assert answer.events[0].identity == "ghost"
    assert answer.name("ghost") == "ghost@acme.example"
    assert "IDENTITY_NOT_IN_GRAPH" in answer.events[0].codes


def test_without_any_directory_nothing_is_said_of_it():
    assert "IDENTITY_NOT_IN_GRAPH" not in only(reset()).codes


def test_a_registration_is_used_by_its_service_principal():
    event = only(
        reset(kind="CREDENTIAL_ADDED", target="id-app"),
        sign_in("12:30", who="id-sp"),
        who=directory(),
    )

    assert event.first_use_at == at("12:30")


VENDORS = [
    ticket("NL-5", "bob", executed="08:00", executors=("id-omar",), vendor="Brightdesk"),
    ticket("NL-6", "bob", executed="09:00", executors=("id-lead",), vendor="Brightdesk"),
]


@pytest.mark.parametrize(
    ("edges", "vendors", "same"),
    [
        ([("id-ada", "HAS_ROLE", "id-role")], VENDORS, True),
        ([], VENDORS, False),
        ([("id-ada", "HAS_ROLE", "id-role")], VENDORS[:1], False),
        ([("id-omar", "HAS_ROLE", "id-role")], VENDORS, False),
    ],
)
def test_one_vendor_may_not_approve_and_execute_for_a_privileged_account(edges, vendors, same):
    told = codes(
        reset(target="id-ada", actor="id-omar"),
        whole(identity="id-ada", executors=("id-omar",), approvers=("id-lead",)),
        *vendors,
        who=directory(edges),
    )

    assert ("SAME_VENDOR" in told) == same


def test_one_person_in_two_parts_is_no_vendor_in_two_parts():
    told = codes(
        reset(target="id-ada", actor="id-omar"),
        whole(identity="id-ada", executors=("id-omar",), approvers=("id-omar",)),
        *VENDORS,
        who=directory([("id-ada", "HAS_ROLE", "id-role")]),
    )

    assert "SELF_EXECUTED" in told
    assert "SAME_VENDOR" not in told


def test_an_executor_works_for_the_vendor_that_tickets_name():
    answer = found(reset("r1", actor="id-omar"), *VENDORS)

    assert answer.find("r1").vendor == "Brightdesk"


# The answer.


def test_resets_are_chosen_by_window_and_identity():
    answer = found(
        reset("r1", target_name="ada@acme.example"),
        reset("r2", time="13:00", target="bob"),
        ticket("NL-9", "upn:carl@acme.example", executed=""),
    )

    def ids(**chosen):
        return {each.id for each in answer.where(**chosen)}

    assert ids() == {"r1", "r2", "NL-9"}
    assert ids(window="2026-11-20T12:30Z..") == {"r2"}
    assert ids(window="..2026-11-19") == set()
    assert ids(identity="ADA@acme.example") == {"r1"}
    assert ids(identity="carl@acme.example") == {"NL-9"}
    assert ids(identity="bob", window="2026-11-20..2026-11-20") == {"r2"}
    with pytest.raises(InputError):
        answer.where(window="yesterday")


def test_a_reset_is_found_by_its_id_or_its_ticket():
    answer = found(reset(), whole())

    assert answer.find("r1") is answer.find("nl-1")
    with pytest.raises(UnknownNameError, match=r"Did you mean NL-1\?"):
        answer.find("NL-2")


def test_the_answer_says_the_same_in_every_form():
    answer = found(reset(), whole(proof="knowledge"), sign_in("09:00"), sign_in("12:05"))

    assert repr(answer) == "Resets(1 reset of 1 identity, 1 with something wrong)"
    table = answer.to_frame()
    assert list(table["findings"]) == [("RECOVERY_BELOW_AAL",)]
    said = answer.to_json()
    assert json.loads(json.dumps(said)) == said
    assert said["resets"][0]["executors"] == [{"id": "omar", "name": ""}]
    assert said["resets"][0]["findings"][0]["controls"][0] == "NIST-CSF 2.0 PR.AA-02"
    assert said["counts"] == {"RECOVERY_BELOW_AAL": 1}
    assert "It rests on knowledge or less" in answer.explain()
    bundle = answer._repr_mimebundle_()
    assert "RECOVERY_BELOW_AAL" in bundle["text/html"]


def test_what_is_missing_is_told():
    assert found(reset()).notes == (
        "who asked and who approved, as no register of tickets is loaded",
        "who used what was reset, as no sign-ins are loaded",
    )
    assert found(whole(), sign_in("12:00")).notes == ("what was done, as no log of it is loaded",)


def test_hostile_names_are_shown_escaped():
    evil = "<img src=x onerror=alert(1)>\x1b[31m\u202e"
    answer = found(reset(target="ada", target_name=evil), whole(requester=evil, vendor=evil))

    html = answer._repr_mimebundle_()["text/html"]
    assert "<img" not in html
    assert "\x1b" not in html + answer.explain() + repr(answer)


@pytest.mark.parametrize("code", finding_kinds())
def test_every_finding_reads_as_a_sentence_and_bears_on_a_control(code):
    kind = finding_kind(code)

    assert kind.controls
    assert Finding(code, "so").sentence == f"It {kind.reads}: so."
    assert Finding(code).to_json()["code"] == code


def test_a_finding_that_does_not_exist_is_refused():
    with pytest.raises(UnknownNameError, match="Did you mean SELF_APPROVED"):
        finding_kind("SELF_APROVED")
