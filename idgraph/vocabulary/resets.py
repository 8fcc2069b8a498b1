"""How accounts are reset: proof levels, what a method gives, and the reset paths of a register.

A reset path is a way that an organisation has set up to reset accounts: who carries it out, for
whom, on what proof, with whose approval. It is observed in a register; rules turn it into control.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from idgraph.catalogue import GUARD_KINDS, EdgeKind, NodeKind, PropertyType, Role
from idgraph.errors import ModelError
from idgraph.vocabulary import aws
from idgraph.vocabulary.common import between
from idgraph.vocabulary.entra import APP, GROUP, ROLE, SERVICE_IDENTITIES, TENANT, USER

_LIST = Path(__file__).with_name("resets.toml")

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofLevel:
    """What somebody who asks for a reset has to show; `rank` 0 is the weakest."""

    name: str
    rank: int
    words: str
    source: str

    def __post_init__(self) -> None:
        if not (self.name and self.words and self.source):
            raise ModelError(f"proof level {self.name!r}", "has no name, no words or no source")


class Gives(StrEnum):
    """What a reset puts into the hands of whoever carries it out."""

    PASSWORD = "password"  # noqa: S105  the name of a thing, no password
    FACTOR = "factor"  # a second factor; the password is still asked for
    PASS = "pass"  # noqa: S105  signs in alone and counts as both factors
    CONTACT = "contact"  # where the codes of self-service go
    CREDENTIAL = "credential"  # a secret or key of a service identity
    ASSERTION = "assertion"  # whatever the identity provider says about the account


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodGives:
    """What a reset method gives, and the kinds of guards that it leaves standing."""

    name: str
    gives: Gives
    leaves: tuple[str, ...]
    source: str

    def __post_init__(self) -> None:
        strange = set(self.leaves) - {kind.name for kind in GUARD_KINDS}
        if strange:
            raise ModelError(f"reset method {self.name}", f"leaves {', '.join(sorted(strange))}")

    def guards(self, account: str) -> tuple[str, ...]:
        """Return the guards between a reset by this method and acting as the account."""
        return tuple(f"{kind}:{account}" for kind in self.leaves)


def _proofs(table: Mapping[str, Any]) -> Mapping[str, ProofLevel]:
    levels = [ProofLevel(rank=rank, **each) for rank, each in enumerate(table["proof"])]
    return MappingProxyType({each.name: each for each in levels})


def _methods(table: Mapping[str, Any]) -> Mapping[str, MethodGives]:
    methods = [
        MethodGives(
            name=each["name"],
            gives=Gives(each["gives"]),
            leaves=tuple(each["leaves"]),
            source=each["source"],
        )
        for each in table["method"]
    ]
    return MappingProxyType({each.name: each for each in methods})


_TABLE = tomllib.loads(_LIST.read_text(encoding="utf-8"))

PROOF_LEVELS: Mapping[str, ProofLevel] = _proofs(_TABLE)
"""By name, weakest first."""

METHOD_GIVES: Mapping[str, MethodGives] = _methods(_TABLE)
"""By the name of the reset method."""


def proof_rank(name: str) -> int:
    """Return the rank of a proof level; -1, weaker than any, for one that nobody knows."""
    level = PROOF_LEVELS.get(name)
    return -1 if level is None else level.rank


def proof_words(name: str) -> str:
    """Return a proof level in words, to stand after "proof:"."""
    level = PROOF_LEVELS.get(name)
    return "nobody says which" if level is None else level.words


_BOOL, _INT, _STR, _TIME = (
    PropertyType.BOOL,
    PropertyType.INT,
    PropertyType.STR,
    PropertyType.TIME,
)

RESET_PATH = NodeKind(
    name="ResetPath",
    label="reset path",
    platform="any",
    about="A way that an organisation has set up to reset accounts, as its register states it.",
    shape="box",
    properties={
        "reset_platform": _STR,
        "method": _STR,
        "channel": _STR,
        "proof": _STR,
        "approvals": _INT,  # how many approvers are needed
        "self_approval": _BOOL,  # whoever executes may be an approver too
        "self_service": _BOOL,  # the person resets the own account
        "covers_all": _BOOL,  # every account of the tenant
        "vendor": _STR,
        "last_tested": _TIME,
    },
)
VENDOR = NodeKind(
    name="Vendor",
    label="vendor desk",
    platform="any",
    about="An outside company that carries out resets.",
    shape="box",
)
SECOND_FACTOR = NodeKind(
    name="SecondFactor",
    label="account with its second factor",
    platform="any",
    about="To hold an account together with its second factor, which a password alone does not "
    "give; only for accounts of which something asks for that factor again.",
    role=Role.POWER,
    shape="hexagon",
)

AWS_ACCOUNTS = (aws.USER, aws.ROOT_USER, aws.SSO_USER)
"""What can be reset in AWS."""

_EXECUTORS = (
    *(USER, GROUP, ROLE, *SERVICE_IDENTITIES, VENDOR),
    *(aws.USER, aws.ROLE, aws.SSO_USER),
)

EXECUTES_RESETS = EdgeKind(
    name="EXECUTES_RESETS",
    reads="carries out resets by",
    ends=between(_EXECUTORS, (RESET_PATH,)),
)
APPROVES_RESETS = EdgeKind(
    name="APPROVES_RESETS",
    reads="approves resets by",
    ends=between(_EXECUTORS, (RESET_PATH,)),
)
COVERS = EdgeKind(
    name="COVERS",
    reads="resets",
    ends=between(
        (RESET_PATH,),
        (USER, GROUP, TENANT, APP, *SERVICE_IDENTITIES, *AWS_ACCOUNTS, aws.ACCOUNT),
    ),
)
RUN_BY = EdgeKind(
    name="RUN_BY",
    reads="is run by",
    ends=between((RESET_PATH,), (VENDOR,)),
)

NODE_KINDS = (RESET_PATH, VENDOR, SECOND_FACTOR)
EDGE_KINDS = (EXECUTES_RESETS, APPROVES_RESETS, COVERS, RUN_BY)
EXECUTORS = _EXECUTORS
