"""Who asks, and for what.

Source: IAM User Guide, "AWS JSON policy elements: Principal" and "IAM identifiers".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from idgraph.derive.aws.policy.context import EMPTY, Context

_SESSION = re.compile(r"arn:(aws[a-z-]*):sts::(\d{12}):assumed-role/([^/]+)/(.+)")


class Caller(StrEnum):
    """What sort of principal asks."""

    USER = "user"
    ROLE = "role"  # a session of the role
    ROOT = "root"
    SERVICE = "service"
    FEDERATED = "federated"  # an identity of a provider, before it has a role
    ANYONE = "anyone"  # not signed in, or of an account nobody knows


@dataclass(frozen=True, slots=True)
class Asker:
    """A principal: its ARN (of a role: the role's own), its account, and what sort it is."""

    arn: str  # a service's name or a provider's ARN where it is one of those
    account: str
    sort: Caller
    service_linked: bool = False
    session: str = ""  # ARN of the role session, where one is meant


@dataclass(frozen=True, slots=True)
class Request:
    """An action on a resource, asked for by a principal, with what is known of it."""

    action: str  # service:Name
    resource: str  # an ARN
    asker: Asker
    account: str  # that owns the resource
    context: Context = field(default=EMPTY)
