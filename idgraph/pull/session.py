"""AWS, as boto3 speaks to it: who asks, where, and clients that wait when they are told to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from idgraph.errors import InputError, did_you_mean
from idgraph.pull.asking import code_of, faults, is_expired
from idgraph.pull.pulled import PullError

HOME = "us-east-1"  # asked first where nobody says a region
ATTEMPTS = 8  # of one call, the first included; botocore waits longer before each, at most 20 s
FIRST_ATTEMPTS = 3  # to find out whether AWS can be reached at all
WORKERS = 8  # calls under way at once
_ACCOUNT = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z]{2,}(-[a-z0-9]+)+")
_REFUSED = frozenset(
    {
        "AuthFailure",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "MissingAuthenticationToken",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)


@dataclass(slots=True)
class Aws:
    """A session, and its clients: one for each service and region, shared by all threads."""

    session: Any
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)  # sessions are not safe in several threads

    def client(self, service: str, region: str, attempts: int | None = None) -> Any:
        """Return the client of a service in a region, made when it is first asked for."""
        from botocore.config import Config

        with self._lock:
            if (service, region) not in self._clients:
                config = Config(
                    retries={"mode": "adaptive", "total_max_attempts": attempts or ATTEMPTS},
                    connect_timeout=10,
                    read_timeout=60,
                    max_pool_connections=WORKERS,
                    user_agent_extra="idgraph",
                )
                self._clients[service, region] = self.session.client(
                    service, region_name=region, config=config
                )
            return self._clients[service, region]

    def offered(self, service: str, region: str) -> bool:
        """Return whether botocore knows of an endpoint of a service in a region."""
        with self._lock:
            partition = self.session.get_partition_for_region(region)
            return region in self.session.get_available_regions(service, partition)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and of which account."""

    account: str
    arn: str
    home: str  # the region of the session

    @property
    def partition(self) -> str:
        """The part of AWS: aws, aws-cn, aws-us-gov."""
        return self.arn.split(":")[1]


def connect(profile: str | None, session: Any | None) -> Aws:
    """Return AWS as a profile, or a session of one's own, reaches it.

    Raises
    ------
    PullError
        boto3 is not installed, or there is no such profile.
    """
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ProfileNotFound
    except ImportError:
        hint = "Install it: pip install 'idgraph[aws]'."
        raise PullError("boto3", "is not installed", hint=hint) from None
    try:
        return Aws(session or boto3.Session(profile_name=profile))
    except ProfileNotFound:
        known = boto3.Session().available_profiles
        there = f"There are: {', '.join(known)}." if known else "None is configured."
        hint = did_you_mean(str(profile), known) or there
        raise PullError(f"the AWS profile {profile!r}", "does not exist", hint=hint) from None
    except BotoCoreError as fault:
        raise PullError("the configuration of AWS", f"cannot be read ({fault})") from None


def caller(aws: Aws, regions: Sequence[str]) -> Caller:
    """Return who asks.

    Raises
    ------
    PullError
        There are no credentials, AWS refuses them, or it cannot be reached.
    """
    for region in regions:
        if not _REGION.fullmatch(region):
            raise InputError(f"the region {region!r}", "is none", hint="Name one like eu-west-1.")
    home = aws.session.region_name or next(iter(regions), HOME)
    with told():
        said = aws.client("sts", home, FIRST_ATTEMPTS).get_caller_identity()
    account, arn = str(said.get("Account", "")), str(said.get("Arn", ""))
    if not _ACCOUNT.fullmatch(account) or arn.count(":") < 5:  # noqa: PLR2004  an ARN's colons
        raise PullError("AWS", "does not say which account this is", hint="Is it AWS that answers?")
    return Caller(account, arn, home)


def enabled(aws: Aws, home: str) -> tuple[str, ...]:
    """Return the regions that are enabled in the account; raises what the client raises."""
    said = aws.client("ec2", home).describe_regions()
    names = [str(each.get("RegionName", "")) for each in said.get("Regions", ())]
    return tuple(sorted(name for name in names if _REGION.fullmatch(name)))


@contextmanager
def told() -> Iterator[None]:
    """Say in a sentence what keeps AWS from answering at all."""
    from botocore.exceptions import ConnectionError as NoConnection
    from botocore.exceptions import HTTPClientError

    try:
        yield
    except faults() as fault:
        code = code_of(fault)
        if is_expired(fault):
            raise expired(code) from None
        if code in _REFUSED:
            hint = "Check the profile, and whether the key is still active."
            raise PullError("AWS", f"refuses the credentials ({code})", hint=hint) from None
        if isinstance(fault, HTTPClientError | NoConnection):
            hint = "Check the network, the proxy and the region."
            raise PullError("AWS", f"cannot be reached ({code})", hint=hint) from None
        raise PullError("AWS", f"does not say who asks ({code})") from None
    except ValueError:  # botocore's word for an endpoint that is no URL
        hint = "Look at AWS_ENDPOINT_URL and at the profile."
        raise PullError("the configuration of AWS", "names no endpoint", hint=hint) from None


def expired(code: str) -> PullError:
    """Return the error of credentials that are missing or no longer good."""
    if code == "NoCredentialsError":
        hint = "Name a profile with --aws-profile, or sign in first: aws sso login."
        return PullError("credentials for AWS", "were not found", hint=hint)
    hint = "Sign in again, for instance with: aws sso login."
    return PullError("the credentials for AWS", f"are no longer good ({code})", hint=hint)
