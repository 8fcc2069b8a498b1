"""The copy of AWS-managed policies that is shipped, made of moto's: `--write` writes it."""

import gzip
import json
import sys
from pathlib import Path

from moto.iam.aws_managed_policies import aws_managed_policies_data

import loaders.aws_iam
from loaders.aws_iam.shipped import FILE

TARGET = Path(loaders.aws_iam.__file__).with_name(FILE)


def made():
    """Return the copy as text: by ARN the default version, its time and the document."""
    policies = json.loads(aws_managed_policies_data)
    found = {
        f"arn:aws:iam::aws:policy{said['Path']}{name}": [
            said["DefaultVersionId"],
            said.get("UpdateDate", said["CreateDate"]),
            said["Document"],
        ]
        for name, said in policies.items()
    }
    return json.dumps(found, separators=(",", ":"), sort_keys=True)


if __name__ == "__main__" and "--write" in sys.argv:
    TARGET.write_bytes(gzip.compress(made().encode(), 9, mtime=0))
