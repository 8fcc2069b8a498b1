"""The ordinary company around the story: people, groups and devices from a seed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from sample_data import ids
from sample_data.roster import OWNER_POOL, Person, Team

USERS = 320
DEVICES = 40
GUESTS, SYNCED, ENABLED = 0.05, 0.65, 0.94  # shares of the accounts, each up to this point
COMPLIANT = 0.8

FIRST = (
    "Aaliyah", "Abel", "Adaeze", "Ahmed", "Aiko", "Alejandra", "Anders", "Anjali", "Anna", "Bao",
    "Bojan", "Camila", "Chidi", "Chiara", "Dalia", "Daniel", "Dmitri", "Efua", "Emre", "Esther",
    "Farid", "Femi", "Francesca", "Georgios", "Gulnara", "Habib", "Ines", "Ivan", "Jamal", "Jana",
    "Joana", "Kaito", "Karim", "Khanh", "Lars", "Layla", "Lwazi", "Magdalena", "Manuel", "Maya",
    "Mihai", "Nia", "Oksana", "Olivier", "Paula", "Rania", "Ravindra", "Rosa", "Sakura", "Stefan",
)  # fmt: skip
LAST = (
    "Abara", "Andersson", "Baptiste", "Bianchi", "Castillo", "Cohen", "Diallo", "Dubois", "Eriksen",
    "Ferreira", "Fujita", "Garcia", "Gruber", "Hassan", "Huang", "Ivanova", "Jansen", "Joshi",
    "Kaplan", "Kariuki", "Kruger", "Lopez", "Mbeki", "Meyer", "Nguyen", "Novotny", "Okafor",
    "Olsen", "Papadakis", "Pereira", "Qureshi", "Ramirez", "Rossi", "Sato", "Silva", "Singh",
    "Sørensen", "Tanaka", "Toth", "Usman", "Vasquez", "Virtanen", "Wagner", "Yamada", "Zulu",
)  # fmt: skip
TITLES = (
    "Metrology Technician", "Buyer", "Sales Engineer", "Machinist", "Controller", "Optics Engineer",
    "Warehouse Clerk", "Firmware Engineer", "HR Partner", "Quality Inspector", "Product Manager",
)  # fmt: skip
TEAM_NAMES = (
    "Sales EMEA", "Sales Americas", "Sales APAC", "Marketing", "Finance", "Payroll", "Legal",
    "Procurement", "Facilities", "Reception", "Quality", "Metrology", "Optics", "Firmware",
    "Mechanical Design", "Electronics", "Test Bench", "Calibration Lab", "Production Graz",
    "Production Porto", "Warehouse", "Shipping", "Customer Service", "Field Service", "Training",
    "Product Management", "Research", "Patents", "Export Control", "Data Protection",
    "Works Council", "Apprentices", "Executive Office", "Board", "VPN Users", "Remote Desktop",
    "MFA Registered", "Intune Laptops", "Printer Users", "Licence E3", "Licence E5",
    "Teams Phones", "Shop Editors", "Intranet Authors", "CAD Users", "ERP Users", "ERP Key Users",
    "CRM Users", "BI Readers", "BI Authors", "Travel Approvers", "Canteen",
)  # fmt: skip
UNOWNED_TEAMS = frozenset({"Printer Users", "Teams Phones", "Canteen", "MFA Registered"})
NESTED_TEAMS = {
    "Marketing": ("Sales EMEA", "Sales Americas", "Sales APAC"),
    "BI Readers": ("Board", "Finance"),
    "ERP Users": ("ERP Key Users", "Procurement"),
}


def team_key(name: str) -> str:
    """Return the key of an ordinary group."""
    return f"ordinary/{name.lower().replace(' ', '-')}"


# Their owners are part of the plan; their members come from the seed.
TEAMS = tuple(
    Team(
        key=team_key(name),
        name=name,
        owners=() if name in UNOWNED_TEAMS else (OWNER_POOL[at % len(OWNER_POOL)].id,),
    )
    for at, name in enumerate(TEAM_NAMES)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A registered device."""

    key: str
    name: str
    system: str
    version: str
    trust: str
    compliant: bool

    @property
    def id(self) -> str:
        """The object id."""
        return ids.guid(f"device/{self.key}")


def people(random: Random, count: int) -> tuple[Person, ...]:
    """Return that many ordinary accounts, a few of them disabled, synced or guests."""
    pairs = [(first, last) for first in FIRST for last in LAST]
    return tuple(
        _person(random, at, f"{first} {last}")
        for at, (first, last) in enumerate(random.sample(pairs, count))
    )


def _person(random: Random, at: int, name: str) -> Person:
    dice = random.random()
    guest = dice < GUESTS
    domain = "supplier.example" if guest else ids.DOMAIN
    return Person(
        key=f"ordinary-{at}",
        name=name,
        title="" if guest else random.choice(TITLES),
        upn=f"{_ascii(name)}@{domain}",
        enabled=dice < ENABLED,
        guest=guest,
        synced=GUESTS <= dice < SYNCED,
    )


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower().replace("ø", "o"))
    return plain.encode("ascii", "ignore").decode().replace(" ", ".")


def memberships(random: Random, crowd: tuple[Person, ...]) -> Iterator[tuple[Team, list[str]]]:
    """Yield each ordinary group with its members: a few large groups, many small ones."""
    order = list(crowd)
    for rank, team in enumerate(random.sample(TEAMS, len(TEAMS)), start=1):
        size = max(2, round(len(order) * 0.7 / rank**0.9))
        yield team, [person.id for person in random.sample(order, size)] + _nested(team)


def _nested(team: Team) -> list[str]:
    return [ids.group_id(team_key(name)) for name in NESTED_TEAMS.get(team.name, ())]


def devices(random: Random) -> tuple[Device, ...]:
    """Return the registered laptops, benches and phones."""
    kinds = (
        ("Windows", "10.0.22631.4460", "AzureAd"),
        ("Windows", "10.0.19045.5131", "ServerAd"),
        ("MacMDM", "15.1", "Workplace"),
        ("iOS", "18.1", "Workplace"),
        ("Linux", "24.04", "Workplace"),
    )
    made = []
    for at in range(1, DEVICES + 1):
        system, version, trust = random.choices(kinds, weights=(5, 3, 1, 2, 1))[0]
        made.append(
            Device(
                key=str(at),
                name=f"NL-{'PHONE' if system == 'iOS' else 'WS'}-{at:04}",
                system=system,
                version=version,
                trust=trust,
                compliant=random.random() < COMPLIANT,
            )
        )
    return tuple(made)
