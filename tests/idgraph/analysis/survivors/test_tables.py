"""The tables against the documents, typed in by hand, and what a table may not say."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from idgraph.analysis import survivors
from idgraph.analysis.methods import METHODS
from idgraph.analysis.survivors.tables import (
    PLATFORMS,
    Delay,
    Fate,
    action,
    actions,
    artefacts,
    parse,
    tables,
)
from idgraph.errors import InputError, ModelError, UnknownNameError

FOLDER = Path(survivors.__file__).parent
ENTRA = (FOLDER / "entra.toml").read_text(encoding="utf-8")

# Microsoft, "Refresh tokens in the Microsoft identity platform", section "Token revocation".
COLUMNS = (
    "password_cookie",
    "password_token",
    "non_password_cookie",
    "non_password_token",
    "confidential_client_token",
)
REVOCATION = {
    "password_expires": "alive alive alive alive alive",
    "password_user": "revoked revoked alive alive alive",
    "password_sspr": "revoked revoked alive alive alive",
    "password_admin.azure_portal": "revoked revoked alive alive alive",
    "password_admin.admin_center": "revoked revoked alive revoked revoked",
    "user_revokes_own": "revoked revoked revoked revoked revoked",
    "revoke_sessions": "revoked revoked revoked revoked revoked",
    "single_sign_out": "revoked alive revoked alive alive",
    # Not in Microsoft's table, so all survive.
    "tap": "alive alive alive alive alive",
    "mfa_reset.re_register": "alive alive alive alive alive",
    "mfa_reset.all_methods": "alive alive alive alive alive",
    "mfa_register": "alive alive alive alive alive",
    "recovery_contact_change": "alive alive alive alive alive",
    "federation_reset": "alive alive alive alive alive",
}
CELLS = [
    (change, artefact, said)
    for change, row in REVOCATION.items()
    for artefact, said in zip(COLUMNS, row.split(), strict=True)
]

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NO_END = None
UNKNOWN = timedelta()  # at least nothing is known

# Lifetimes as documented: at least, at most.
LIFETIMES = {
    "access_token": (60 * MINUTE, 90 * MINUTE),
    "cae_token": (UNKNOWN, 28 * HOUR),
    "workload_token": (60 * MINUTE, 90 * MINUTE),
    "workload_cae_token": (UNKNOWN, 24 * HOUR),
    "managed_identity_token": (UNKNOWN, 24 * HOUR),
    "password_token": (24 * HOUR, NO_END),  # 24 h single page app, 90 d others, rolling
    "confidential_client_token": (90 * DAY, NO_END),
    "prt_password": (14 * DAY, NO_END),
    "prt_other": (14 * DAY, NO_END),
    "app_session_cookie": (UNKNOWN, NO_END),
    "app_password": (NO_END, NO_END),
    "tap": (10 * MINUTE, 30 * DAY),
    "credential": (UNKNOWN, NO_END),
    "federated_credential": (NO_END, NO_END),
    "oauth_grant": (NO_END, NO_END),
    "ad_password_hash": (UNKNOWN, NO_END),
    "aws_role_session": (15 * MINUTE, 12 * HOUR),
    "aws_chained_session": (15 * MINUTE, 1 * HOUR),
    "aws_session_token": (15 * MINUTE, 36 * HOUR),
    "aws_federation_token": (15 * MINUTE, 36 * HOUR),
    "aws_console_session": (UNKNOWN, 12 * HOUR),
    "aws_portal_session": (15 * MINUTE, 90 * DAY),
    "aws_access_key": (NO_END, NO_END),
    "okta_session": (UNKNOWN, NO_END),
    "okta_oauth_token": (UNKNOWN, NO_END),
    "okta_api_token": (NO_END, NO_END),
    "google_imap_session": (UNKNOWN, 1 * HOUR),
    "google_app_password": (NO_END, NO_END),
    "github_classic_token": (NO_END, NO_END),
    "github_app_refresh_token": (180 * DAY, NO_END),
    "github_ssh_key": (NO_END, NO_END),
    "salesforce_connected_app": (NO_END, NO_END),
}

# What ends an artefact, as documented, and nothing less.
ENDED_BY = {
    "access_token": set(),
    "workload_token": set(),
    "managed_identity_token": set(),
    "prt_other": {"disable_account", "disable_devices"},
    "app_session_cookie": {"end_app_sessions"},
    "app_password": {"delete_app_passwords"},
    "ad_password_hash": {"reset_ad_password_twice"},
    "oauth_grant": {"remove_grants"},
    "tap": {"disable_account", "delete_tap"},
    "credential": {"remove_credentials", "disable_service_principals"},
    "known_secret": {"rotate_secrets"},
    "aws_access_key": {"deactivate_keys", "delete_keys", "deny_user"},
    "aws_root_key": {"recover_root"},
    "aws_root_session": set(),  # no policy of its account binds the root user
    "aws_role_session": {"revoke_role_sessions"},
    "aws_session_token": {"deny_user", "revoke_user_sessions"},
    "aws_federation_token": {"deny_user", "revoke_user_sessions"},
    "aws_portal_session": {"disable_portal_user"},
    "okta_oauth_token": {"clear_okta_sessions"},
    "google_app_password": {"delete_google_app_passwords"},
    "github_classic_token": {"revoke_github_tokens"},
    "salesforce_connected_app": {"uninstall_connected_apps"},
}


def everything():
    return [
        (table.platform, change) for table in tables().values() for change in table.changes.values()
    ]


@pytest.mark.parametrize(("change", "artefact", "said"), CELLS)
def test_each_cell_of_the_revocation_matrix_is_as_microsoft_documents_it(change, artefact, said):
    fate = Fate.REVOKED if said == "revoked" else Fate.SURVIVES

    assert tables()["entra"].changes[change].cell(artefact).fate is fate


@pytest.mark.parametrize("artefact", LIFETIMES)
def test_a_lifetime_is_as_documented(artefact):
    life = artefacts()[artefact].life

    assert (life.least, life.most) == LIFETIMES[artefact]


@pytest.mark.parametrize("artefact", ENDED_BY)
def test_what_ends_an_artefact_for_certain_is_as_documented(artefact):
    ends = {
        name
        for name, change in actions().items()
        if change.cell(artefact).fate is Fate.REVOKED and not change.guests_only
    }

    assert ends == ENDED_BY[artefact]


def test_a_password_reset_of_google_ends_only_tokens_with_a_mail_scope():
    change = tables()["google"].reset("password_admin")

    assert {name for name, cell in change.cells.items() if cell.fate is Fate.REVOKED} == {
        "google_mail_token"
    }


@pytest.mark.parametrize("platform", ["aws", "github", "salesforce"])
def test_no_reset_ends_anything_on_a_platform_that_documents_no_end(platform):
    resets = [each for each in tables()[platform].changes.values() if each.method]

    assert resets
    assert not any(each.cells for each in resets)


@pytest.mark.parametrize("method", METHODS)
def test_every_reset_method_is_known_on_a_platform(method):
    assert any(method in table.methods for table in tables().values())


def test_a_token_under_continuous_access_evaluation_ends_within_a_quarter_of_an_hour_or_not():
    cell = tables()["entra"].changes["revoke_sessions"].cell("cae_token")

    assert (cell.fate, cell.delay) == (Fate.CANNOT_TELL, Delay(most=15 * MINUTE))
    assert "continuous access evaluation" in cell.missing


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_row_of_a_table_names_its_source_and_version(platform):
    table = tables()[platform]
    sources = [each.source for each in (*table.artefacts.values(), *table.changes.values())]
    sources += [cell.source for each in table.changes.values() for cell in each.cells.values()]

    assert {each.version for each in sources} == {f"{platform} {table.version}"}
    assert all(each.key and each.document and each.place and each.dated for each in sources)


@pytest.mark.parametrize("artefact", artefacts())
def test_what_has_no_end_of_its_own_can_be_ended(artefact):
    thing = artefacts()[artefact]
    fates = {change.cell(artefact).fate for change in actions().values()}

    assert thing.life.most is not None or Fate.REVOKED in fates


def test_the_variant_assumed_is_the_one_that_leaves_most_alive():
    table = tables()["entra"]

    assert table.reset("password_admin").variant == "azure_portal"
    assert table.reset("mfa_reset").variant == "re_register"
    assert tables()["okta"].reset("password_admin").variant == "sessions_kept"


def test_an_unknown_variant_is_refused_with_those_there_are():
    with pytest.raises(InputError, match=r"'m365'.*azure_portal, admin_center"):
        tables()["entra"].reset("password_admin", "m365")


def test_a_method_that_a_platform_does_not_document_is_refused_with_those_it_does():
    with pytest.raises(InputError, match=r"tap is not documented for salesforce.*password_admin"):
        tables()["salesforce"].reset("tap")


def test_an_unknown_action_is_refused_with_the_closest():
    with pytest.raises(UnknownNameError, match="Did you mean revoke_sessions"):
        action("revoke_session")


def changed(before: str, after: str) -> str:
    assert ENTRA.count(before) >= 1, before
    return ENTRA.replace(before, after, 1)


MISTAKES = {
    "an unknown field": ('name = "app password"\n', 'name = "app password"\nnmae = "x"\n'),
    "no lifetime": ('lives = "until it is deleted"\n', ""),
    "an unknown source": ('source = "entra-cae"', 'source = "entra-cea"'),
    "an unknown trust": ('trust = "primary"', 'trust = "hearsay"'),
    "an unknown kind of node": ('of = ["EntraCredential"]', 'of = ["EntraCredentail"]'),
    "an unknown kind of edge": ('by_edges = ["CAN_ADD_SECRET"]', 'by_edges = ["CAN_ADD"]'),
    "an unknown artefact": ('\nold_factor = "at once"', '\nold_faktor = "at once"'),
    "an unknown parent": ('minted_by = ["new_password"', 'minted_by = ["new_pasword"'),
    "an unknown method": ('method = "tap"', 'method = "tapp"'),
    "an unknown event": ('logged_as = "SESSIONS_REVOKED"', 'logged_as = "SESSION_REVOKED"'),
    "an artefact twice": ('id = "prt_other"', 'id = "prt_password"'),
    "a change twice": ('id = "mfa_register"', 'id = "tap"'),
    "a lifetime without a unit": ('most = "90 min"', 'most = "90"'),
    "a lifetime that ends before it begins": ('most = "90 min"', 'most = "30 min"'),
    "a delay of no form": ('\ntap = "at once"', '\ntap = "soon"'),
    "a doubt without a reason": ('missing = "whether client', 'mising = "whether client'),
    "a table without a month": ('version = "2026-11"', 'version = "new"'),
    "a source without a cell": ("[change.cites]\n", '[change.cites]\ntap = "entra-tap"\n'),
    "an action without an operation": ('operation = "POST /users/{id}/revoke', 'name2 = "POST'),
    "two variants, none assumed": ("assumed = true\n", ""),
    "two variants, both assumed": (
        'variant = "admin_center"\n',
        'variant = "admin_center"\nassumed = true\n',
    ),
    "something handed out that no reset hands out": (
        'gives = ["recovery_contact"]',
        'gives = ["app_password"]',
    ),
    "a circle": (
        'lives = "until it is put back: a second, silent way to reset"\n',
        'lives = "x"\nminted_by = ["access_token"]\n',
    ),
    "something owned by no edge": ('by_edges = ["OWNS"]\n', ""),
    "no TOML": ("[[artefact]]", "[[artefact]"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_table_is_refused_that_states(mistake):
    with pytest.raises(ModelError):
        parse(changed(*MISTAKES[mistake]))


def test_a_table_is_refused_that_assumes_the_variant_that_ends_more():
    other = changed('variant = "admin_center"\n', 'variant = "admin_center"\nassumed = true\n')
    milder = other.replace(
        'variant = "azure_portal"\nassumed = true\n', 'variant = "azure_portal"\n'
    )

    with pytest.raises(ModelError, match="ends what another leaves alive"):
        parse(milder)


def test_a_table_that_is_only_read_again_is_the_same():
    assert parse(ENTRA) == tables()["entra"]


def test_no_two_platforms_name_an_artefact_or_an_action_alike():
    count = sum(len(table.artefacts) for table in tables().values())

    assert len(artefacts()) == count
    assert len(actions()) == sum(len(table.actions) for table in tables().values())


def test_a_reset_is_never_an_action_and_an_action_never_a_reset():
    assert not [change.id for _, change in everything() if change.method and change.do]
