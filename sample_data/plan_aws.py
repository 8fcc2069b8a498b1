"""What the company's AWS accounts are built to show, worked out on paper.

From the policies in `aws_policies.py` and from what AWS documents of evaluating them (IAM User
Guide, "Policy evaluation logic"; "Permissions boundaries for IAM entities"; "Pass a role to a
service"; "Roles terms and concepts"), never from idgraph's own answers, which tests compare with
these constants. Ids are as idgraph spells them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from sample_data import aws_center, aws_estate, aws_ids, estate, ids, plan, plan_incident, roster
from sample_data.applications import DEPLOYER
from sample_data.aws_estate import (
    ARCHIVE,
    ARTIFACTS,
    BREAK_GLASS,
    BUILD_RUNNER,
    CALIBRATION_BUCKET,
    CALIBRATION_SYNC,
    DEAD_KEY,
    DOCS,
    DOCS_BUCKET,
    FIRMWARE_RELEASE,
    GLASS,
    HELPDESK_TOOLS,
    INVENTORY,
    JULIA,
    KWAME,
    LAB_ADMIN,
    LAB_BUCKET,
    LAB_FUNCTION,
    LAB_HELPER,
    LAB_SECRET,
    LAB_STUDENT,
    LEGACY_ETL,
    LEGACY_KEY,
    OPS_MAINTENANCE,
    ORG_DEPLOYER,
    PARTNER_TOKEN,
    PLATFORM_DEPLOY,
    PLATFORM_PLAN,
    PROVISIONER,
    RECONCILER,
    RELEASE_KEY,
    SANDBOX_ROLES,
    SERVICE_DESK,
    SESSION_KEY,
    SETTLEMENT_BUCKET,
    SETTLEMENT_DB,
    SETTLEMENT_NIGHTLY,
    SETTLEMENT_RECONCILE,
    SETTLEMENT_RUNNER,
    SSO_ADMIN,
    TERRAFORM_STATE,
    TOMAS,
    VENDOR_MONITORING,
)
from sample_data.plan import Reason

PRODUCTION, SANDBOX = aws_ids.PRODUCTION, aws_ids.SANDBOX
ROOT_USER = f"arn:aws:iam::{PRODUCTION}:root"
REPOSITORY = "github:northlight/platform-deploy"


def _subject(pattern: str) -> str:
    return f"oidc:{aws_ids.GITHUB}|{pattern}"


ENVIRONMENT = _subject("repo:northlight/platform-deploy:environment:production")

# What Ada reaches.

WAY_IN = (
    plan.CHAIN[2],  # the service principal of the application that she owns
    estate.BUILD_VAULT.id.lower(),
    estate.GITHUB_SECRET.id,
    REPOSITORY,
    ENVIRONMENT,
    PLATFORM_DEPLOY.arn,
    SETTLEMENT_RUNNER.arn,
    SETTLEMENT_DB.arn,
)
"""From Entra into AWS, each one opening the next."""
WAY_IN_KINDS = (
    "HOLDS_SECRET",
    "OPENS",  # the tag names the repository
    "GETS_TOKENS_OF",
    "CAN_ASSUME_WITH_TOKEN",
    "CAN_PASS_ROLE",  # lambda-001: PassRole, CreateFunction, InvokeFunction
    "CAN_READ_STORE",
)
"""The last steps of it."""

REACHED_SUBJECTS = (
    ENVIRONMENT,
    _subject("repo:northlight/platform-deploy:pull_request"),
    _subject("repo:northlight/*:*"),
    _subject("*"),  # docs-publisher asks for no subject
)
REACHED_ROLES = tuple(
    role.arn
    for role in (
        PLATFORM_DEPLOY,
        PLATFORM_PLAN,  # on a pull request
        INVENTORY,  # any repository of the organisation
        DOCS,  # anybody on GitHub
        SETTLEMENT_RUNNER,
        RECONCILER,  # runs a function that the pipeline may rewrite, and may be passed on
    )
)
REACHED_IN_ENTRA = (ids.guid("fic/platform-deployer/platform-deploy"), DEPLOYER.id)
"""The application accepts tokens of the same environment, and whoever has one signs in as it."""
REACHED_NHIS = (
    REPOSITORY,
    *REACHED_SUBJECTS,
    *REACHED_ROLES,
    *REACHED_IN_ENTRA,
    LEGACY_KEY.id,  # a secret of the production vault names it
)
REACHED_STORES = (SETTLEMENT_DB.arn,)
REACHED_DATA = tuple(it.arn for it in (SETTLEMENT_BUCKET, ARTIFACTS, TERRAFORM_STATE, DOCS_BUCKET))
REACHED_WORKLOADS = (SETTLEMENT_NIGHTLY.arn, SETTLEMENT_RECONCILE.arn)

EXTERNAL_ID = "condition:StringEquals sts:ExternalId nl-sandbox-rollout"
"""What the sandbox asks the pipeline for; it is a shared name, no secret, and not in any export."""
FROM_THE_OFFICE = "network:"
"""The legacy user reads from the office's addresses alone."""
SANDBOX_NHIS = tuple(role.arn for role in SANDBOX_ROLES if not role.service_linked)
SANDBOX_STORES = (LAB_SECRET.arn,)
IF_EXTERNAL_ID = (
    SANDBOX,
    *SANDBOX_NHIS,
    *SANDBOX_STORES,
    LAB_BUCKET.arn,
    LAB_FUNCTION.arn,
    *(user.arn for user in (LAB_ADMIN, LAB_HELPER, LAB_STUDENT)),
)
"""All of the sandbox: the role that the pipeline takes on there is its administrator."""
IF_FROM_THE_OFFICE = (CALIBRATION_BUCKET.arn,)

# What stops whom.


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A way that looks open and is not; `by` says what AWS refuses it with."""

    who: str
    what: str
    by: str


STOPS = (
    Stop(
        who=PLATFORM_DEPLOY.arn,
        what=PRODUCTION,
        by="its boundary has no iam action that changes anything, though its policy says iam:*",
    ),
    Stop(
        who=PLATFORM_DEPLOY.arn,
        what=ARCHIVE.arn,
        by="its boundary passes settlement roles to Lambda alone, and this one trusts ECS",
    ),
    Stop(who=SETTLEMENT_RUNNER.arn, what=RELEASE_KEY.arn, by="Deny NoReleaseKey"),
    Stop(who=SETTLEMENT_RUNNER.arn, what=PARTNER_TOKEN.arn, by="no kms:Decrypt on its key"),
    Stop(
        who=SETTLEMENT_RUNNER.arn,
        what=SESSION_KEY.arn,
        by="the secret's own policy denies all but the portal's role",
    ),
    Stop(who=LAB_HELPER.arn, what=SANDBOX, by="the service control policy NoUserCredentials"),
    Stop(
        who=BUILD_RUNNER.arn,
        what=PROVISIONER.arn,
        by="iam:PassedToService is ECS, and the role trusts CloudFormation",
    ),
    Stop(who=REPOSITORY, what=FIRMWARE_RELEASE.arn, by="the subject is another repository's"),
    Stop(who=estate.DEAD_KEY_SECRET.id, what=PRODUCTION, by=f"{DEAD_KEY.id} is inactive"),
    Stop(who=CALIBRATION_SYNC.arn, what=SETTLEMENT_BUCKET.arn, by="no statement allows it"),
)
NOBODYS_ROLES = (LEGACY_ETL.arn, VENDOR_MONITORING.arn)
"""Taken on by nobody here: one trusts a deleted user, the other another firm. Who administers the
account holds them all the same."""
OPERATORS_GUARDED = ((KWAME.arn, PRODUCTION), (JULIA.arn, OPS_MAINTENANCE.arn))
"""After a reset, by the break-glass role alone, which asks for a second factor: they may pass
ops-maintenance to instances only, which it does not trust."""

# Who is administrator.

ADMINISTRATORS = (
    ROOT_USER,
    *(user.arn for user in GLASS),
    TOMAS.arn,
    OPS_MAINTENANCE.arn,
    PROVISIONER.arn,
    BREAK_GLASS.arn,
    LEGACY_ETL.arn,
    SSO_ADMIN.arn,
)
"""Of the production account, by their own policies."""
BECOME_ADMINISTRATOR = (HELPDESK_TOOLS.arn, SERVICE_DESK.arn)
"""A key for Tomas Reuter, who left: his key is inactive, his permissions are not."""
SANDBOX_ADMINISTRATORS = (
    f"arn:aws:iam::{SANDBOX}:root",
    LAB_ADMIN.arn,
    ORG_DEPLOYER.arn,
    aws_estate.SANDBOX_SSO_ADMIN.arn,
)

# A reset of a user of AWS itself.

WITHOUT_FACTOR = (aws_estate.ISABEL.arn, CALIBRATION_BUCKET.arn)
"""She has no second factor, so a new password is enough for what her group reads."""
LEFT_ALIVE = (aws_estate.LEGACY_KEY_2.id, LEGACY_KEY.id)
"""Two keys of the legacy user, of 2018 and 2019: a new key ends neither."""

# Whose reset reaches it.

_HEAD, _SECOND = roster.HEAD_OF_PLATFORM, roster.OWNER_POOL[6]
EXPOSED_ENTRA = tuple(
    person.id
    for person in (
        _HEAD,
        _SECOND,  # of the platform administrators, whom IAM Identity Center knows as such
        roster.INGRID,  # global administrators
        *roster.BREAK_GLASS,
        roster.MARCUS,  # resets whomever he wants
        roster.OMAR,  # has the platform administrators reset, and takes the approvers' accounts
        roster.NADIA,  # any application, and so the one that signs people in to AWS
        *(it for it in roster.OWNER_POOL if it.id in roster.APP_TEAM.members),
    )
)
EXPOSED_CENTER = tuple(user.id for user in aws_center.ADMINS.members)
OPERATORS = (KWAME.arn, JULIA.arn)
"""Whoever takes one over whole has the second factor that the break-glass role asks for."""
EXPOSED_AWS = (ROOT_USER, *(user.arn for user in (*GLASS, TOMAS, SERVICE_DESK)), *OPERATORS)
EXPOSED_ACCOUNT = (*EXPOSED_ENTRA, *EXPOSED_CENTER, *EXPOSED_AWS)
EXPOSED_IF: Mapping[str, tuple[str, ...]] = plan_incident.EXPOSED_IF
NOT_EXPOSED_ACCOUNT = tuple(
    person.id
    for person in (
        roster.ADA,  # who opens the build vault is held by the pipeline's boundary
        roster.ANTON,
        roster.ELIF,
        roster.OWNER_POOL[5],
        roster.OWNER_POOL[15],  # developers, assigned the sandbox
        roster.OWNER_POOL[22],
        roster.HEAD_OF_DATA,  # assigned less
        roster.HEAD_OF_FINANCE,
        roster.ROLE_HOLDERS["groups_admin"],  # may not touch a role-assignable group
        roster.ROLE_HOLDERS["intune"],
        roster.TOMAS,  # his account in Entra is disabled
        roster.KENJI,
    )
)
EXPOSED_SECRET = (*plan_incident.EXPOSED, *EXPOSED_CENTER, *EXPOSED_AWS)
"""Whoever opens the build vault, and whoever administers the account."""

# Who answers for what.

_TAGS: Mapping[str, Reason] = MappingProxyType(
    {
        "": Reason.NO_OWNER,
        "devops": Reason.TAG_UNRESOLVED,
        "desk@brightdesk.example": Reason.TAG_UNRESOLVED,
        aws_estate.GONE: Reason.DELETED,
        roster.TOMAS.login: Reason.DISABLED,
        roster.HELENE.login: Reason.DISABLED,
        roster.ELIF.upn: Reason.GUEST,
    }
)
"""Every owner that does not count, and why; whoever is not here is at work."""


class _Tagged(Protocol):
    """A thing of AWS that has an owner tag, or ought to."""

    @property
    def arn(self) -> str:
        """The ARN."""

    @property
    def tags(self) -> dict[str, str]:
        """The tags."""


def _owners() -> Iterator[tuple[str, str]]:
    """Yield what ought to have an owner, and the owner that its tag names."""
    for account, _, _ in aws_center.MEMBERS:
        yield account, aws_center.ACCOUNT_TAGS.get(account, {}).get("Owner", "")
    yield aws_ids.ROOT, ""
    for each in aws_estate.ACCOUNTS:
        owned: list[_Tagged] = [*each.users, *each.workloads, *each.secrets, *each.buckets]
        owned += [role for role in each.roles if not role.service_linked]
        owned += [parameter for parameter in each.parameters if parameter.secure]
        for it in owned:
            yield it.arn, it.tags.get("Owner", "")


UNDECIDED = (
    REPOSITORY,
    "github:northlight/firmware",
    "github:northlight-instruments/firmware",
    "github:northlight-instruments/landing-zone",
)
"""Repositories that trust policies, federated credentials and tags name; GitHub was not loaded."""
UNOWNED: Mapping[str, Reason] = MappingProxyType(
    {node: _TAGS[owner] for node, owner in _owners() if owner in _TAGS}
)
