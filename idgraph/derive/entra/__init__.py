"""Rules of Entra ID: resets, applications, groups, roles, devices."""

from __future__ import annotations

from idgraph.derive.entra import (
    administers_tenant,
    can_activate_role,
    can_add_member,
    can_add_owner,
    can_add_secret,
    can_elevate_access,
    can_execute_on,
    can_grant_app_role,
    can_grant_role,
    can_issue_tap,
    can_reset_mfa,
    can_reset_password,
    disabled,
    gates,
    holds_scoped_role,
    privileged_roles,
    runs_as,
)
from idgraph.derive.rules import Rule

RULES: tuple[Rule, ...] = (
    can_reset_password.RULE,
    can_reset_mfa.RULE,
    can_issue_tap.RULE,
    can_add_secret.RULE,
    can_add_owner.RULE,
    can_add_member.RULE,
    can_grant_role.RULE,
    can_grant_app_role.RULE,
    administers_tenant.RULE,
    can_elevate_access.RULE,
    can_activate_role.RULE,
    gates.RULE,
    disabled.RULE,
    holds_scoped_role.RULE,
    runs_as.RULE,
    can_execute_on.RULE,
    privileged_roles.RULE,
)
