"""Accounts of every platform that has a table, on a graph of one account."""

from __future__ import annotations

import numpy as np
import pytest

from idgraph.analysis.survivors import Kill, Question, action, survivors, tables
from idgraph.catalogue import Catalogue, NodeKind
from idgraph.derive import CATALOGUE
from idgraph.graph import graph_from_columns
from idgraph.snapshot import Snapshot
from tests.idgraph.analysis.survivors.estate import AT
from tests.idgraph.ownership.estates import table

METHODS = [
    (platform, method)
    for platform, known in tables().items()
    for method in known.methods
    if platform != "aws"  # by kinds of accounts: test_aws
    and method != "secret_rotate"
    and (platform, method) != ("entra", "key_create")
]


def ask(platform: str, reset: str, *killed: str, variant: str | None = None):
    """Return the answer for one account of a platform."""
    person = NodeKind(
        name="Somebody", label="account", platform=platform, about="A test's.", is_person=True
    )
    catalogue = Catalogue((*CATALOGUE.node_kinds, person), CATALOGUE.edge_kinds)
    graph = graph_from_columns(catalogue, ids=["u"], kinds=["Somebody"], names=["U"])
    snapshot = Snapshot(
        catalogue=catalogue,
        ids=graph.ids,
        names=graph.names,
        kinds=graph.kinds,
        stub=np.zeros(1, bool),
        node_row=np.zeros(1, np.int64),
        edges={kind.name: table((), 0) for kind in CATALOGUE.edge_kinds if not kind.derived},
        node_properties=({},),
    )
    kills = tuple(Kill(action(name), AT) for name in killed)
    return survivors(
        graph, snapshot, 0, Question(reset=reset, at=AT, variant=variant, killed=kills)
    )


def fates(answer) -> dict[str, str]:
    return {row.artefact: row.verdict.value for row in answer.rows}


@pytest.mark.parametrize(("platform", "method"), METHODS)
def test_every_documented_reset_has_an_answer_with_sources_of_its_platform(platform, method):
    answer = ask(platform, method)

    assert answer.rows
    assert {one.version.split()[0] for row in answer.rows for one in row.sources} == {platform}
    assert answer.clock.steps


@pytest.mark.parametrize(("platform", "method"), METHODS)
def test_all_that_a_platform_offers_taken_together_comes_to_an_end(platform, method):
    assert "no end" not in ask(platform, method).clock.after.words


def test_a_google_password_change_ends_mail_tokens_and_leaves_app_passwords():
    assert fates(ask("google", "password_user")) == {
        "google_session": "survives",
        "google_mail_token": "revoked",
        "google_oauth_token": "survives",
        "google_script_token": "survives",
        "google_app_password": "cannot_tell",
        "google_imap_session": "survives",
        "google_new_password": "survives",
    }


def test_an_okta_reset_ends_sessions_only_when_told_to():
    assert fates(ask("okta", "password_admin"))["okta_session"] == "survives"
    revoked = ask("okta", "password_admin", variant="sessions_revoked")
    assert fates(revoked)["okta_session"] == "revoked"
    assert fates(revoked)["okta_oauth_token"] == "survives"


def test_clearing_okta_sessions_ends_tokens_too_once_the_password_is_reset():
    alone = ask("okta", "password_admin", "clear_okta_sessions")
    both = ask("okta", "password_admin", "clear_okta_sessions", "reset_okta_password")

    assert fates(alone)["okta_oauth_token"] == "survives"
    assert fates(both)["okta_oauth_token"] == "revoked"


def test_no_reset_of_github_ends_anything():
    assert "revoked" not in fates(ask("github", "password_sspr")).values()


def test_nothing_but_uninstalling_ends_a_connected_app_of_salesforce():
    token = ask("salesforce", "password_admin", "revoke_salesforce_user_tokens",
                "reset_salesforce_password")  # fmt: skip
    gone = ask("salesforce", "password_admin", "uninstall_connected_apps")

    assert fates(token)["salesforce_connected_app"] == "cannot_tell"
    assert fates(gone)["salesforce_connected_app"] == "revoked"
