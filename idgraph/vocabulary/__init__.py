"""Observed node and edge kinds, a module a platform."""

from __future__ import annotations

from idgraph.vocabulary import aws, azure, common, entra, federation, resets

NODE_KINDS = (
    *common.NODE_KINDS,
    *entra.NODE_KINDS,
    *azure.NODE_KINDS,
    *aws.NODE_KINDS,
    *federation.NODE_KINDS,
    *resets.NODE_KINDS,
)
EDGE_KINDS = (*entra.EDGE_KINDS, *azure.EDGE_KINDS, *aws.EDGE_KINDS, *resets.EDGE_KINDS)
