"""The directory audit log: who gains what, by whom, in Graph's JSON and in the download."""

import csv
import io
import json

import pytest

from idgraph.errors import InputError
from loaders import loader
from tests.loaders.logs import (
    ADA,
    APP,
    GROUP,
    NOON,
    OMAR,
    PRINCIPAL,
    TENANT,
    audit,
    change,
    read,
    thing,
    user,
)

ROLE = "62e90394-69f5-4237-9190-012177145e10"
OBJECT = "99999999-0000-4000-8000-000000000009"
NAME = "entra_audit"


def event(folder, activity, *resources, **more):
    document = [audit(1, activityDisplayName=activity, targetResources=list(resources), **more)]
    return read(NAME, folder, document, scope=TENANT).event


def test_an_event_says_who_did_what_to_whom(tmp_path):
    found = read(NAME, tmp_path, {"value": [audit(1)]}).event

    assert (found.record, found.id) == ("directory audit", "Directory_1")
    assert (found.kind, found.at) == ("PASSWORD_RESET_BY_ADMIN", NOON)
    assert (found.actor, found.target) == (OMAR, ADA)
    assert found.evidence == "log.json#/value/0"
    assert dict(found.properties) == {
        "activity": "Reset password (by admin)",
        "result": "success",
        "actor_name": "omar@acme.example",
        "target_name": "ada@acme.example",
        "tenant": TENANT,
        "ip": "192.0.2.7",
        "correlation": "c1",
    }


@pytest.mark.parametrize(
    ("activity", "resources", "target", "gained"),
    [
        ("Add member to group", (user(ADA, "ada"), thing(GROUP, "Group")), ADA, GROUP),
        (
            "Add member to group",
            (user(ADA, "ada", change("Group.ObjectID", f'"{GROUP}"')),),
            ADA,
            GROUP,
        ),
        ("Add member to group", (thing(APP, "Group"), thing(GROUP, "Group")), APP, GROUP),
        ("Add owner to application", (user(ADA, "ada"), thing(APP, "Application")), ADA, APP),
        (
            "Add owner to service principal",
            (thing(OMAR, "ServicePrincipal"), thing(PRINCIPAL, "ServicePrincipal")),
            OMAR,
            PRINCIPAL,
        ),
        (
            "Add member to role",
            (
                user(
                    ADA,
                    "ada",
                    change("Role.ObjectID", f'"{OBJECT}"'),
                    change("Role.TemplateId", f'"{ROLE}"'),
                ),
                thing(OBJECT, "Role"),
            ),
            ADA,
            f"{ROLE}@{TENANT}",
        ),
        (
            "Add member to role completed (PIM activation)",
            (thing(ROLE, "Role"), thing("no guid", "Request"), user(ADA, "ada")),
            ADA,
            f"{ROLE}@{TENANT}",
        ),
        (
            "Add app role assignment to service principal",
            (thing(OBJECT, "ServicePrincipal", change("ServicePrincipal.ObjectID", PRINCIPAL)),),
            PRINCIPAL,
            OBJECT,
        ),
        (
            "Add app role assignment grant to user",
            (thing(OBJECT, "ServicePrincipal"), user(ADA, "ada")),
            ADA,
            OBJECT,
        ),
        ("Consent to application", (thing(PRINCIPAL, "ServicePrincipal"),), PRINCIPAL, None),
        ("Set domain authentication", (thing("acme.example", "Domain"),), TENANT, None),
        ("Add service principal", (thing(PRINCIPAL, "ServicePrincipal"),), PRINCIPAL, None),
    ],
)
def test_the_one_that_gains_is_the_target_whatever_the_order_of_the_log(
    activity, resources, target, gained, tmp_path
):
    found = event(tmp_path, activity, *resources)

    assert (found.target, found.properties.get("object")) == (target, gained)


def test_a_role_is_known_by_its_definition_not_by_the_directory_object(tmp_path):
    details = [{"key": "RoleDefinitionOriginId", "value": ROLE.upper()}]

    found = event(
        tmp_path, "Add eligible member to role", user(ADA, "ada"), additionalDetails=details
    )

    assert found.properties["object"] == f"{ROLE}@{TENANT}"


def test_a_pass_is_told_from_other_methods_by_the_reason(tmp_path):
    registered = "Admin registered security info"
    reason = "Admin registered temporary access pass method for user"

    def kind(given):
        return event(tmp_path, registered, user(ADA, "ada"), resultReason=given).kind

    assert kind(reason) == kind(reason.upper()) == "TEMPORARY_PASS_ISSUED"
    assert kind("Admin registered phone method for user") == "MFA_METHOD_ADDED"


@pytest.mark.parametrize("name", ["MobilePhone", "OtherMail", "TelephoneNumber"])
def test_a_changed_contact_is_told_from_other_updates_of_a_user(name, tmp_path):
    found = event(tmp_path, "Update user", user(ADA, "ada", change(name, '["+1 555"]')))

    assert found.kind == "RECOVERY_CONTACT_CHANGED"
    assert "555" not in repr(found)


@pytest.mark.parametrize(
    "changed", [change("DisplayName", '["Ada"]'), change("MobilePhone", '["x"]', '["x"]')]
)
def test_another_update_of_a_user_is_of_no_use(changed, tmp_path):
    document = [
        audit(1),
        audit(2, activityDisplayName="Update user", targetResources=[user(ADA, "ada", changed)]),
    ]

    assert read(NAME, tmp_path, document).ignored == [("Update user", "is of no use here")]


def test_a_federated_credential_is_a_credential(tmp_path):
    changed = change("FederatedIdentityCredentials", '["[Subject=repo:x]"]')

    assert event(tmp_path, "Update application", thing(APP, "Application", changed)).kind == (
        "CREDENTIAL_ADDED"
    )


def key(number):
    return f"{number:08}-0000-4000-8000-000000000000"


def keys(*numbers):
    return json.dumps(
        [
            f"[KeyIdentifier={key(n)},KeyType=Password,KeyUsage=Verify,DisplayName=x]"
            for n in numbers
        ]
    )


@pytest.mark.parametrize(
    ("old", "new", "kind", "told"),
    [
        (keys(), keys(1), "CREDENTIAL_ADDED", (key(1),)),
        (keys(1), keys(1, 2), "CREDENTIAL_ADDED", (key(2),)),
        (keys(1, 2), keys(2), "CREDENTIAL_REMOVED", (key(1),)),
        (keys(1), keys(2), "CREDENTIAL_ADDED", (key(2),)),
        ("", "", "CREDENTIAL_ADDED", None),
    ],
)
def test_a_change_of_keys_says_which_were_added_or_else_removed(old, new, kind, told, tmp_path):
    changed = change("KeyDescription", new, old)

    found = event(
        tmp_path,
        "Update application \u2013 Certificates and secrets management ",
        thing(APP, "Application", changed),
    )

    assert (found.kind, found.properties.get("key")) == (kind, told)


def test_who_resets_the_own_password_does_so_by_self_service(tmp_path):
    found = event(tmp_path, "Reset password", user(OMAR, "omar"))

    assert found.kind == "PASSWORD_RESET_SELF_SERVICE"
    assert found.properties["channel"] == "portal"


def test_a_password_changed_by_another_is_reset_by_an_administrator(tmp_path):
    assert event(tmp_path, "Change user password", user(OMAR, "omar")).kind == "PASSWORD_CHANGED"
    assert event(tmp_path, "Change user password", user(ADA, "ada")).kind == (
        "PASSWORD_RESET_BY_ADMIN"
    )


@pytest.mark.parametrize(
    ("by", "actor", "channel"),
    [
        (
            {"user": {"id": None, "userPrincipalName": "Omar@Acme.Example"}},
            "upn:omar@acme.example",
            None,
        ),
        ({"user": {"id": OMAR.upper()}}, OMAR, None),
        ({"app": {"servicePrincipalId": PRINCIPAL, "appId": APP}}, PRINCIPAL, "automation"),
        ({"app": {"servicePrincipalId": None, "appId": APP.upper()}}, f"appid:{APP}", "automation"),
        ({"app": {"displayName": "Microsoft password reset service"}}, "", "automation"),
        ({}, "", None),
    ],
)
def test_who_acted_is_an_id_or_an_alias_or_not_known(by, actor, channel, tmp_path):
    found = event(tmp_path, "Disable account", user(ADA, "ada"), initiatedBy=by)

    assert (found.actor, found.properties.get("channel")) == (actor, channel)


def test_an_elevation_gives_the_one_who_asks_the_tenant(tmp_path):
    found = event(
        tmp_path,
        "User has elevated their access to User Access Administrator for their Azure Resources",
        thing(OBJECT, "Other"),
    )

    assert (found.kind, found.target) == ("PERMISSION_GRANTED", OMAR)
    assert found.properties["object"] == TENANT


@pytest.mark.parametrize(
    ("number", "kept"),
    [("INC-20431", "INC-20431"), ("my password is hunter2, thanks", None), ("x" * 65, None)],
)
def test_a_ticket_number_is_kept_and_a_text_is_not(number, kept, tmp_path):
    details = [{"key": "TicketNumber", "value": number}]

    found = event(tmp_path, "Add member to role", user(ADA, "ada"), additionalDetails=details)

    assert found.properties.get("ticket") == kept


def test_a_refused_try_is_a_failure(tmp_path):
    assert (
        event(tmp_path, "Reset password", user(ADA, "ada"), result="failure").properties["result"]
        == "failure"
    )


def test_what_azure_monitor_exports_is_read_alike(tmp_path):
    inner = audit(1)
    del inner["initiatedBy"]["user"]["homeTenantId"]
    wrapped = {
        "time": NOON,
        "tenantId": TENANT.upper(),
        "operationName": inner["activityDisplayName"],
        "properties": inner,
    }

    found = read(NAME, tmp_path, {"records": [wrapped]})

    assert found.reading.source.scope == TENANT
    assert (found.event.actor, found.event.target) == (OMAR, ADA)
    assert found.event.evidence == "log.json#/records/0/properties"


def test_a_tenant_that_a_token_names_counts_for_more_than_where_people_are_at_home(tmp_path):
    other = "22222222-2222-4222-8222-222222222222"
    details = [{"key": "tid", "value": TENANT}]
    guests = [audit(n) for n in range(3)]
    for each in guests:
        each["initiatedBy"]["user"] = {"id": OMAR, "homeTenantId": other}

    found = read(NAME, tmp_path, [*guests, audit(9, additionalDetails=details)])

    assert found.reading.source.scope == TENANT


DOWNLOAD = {
    "Date (UTC)": "2026-11-20T12:00:00+00:00",
    "CorrelationId": "c1",
    "Service": "Core Directory",
    "Category": "RoleManagement",
    "Activity": "Add member to role",
    "Result": "success",
    "ResultReason": "",
    "ActorType": "User",
    "ActorDisplayName": "",
    "ActorObjectId": OMAR,
    "ActorUserPrincipalName": "omar@acme.example",
    "IPAddress": "192.0.2.7",
    "ActorHomeTenantId": TENANT,
    "ActorServicePrincipalId": "",
    "ActorServicePrincipalName": "",
    "Target1Type": "User",
    "Target1DisplayName": "Ada",
    "Target1ObjectId": ADA,
    "Target1UserPrincipalName": "ada@acme.example",
    "Target1ModifiedProperty1Name": "Role.ObjectID",
    "Target1ModifiedProperty1OldValue": "",
    "Target1ModifiedProperty1NewValue": f'"{OBJECT}"',
    "Target1ModifiedProperty2Name": "Role.TemplateId",
    "Target1ModifiedProperty2OldValue": "",
    "Target1ModifiedProperty2NewValue": f'"{ROLE}"',
    "Target2Type": "Role",
    "Target2ObjectId": OBJECT,
    "AdditionalDetail1Key": "TicketNumber",
    "AdditionalDetail1Value": "INC-7",
}


def download(*rows, delimiter=","):
    out = io.StringIO()
    writer = csv.DictWriter(out, list(DOWNLOAD), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(DOWNLOAD | row for row in rows)
    return out.getvalue()


def test_the_download_as_csv_says_the_same_as_the_json(tmp_path):
    found = read(NAME, tmp_path, download({}), file="audit.csv")

    assert found.reading.source.scope == TENANT
    each = found.event
    assert (each.kind, each.at, each.actor, each.target) == ("ROLE_GRANTED", NOON, OMAR, ADA)
    assert each.evidence == "audit.csv#L2"
    assert dict(each.properties) == {
        "activity": "Add member to role",
        "result": "success",
        "object": f"{ROLE}@{TENANT}",
        "actor_name": "omar@acme.example",
        "target_name": "ada@acme.example",
        "ticket": "INC-7",
        "tenant": TENANT,
        "ip": "192.0.2.7",
        "correlation": "c1",
    }


@pytest.mark.parametrize(
    "date", ["2026-11-20T12:00:00", "2026-11-20 12:00:00", "2026-11-20T14:00:00+02:00"]
)
def test_a_column_that_says_utc_gives_times_their_zone(date, tmp_path):
    found = read(NAME, tmp_path, download({"Date (UTC)": date}), file="audit.csv")

    assert found.event.at == NOON


def test_a_date_as_spreadsheets_write_it_is_rejected(tmp_path):
    rows = download({}, {"Date (UTC)": "11/20/2026, 12:00:00 PM", "CorrelationId": "c2"})

    found = read(NAME, tmp_path, rows, file="audit.csv")

    assert found.rejected == [("audit.csv#L3/activityDateTime", "is not an ISO 8601 time")]


def test_a_row_is_the_same_event_in_every_download_and_another_row_another(tmp_path):
    one = read(NAME, tmp_path, download({}, {"CorrelationId": "c2"}), file="a.csv")
    two = read(
        NAME, tmp_path, download({"CorrelationId": "c2"}, {}, {}, delimiter=";"), file="b.csv"
    )

    assert len({each.id for each in one.events}) == 2
    assert {each.id for each in one.events} == {each.id for each in two.events}
    assert two.ignored == [("duplicate", "was stated before")]


def test_an_application_is_the_actor_of_its_rows(tmp_path):
    row = {
        "ActorType": "Application",
        "ActorObjectId": "",
        "ActorUserPrincipalName": "",
        "ActorServicePrincipalId": PRINCIPAL,
        "ActorServicePrincipalName": "Portal",
    }

    found = read(NAME, tmp_path, download(row), file="audit.csv", scope=TENANT).event

    assert (found.actor, found.properties["channel"]) == (PRINCIPAL, "automation")


def test_a_table_of_something_else_is_refused(tmp_path):
    with pytest.raises(InputError, match="has no column date"):
        read(NAME, tmp_path, "a,b\n1,2\n", file="audit.csv")
    with pytest.raises(InputError, match="is not UTF-8"):
        read(NAME, tmp_path, download({"Activity": "Zoë"}).encode("cp1252"), file="audit.csv")


def test_a_folder_may_hold_pages_and_downloads(tmp_path):
    (tmp_path / "page.json").write_text(json.dumps({"value": [audit(1)]}))
    (tmp_path / "download.csv").write_text(download({}))

    reading = loader(NAME).parse([tmp_path])
    list(reading)

    assert reading.files == ("download.csv", "page.json")
    assert reading.counts.accepted == 2
