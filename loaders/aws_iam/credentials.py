"""What the account's authorisation details leave out of users: passwords, keys, second factors."""

from __future__ import annotations

import base64
import binascii
import csv
import io
from collections.abc import Iterator

from idgraph.records import Record
from idgraph.vocabulary import aws
from loaders._fields import Item, Unusable, known
from loaders.aws_iam.export import Export, Later, arn, edge, in_account, node
from loaders.aws_iam.sources import account_in

ROOT = "<root_account>"


def report(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert a row of the credential report."""
    thing = arn(item, "arn")
    account = account_in(thing)
    keys = sum(_true(item, f"access_key_{number}_active") for number in (1, 2))
    is_root = item.text("user") == ROOT
    said = known(
        account_id=account,
        mfa=_true(item, "mfa_active"),
        access_keys=keys,
        created=_time(item, "user_creation_time"),
    )
    if is_root:
        yield node(item, export, aws.ROOT_USER, thing, name=f"root of {account}", properties=said)
        yield from in_account(item, export, thing, account)
        return
    said |= known(
        user_name=item.text("user"),
        login_profile=_true(item, "password_enabled"),
        last_sign_in=_time(item, "password_last_used"),
    )
    yield node(item, export, aws.USER, thing, name=item.text("user"), properties=said)


def _true(item: Item, key: str) -> bool:
    return item.text(key).lower() == "true"


def _time(item: Item, key: str) -> str:
    text = item.text(key)
    return item.time(key) if text[:1].isdigit() else ""  # N/A, no_information, not_supported


def rows_of(item: Item) -> csv.DictReader[str]:
    """Return the rows of a credential report as `get-credential-report` answers: base64 of CSV.

    Raises
    ------
    Unusable
        It is none.
    """
    try:
        text = base64.b64decode(item.text("Content"), validate=True).decode()
    except (binascii.Error, ValueError):
        raise Unusable(item.at("Content"), "is no credential report") from None
    return csv.DictReader(io.StringIO(text))


def access_key(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of AccessKeyMetadata: the account is the one that all files are of."""
    key, user = item.text("AccessKeyId"), item.text("UserName")
    if not key or not user:
        raise Unusable(item.place, "names no key or no user")
    export.counts.values_dropped += "SecretAccessKey" in item.value

    def placed(account: str) -> Iterator[Record]:
        said = known(
            account_id=account,
            active=item.text("Status") == "Active",
            created=item.time("CreateDate"),
        )
        yield node(item, export, aws.ACCESS_KEY, key, name=key, properties=said)
        yield edge(item, export, user_named(export, account, user), aws.HAS_ACCESS_KEY, key)

    yield Later(placed)


def login_profile(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert a LoginProfile: that the user has a console password."""
    user = item.text("UserName")
    if not user:
        raise Unusable(item.at("UserName"), "is missing")

    def placed(account: str) -> Iterator[Record]:
        said = known(login_profile=True)
        found = user_named(export, account, user)
        yield node(item, export, aws.USER, found, name=user, properties=said)

    yield Later(placed)


def user_named(export: Export, account: str, name: str) -> str:
    """Return a user's ARN by its name; a path is known only where the user was read."""
    return export.users.get((account, name), f"arn:{export.partition}:iam::{account}:user/{name}")
