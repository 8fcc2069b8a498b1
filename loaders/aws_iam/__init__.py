"""AWS: `aws iam get-account-authorization-details`, and the ordinary list calls beside it.

Any number of files, in any order, each as the command line prints it; what a file is, its members
say. Several pages and several accounts may lie side by side. Nothing but the authorisation details
is needed: every other list turns a guarded path into a certain one, or into none.

A policy of an organisation is `describe-policy` with its `Targets` (of `list-targets-for-policy`)
put beside `PolicySummary` and `Content`; policies of resources are a list `ResourcePolicies` of
`Arn` and `Policy`, because the calls that print them leave the resource out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from idgraph.errors import InputError
from idgraph.records import CoverageRecord, Record, Source
from idgraph.vocabulary import aws
from loaders._fields import Fault, Item, Unusable
from loaders._files import File, find, opened
from loaders._json import Element, elements
from loaders._reading import Loader, Progress, Reading, Tally
from loaders.aws_iam import credentials, inventory, organisation, principals
from loaders.aws_iam.export import Convert, Export, Seen, converted, node, rejected

NAME = "aws_iam"
ACCOUNT = "AWS account"
POLICY = "managed policy"
REPORT = "credential report"
CONVERTERS: Mapping[str, tuple[str, Convert]] = {  # by member: the record kind, its converter
    "UserDetailList": ("IAM user", principals.user),
    "GroupDetailList": ("IAM group", principals.group),
    "RoleDetailList": ("IAM role", principals.role),
    "Policies": (POLICY, principals.managed),
    "InstanceProfiles": ("instance profile", principals.instance_profile),
    "AccessKeyMetadata": ("access key", credentials.access_key),
    "LoginProfile": ("login profile", credentials.login_profile),
    "OpenIDConnectProviderList": ("OIDC provider", organisation.oidc_provider),
    "SAMLProviderList": ("SAML provider", organisation.saml_provider),
    "Functions": ("Lambda function", inventory.FUNCTION),
    "Reservations": ("EC2 instance", inventory.reservation),
    "taskDefinition": ("ECS task definition", inventory.TASK),
    "Jobs": ("Glue job", inventory.job),
    "projects": ("CodeBuild project", inventory.BUILD),
    "NotebookInstances": ("SageMaker notebook", inventory.NOTEBOOK),
    "Stacks": ("CloudFormation stack", inventory.STACK),
    "SecretList": ("secret", inventory.secret),
    "Parameters": ("parameter", inventory.parameter),
    "Keys": ("KMS key", inventory.kms_key),
    "KeyMetadata": ("KMS key", inventory.kms_key),
    "Buckets": ("S3 bucket", inventory.bucket),
    "ResourcePolicies": ("resource policy", inventory.resource_policy),
    "OrganizationPolicies": ("control policy", organisation.control_policy),
    "Policy": ("control policy", organisation.control_policy),
    "Accounts": ("account of an organisation", organisation.account),
    "PermissionSet": ("permission set", organisation.permission_set),
    "AccountAssignments": ("account assignment", organisation.assignment),
    "Users": ("Identity Center user", organisation.sso_user),
    "Groups": ("Identity Center group", organisation.sso_group),
    "GroupMemberships": ("Identity Center membership", organisation.membership),
}
NEEDED: Mapping[str, str] = {  # what is not known without a record kind
    "IAM user": "users are not known",
    "IAM group": "groups are not known",
    "IAM role": "roles and who may assume them are not known",
    POLICY: "what managed policies allow is not known",
    REPORT: "which users have a password, keys and a second factor is not known",
    "Lambda function": "which functions run with which role is not known",
    "EC2 instance": "which instances run with which role is not known",
    "ECS task definition": "which tasks run with which role is not known",
    "Glue job": "which jobs run with which role is not known",
    "CodeBuild project": "which builds run with which role is not known",
    "SageMaker notebook": "which notebooks run with which role is not known",
    "CloudFormation stack": "which stacks run with which role is not known",
    "secret": "secrets of Secrets Manager are not known",
    "parameter": "parameters of Systems Manager are not known",
    "S3 bucket": "buckets are not known",
    "resource policy": "policies of secrets, keys and buckets are not known",
    "control policy": "service control policies are not known, and none is applied",
    "account assignment": "who is assigned what in IAM Identity Center is not known",
}
_PAGES = ("IsTruncated", "NextToken", "nextToken", "NextMarker")
BARE: Mapping[str, tuple[str, Convert]] = {  # an answer that is one object, by its own member
    "NotebookInstanceArn": ("SageMaker notebook", inventory.NOTEBOOK),
    "ResourcePolicy": ("resource policy", inventory.resource_policy),
}
_BARE = (
    "Content",
    "ARN",
    "ResourcePolicy",
    "NotebookInstanceArn",
    "NotebookInstanceName",
    "NotebookInstanceStatus",
    "RoleArn",
)
OF_ONE_ACCOUNT = frozenset({"access key", "login profile", "S3 bucket"})
_NAMED = 3  # documents that are missing, named in words


def parse(
    paths: Sequence[Path], *, scope: str | None = None, progress: Progress | None = None
) -> Reading:
    """Return a reading of the answers of AWS for one or more accounts.

    Raises
    ------
    InputError
        A path holds no file to read. What a file holds is judged as it is read.
    """
    files = find(paths, ".json", ".csv")
    read = partial(_read, files=files, scope=scope or "", progress=progress)
    return Reading([file.name for file in files], read)


def _read(
    reading: Reading, *, files: Sequence[File], scope: str, progress: Progress | None
) -> Iterator[Record]:
    export = Export(counts=reading.counts, scope=scope)
    wanted = (*CONVERTERS, *_PAGES, *_BARE)
    for file in files:
        with opened(file, progress) as stream:
            if file.name.lower().endswith(".csv"):
                text = io.TextIOWrapper(io.BufferedReader(stream), "utf-8", newline="")
                yield from _rows(csv.DictReader(text), file.name, export)
            else:
                yield from _file(elements(stream, file.name, wanted=wanted), file.name, export)
    yield from _finish(export)
    found = scope or ",".join(sorted(export.accounts)) or "unknown"
    reading.source = Source(loader=NAME, scope=found)
    yield from _coverage(export)


def _file(parts: Iterator[Element], file: str, export: Export) -> Iterator[Record]:
    tally = export.counts.tally(file)
    bare: dict[str, Any] = {}
    more, read = False, False
    for part in parts:
        if part.member in _PAGES:
            more = more or bool(part.value)
        elif part.member in CONVERTERS and not (part.index is None and part.value is None):
            read = True
            yield from _element(part, file, export, tally)
        elif part.member in _BARE:
            bare[part.member] = part.value
    if "Content" in bare:
        read = True
        yield from _report(bare, file, export, tally)
    for member in BARE.keys() & bare.keys():
        read = True
        export.record, convert = BARE[member]
        yield from converted(bare, f"{file}#", export, convert, tally)
    if not read:
        raise _not_read(file)
    if more:
        export.seen.setdefault(export.record, Seen()).truncated = True


def _not_read(file: str) -> InputError:
    return InputError(
        file,
        "holds no answer of AWS that is read here",
        place=f"{file}#",
        hint="Export with `aws iam get-account-authorization-details --output json`.",
    )


def _element(part: Element, file: str, export: Export, tally: Tally) -> Iterator[Record]:
    kind, convert = CONVERTERS[part.member]
    export.record = kind
    at = f"/{part.index}" if part.index is not None else ""
    place = f"{file}#/{part.member}{at}"
    yield from converted(part.value, place, export, convert, tally)


def _report(
    members: Mapping[str, Any], file: str, export: Export, tally: Tally
) -> Iterator[Record]:
    try:
        rows = credentials.rows_of(Item(members, f"{file}#", []))
    except Unusable as unusable:
        export.record = REPORT
        tally.records += 1
        tally.refused += 1
        yield from rejected(export, [unusable.fault])
    else:
        yield from _rows(rows, f"{file}#/Content", export)


def _rows(rows: csv.DictReader[str], at: str, export: Export) -> Iterator[Record]:
    file = at.partition("#")[0]
    tally, export.record = export.counts.tally(file), REPORT
    if "arn" not in (rows.fieldnames or ()):
        raise _not_read(file)
    for number, row in enumerate(rows, 2):  # the first line names the columns
        place = f"{at}/{number}" if "#" in at else f"{at}#L{number}"
        yield from converted(row, place, export, credentials.report, tally)


def _finish(export: Export) -> Iterator[Record]:
    """Yield what had to wait for all files."""
    one = next(iter(export.accounts)) if len(export.accounts) == 1 else export.scope
    for kind, item, later in export.later:
        export.record = kind
        if not one and kind in OF_ONE_ACCOUNT:
            fault = Fault(item.place, "names no account, and the files are not of one alone")
            yield from rejected(export, [fault])
        else:
            yield from later.convert(one)
    export.record = ACCOUNT
    for account in sorted(export.accounts):
        place = Item({}, f"{next(iter(export.counts.files), '')}#", [])
        said = {"account_id": account}
        yield node(place, export, aws.ACCOUNT, account, name=account, properties=said)


def _coverage(export: Export) -> Iterator[Record]:
    missing = sorted(export.wanted.keys() - export.documents)
    for kind in dict.fromkeys((*NEEDED, *export.seen)):
        seen = export.seen.get(kind)
        gap = _gap(kind, seen, missing if kind == POLICY else ())
        count = seen.count if seen else 0
        yield CoverageRecord(record=kind, count=count, complete=not gap, about=gap)
    if export.accounts:
        yield CoverageRecord(record=ACCOUNT, count=len(export.accounts), complete=True)


def _gap(kind: str, seen: Seen | None, missing: Sequence[str]) -> str:
    """Return what is not known of a record kind, in words; "" where all is."""
    if missing:
        more = f" and {len(missing) - _NAMED:,} more" if len(missing) > _NAMED else ""
        return f"the documents of {', '.join(missing[:_NAMED])}{more} are attached and not there"
    if seen is None:
        return NEEDED[kind]
    if seen.faults:
        return f"{seen.faults:,} parts could not be understood"
    return "a page says that more follow" if seen.truncated else ""


LOADER = Loader(
    name=NAME,
    reads="AWS accounts: `aws iam get-account-authorization-details` and the list calls beside it",
    record_kinds=(*dict.fromkeys(kind for kind, _ in CONVERTERS.values()), REPORT, ACCOUNT),
    parse=parse,
)
