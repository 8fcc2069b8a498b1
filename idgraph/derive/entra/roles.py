"""Directory roles judged by their actions, never by their names.

A built-in role is known by its template id and has the actions that `roles.toml` lists, since a
display name can be given to any custom role; every other role has the actions its export carries.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from idgraph.derive.closures import once, tenant_of
from idgraph.graph import Bools, Ints, Texts
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import entra

GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
PRIVILEGED_ROLE_ADMINISTRATOR = "e8611ab8-c189-46e8-94e1-60213ab1f814"
PRIVILEGED_AUTHENTICATION_ADMINISTRATOR = "7be44c8a-adaf-4e2a-84d6-ab2649e08a13"
AUTHENTICATION_ADMINISTRATOR = "c4e39bd9-1100-46d3-8c65-fb160da0071f"
HELPDESK_ADMINISTRATOR = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
PASSWORD_ADMINISTRATOR = "966707d0-3269-4727-9be2-8c3a10f19b9d"  # noqa: S105  a role's id
USER_ADMINISTRATOR = "fe930be7-5e62-47db-91af-98c3a49a38b1"
GROUPS_ADMINISTRATOR = "fdd7a751-b60b-444a-984c-02652fe8fa1c"
PARTNER_TIER1 = "4ba39ca4-527c-499a-b93d-d9b492c50246"
PARTNER_TIER2 = "e00e864a-17c5-4a4b-9c06-f5b95a8d5bd8"

_LIST = Path(__file__).with_name("roles.toml")

Actions = re.Pattern[str]


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A built-in role: its name, for display only, and the actions that give control."""

    name: str
    actions: frozenset[str]  # in lower case


def actions(*patterns: str) -> Actions:
    """Return a pattern over actions; each part leaves out `microsoft.directory/`, in lower case."""
    return re.compile(r"microsoft\.directory/(?:" + "|".join(patterns) + r")\Z")


@cache
def built_in() -> Mapping[str, BuiltIn]:
    """Return the built-in roles that the list holds, by template id."""
    table = tomllib.loads(_LIST.read_text(encoding="utf-8"))
    return {
        template: BuiltIn(role["name"], _folded(role["actions"]))
        for template, role in table.items()
    }


def template_of(role_id: str) -> str:
    """Return the definition id that a role's id starts with."""
    return role_id.partition("@")[0].lower()


def role_name(role_id: str) -> str:
    """Return a built-in role's name, or the id itself."""
    known = built_in().get(template_of(role_id))
    return known.name if known else role_id


@dataclass(frozen=True, slots=True)
class Roles:
    """The directory roles of a snapshot, in the order of their positions."""

    at: Ints  # (k,) node positions
    tenant: Texts  # (k,)
    template: tuple[str, ...]  # (k,)
    actions: tuple[frozenset[str], ...]  # (k,) in lower case

    def that_can(self, pattern: Actions) -> Bools:
        """Return whether each role has an action that a pattern matches."""
        return np.array([can(held, pattern) for held in self.actions], bool)


def can(held: frozenset[str], pattern: Actions) -> bool:
    """Return whether one of the actions matches a pattern."""
    return any(pattern.match(action) for action in held)


@once
def roles_of(snapshot: Snapshot) -> Roles:
    """Return the roles of a snapshot with the actions that they are judged by."""
    at = snapshot.of_kind(entra.ROLE.name)
    templates = tuple(_template(snapshot, int(each)) for each in at)
    return Roles(
        at,
        tenant_of(snapshot)[at],
        templates,
        tuple(
            _judged_by(snapshot, int(each), template)
            for each, template in zip(at, templates, strict=True)
        ),
    )


def _template(snapshot: Snapshot, role: int) -> str:
    said = snapshot.node_properties[role].get("template_id")
    return str(said).lower() if said else template_of(str(snapshot.ids[role]))


def _judged_by(snapshot: Snapshot, role: int, template: str) -> frozenset[str]:
    properties = snapshot.node_properties[role]
    known = built_in().get(template)
    if known and properties.get("built_in") is not False:
        return known.actions
    return _folded(properties.get("actions", ()))


def _folded(names: object) -> frozenset[str]:
    return (
        frozenset(str(each).lower() for each in names)
        if isinstance(names, (list, tuple))
        else frozenset()
    )
