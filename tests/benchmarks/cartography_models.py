"""The benchmark's rows as Cartography's models; imported only where Cartography is installed."""

# ruff: noqa: RUF009  a default that is made is the form that Cartography gives its models

from __future__ import annotations

from dataclasses import dataclass

from cartography.client.core.tx import load, load_matchlinks
from cartography.models.core.common import PropertyRef
from cartography.models.core.nodes import CartographyNodeProperties, CartographyNodeSchema
from cartography.models.core.relationships import (
    CartographyRelProperties,
    CartographyRelSchema,
    LinkDirection,
    SourceNodeMatcher,
    TargetNodeMatcher,
    make_source_node_matcher,
    make_target_node_matcher,
)

__all__ = ["Group", "Membership", "User", "load", "load_matchlinks"]


@dataclass(frozen=True)
class _Properties(CartographyNodeProperties):
    id: PropertyRef = PropertyRef("id")
    name: PropertyRef = PropertyRef("name")
    lastupdated: PropertyRef = PropertyRef("lastupdated", set_in_kwargs=True)


@dataclass(frozen=True)
class User(CartographyNodeSchema):
    label: str = "BenchUser"
    properties: _Properties = _Properties()


@dataclass(frozen=True)
class Group(CartographyNodeSchema):
    label: str = "BenchGroup"
    properties: _Properties = _Properties()


@dataclass(frozen=True)
class _MembershipProperties(CartographyRelProperties):
    lastupdated: PropertyRef = PropertyRef("lastupdated", set_in_kwargs=True)
    _sub_resource_label: PropertyRef = PropertyRef("_sub_resource_label", set_in_kwargs=True)
    _sub_resource_id: PropertyRef = PropertyRef("_sub_resource_id", set_in_kwargs=True)


@dataclass(frozen=True)
class Membership(CartographyRelSchema):
    source_node_label: str = "BenchUser"
    source_node_matcher: SourceNodeMatcher = make_source_node_matcher({"id": PropertyRef("start")})
    target_node_label: str = "BenchGroup"
    target_node_matcher: TargetNodeMatcher = make_target_node_matcher({"id": PropertyRef("end")})
    direction: LinkDirection = LinkDirection.OUTWARD
    rel_label: str = "MEMBER_OF"
    properties: _MembershipProperties = _MembershipProperties()
