"""Who gives out the IAM roles of an application of Entra: whoever may assign its app roles.

To write an assignment takes less than to write claims: a User Administrator or a Directory Writer
assigns the app role that names an IAM role to himself, and signs in. Those who may write the
claims as well are left out here: they need no app role.
"""

from __future__ import annotations

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.aws.links import Fan, Head
from idgraph.derive.blind_spots import MAY_LEAD_TO
from idgraph.derive.entra.applications import Writes, find_writers
from idgraph.derive.entra.permissions import APP_ROLE_ASSIGNMENT_READ_WRITE_ALL
from idgraph.derive.entra.roles import actions
from idgraph.derive.federation.aws_applications import Application, applications_of
from idgraph.derive.federation.can_assume_with_saml import blind, taken
from idgraph.derive.federation.decides_who_signs_in import CLAIMS, Powers
from idgraph.derive.federation.saml_trust import SamlTrust, saml_trust
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws
from idgraph.vocabulary.common import BLIND_SPOT, HUB, POWER, between
from idgraph.vocabulary.entra import ROLE, SERVICE_IDENTITIES

_ASSIGNMENTS = Writes(
    registrations=actions("none"),
    own_registrations=actions("none"),
    service_principals=actions(
        r"serviceprincipals/(approleassignedto/update|allproperties/(alltasks|update))"
    ),
)

CAN_ASSIGN_APP_ROLES = EdgeKind(
    name="CAN_ASSIGN_APP_ROLES",
    reads="can assign",
    ends=(
        *between((ROLE, POWER, *SERVICE_IDENTITIES), (HUB,)),
        *between((HUB,), (POWER,)),
    ),
    flow=Flow.CONTROL,
    derived=True,
    allows="Assign any app role of the application to oneself, and with it take on the IAM role "
    "that it names.",
    verify="Roles that hold microsoft.directory/servicePrincipals/appRoleAssignedTo/update; "
    "applications with AppRoleAssignment.ReadWrite.All; users and groups of the application.",
    remove="Take the role or the permission away; remove assignments that nobody asked for; give "
    "people IAM roles through IAM Identity Center, where Entra assigns none.",
    logged="Entra audit log, UserManagement: Add app role assignment grant to user; "
    "GroupManagement: Add app role assignment to group.",
    frameworks=("ATT&CK:T1098.003", "ATT&CK:T1199", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-10"),
    source="Microsoft Graph: Grant an appRoleAssignment for a service principal (supported roles); "
    "Microsoft Entra built-in roles",
    misses="Assignments to the application of IAM Identity Center, which let in whoever is a user "
    "there already; app roles that an owner of the registration rewrites.",
)
GIVES_IAM_ROLE = EdgeKind(
    name="GIVES_IAM_ROLE",
    reads="gives, to whoever is assigned them, the IAM role",
    ends=between((POWER,), (aws.ROLE,)),
    flow=Flow.CONTROL,
    derived=True,
    allows="Take on the role with the assertion that the application gives to whoever is assigned "
    "the app role, for up to the role's longest session.",
    verify="The app role's value (role and SAML provider); the role's trust policy; the metadata "
    "of the SAML provider, whose entity id names the tenant.",
    remove="Remove the app role from the application, or the provider from the role's trust "
    "policy; then deny sessions of the role that began earlier (aws:TokenIssueTime).",
    logged="Entra sign-in log of the application; CloudTrail: AssumeRoleWithSAML, with the subject "
    "and the issuer.",
    frameworks=("ATT&CK:T1199", "ATT&CK:T1078.004", "NIST-CSF:PR.AA-04", "CSA-CCM:IAM-05"),
    source="Microsoft Learn: Microsoft Entra SSO integration with AWS Single-Account Access; IAM "
    "User Guide: Create a role for SAML 2.0 federation",
    misses="Conditional access, which the new holder of the app role has to pass as well.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    some = [each for each in applications_of(snapshot).all if each.roles and each.enabled]
    if not some:
        return
    saml = saml_trust(snapshot)
    powers = {each.node: _power(findings, each) for each in some}
    links = Powers(findings, powers=powers)
    permissions = (APP_ROLE_ASSIGNMENT_READ_WRITE_ALL,)
    find_writers(
        snapshot,
        links,
        CAN_ASSIGN_APP_ROLES,
        _ASSIGNMENTS,
        permissions=permissions,
        except_for=CLAIMS,
    )
    links.close()
    fan = Fan(findings, GIVES_IAM_ROLE, "roles", "SAML providers")
    for each in some:
        _give(saml, findings, each, fan, powers[each.node])
    fan.close()


def _power(findings: Findings, application: Application) -> int:
    """Return the power to assign the app roles of an application."""
    snapshot, at = findings.snapshot, application.node
    name = f"App roles of {snapshot.names[at]}"
    return findings.node(f"{snapshot.ids[at]}#app_roles", POWER, name, at)


def _give(
    saml: SamlTrust, findings: Findings, application: Application, fan: Fan, power: int
) -> None:
    """Lead to every role that an app role of the application names."""
    for named in dict.fromkeys(application.roles.values()):
        for each in taken(saml, application, named):
            fan.add(power, (Head(each.role),), each.guards, (application.row, *each.rows))
        if named.role.lower() not in saml.by_arn:
            blind(findings, power, application.row, named)


RULE = Rule(
    name="app roles of applications that sign in to AWS",
    kinds=(CAN_ASSIGN_APP_ROLES, GIVES_IAM_ROLE, MAY_LEAD_TO),
    find=_find,
    nodes=(POWER, HUB, BLIND_SPOT),
)
