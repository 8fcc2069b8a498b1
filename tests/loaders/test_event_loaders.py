"""What holds for every loader of a log."""

import gzip
import json
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from idgraph.errors import InputError
from idgraph.records import CoverageRecord, EventRecord
from idgraph.vocabulary.events import EVENT_KINDS, PROPERTIES, event_map
from loaders import loader
from loaders._logs import MOST_NAMES
from tests.loaders.logs import (
    ACCOUNT,
    ORG,
    TENANT,
    audit,
    okta,
    read,
    sign_in,
    trail,
)

CANARY = "CANARY-3f9c-do-not-keep"
HOSTILE = [
    "'; DROP TABLE events;--",
    "a\x00b\x1b[31m",
    "\u202egnp.exe",
    "line\nbreak",
    "\ud800",
    "<script>alert(1)</script>",
    "{name}{0}%s",
    "x" * 50_000,
]


@dataclass(frozen=True)
class Log:
    """A log: its loader, how a record of it is made, and the fields that the laws turn."""

    name: str
    make: Callable[..., dict[str, Any]]
    id: str
    time: str
    named: str  # the field of the event's name, "" where all are one
    scope: str
    platform: str
    wrap: Callable[[list[Any]], Any] = lambda records: records
    used: str = ""  # a name that is kept
    unused: str = ""  # a name that is known and of no use

    def read(self, folder, *records, **options):
        return read(self.name, folder, self.wrap(list(records)), **options)


LOGS = [
    Log(
        name="entra_audit",
        make=audit,
        id="id",
        time="activityDateTime",
        named="activityDisplayName",
        scope=TENANT,
        platform="entra",
        wrap=lambda records: {"@odata.context": "x", "value": records},
        used="Reset user password",
        unused="Change user license",
    ),
    Log(
        name="entra_signins",
        make=sign_in,
        id="id",
        time="createdDateTime",
        named="",
        scope=TENANT,
        platform="entra_signins",
        wrap=lambda records: {"value": records},
    ),
    Log(
        name="okta_system_log",
        make=okta,
        id="uuid",
        time="published",
        named="eventType",
        scope=ORG,
        platform="okta",
        used="user.account.reset_password",
        unused="user.session.end",
    ),
    Log(
        name="aws_cloudtrail",
        make=trail,
        id="eventID",
        time="eventTime",
        named="eventName",
        scope=ACCOUNT,
        platform="aws",
        wrap=lambda records: {"Records": records},
        used="CreateAccessKey",
        unused="GetCallerIdentity",
    ),
]
each_log = pytest.mark.parametrize("log", LOGS, ids=lambda log: log.name)
each_named_log = pytest.mark.parametrize(
    "log", [log for log in LOGS if log.named], ids=lambda log: log.name
)


@each_log
def test_the_log_says_whose_it_is_before_and_after_it_is_read(log, tmp_path):
    found = log.read(tmp_path, log.make(1))

    assert str(found.reading.source) == f"{log.name}:{log.scope}"
    assert loader(log.name).identify([tmp_path / "log.json"]) == found.reading.source


@each_log
def test_a_scope_that_is_given_is_taken(log, tmp_path):
    assert log.read(tmp_path, log.make(1), scope="O-Other").reading.source.scope == "o-other"


@pytest.mark.parametrize(
    ("log", "fields"),
    [
        (LOGS[0], {"initiatedBy": {"user": None, "app": None}}),
        (LOGS[1], {"homeTenantId": ""}),
        (LOGS[2], {"debugContext": None}),
        (LOGS[3], {"recipientAccountId": None, "userIdentity": {"type": "AWSService"}}),
    ],
    ids=lambda each: getattr(each, "name", ""),
)
def test_a_log_that_nobody_can_name_asks_for_a_scope(log, fields, tmp_path):
    with pytest.raises(InputError, match=r"does not say which .* with --scope"):
        log.read(tmp_path, log.make(1, **fields))
    assert len(log.read(tmp_path, log.make(1, **fields), scope="mine").events) == 1


@each_log
def test_a_log_is_read_in_every_form_that_it_is_saved_in(log, tmp_path):
    records = [log.make(1), log.make(2), log.make(3)]
    page = json.dumps(log.wrap(records[:2])), json.dumps(log.wrap(records[2:]))
    forms = {
        "list": json.dumps(records),
        "page": json.dumps(log.wrap(records)),
        "pages": "\n".join(page),
        "lines": "\n".join(json.dumps(each) for each in records),
    }

    for text in forms.values():
        found = read(log.name, tmp_path, text)
        assert [each.id for each in found.events] == [each[log.id] for each in records]
        assert len({each.evidence for each in found.events}) == 3

    assert len(read(log.name, tmp_path, forms["lines"], file="log.jsonl").events) == 3
    assert len(read(log.name, tmp_path, gzip.compress(forms["page"].encode())).events) == 3
    assert len(read(log.name, tmp_path, forms["page"].encode("utf-16")).events) == 3


@each_log
def test_an_event_is_found_again_at_its_place(log, tmp_path):
    found = read(log.name, tmp_path, [log.make(1), log.make(2)])

    assert [each.evidence for each in found.events] == ["log.json#/0", "log.json#/1"]


@each_log
def test_an_empty_log_is_one_in_which_nothing_happened(log, tmp_path):
    found = read(log.name, tmp_path, log.wrap([]), scope="mine")

    assert found.records == [
        CoverageRecord(
            record=found.records[0].record, count=0, complete=True, about="no event in it"
        )
    ]


@each_log
def test_accepted_ignored_and_refused_are_all_records(log, tmp_path):
    records = [
        log.make(1),
        log.make(1),
        log.make(2, **{log.time: "yesterday"}),
        "no object",
        log.make(3, **({log.named: "No such event"} if log.named else {})),
    ]
    found = log.read(tmp_path, *records)

    counts = found.reading.counts
    assert counts.records == 5
    assert counts.accepted == len(found.events) == (1 if log.named else 2)
    assert counts.refused == 2
    assert counts.accepted + sum(counts.ignored.values()) + counts.refused == 5
    assert len(counts.rejected) == len(found.rejected) == 2


@each_log
def test_what_is_stated_twice_is_one_event_and_counted(log, tmp_path):
    found = log.read(tmp_path, log.make(1), log.make(2), log.make(1))

    assert [each.id for each in found.events] == [log.make(1)[log.id], log.make(2)[log.id]]
    assert found.ignored == [("duplicate", "was stated before")]


@each_log
def test_the_order_of_a_log_does_not_matter(log, tmp_path):
    early, late = log.make(1, **{log.time: "2026-11-19T01:00:00Z"}), log.make(2)

    def told(*records):
        return {(each.id, each.at) for each in log.read(tmp_path, *records).events}

    assert told(early, late) == told(late, early)
    about = log.read(tmp_path, late, early).records[-1].about
    assert about == "from 2026-11-19T01:00:00Z to 2026-11-20T12:00:00Z"


@each_log
@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-20T12:00:00Z", "2026-11-20T12:00:00Z"),
        ("2026-11-20T12:00:00.9999999Z", "2026-11-20T12:00:00Z"),
        ("2026-11-20T17:30:00+05:30", "2026-11-20T12:00:00Z"),
        ("2026-11-20T04:00:00.5-08:00", "2026-11-20T12:00:00Z"),
        ("2026-11-21T00:15:00+1215", "2026-11-20T12:00:00Z"),
    ],
)
def test_a_time_in_any_zone_becomes_utc(log, text, at, tmp_path):
    assert log.read(tmp_path, log.make(1, **{log.time: text})).event.at == at


@each_log
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-11-20T12:00:00", "has no time zone"),
        ("2026-11-20", "has no time zone"),
        ("20.11.2026 12:00", "is not an ISO 8601 time"),
        ("", "is missing"),
        (None, "is missing"),
        (1763640000, "is missing"),
    ],
)
def test_a_time_that_says_no_moment_is_rejected_with_its_place(log, text, reason, tmp_path):
    found = read(log.name, tmp_path, [log.make(1), log.make(2, **{log.time: text})])

    assert (f"log.json#/1/{log.time}", reason) in found.rejected
    assert len(found.events) == 1
    assert not found.records[-1].complete


@each_log
def test_an_event_without_an_id_is_rejected(log, tmp_path):
    found = read(log.name, tmp_path, [log.make(1), log.make(2, **{log.id: None})])

    assert found.rejected == [(f"log.json#/1/{log.id}", "is missing")]


@each_named_log
def test_names_that_nobody_knows_and_names_of_no_use_are_told_under_their_own(log, tmp_path):
    found = log.read(
        tmp_path,
        log.make(1),
        log.make(2, **{log.named: "Update lunch menu"}),
        log.make(3, **{log.named: log.unused}),
        log.make(4, **{log.named: "Update lunch menu"}),
    )

    assert found.ignored == [
        ("Update lunch menu", "is not known here"),
        (log.unused, "is of no use here"),
        ("Update lunch menu", "is not known here"),
    ]
    assert found.reading.counts.ignored == {"Update lunch menu": 2, log.unused: 1}


@each_named_log
def test_more_names_than_a_platform_has_are_told_together(log, tmp_path):
    strange = [log.make(at, **{log.named: f"made up {at}"}) for at in range(MOST_NAMES + 5)]

    counts = log.read(tmp_path, *strange, scope="mine").reading.counts

    assert counts.ignored["others"] == 5
    assert len(counts.ignored) == MOST_NAMES + 1
    assert counts.records == sum(counts.ignored.values())


@each_named_log
def test_every_name_of_the_map_is_read_as_its_kind(log, tmp_path):
    names = [each for each in event_map(log.platform) if not each.reason]
    records = [log.make(at, **{log.named: each.name}) for at, each in enumerate(names)]

    found = log.read(tmp_path, *records)

    kinds = {each.properties["activity"]: each.kind for each in found.events}
    assert set(kinds) == {each.name for each in names if each.kind}
    for each in names:
        if each.kind:
            meant = {each.kind.name, each.kind.by_self, each.kind.by_other}
            assert kinds[each.name] in meant


@each_named_log
def test_a_name_is_known_in_any_case_dash_and_spacing(log, tmp_path):
    loud = log.used.upper().replace("-", "\u2013").replace(" ", "  ")
    written = log.make(2, **{log.named: f"  {loud} "})

    found = log.read(tmp_path, log.make(1, **{log.named: log.used}), written)

    assert len({each.kind for each in found.events}) == 1
    assert len(found.events) == 2


@each_log
def test_events_have_known_kinds_and_properties(log, tmp_path):
    for each in log.read(tmp_path, log.make(1)).events:
        assert each.kind in EVENT_KINDS
        assert set(each.properties) <= set(PROPERTIES)
        assert each.properties["result"] == "success"
        assert each.properties["tenant"] == log.scope
        assert all(each.properties.values())


@each_log
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_kept_as_texts_or_rejected(log, text, tmp_path):
    def poisoned(value):
        if isinstance(value, dict):
            return {key: poisoned(each) for key, each in value.items()}
        if isinstance(value, list):
            return [poisoned(each) for each in value]
        return text if isinstance(value, str) else value

    clean = log.make(1)
    keep = {log.id: "e1", log.time: clean[log.time]}
    if log.named:
        keep[log.named] = clean[log.named]
    found = log.read(tmp_path, log.make(2), poisoned(clean) | keep)

    counts = found.reading.counts
    assert counts.records == 2
    assert counts.accepted >= 1
    for each in found.events:
        json.dumps([each.actor, each.target, dict(each.properties)]).encode()
        repr(each).encode()


@each_log
def test_fields_of_every_wrong_type_never_end_the_load(log, tmp_path):
    clean = log.make(1)
    for field in clean:
        for value in (None, 7, True, "text", [], {}, [None, 7, "x"], {"x": [1]}):
            found = log.read(tmp_path, clean, log.make(2, **{field: value}), scope=log.scope)
            counts = found.reading.counts
            total = counts.accepted + sum(counts.ignored.values()) + counts.refused
            assert counts.records == total == 2


@each_log
def test_secrets_are_dropped_and_counted(log, tmp_path):
    secrets = {
        "password": CANARY,
        "modifiedProperties": [{"displayName": "SecretText", "newValue": CANARY}],
        "responseElements": {
            "accessKey": {"secretAccessKey": CANARY, "accessKeyId": "AKIAEXAMPLE"},
            "credentials": {"sessionToken": CANARY},
        },
        "detailEntry": {"clientSecret": CANARY, "masked": "*****"},
        "resultReason": CANARY,
        "displayMessage": CANARY,
    }
    found = log.read(tmp_path, log.make(1, **secrets))

    assert CANARY not in repr(found.records)
    assert found.reading.counts.values_dropped == 5


@each_log
def test_half_a_file_is_refused_whole(log, tmp_path):
    whole = json.dumps(log.wrap([log.make(at) for at in range(200)])).encode()

    with pytest.raises(InputError, match="ends early"):
        read(log.name, tmp_path, whole[: len(whole) // 2])
    packed = gzip.compress(whole)
    with pytest.raises(InputError, match="cannot be read or unpacked"):
        read(log.name, tmp_path, packed[: len(packed) // 2], file="log.json.gz")
    with pytest.raises(InputError):
        read(log.name, tmp_path, packed[:-4], file="log.json.gz")


@each_log
@pytest.mark.parametrize("document", ["", "no json", "[1, 2]", '{"data": [{"kind": "AZUser"}]}'])
def test_what_is_no_such_log_is_refused(log, document, tmp_path):
    with pytest.raises(InputError):
        read(log.name, tmp_path, document, scope="mine")


@each_log
def test_a_record_that_no_log_would_write_is_refused(log, tmp_path, monkeypatch):
    deep = "[" * 200 + "]" * 200
    with pytest.raises(InputError, match="nested more than 100 levels deep"):
        read(log.name, tmp_path, f'{{"x": {deep}}}', scope="mine")
    monkeypatch.setattr("loaders._json.LARGEST", 1_000)
    with pytest.raises(InputError, match="made of more than 1,000 members"):
        read(log.name, tmp_path, {"data": [log.make(at) for at in range(1_000)]}, scope="mine")


@each_log
def test_a_log_of_another_platform_is_refused(log, tmp_path):
    for other in LOGS:
        if other is not log:
            with pytest.raises(InputError, match="could be used, out of 1"):
                read(log.name, tmp_path, other.wrap([other.make(1)]), scope="mine")


@each_log
def test_several_files_are_one_log(log, tmp_path):
    for number in (1, 2, 3):
        document = log.wrap([log.make(number), log.make(9)])
        (tmp_path / f"{number}.json").write_text(json.dumps(document), encoding="utf-8")
    reading = loader(log.name).parse([tmp_path])
    found = [each for each in reading if isinstance(each, EventRecord)]

    assert len(found) == 4
    assert reading.counts.ignored == {"duplicate": 2}


@each_log
def test_a_long_log_is_not_held_in_memory(log, tmp_path):
    path = tmp_path / "log.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for at in range(6_000):
            file.write(json.dumps(log.make(at, filler="x" * 2_000)) + "\n")

    reading = loader(log.name).parse([path], scope="mine")
    tracemalloc.start()
    count = sum(isinstance(each, EventRecord) for each in reading)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert count == 6_000
    assert peak < path.stat().st_size / 2
