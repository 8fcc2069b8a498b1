"""Rules of Azure resources: roles at scopes, vaults, storage, and code on compute."""

from __future__ import annotations

from idgraph.derive.azure import (
    administers,
    blind_vaults,
    gives_power,
    grants_self_secrets,
    holds_azure_role,
    holds_secret,
    inherits,
    manages_vault,
    reads_secrets,
    runs_code,
    storage,
)
from idgraph.derive.rules import Rule

RULES: tuple[Rule, ...] = (
    administers.RULE,
    holds_azure_role.RULE,
    gives_power.RULE,
    inherits.RULE,
    grants_self_secrets.RULE,
    manages_vault.RULE,
    reads_secrets.RULE,
    blind_vaults.RULE,
    holds_secret.RULE,
    storage.RULE,
    runs_code.RULE,
)
