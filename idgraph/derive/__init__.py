"""Profiles of derivation, and the catalogue of everything that can be observed or derived."""

from __future__ import annotations

from collections.abc import Iterable

from idgraph import vocabulary
from idgraph.catalogue import Catalogue, EdgeKind, NodeKind
from idgraph.derive import aws, azure, bloodhound, desk, entra, federation
from idgraph.derive.projection import Projection, derive
from idgraph.derive.rules import Profile, Rule
from idgraph.errors import UnknownNameError, did_you_mean

__all__ = ["CATALOGUE", "PROFILES", "RULES_VERSION", "Projection", "derive", "profile"]

RULES_VERSION = "5"  # raised with every change of what a rule finds: cached projections expire

STRICT = Profile(
    name="strict",
    about="What the platforms do by their own documentation.",
    rules=(*entra.RULES, *azure.RULES, *aws.RULES, *federation.RULES, *desk.RULES),
)
BLOODHOUND = Profile(
    name="bloodhound",
    about="What BloodHound CE derives, its known errors included, for comparison.",
    rules=bloodhound.RULES,
)
PROFILES = {each.name: each for each in (STRICT, BLOODHOUND)}


def profile(name: str) -> Profile:
    """Return a profile by its name."""
    try:
        return PROFILES[name]
    except KeyError:
        hint = did_you_mean(name, PROFILES) or f"Choose one of: {', '.join(PROFILES)}."
        raise UnknownNameError(f"profile {name!r}", "does not exist", hint=hint) from None


def _derived_kinds(rules: Iterable[Rule]) -> tuple[EdgeKind, ...]:
    kinds = {kind.name: kind for rule in rules for kind in rule.kinds}
    observed = {kind.name for kind in vocabulary.EDGE_KINDS}
    return tuple(kind for name, kind in kinds.items() if name not in observed)


def _new_nodes(rules: Iterable[Rule]) -> tuple[NodeKind, ...]:
    kinds = {kind.name: kind for rule in rules for kind in rule.nodes}
    known = {kind.name for kind in vocabulary.NODE_KINDS}
    return tuple(kind for name, kind in kinds.items() if name not in known)


_ALL_RULES = tuple(rule for each in PROFILES.values() for rule in each.rules)

CATALOGUE = Catalogue(
    nodes=(*vocabulary.NODE_KINDS, *_new_nodes(_ALL_RULES)),
    edges=(*vocabulary.EDGE_KINDS, *_derived_kinds(_ALL_RULES)),
)
