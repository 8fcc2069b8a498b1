"""Trust between platforms: whose tokens and assertions open what elsewhere."""

from __future__ import annotations

from idgraph.derive.federation import (
    assigned_roles,
    assigns_app_roles,
    can_assume_with_saml,
    can_assume_with_token,
    decides_who_signs_in,
    gets_tokens_of,
    opens,
    presents_tokens_to,
    signs_in_as,
)
from idgraph.derive.rules import Rule

RULES: tuple[Rule, ...] = (
    can_assume_with_token.RULE,
    gets_tokens_of.RULE,
    presents_tokens_to.RULE,
    opens.RULE,
    signs_in_as.RULE,
    assigned_roles.RULE,
    can_assume_with_saml.RULE,
    decides_who_signs_in.RULE,
    assigns_app_roles.RULE,
)
