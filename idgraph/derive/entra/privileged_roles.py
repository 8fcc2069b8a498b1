"""Which directory roles are privileged: by what they permit, whatever they are called.

A role is privileged that can
- set or read credentials of accounts, devices or applications,
- own applications, consent for everybody, or decide who may,
- assign roles, define them, or choose members of groups,
- change how anybody signs in: Conditional Access, policies, federation, identity providers,
  cross-tenant access, password hash synchronisation,
- run code on managed devices.

It follows what Microsoft labels as privileged permissions (Microsoft Learn: Privileged roles and
permissions in Microsoft Entra ID) and adds membership of groups, to which Azure roles and
applications are granted.
"""

from __future__ import annotations

import re

from idgraph.derive.entra.roles import actions, roles_of
from idgraph.derive.rules import Findings, Rule
from idgraph.graph import Flag
from idgraph.snapshot import Snapshot

_WRITES = r"(alltasks|update)"
_CREDENTIALS = actions(
    rf"users/(password/update|allproperties/{_WRITES})",
    r"users/authenticationmethods/(create|delete|basic/update)",
    r"users/(authorizationinfo|userprincipalname)/update",
    rf"(applications|serviceprincipals)(\.\w+)?/((credentials|owners)/update|allproperties/{_WRITES})",
    r"bitlockerkeys/key/read",
    r"devicelocalcredentials/password/read",
)
_GRANTS = actions(
    r"serviceprincipals/managepermissiongrantsforall\..+",
    rf"(oauth2permissiongrants|permissiongrantpolicies)/allproperties/{_WRITES}",
    rf"(roleassignments|roledefinitions|scopedrolememberships)/(create|allproperties/{_WRITES})",
    rf"groups(\.\w+)*/((members|owners)/update|allproperties/{_WRITES})",
    rf"groupsassignabletoroles/((members|owners)/update|allproperties/{_WRITES})",
    r"entitlementmanagement/allproperties/alltasks",
)
_SIGN_IN = actions(
    rf"conditionalaccesspolicies/(create|delete|basic/update|allproperties/{_WRITES})",
    rf"(policies|authorizationpolicy|identityproviders)/(create|basic/update|allproperties/{_WRITES})",
    rf"crosstenantaccesspolicy/(basic/update|partners/create|allproperties/{_WRITES})",
    r"domains/(allproperties/alltasks|federation/update|federationconfiguration/.*(update|create))",
    r"(hybridauthenticationpolicy|passwordhashsync|b2ctrustframeworkkeyset)/allproperties/alltasks",
    r"identityprotection/allproperties/(update|alltasks)",
    r"resourcenamespaces/resourceactions/authenticationcontext/update",
)
_DEVICES = re.compile(r"microsoft\.intune/allentities/alltasks\Z")


def _find(snapshot: Snapshot, findings: Findings) -> None:
    roles = roles_of(snapshot)
    for pattern in (_CREDENTIALS, _GRANTS, _SIGN_IN, _DEVICES):
        findings.flag(roles.at[roles.that_can(pattern)], Flag.PRIVILEGED)


RULE = Rule(name="entra privileged roles", kinds=(), find=_find)
