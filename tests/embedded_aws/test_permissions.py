"""What IAM and KMS would say: a missing key without the right to list, a key that a service may not use."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.embedded_aws.lab import Lab

ENCRYPT = {
    "Sid": "Use",
    "Effect": "Allow",
    "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
    "Resource": "*",
}
BOUND = {"Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}


def missing_key(lab: Lab, role: str, listing: list[dict[str, Any]]) -> str:
    """Error code of reading what is not there, as a role with these statements."""
    iam = lab.aws.client("iam")
    arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{lab.bucket}/*"}
    document = {"Version": "2012-10-17", "Statement": [read, *listing]}
    iam.put_role_policy(RoleName=role, PolicyName="read", PolicyDocument=json.dumps(document))
    with pytest.raises(ClientError) as caught:
        lab.aws._client_of("s3", arn).get_object(Bucket=lab.bucket, Key="nothing")
    return caught.value.response["Error"]["Code"]


def test_a_missing_key_is_denied_to_who_may_not_list(lab: Lab):
    everything = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{lab.bucket}"}
    below = everything | {"Condition": {"StringLike": {"s3:prefix": "raw/*"}}}
    assert missing_key(lab, "lists", [everything]) == "NoSuchKey"
    assert missing_key(lab, "lists-below", [below]) == "AccessDenied"
    assert missing_key(lab, "lists-nothing", []) == "AccessDenied"


def test_a_key_that_is_there_is_read_without_the_right_to_list(lab: Lab):
    lab.put("there", "x")
    arn = lab.aws.client("iam").create_role(RoleName="reads", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    assert lab.aws._client_of("s3", arn).get_object(Bucket=lab.bucket, Key="there")["Body"].read() == b"x"


def published(lab: Lab, name: str, service: str, statement: dict[str, Any]) -> bool:
    """Whether a service can publish to a topic under a key with this statement."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    key = lab.aws.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    topic = lab.aws.client("sns").create_topic(Name=name, Attributes={"KmsMasterKeyId": key})["TopicArn"]
    try:
        lab.aws._client_of("sns", service).publish(TopicArn=topic, Message="hello")
    except ClientError as error:
        return error.response["Error"]["Code"] != "KMSAccessDenied"
    return True


@pytest.mark.parametrize(
    ("service", "conditions", "may"),
    [
        ("events.amazonaws.com", {}, True),
        ("events.amazonaws.com", BOUND, False),  # EventBridge does not say for whom it publishes
        ("cloudwatch.amazonaws.com", BOUND, True),
        ("budgets.amazonaws.com", {"Condition": {"StringEquals": {"aws:SourceAccount": "9" * 12}}}, False),
    ],
)
def test_a_service_needs_the_key_of_the_topic(lab: Lab, service: str, conditions: dict[str, Any], may: bool):
    statement = ENCRYPT | {"Principal": {"Service": service}} | conditions
    name = f"{service.partition('.')[0]}-{may}-{bool(conditions)}"
    assert published(lab, name, service, statement) is may


def test_a_service_that_the_key_does_not_name_may_not_use_it(lab: Lab):
    statement = ENCRYPT | {"Principal": {"Service": "sns.amazonaws.com"}}
    assert not published(lab, "unnamed", "events.amazonaws.com", statement)
