"""What a key's policy asks of the service that decrypts for whoever reads.

KMS Developer Guide, "AWS KMS condition keys": kms:ViaService and kms:CallerAccount.
"""

from __future__ import annotations

import pytest

from tests.idgraph.derive.aws.accounts import ONE, TWO, Account, allow

KEY = f"arn:aws:kms:eu-west-1:{ONE}:key/1"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{ONE}:secret:pay-AbCdEf"
BUCKET = "arn:aws:s3:::pay"


@pytest.mark.parametrize(
    ("condition", "read"),
    [
        ({"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}, {SECRET}),
        ({"kms:ViaService": "s3.eu-west-1.amazonaws.com"}, {BUCKET}),
        ({"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}, set()),
        ({"kms:CallerAccount": ONE}, {SECRET, BUCKET}),
        ({"kms:CallerAccount": TWO}, set()),
        ({"aws:ViaAWSService": "true"}, {SECRET, BUCKET}),
        ({"aws:ViaAWSService": "false"}, set()),
    ],
)
def test_a_key_is_used_by_way_of_the_service_that_keeps_the_store(condition, read):
    account = Account()
    account.user("ada", allow(["secretsmanager:GetSecretValue", "s3:GetObject"]))
    account.thing("AWSSecret", SECRET)
    account.thing("AWSS3Bucket", BUCKET)
    account.thing("AWSKMSKey", KEY)
    for store in (SECRET, BUCKET):
        account.build.edge("ENCRYPTED_WITH", store, KEY)
    lets_in = allow("kms:Decrypt", Principal={"AWS": account.arn("user", "ada")})
    account.resource_policy(KEY, lets_in | {"Condition": {"StringEquals": condition}})
    told = {(target, guards) for _, _, target, guards in account.edges("CAN_READ_STORE")}
    assert told == {(each.rpartition("/")[2], ()) for each in read}
