"""Run by the Python that has PMapper: its offline graph of an account, timed, as JSON.

PMapper 1.1.5 imports `collections.Mapping`, which Python 3.10 took away; it is put back first.
Its own offline way needs a client of IAM, so one answers from the file: no user has keys, a
password or a device, as the file says of none.
"""

from __future__ import annotations

import collections
import collections.abc
import json
import logging
import sys
import time
from pathlib import Path
from types import SimpleNamespace

collections.Mapping = collections.abc.Mapping
collections.MutableMapping = collections.abc.MutableMapping
logging.disable(logging.CRITICAL)

from principalmapper.graphing import edge_identification, gathering  # noqa: E402  not before the mending above


def main(file):
    began = time.process_time()
    page = json.loads(Path(file).read_text(encoding="utf-8"))
    nodes = gathering.get_nodes_groups_and_policies(client(page))["nodes"]
    gathering.update_admin_status(nodes)
    read = time.process_time()
    edges = edge_identification.obtain_edges(None, list(edge_identification.checker_map), nodes)
    done = time.process_time()
    print(
        json.dumps(
            {
                "read": read - began,
                "edges": done - read,
                "principals": len(nodes),
                "administrators": [each.arn for each in nodes if each.is_admin],
                "found": [
                    [each.source.arn, each.short_reason, each.destination.arn] for each in edges
                ],
            }
        )
    )


def client(page):
    def pages(operation):
        answer = {"VirtualMFADevices": []}
        some = [page] if operation == "get_account_authorization_details" else [answer]
        return SimpleNamespace(paginate=lambda **_: some)

    def no_password(**_):
        raise LookupError("NoSuchEntity")

    return SimpleNamespace(
        get_paginator=pages,
        list_access_keys=lambda **_: {"AccessKeyMetadata": []},
        list_mfa_devices=lambda **_: {"MFADevices": []},
        get_login_profile=no_password,
    )


main(sys.argv[1])
