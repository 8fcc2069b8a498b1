"""From a reset in Entra to an administrator of an AWS account, through the loaders and a store."""

from __future__ import annotations

import json

import pytest

import idgraph
from tests.idgraph.derive.federation.exports import (
    ACCOUNT,
    ALL,
    CENTER,
    DEFAULT,
    DEPLOY,
    aws_answers,
    azure,
    directory,
    load_all,
    user,
)


@pytest.fixture
def company(tmp_path):
    """Return what loads the company: its directory and its AWS answers."""

    def load(entra, answers):
        explorer = idgraph.open(tmp_path / "company.duckdb", create=True)
        return load_all(explorer, tmp_path, entra, answers)

    return load


def privileged(explorer, who):
    return {each.id for each in explorer.reach(who).privileged if each.verdict == "reached"}


@pytest.mark.parametrize("center_role", [DEPLOY, DEFAULT])
def test_a_help_desk_reset_reaches_the_account_through_identity_center(company, center_role):
    explorer = company(directory(center_role), aws_answers())
    assert ACCOUNT in privileged(explorer, "ada@contoso.example")
    steps = explorer.path("ada@contoso.example", ACCOUNT)[0].path
    assert [each.kind for each in steps] == [
        "SIGNS_IN_AS",
        "TAKES_ASSIGNED_ROLE",
        "ADMINISTERS_ACCOUNT",
    ]
    assert all(each.evidence for each in steps)
    desk = explorer.reach("helpdesk@contoso.example")
    assert ACCOUNT in {each.id for each in desk.privileged}


def test_whoever_is_not_assigned_to_the_application_takes_the_role_of_the_other_one(company):
    explorer = company(directory(DEPLOY), aws_answers())
    assert ACCOUNT in privileged(explorer, "eve@contoso.example")
    steps = explorer.path("eve@contoso.example", ACCOUNT)[0].path
    assert [each.kind for each in steps] == ["CAN_ASSUME_WITH_SAML", "ADMINISTERS_ACCOUNT"]


def test_an_owner_of_the_application_is_anybody_in_aws(company):
    owner = "88888888-0000-0000-0000-000000000000"
    owns = azure(
        "AZServicePrincipalOwner",
        servicePrincipalId=CENTER,
        owners=[
            {
                "servicePrincipalId": CENTER,
                "owner": {"id": owner, "@odata.type": "#microsoft.graph.user"},
            }
        ],
    )
    explorer = company(directory(DEPLOY, user(owner, "owen"), owns), aws_answers())
    kinds = [each.kind for each in explorer.path("owen@contoso.example", ACCOUNT)[0].path]
    assert kinds[:2] == ["CAN_WRITE_CLAIMS", "SIGNS_IN_ANYBODY"]


def test_an_account_that_only_assignments_speak_of_is_told_as_not_seen(company):
    answers = aws_answers()
    del answers["details"], answers["saml"]
    explorer = company(directory(DEPLOY), answers)
    found = {each.id: each for each in explorer.reach("ada@contoso.example").privileged}
    assert found[ACCOUNT].verdict == "cannot_tell"


def test_an_account_that_only_assignments_speak_of_is_reached_by_what_the_set_says(company):
    answers = aws_answers()
    del answers["details"], answers["saml"]
    answers["set"]["PermissionSet"]["InlinePolicy"] = json.dumps(ALL)
    explorer = company(directory(DEPLOY), answers)
    assert ACCOUNT in privileged(explorer, "ada@contoso.example")
