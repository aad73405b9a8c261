"""What is replaced does not collide with itself: each input that forces a replacement, in Pulumi's order.

Pulumi makes the new one first and removes the old one then, unless the program asks for the other order, or
the provider does: for what has a name that stays (`nameRequiresDeleteBeforeReplace` of Pulumi's bridge).
"""

from collections.abc import Iterator
from typing import Any

import pytest

from embedded_aws import EmbeddedAws
from embedded_aws.provider.handlers import HANDLERS
from embedded_aws.provider.handlers.lifecycle import LIFECYCLES
from tests.embedded_aws.lab import TINY
from tests.harness.program import run_program

SUBSCRIBER = {"protocol": "email", "endpoint": "ops@example.org"}
PROGRAM = run_program("prod", overrides={"subscribers": [SUBSCRIBER]})
# By name: the order of registration changes from process to process.
FIRST = {
    r.type: r
    for r in sorted(PROGRAM.registrations, key=lambda one: one.name, reverse=True)
    if r.type in LIFECYCLES
}
CASES = [
    (kind, key)
    for kind, registration in sorted(FIRST.items())
    for key in sorted(LIFECYCLES[kind].replaces & registration.inputs.keys())
]
BRIDGED = ("name", "bucket")
"""Inputs that the bridge makes up where the program gives none: while one stays, the old one goes first."""

LOGGED = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject",
    "Principal": {"Service": "logging.s3.amazonaws.com"}, "Resource": "arn:aws:s3:::probe-c/*"}]}"""
TRUST = '{"Version": "2012-10-17", "Statement": []}'
TWO = ("probe-a", "probe-b")


class World:
    """Things that inputs refer to, two of each, in an account with nothing else."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws = aws
        place = {"CreateBucketConfiguration": {"LocationConstraint": aws.region}}
        for bucket in (*TWO, "probe-c"):
            extra = {} if aws.region == "us-east-1" else place
            aws.client("s3").create_bucket(Bucket=bucket, **extra)
        aws.client("s3").put_bucket_policy(Bucket="probe-c", Policy=LOGGED)
        for name in TWO:
            aws.client("events").put_rule(Name=name, ScheduleExpression="rate(1 day)")
            aws.client("glue").create_database(DatabaseInput={"Name": name})
        iam, sns, sqs = aws.client("iam"), aws.client("sns"), aws.client("sqs")
        roles = [iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"] for name in TWO]
        topics = [sns.create_topic(Name=name)["TopicArn"] for name in TWO]
        keys = [aws.client("kms").create_key()["KeyMetadata"] for _ in TWO]
        names = list(TWO)
        self.pairs: dict[str, list[Any]] = {
            "bucket": names, "targetBucket": ["probe-c"], "rule": names, "role": names, "databaseName": names,
            "roleArn": [role["Arn"] for role in roles], "topic": topics, "arn": topics,
            "queueUrl": [sqs.create_queue(QueueName=name)["QueueUrl"] for name in TWO],
            "kmsKeyId": [key["Arn"] for key in keys], "targetKeyId": [key["KeyId"] for key in keys],
            "protocol": ["email", "email-json"], "endpoint": ["a@example.org", "b@example.org"],
            "type": ["STANDARD", "EXPRESS"],
        }  # fmt: skip

    def inputs(self, kind: str, key: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """The program's inputs, what they refer to put in place; and the same with one of them changed."""
        given = {name: value for name, value in FIRST[kind].inputs.items() if value is not None}
        for name, pair in self.pairs.items():
            if isinstance(given.get(name), str) and (kind, name) != ("aws:s3/bucket:Bucket", "bucket"):
                given[name] = pair[0]
        if kind == "aws:glue/crawler:Crawler":
            given["s3Targets"] = [{"path": "s3://probe-a/x/"}]
        changed = dict(given)
        if key == "encryptionConfiguration":
            changed[key] = {**given[key], "s3Encryption": {"s3EncryptionMode": "DISABLED"}}
        elif given[key] in self.pairs.get(key, []):
            changed[key] = self.pairs[key][1]
        else:
            changed[key] = f"{given[key]}x"
        return given, changed


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with EmbeddedAws(TINY) as aws:
        yield World(aws)


@pytest.mark.parametrize(("kind", "key"), CASES, ids=lambda text: text.rsplit(":", 1)[-1])
def test_a_replacement_leaves_the_new_one(world: World, kind: str, key: str) -> None:
    life, registration = LIFECYCLES[kind], FIRST[kind]
    old, new = world.inputs(kind, key)
    name_stays = life.named_by in BRIDGED and life.named_by in registration.inputs and key != life.named_by
    first_gone = registration.request.deleteBeforeReplace or name_stays

    old_id, _ = HANDLERS[kind](world.aws, old)
    if first_gone:
        life.delete(world.aws, old_id, old)
    new_id, _ = HANDLERS[kind](world.aws, new)
    if not first_gone:
        life.delete(world.aws, old_id, old)
    left = life.read(world.aws, new_id, new)
    life.delete(world.aws, new_id, new)
    assert left is not None, "the deletion of the old one took the new one along"


def test_every_type_with_a_replacement_is_tried() -> None:
    assert len(CASES) >= 30
    tried = {key for _, key in CASES}
    assert {"encryptionConfiguration", "endpoint", "key", "targetId", "role", "rule"} <= tried
