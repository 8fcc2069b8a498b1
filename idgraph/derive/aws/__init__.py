"""AWS: who can become whom, decided by the policies of both sides."""

from __future__ import annotations

from idgraph.derive.aws import (
    administers_account,
    blind_policies,
    can_add_credential,
    can_assume,
    can_edit_trust,
    can_forge_saml,
    can_pass_role,
    can_run_on,
    holds_organisation,
    no_second_factor,
    reads_secrets,
    within_account,
)

RULES = tuple(
    module.RULE
    for module in (
        administers_account,
        can_assume,
        can_edit_trust,
        can_forge_saml,
        can_add_credential,
        can_pass_role,
        can_run_on,
        reads_secrets,
        within_account,
        holds_organisation,
        no_second_factor,
        blind_policies,
    )
)
