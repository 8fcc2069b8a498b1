"""A picture with a story: a help desk resets one engineer's password, and storage is read.

Reset engineer, application owner, service principal, vault, secret, deployer, subscription,
storage. All names are invented.
"""

from __future__ import annotations

from collections.abc import Sequence

from idgraph.views.picture import (
    CANNOT_TELL,
    REACHED,
    REACHED_IF,
    Hop,
    Picture,
    PictureEdge,
    PictureNode,
    Row,
    Stamp,
    StepKind,
)

KINDS = {
    "MEMBER_OF": StepKind(
        name="MEMBER_OF",
        reads="is a member of",
        allows="Everything that is granted to the group is granted to its members.",
        verify="List the members of the group in the Entra admin center.",
        remove="Remove the member from the group.",
        logged="Audit log, GroupManagement: Add member to group. Using it is not logged.",
        controls=("NIST CSF 2.0 PR.AA-05", "ATT&CK T1078.004"),
    ),
    "ADDS_CREDENTIAL": StepKind(
        name="ADDS_CREDENTIAL",
        reads="can add a credential to",
        allows="An owner of a registration may add a client secret to it and sign in as the "
        "application, without any approval.",
        verify="Owners and Certificates & secrets of the registration.",
        remove="Remove the person as owner; let a pipeline own the registration.",
        logged="Audit log, ApplicationManagement: Update application - Certificates and secrets "
        "management.",
        controls=("OWASP NHI1:2025", "ATT&CK T1098.001"),
    ),
    "RUNS_AS": StepKind(
        name="RUNS_AS",
        reads="signs in as",
        allows="The registration is the definition of its service principal.",
        verify="GET /servicePrincipals with the application id.",
        remove="Delete the service principal where the application is not used.",
        logged="Service principal sign-in log.",
    ),
    "HAS_ROLE": StepKind(
        name="HAS_ROLE",
        reads="holds the role",
        allows="Every action of the role, over its whole scope.",
        verify="Roles and administrators, Assignments.",
        remove="Replace it by a time-bound eligible assignment.",
        logged="Audit log, RoleManagement: Add member to role.",
        controls=("CSA CCM IAM-09",),
    ),
    "READS_SECRETS": StepKind(
        name="READS_SECRETS",
        reads="can read every secret of",
        allows="Key Vault Secrets User on the vault reads the value of each secret in it.",
        verify="Access control (IAM) of the vault, role assignments.",
        remove="Give the role on the one secret that is needed.",
        logged="Vault diagnostic log AuditEvent: SecretGet, where diagnostics are on.",
        controls=("CSA CCM CEK-03", "ATT&CK T1555.006"),
    ),
    "HOLDS": StepKind(name="HOLDS", reads="holds", allows="A vault gives its secrets."),
    "CREDENTIAL_OF": StepKind(
        name="CREDENTIAL_OF",
        reads="is a credential of",
        allows="Whoever holds the secret signs in as the application.",
        verify="Compare the key id in the vault's tags with the registration.",
        remove="Rotate to a federated credential, then delete the secret.",
        logged="Service principal sign-in log, with the credential's key id.",
    ),
    "OWNS_SCOPE": StepKind(
        name="OWNS_SCOPE",
        reads="is Owner of",
        allows="Owner reads, changes and grants everything in the scope.",
        verify="Access control (IAM) of the scope.",
        remove="Replace Owner by the roles that the deployment needs.",
        logged="Azure activity log.",
    ),
    "READS_DATA": StepKind(
        name="READS_DATA",
        reads="can list the keys of",
        allows="An account key reads every blob of the storage account.",
        verify="Effective permissions of the principal on the account.",
        remove="Disallow shared key access.",
        logged="Activity log: List Storage Account Keys.",
    ),
    "RUNS_CODE": StepKind(
        name="RUNS_CODE", reads="can run code on", allows="Run Command executes as the machine."
    ),
    "RESETS": StepKind(
        name="RESETS", reads="can reset the password of", allows="Authentication Administrator."
    ),
}
SHAPES = {
    "EntraUser": ("user", "dot", ("person",)),
    "EntraGroup": ("group", "square", ()),
    "EntraApp": ("app registration", "diamond", ("nhi",)),
    "EntraServicePrincipal": ("service principal", "diamond", ("nhi",)),
    "EntraManagedIdentity": ("managed identity", "diamond", ("nhi",)),
    "EntraRole": ("directory role", "star", ("privileged",)),
    "AzureKeyVault": ("key vault", "database", ("secret_store",)),
    "AzureKeyVaultSecret": ("vault secret", "hexagon", ("secret_store",)),
    "AzureSubscription": ("subscription", "star", ("privileged",)),
    "AzureVirtualMachine": ("virtual machine", "box", ()),
    "AzureStorageAccount": ("storage account", "database", ("data",)),
}
TEAM = "Platform Engineering (Noor Haddad)"


DEPLOYER_KEY = "sp-landing-zone-deployer-client-secret-rotated-2025-11-03"  # a long name
# Source > step > target : kind @ owner, then signs: a guard, an assumption, a class, a verdict.
TOLD = """
Mara Okonkwo > MEMBER_OF > sg-platform-engineers : EntraGroup @ TEAM
Mara Okonkwo > MEMBER_OF > sg-oncall-primary : EntraGroup @ NOBODY
Mara Okonkwo > MEMBER_OF > sg-password-helpers : EntraGroup @ Service Desk
Mara Okonkwo > ADDS_CREDENTIAL > Orders API : EntraApp @ TEAM
Mara Okonkwo > ADDS_CREDENTIAL > Invoice Matching : EntraApp @ NOBODY
sg-platform-engineers > ADDS_CREDENTIAL > Release Notes Bot : EntraApp @ NOBODY
sg-platform-engineers > ADDS_CREDENTIAL > Telemetry Collector : EntraApp @ TEAM
sg-platform-engineers > READS_SECRETS > kv-build-westeurope-01 : AzureKeyVault @ TEAM
sg-oncall-primary > RUNS_CODE > vm-jump-01 : AzureVirtualMachine @ TEAM
sg-oncall-primary > RUNS_CODE > vm-build-agent-07 : AzureVirtualMachine @ NOBODY
sg-password-helpers > RESETS > Tomas Lindqvist : EntraUser @ himself
sg-password-helpers > RESETS > Priya Raman : EntraUser @ herself
Orders API > RUNS_AS > sp-orders-api : EntraServicePrincipal @ TEAM
Invoice Matching > RUNS_AS > sp-invoice-matching : EntraServicePrincipal @ NOBODY
Release Notes Bot > RUNS_AS > sp-release-notes : EntraServicePrincipal @ NOBODY
Telemetry Collector > RUNS_AS > sp-telemetry : EntraServicePrincipal @ TEAM
vm-jump-01 > RUNS_AS > mi-jump-host : EntraManagedIdentity @ TEAM
vm-build-agent-07 > RUNS_AS > mi-build-agent : EntraManagedIdentity @ NOBODY
Tomas Lindqvist > MEMBER_OF > sg-identity-admins : EntraGroup @ Identity !mfa
Priya Raman > ADDS_CREDENTIAL > HR Sync : EntraApp @ People Systems
kv-build-westeurope-01 > HOLDS > npm-publish-token : AzureKeyVaultSecret @ TEAM
kv-build-westeurope-01 > HOLDS > sonar-scanner-key : AzureKeyVaultSecret @ NOBODY
kv-build-westeurope-01 > HOLDS > code-signing-pfx-2025 : AzureKeyVaultSecret @ NOBODY
sp-orders-api > READS_SECRETS > kv-orders-prod-westeurope-01 : AzureKeyVault @ TEAM
sp-invoice-matching > READS_SECRETS > kv-finance-prod : AzureKeyVault @ Finance IT
sp-telemetry > READS_DATA > sttelemetryraw : AzureStorageAccount @ TEAM
mi-jump-host > READS_SECRETS > kv-ops-breakglass : AzureKeyVault @ NOBODY
mi-build-agent > READS_DATA > stbuildartifacts : AzureStorageAccount @ TEAM
HR Sync > RUNS_AS > sp-hr-sync : EntraServicePrincipal @ People Systems
sg-identity-admins > HAS_ROLE > Authentication Administrator : EntraRole !pim
sg-identity-admins > HAS_ROLE > Cloud Application Administrator : EntraRole !pim
kv-orders-prod-westeurope-01 > HOLDS > orders-db-connection : AzureKeyVaultSecret @ TEAM
kv-orders-prod-westeurope-01 > HOLDS > DEPLOYER : AzureKeyVaultSecret @ NOBODY
kv-orders-prod-westeurope-01 > HOLDS > payment-gateway-key : AzureKeyVaultSecret @ TEAM
kv-finance-prod > HOLDS > bank-sftp-private-key : AzureKeyVaultSecret @ Finance IT
kv-finance-prod > HOLDS > sap-rfc-technical-user : AzureKeyVaultSecret @ NOBODY
kv-ops-breakglass > HOLDS > breakglass-01-password : AzureKeyVaultSecret @ NOBODY
kv-ops-breakglass > HOLDS > vpn-root-ca-key : AzureKeyVaultSecret @ NOBODY
sp-hr-sync > READS_DATA > sthrdocuments : AzureStorageAccount @ People Systems
DEPLOYER > CREDENTIAL_OF > Landing Zone Deployer : EntraServicePrincipal @ NOBODY !privileged !lock
breakglass-01-password > CREDENTIAL_OF > breakglass-01@corp.example : EntraUser @ NOBODY !privileged
orders-db-connection > CREDENTIAL_OF > sql-orders-login : EntraServicePrincipal @ TEAM
sap-rfc-technical-user > CREDENTIAL_OF > sap-rfc-bridge : EntraServicePrincipal @ NOBODY
Cloud Application Administrator > ADDS_CREDENTIAL > Backup Orchestrator : EntraApp @ NOBODY
Backup Orchestrator > RUNS_AS > sp-backup-orchestrator : EntraServicePrincipal @ NOBODY !privileged
Landing Zone Deployer > OWNS_SCOPE > sub-production-emea : AzureSubscription @ TEAM
Landing Zone Deployer > OWNS_SCOPE > sub-shared-services : AzureSubscription @ NOBODY
Landing Zone Deployer > HAS_ROLE > Directory Readers : EntraRole
breakglass-01@corp.example > HAS_ROLE > Global Administrator : EntraRole !cannot_tell
sub-production-emea > READS_DATA > stcustomerledger : AzureStorageAccount @ Sales Ops
sub-production-emea > READS_DATA > stordersarchive : AzureStorageAccount @ TEAM
sub-production-emea > READS_DATA > stclaimsimages : AzureStorageAccount @ NOBODY
sub-shared-services > READS_DATA > stterraformstate : AzureStorageAccount @ TEAM
sub-shared-services > READS_SECRETS > kv-shared-platform : AzureKeyVault @ TEAM
sp-backup-orchestrator > READS_DATA > stbackupvault01 : AzureStorageAccount @ NOBODY
sp-orders-api > READS_DATA > stordersarchive
sp-telemetry > READS_SECRETS > kv-orders-prod-westeurope-01
"""
OWNERS = {"NOBODY": None, "TEAM": TEAM}
GUARDS = {
    "mfa": "the attacker passes the second factor of Tomas Lindqvist",
    "pim": "the attacker activates the eligible role with approval",
}


class Story:
    """Nodes and steps as they are told; paths follow the first way to a node."""

    def __init__(self) -> None:
        self.nodes: list[PictureNode] = []
        self.edges: list[PictureEdge] = []
        self.at: dict[str, int] = {}
        self.way: dict[str, tuple[int, ...]] = {}
        self.guards: dict[str, tuple[str, ...]] = {}

    def start(self, label: str) -> None:
        self._node(label, "EntraUser", 0, owner="herself", is_start=True)
        self.way[label] = ()

    def step(
        self,
        source: str,
        kind: str,
        label: str,
        node_kind: str = "",
        *,
        owner: str | None = "",
        signs: Sequence[str] = (),
    ) -> None:
        guards = tuple(GUARDS[sign] for sign in signs if sign in GUARDS)
        if label not in self.at:
            held = self.guards.get(source, ()) + guards
            self.guards[label] = held
            verdict = REACHED_IF if held else REACHED
            self._node(
                label,
                node_kind,
                len(self.way[source]) + 1,
                owner=owner,
                extra=("privileged",) if "privileged" in signs else (),
                verdict=CANNOT_TELL if CANNOT_TELL in signs else verdict,
            )
        self.edges.append(
            PictureEdge(
                source=self.at[source],
                target=self.at[label],
                kind=kind,
                sentence=f"{source} {KINDS[kind].reads} {label}",
                guards=guards,
                assumes=("the application instance lock is off",) if "lock" in signs else (),
                evidence=(f"entra-export.json#/data/{17 + 31 * len(self.edges)}",),
            )
        )
        self.way.setdefault(label, (*self.way[source], len(self.edges) - 1))

    def _node(self, label, kind, layer, *, owner="", extra=(), verdict=REACHED, is_start=False):
        kind_label, shape, classes = SHAPES[kind]
        self.at[label] = len(self.nodes)
        number = len(self.nodes)
        self.nodes.append(
            PictureNode(
                id=_id(kind, label, number),
                label=label,
                kind=kind,
                kind_label=kind_label,
                shape=shape,
                layer=layer,
                verdict=verdict,
                classes=(*classes, *extra),
                owner="left the company in March" if owner is None else owner,
                unowned=owner is None,
                details=(("Created", "2024-05-17"), ("Last sign-in", "2026-01-28")),
                is_start=is_start,
            )
        )

    def row(self, label: str) -> Row:
        node = self.nodes[self.at[label]]
        way = self.way[label]
        return Row(
            node=self.at[label],
            hops=node.layer,
            verdict=node.verdict,
            classes=tuple(name for name in node.classes if name != "person"),
            guards=self.guards.get(label, ()),
            assumes=tuple(text for edge in way for text in self.edges[edge].assumes),
            blind_spots=("the members of sg-breakglass were not exported",)
            if node.verdict == CANNOT_TELL
            else (),
            path=tuple(Hop(edge=edge) for edge in way),
        )


def _id(kind: str, label: str, number: int) -> str:
    guid = f"{number * 7919 + 4096:08x}-51c2-4b7e-9a10-{number * 104729 + 77:012x}"
    if not kind.startswith("Azure"):
        return guid
    return f"/subscriptions/{guid}/resourcegroups/rg-production/providers/microsoft/{label}".lower()


def told() -> Story:
    story = Story()
    story.start("Mara Okonkwo")
    for line in TOLD.replace("DEPLOYER", DEPLOYER_KEY).strip().splitlines():
        told, *signs = line.split(" !")
        ends, _, owner = told.partition(" @ ")
        steps, _, node_kind = ends.partition(" : ")
        story.step(*steps.split(" > "), node_kind, owner=OWNERS.get(owner, owner), signs=signs)
    return story


NOT_SEEN = (
    "Members of the group sg-breakglass: the export lists none, and does not say it is empty.",
    "Azure DevOps: no load; its service connections to sub-production-emea are not shown.",
    "Access policies of kv-finance-prod: the export holds the vault without its properties.",
)
ASSUMED = (
    "The application instance lock of Landing Zone Deployer is off: AzureHound does not export it.",
)
ANSWER = (
    (
        "Whoever talks the help desk into this reset can read customer data in 7 steps: through "
        "Orders API and a deployment secret in kv-orders-prod-westeurope-01 to the subscription "
        "sub-production-emea."
    ),
    (
        "The shortest way to cut it: take Mara Okonkwo off the owners of Orders API, and move the "
        "deployment secret out of that vault."
    ),
)


def demo() -> Picture:
    """Return the picture of the story."""
    story = told()
    counted = {"nhi", "privileged", "secret_store", "data"}
    rows = tuple(
        story.row(node.label)
        for node in story.nodes
        if counted.intersection(node.classes) and not node.is_start
    )
    return Picture(
        title="What a reset of Mara Okonkwo opens",
        question="What can be reached from mara.okonkwo@meridian.example after a password reset?",
        answer=ANSWER,
        stamp=Stamp(
            identity="mara.okonkwo@meridian.example",
            moment="2026-02-03 10:20 UTC",
            store="meridian.duckdb",
            loads=("azurehound 2026-02-03 09:55 UTC", "owners.csv 2026-01-30"),
            version="0.1.0",
        ),
        nodes=tuple(story.nodes),
        edges=tuple(story.edges),
        rows=rows,
        kinds=KINDS,
        not_seen=NOT_SEEN,
        assumed=ASSUMED,
    )


def many(count: int, *, fan: int = 3) -> Picture:
    """Return a picture of `count` nodes with names of ordinary length, about two edges each."""
    kinds = (
        "EntraServicePrincipal",
        "AzureKeyVaultSecret",
        "AzureKeyVault",
        "AzureStorageAccount",
        "EntraRole",
        "EntraGroup",
    )
    story = Story()
    story.start("Mara Okonkwo")
    labels = ["Mara Okonkwo"]
    for at in range(1, count):
        label = f"object-{at:05d}-westeurope"
        step_kind = tuple(KINDS)[at % len(KINDS)]
        story.step(
            labels[(at - 1) // fan],
            step_kind,
            label,
            kinds[at % len(kinds)],
            owner=None if at % 4 == 0 else TEAM,
        )
        if at > fan:
            story.step(labels[(at * at * 31 + 7) % (at // 2)], step_kind, label)
        labels.append(label)
    rows = tuple(story.row(node.label) for node in story.nodes[1:])
    return Picture(
        title="Many",
        question="How many?",
        answer=("Many.",),
        stamp=Stamp(identity="mara", moment="2026-02-03 10:20 UTC"),
        nodes=tuple(story.nodes),
        edges=tuple(story.edges),
        rows=rows,
        kinds=KINDS,
    )
