"""Who and what the story names: people, groups, applications, and what each may do.

Tables only. The ordinary people that fill the company come from `mass.py`; what follows from
these tables (the chain, who is unowned and why) is in `plan.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from sample_data import ids

MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
GRAPH_CLIENT = "00000003-0000-0000-c000-000000000000"
FAR_FUTURE = "2299-12-31T00:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account a person signs in with, or the register believes so."""

    key: str
    name: str
    title: str = ""
    upn: str = ""
    enabled: bool = True
    guest: bool = False
    synced: bool = False

    @property
    def id(self) -> str:
        """The object id."""
        return ids.user_id(self.key)

    @property
    def login(self) -> str:
        """The user principal name; a guest's is the invited address in Entra's own spelling."""
        address = self.upn or f"{self.name.lower().replace(' ', '.')}@{ids.DOMAIN}"
        return f"{address.replace('@', '_')}#EXT#@{ids.DOMAIN}" if self.guest else address


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A group of the story; members and owners are object ids."""

    key: str
    name: str
    members: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    role_assignable: bool = False
    synced: bool = False
    rule: str = ""

    @property
    def id(self) -> str:
        """The object id."""
        return ids.group_id(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A password or certificate of an application; the value itself is nowhere."""

    key: str
    name: str
    start: str
    end: str
    certificate: bool = False
    on_principal: bool = False
    canary: bool = False

    @property
    def id(self) -> str:
        """The `keyId`."""
        return ids.credential_id(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Federation:
    """Whose outside token an app registration accepts instead of a secret."""

    name: str
    issuer: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleSignOn:
    """How a gallery application takes assertions, and who may ask for one: (id, name, type)."""

    identifier: str
    reply_url: str
    assigned: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A registration and its service principal, each with an owner list of its own.

    `principal_owners` is None where the export holds no owner record for the service principal.
    """

    key: str
    name: str
    owners: tuple[str, ...] = ()
    principal_owners: tuple[str, ...] | None = ()
    credentials: tuple[Credential, ...] = ()
    federations: tuple[Federation, ...] = ()
    graph_roles: tuple[str, ...] = ()
    app_roles: tuple[str, ...] = ()
    sign_on: SingleSignOn | None = None
    enabled: bool = True

    @property
    def id(self) -> str:
        """The object id of the registration."""
        return ids.app_object_id(self.key)

    @property
    def client(self) -> str:
        """The client id."""
        return ids.client_id(self.key)

    @property
    def principal(self) -> str:
        """The object id of the service principal."""
        return ids.principal_id(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """A service principal whose registration lives in another tenant."""

    key: str
    name: str
    client: str
    home: str
    app_roles: tuple[tuple[str, str], ...] = ()

    @property
    def principal(self) -> str:
        """The object id of the service principal."""
        return ids.principal_id(self.key)


ADA = Person(key="ada", name="Ada Marlowe", title="Release Engineer")
MARCUS = Person(key="marcus", name="Marcus Oyelaran", title="Head of IT Security")
PRIYA = Person(key="priya", name="Priya Raman", title="Identity Architect")
JONAS = Person(key="jonas", name="Jonas Lindqvist", title="Identity Engineer")
INGRID = Person(key="ingrid", name="Ingrid Halvorsen", title="Tenant Administrator")
BREAK_GLASS = (
    Person(key="glass-1", name="Break Glass One", upn=f"bg-one@{ids.DOMAIN}"),
    Person(key="glass-2", name="Break Glass Two", upn=f"bg-two@{ids.DOMAIN}"),
)
TOMAS = Person(key="tomas", name="Tomas Reuter", title="Platform Engineer (left)", enabled=False)
HELENE = Person(key="helene", name="Helene Kovac", title="Integration Lead (left)", enabled=False)
ELIF = Person(key="elif", name="Elif Aydin", upn="elif.aydin@meridian.example", guest=True)
LEGACY_CSP = Person(key="csp", name="CSP Support", upn="support@oldpartner.example", guest=True)
OMAR = Person(key="omar", name="Omar Haddad (Brightdesk)", upn=f"v-omar.haddad@{ids.DOMAIN}")
DESK = (
    OMAR,
    Person(key="lena", name="Lena Fischer (Brightdesk)", upn=f"v-lena.fischer@{ids.DOMAIN}"),
    Person(key="ravi", name="Ravi Menon", upn="ravi.menon@brightdesk.example", guest=True),
    Person(key="joan", name="Joan Achebe", upn="joan.achebe@brightdesk.example", guest=True),
    Person(key="piotr", name="Piotr Zielinski", upn="piotr.z@brightdesk.example", guest=True),
    Person(key="mei", name="Mei Tanaka", upn="mei.tanaka@brightdesk.example", guest=True),
)
SOFIA = Person(key="sofia", name="Sofia Brandt", title="Site Support Graz", synced=True)
KENJI = Person(key="kenji", name="Kenji Watanabe", title="Telemetry Lead")
NADIA = Person(key="nadia", name="Nadia Petrenko", title="Cloud App Administrator")
WEI = (
    Person(key="wei-1", name="Wei Chen", title="Optics Engineer"),
    Person(key="wei-2", name="Wei Chen", title="Buyer", upn=f"wei.chen2@{ids.DOMAIN}", synced=True),
)
ANTON = Person(key="anton", name="Anton Weiss", title="Change Manager")
ROLE_HOLDERS = {
    "user_admin": Person(key="amara", name="Amara Nwosu", title="User Administrator"),
    "groups_admin": Person(key="luca", name="Luca Moretti", title="Collaboration Engineer"),
    "password_admin": Person(key="greta", name="Greta Sandoval", title="Reception Lead"),
    "guest_inviter": Person(key="yusuf", name="Yusuf Demir", title="Supplier Manager"),
    "reports_reader": Person(key="chloe", name="Chloe Martin", title="Licence Analyst"),
    "message_reader": ANTON,
    "usage_reader": Person(key="farah", name="Farah Siddiqui", title="Adoption Lead"),
    "experience": Person(key="noor", name="Noor Bakker", title="Adoption Specialist"),
    "exchange": Person(key="pavel", name="Pavel Novak", title="Messaging Engineer"),
    "hybrid": Person(key="siobhan", name="Siobhan Kelly", title="Directory Engineer"),
    "authentication": Person(key="dario", name="Dario Ricci", title="Sign-in Engineer"),
    "intune": Person(key="hana", name="Hana Kim", title="Endpoint Engineer"),
}

HOSTILE_NAMES = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    '=HYPERLINK("http://evil.example","x")',
    "=cmd|' /C calc'!A1",
    "invoice\u202egpj.exe",
    "\u001b[31mred\u001b[0m",
    "first line\nsecond line",
    "'; MATCH (n) DETACH DELETE n //",
    "[bold red]x[/]",
    "N" * 300,
    "Lab Robot \U0001f916",
)
HOSTILE = tuple(
    Person(key=f"hostile-{at}", name=name, upn=f"hostile-{at:02}@{ids.DOMAIN}")
    for at, name in enumerate(HOSTILE_NAMES, start=1)
)

OWNER_POOL = tuple(
    Person(key=f"owner-{at}", name=name, title="Service Owner")
    for at, name in enumerate(
        (
            "Beatriz Fonseca", "Samuel Adeyemi", "Katarina Horvat", "Rohan Deshpande",
            "Fatima Zahra", "Liam Gallagher", "Yuki Nakamura", "Elena Popescu",
            "Mateo Alvarez", "Astrid Nilsen", "Kwame Boateng", "Julia Schneider",
            "Tariq Mansour", "Zofia Kowalska", "Minh Tran", "Isabel Duarte",
            "Oleg Marchenko", "Leila Haddadi", "Henrik Dahl", "Thandi Mokoena",
            "Arjun Pillai", "Camille Laurent", "Diego Paredes", "Soo-jin Park",
        )
    )
)  # fmt: skip
HEAD_OF_PLATFORM, HEAD_OF_DATA, HEAD_OF_HR, HEAD_OF_FINANCE = OWNER_POOL[:4]

PEOPLE = (
    ADA, MARCUS, PRIYA, JONAS, INGRID, *BREAK_GLASS, TOMAS, HELENE, ELIF, LEGACY_CSP, *DESK,
    SOFIA, KENJI, NADIA, *WEI, *ROLE_HOLDERS.values(), *HOSTILE, *OWNER_POOL,
)  # fmt: skip

DESK_GROUP = Team(
    key="desk",
    name="Helpdesk-Brightdesk",
    members=tuple(person.id for person in DESK),
    owners=(HEAD_OF_PLATFORM.id,),
    role_assignable=True,
)
RELEASE_ENGINEERS = Team(
    key="release-engineers",
    name="Release Engineers",
    members=(ADA.id, OWNER_POOL[4].id, OWNER_POOL[5].id, ELIF.id),
    owners=(HEAD_OF_PLATFORM.id, ANTON.id),
)
PLATFORM_ADMINS = Team(
    key="platform-admins",
    name="Platform Admins",
    members=(HEAD_OF_PLATFORM.id, OWNER_POOL[6].id),
    owners=(HEAD_OF_PLATFORM.id,),
    role_assignable=True,
)
PIM_APPROVERS = Team(
    key="pim-approvers",
    name="PIM Approvers",
    members=(OWNER_POOL[7].id, OWNER_POOL[8].id),
    owners=(MARCUS.id,),
)
APP_TEAM = Team(
    key="app-team",
    name="App Platform Team",
    members=(OWNER_POOL[9].id, OWNER_POOL[10].id),
    owners=(OWNER_POOL[11].id,),
    role_assignable=True,
)
SECURITY_READERS = Team(
    key="security-readers",
    name="Security Readers",
    members=(MARCUS.id, OWNER_POOL[12].id),
    owners=(MARCUS.id,),
    role_assignable=True,
)
BUILD_OPERATORS = Team(
    key="build-operators",
    name="Build Operators",
    members=(OWNER_POOL[5].id, OWNER_POOL[13].id),
    owners=(OWNER_POOL[13].id,),
)
DEVELOPERS = Team(
    key="developers",
    name="Developers",
    members=(OWNER_POOL[14].id, OWNER_POOL[15].id, OWNER_POOL[22].id),
    owners=(OWNER_POOL[14].id,),
)
VAULT_ADMINS = Team(
    key="vault-admins",
    name="Corporate Vault Admins",
    members=(OWNER_POOL[16].id, OWNER_POOL[23].id),
    owners=(MARCUS.id,),
)
HR_SYSTEMS = Team(
    key="hr-systems",
    name="HR Systems",
    members=(HEAD_OF_HR.id, OWNER_POOL[17].id),
    owners=(HEAD_OF_HR.id,),
)
ENGINEERING = Team(
    key="engineering",
    name="Engineering",
    members=(RELEASE_ENGINEERS.id, DEVELOPERS.id, KENJI.id, WEI[0].id),
    owners=(HEAD_OF_PLATFORM.id,),
)
ALL_STAFF = Team(key="all-staff", name="All Staff", members=(ENGINEERING.id,), owners=(MARCUS.id,))
EMPTY_TEAM = Team(key="measurement-tools", name="Measurement Tools (disbanded)")
SYNCED_TEAM = Team(
    key="domain-workshop", name="GRAZ-Workshop", members=(SOFIA.id, WEI[1].id), synced=True
)
DYNAMIC_TEAM = Team(
    key="dynamic-sales",
    name="Dynamic Sales",
    members=(OWNER_POOL[18].id,),
    owners=(OWNER_POOL[18].id,),
    rule='(user.department -eq "Sales") and (user.accountEnabled -eq true)',
)
LEFT_TEAM = Team(
    key="integration-squad", name="Integration Squad", members=(OWNER_POOL[19].id,),
    owners=(HELENE.id,),
)  # fmt: skip
GUEST_TEAM = Team(
    key="supplier-exchange", name="Supplier Exchange", members=(ELIF.id,), owners=(ELIF.id,)
)
HOSTILE_TEAM = Team(
    key="hostile", name="</script><svg onload=alert(2)>", members=(HOSTILE[0].id,),
    owners=(OWNER_POOL[20].id,),
)  # fmt: skip
TEAMS = (
    DESK_GROUP, RELEASE_ENGINEERS, PLATFORM_ADMINS, PIM_APPROVERS, APP_TEAM, SECURITY_READERS,
    BUILD_OPERATORS, DEVELOPERS, VAULT_ADMINS, HR_SYSTEMS, ENGINEERING, ALL_STAFF, EMPTY_TEAM,
    SYNCED_TEAM, DYNAMIC_TEAM, LEFT_TEAM, GUEST_TEAM, HOSTILE_TEAM,
)  # fmt: skip
