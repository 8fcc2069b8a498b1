"""The ordinary list calls: workloads with their roles, secrets, parameters, keys and buckets.

Values never enter: the environment of a function, a build or a task is counted and dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from idgraph.records import Record, Value
from idgraph.vocabulary import aws
from loaders._fields import Item, Unusable, known
from loaders._repositories import mentioned
from loaders._secret_tags import opens_of
from loaders.aws_iam.documents import document_in, policy
from loaders.aws_iam.export import (
    Export,
    Kind,
    Later,
    arn,
    edge,
    region_of,
    resource,
    tags_of,
)
from loaders.aws_iam.sources import ARN, account_in


@dataclass(frozen=True, slots=True)
class Workload:
    """How one list call names a workload and the roles that it runs with."""

    kind: Kind
    arn: str
    name: str
    roles: tuple[tuple[str, str], ...]  # (field, use)
    state: str = ""

    def __call__(self, item: Item, export: Export) -> Iterator[Record]:
        """Convert an element of the list."""
        thing = arn(item, self.arn)
        said = known(region=region_of(thing), state=item.text(self.state) if self.state else "")
        yield from resource(
            item,
            export,
            self.kind,
            thing,
            name=item.text(self.name) or thing,
            account=account_in(thing),
            properties=said,
        )
        yield from _runs_with(item, export, thing, self.roles)
        export.counts.values_dropped += _environment(item)


def _runs_with(
    item: Item, export: Export, thing: str, fields: Sequence[tuple[str, str]]
) -> Iterator[Record]:
    for name, use in fields:
        role = item.text(name)
        if ARN.fullmatch(role):
            said = known(use=use)
            yield edge(item, export, thing, aws.RUNS_WITH_ROLE, role, key=use, properties=said)
        elif role:
            item.note(name, "is no ARN")


def _environment(item: Item) -> int:
    """Return how many values of environment variables a record holds."""
    variables = item.child("Environment").value.get("Variables")
    count = len(variables) if isinstance(variables, dict) else 0
    build = item.child("environment").value.get("environmentVariables")
    count += len(build) if isinstance(build, list) else 0
    for container in item.children("containerDefinitions"):
        some = container.value.get("environment")
        count += len(some) if isinstance(some, list) else 0
    return count


FUNCTION = Workload(aws.LAMBDA, "FunctionArn", "FunctionName", (("Role", ""),), "State")
BUILD = Workload(aws.CODEBUILD, "arn", "name", (("serviceRole", ""),))
NOTEBOOK = Workload(
    aws.NOTEBOOK,
    "NotebookInstanceArn",
    "NotebookInstanceName",
    (("RoleArn", ""),),
    "NotebookInstanceStatus",
)
STACK = Workload(aws.STACK, "StackId", "StackName", (("RoleARN", ""),), "StackStatus")
TASK = Workload(
    aws.ECS_TASK,
    "taskDefinitionArn",
    "family",
    (("taskRoleArn", "task"), ("executionRoleArn", "execution")),
    "status",
)


def reservation(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of Reservations: EC2 instances, which print no ARN."""
    account = item.text("OwnerId")
    for each in item.children("Instances"):
        zone, name = each.child("Placement").text("AvailabilityZone"), each.text("InstanceId")
        if not (account and name and zone):
            raise Unusable(each.place, "names no owner, id or availability zone")
        region = zone[:-1] if zone[-1:].isalpha() else zone
        thing = f"arn:{_partition(region)}:ec2:{region}:{account}:instance/{name}"
        said = known(region=region, state=each.child("State").text("Name"))
        export.instances[name] = thing
        yield from resource(
            each, export, aws.INSTANCE, thing, name=name, account=account, properties=said
        )
        yield from _runs_with(each.child("IamInstanceProfile"), export, thing, (("Arn", ""),))


def association(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of IamInstanceProfileAssociations: a profile that an instance has."""
    instance, profile = item.text("InstanceId"), item.child("IamInstanceProfile")
    if not instance:
        raise Unusable(item.at("InstanceId"), "is missing")
    found = arn(profile, "Arn")
    if item.text("State") == "disassociated":
        return

    def placed(_account: str) -> Iterator[Record]:
        if instance in export.instances:
            thing = export.instances[instance]
            yield edge(item, export, thing, aws.RUNS_WITH_ROLE, found, key="association")

    yield Later(placed)


def _partition(region: str) -> str:
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def job(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of Jobs: Glue jobs, which print no ARN; the role tells the account."""
    name, role = item.text("Name"), item.text("Role")
    if not name or not ARN.fullmatch(role):
        raise Unusable(item.place, "names no job, or its role by no ARN")
    account = account_in(role)
    thing = f"arn:{role.split(':')[1]}:glue:*:{account}:job/{name}"
    yield from resource(item, export, aws.GLUE_JOB, thing, name=name, account=account)
    yield from _runs_with(item, export, thing, (("Role", ""),))


def dev_endpoint(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of DevEndpoints of Glue, which print no ARN either."""
    name, role = item.text("EndpointName"), item.text("RoleArn")
    if not name or not ARN.fullmatch(role):
        raise Unusable(item.place, "names no endpoint, or its role by no ARN")
    account = account_in(role)
    thing = f"arn:{role.split(':')[1]}:glue:*:{account}:devEndpoint/{name}"
    said = known(state=item.text("Status"))
    yield from resource(
        item, export, aws.GLUE_ENDPOINT, thing, name=name, account=account, properties=said
    )
    yield from _runs_with(item, export, thing, (("RoleArn", ""),))


def secret(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of SecretList of Secrets Manager."""
    thing = arn(item, "ARN")
    said = known(
        region=region_of(thing),
        created=item.time("CreatedDate"),
        last_changed=item.time("LastChangedDate"),
        rotation=item.flag_if_any("RotationEnabled"),
        kms_key=item.text("KmsKeyId"),
    )
    export.counts.values_dropped += "SecretString" in item.value or "SecretBinary" in item.value
    yield from _stored(item, export, aws.SECRET, thing, said)


def parameter(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of Parameters of Systems Manager; only SecureStrings are secrets."""
    export.counts.values_dropped += "Value" in item.value
    thing = arn(item, "ARN")
    if item.text("Type") != "SecureString":
        return
    said = known(
        region=region_of(thing),
        last_changed=item.time("LastModifiedDate"),
        kms_key=item.text("KeyId"),
    )
    yield from _stored(item, export, aws.PARAMETER, thing, said)


def _stored(
    item: Item, export: Export, kind: Kind, thing: str, said: Mapping[str, Value]
) -> Iterator[Record]:
    name = item.text("Name") or thing
    account = account_in(thing)
    opens = opens_of(tags_of(item))
    yield from mentioned(opens.get("opens_repository", ""), export.record, f"{item.place}/Tags")
    yield from resource(
        item,
        export,
        kind,
        thing,
        name=name,
        account=account,
        properties={**said, **opens},
    )
    key = str(said.get("kms_key", ""))
    if ARN.fullmatch(key) and ":key/" in key:
        yield edge(item, export, thing, aws.ENCRYPTED_WITH, key)
    policy_text = item.value.get("ResourcePolicy")
    if policy_text:
        yield from _of_resource(item, export, thing, "ResourcePolicy")


def kms_key(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of Keys, or KeyMetadata."""
    thing = arn(item, "KeyArn" if "KeyArn" in item.value else "Arn")
    said = known(
        region=region_of(thing),
        created=item.time("CreationDate"),
        manager=item.text("KeyManager"),
    )
    name = item.text("KeyId") or thing
    account = account_in(thing)
    yield from resource(
        item, export, aws.KMS_KEY, thing, name=name, account=account, properties=said
    )


def bucket(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of Buckets; the account is the one that all files are of."""
    name = item.text("Name")
    if not name:
        raise Unusable(item.at("Name"), "is missing")

    def placed(account: str) -> Iterator[Record]:
        said = known(created=item.time("CreationDate"), region=item.text("BucketRegion"))
        thing = f"arn:{export.partition}:s3:::{name}"
        yield from resource(
            item, export, aws.BUCKET, thing, name=name, account=account, properties=said
        )

    yield Later(placed)


def resource_policy(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of ResourcePolicies: an ARN and its policy."""
    yield from _of_resource(item, export, arn(item, "Arn" if "Arn" in item.value else "ARN"), "")


def _of_resource(item: Item, export: Export, thing: str, key: str) -> Iterator[Record]:
    name = key or ("ResourcePolicy" if "ResourcePolicy" in item.value else "Policy")
    yield from policy(
        item,
        export,
        document_in(item, name),
        policy_id=f"{thing}#policy",
        policy_type="resource",
        name=f"policy of {thing.rpartition(':')[2]}",
        account=account_in(thing),
        holder=(thing, aws.HAS_RESOURCE_POLICY),
    )
