"""What roles and boundary may do, by evaluation: of recorded calls, of AWS's own lists, of denials."""

import json
import re
from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from bootstrap import access
from bootstrap.boundary import boundary
from components import iam
from components.naming import Names
from tests.bootstrap.account import STACKS, STATE, environment
from tests.bootstrap.calls import as_iam
from tests.components.test_iam import ALLOWED, NAMES
from tests.harness.policies import Call, allowed
from tests.harness.program import run_program

READ = re.compile(r"(Get|List|Describe|View|Validate)[A-Z].*")


def preview(stack: str) -> iam.Document:
    of = environment(stack)
    return iam.document(*access.looks(of), *access.previews(of, STATE))


def deployment(stack: str) -> iam.Document:
    of = environment(stack)
    return iam.document(*access.looks(of), *access.deploys(of, STATE))


@pytest.mark.parametrize("stack", STACKS)
def test_the_preview_role_only_looks_and_locks(stack: str) -> None:
    for statement in preview(stack)["Statement"]:
        changes = [action for action in statement["Action"] if not READ.fullmatch(action.partition(":")[2])]
        if statement["Sid"] == "LockState":
            assert ".pulumi/locks/" in statement["Resource"]
        elif statement["Sid"] == "ReadSecrets":
            assert changes == ["kms:Decrypt"]
        else:
            assert changes == [], statement["Sid"]


@pytest.mark.parametrize("stack", STACKS)
def test_neither_role_sees_data(stack: str) -> None:
    of = environment(stack)
    lake, processed = (
        of.names.bucket_arn(of.lake.bucket(of.names)),
        of.names.bucket_arn(of.names.processed_bucket),
    )
    for document in (preview(stack), deployment(stack)):
        assert not allowed(document, Call("s3:GetObject", f"{lake}/raw-data/x.json"))
        assert not allowed(document, Call("s3:GetObject", f"{processed}/daily/x.csv"))
        assert not allowed(document, Call("s3:PutObject", f"{processed}/daily/x.csv"))


def test_data_is_deleted_with_a_disposable_stack_only() -> None:
    for stack, disposable in (("dev", True), ("prod", False)):
        names = environment(stack).names
        call = Call("s3:DeleteObjectVersion", f"{names.bucket_arn(names.processed_bucket)}/daily/x.csv")
        assert allowed(deployment(stack), call) is disposable
        assert not allowed(preview(stack), call)


@pytest.mark.parametrize("stack", STACKS)
def test_no_role_reaches_another_stack_or_itself(stack: str) -> None:
    other = Names("other", STATE.account, STATE.region)
    own = environment(stack).names
    bounded = {"iam:PermissionsBoundary": own.boundary_arn}
    job, workflow = (own.iam_arn(f"role/{own.thing(role)}") for role in ("job", "workflow"))
    state = f"{own.bucket_arn(STATE.bucket)}/.pulumi/stacks/weather"
    nobody = [
        Call("iam:PutRolePolicy", job),
        Call("iam:CreateRole", job, {"iam:PermissionsBoundary": "other"}),
        Call("iam:PutRolePolicy", own.iam_arn(f"role/WeatherDeploy-{stack}"), bounded),
        Call("iam:UpdateAssumeRolePolicy", own.iam_arn(f"role/WeatherDeploy-{stack}")),
        Call("iam:AttachRolePolicy", job, bounded),
        Call("iam:DeleteRolePermissionsBoundary", job),
        Call("iam:CreatePolicyVersion", own.boundary_arn),
        Call("iam:PassRole", job, {"iam:PassedToService": "ec2.amazonaws.com"}),
        Call("iam:PassRole", workflow, {"iam:PassedToService": "glue.amazonaws.com"}),
        Call("sts:AssumeRole", job),
        Call("s3:DeleteBucket", other.bucket_arn(other.processed_bucket)),
        Call("s3:DeleteBucket", own.bucket_arn(STATE.bucket)),
        Call("s3:PutObject", f"{state}/another.json"),
        Call("s3:GetObject", f"{state}/another.json"),
        Call("glue:UpdateJob", other.job_arn),
        Call("glue:StartJobRun", own.job_arn),
        Call("states:UpdateStateMachine", other.pipeline_arn),
        Call("states:StartExecution", own.pipeline_arn),
        Call("kms:ScheduleKeyDeletion", own.arn("kms", "key/1"), {"aws:ResourceTag/Stack": "shared"}),
        Call("kms:PutKeyPolicy", own.arn("kms", "key/1"), {"kms:ResourceAliases": [STATE.key_alias]}),
        Call("kms:Decrypt", own.arn("kms", "key/1")),
        Call("sns:Publish", own.topic_arn),
        Call("logs:GetLogEvents", own.log_group_arn(f"{own.job_log_prefix}/output:log-stream:x")),
    ]  # fmt: skip
    for document in (preview(stack), deployment(stack)):
        assert [call for call in nobody if allowed(document, call)] == []


@pytest.mark.parametrize("stack", STACKS)
def test_a_wildcard_has_its_reason(stack: str) -> None:
    of = environment(stack)
    wide = {grant.sid for grant in access.grants(of) if "*" in grant.resources}
    assert wide <= set(access.WILDCARD_REASONS)
    if of.kms:
        assert wide == set(access.WILDCARD_REASONS)


# What AWS's handlers may do for inputs that no stack of ours has.
NOT_OURS = re.compile(
    r"lakeformation:.*|s3tables:.*|firehose:.*|s3:REST.*|billing:.*|iam:(Attach|Detach)RolePolicy"
    r"|iam:DeleteRolePermissionsBoundary|glue:.*(Connection|SchemaVersion)|kms:DisableKey"
    r"|logs:.*(DataProtection|IndexPolic|BearerToken|DeletionProtection|ResourcePolic|LogDelivery).*"
    r"|sns:PutDataProtectionPolicy"
    r"|s3:.*(Analytics|Abac|CORS|Cors|Metadata|Website|Notification|ObjectLock|Accelerate|IntelligentTiering|Inventory"
    r"|Metrics|Replication|ObjectAcl|BucketEncryption|BucketLifecycle).*|s3:GetObject.*|s3:PutObject|s3:DeleteObject"
)
TYPES = {
    "S3::Bucket": "aws:s3/bucket:Bucket",
    "S3::BucketPolicy": "aws:s3/bucketPolicy:BucketPolicy",
    "IAM::Role": "aws:iam/role:Role",
    "IAM::RolePolicy": "aws:iam/rolePolicy:RolePolicy",
    "Glue::Database": "aws:glue/catalogDatabase:CatalogDatabase",
    "Glue::Table": "aws:glue/catalogTable:CatalogTable",
    "Glue::Crawler": "aws:glue/crawler:Crawler",
    "Glue::Job": "aws:glue/job:Job",
    "Glue::SecurityConfiguration": "aws:glue/securityConfiguration:SecurityConfiguration",
    "StepFunctions::StateMachine": "aws:sfn/stateMachine:StateMachine",
    "Events::Rule": "aws:cloudwatch/eventRule:EventRule",
    "SNS::Topic": "aws:sns/topic:Topic",
    "SNS::Subscription": "aws:sns/topicSubscription:TopicSubscription",
    "SQS::Queue": "aws:sqs/queue:Queue",
    "CloudWatch::Alarm": "aws:cloudwatch/metricAlarm:MetricAlarm",
    "CloudWatch::Dashboard": "aws:cloudwatch/dashboard:Dashboard",
    "Logs::LogGroup": "aws:cloudwatch/logGroup:LogGroup",
    "Budgets::Budget": "aws:budgets/budget:Budget",
    "KMS::Key": "aws:kms/key:Key",
    "KMS::Alias": "aws:kms/alias:Alias",
}


@pytest.mark.parametrize("kind", TYPES)
def test_what_aws_itself_needs_for_a_type_is_granted(kind: str) -> None:
    """The lists are those of CloudFormation's handlers, which cfn-lint brings along."""
    handlers = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", f"AWS::{kind}").schema["handlers"]
    granted = {action for statement in deployment("prod")["Statement"] for action in statement["Action"]}
    looked = {action for statement in preview("prod")["Statement"] for action in statement["Action"]}
    needed = {
        action
        for work in ("create", "read", "update", "delete")
        for action in handlers.get(work, {}).get("permissions", [])
        if not NOT_OURS.fullmatch(action)
    }
    assert needed - granted == set()
    reads = {action for action in handlers["read"]["permissions"] if READ.fullmatch(action.partition(":")[2])}
    assert {action for action in reads if not NOT_OURS.fullmatch(action)} - looked == set()


def test_every_type_of_the_program_is_in_the_list() -> None:
    program = {
        r.type for stack in STACKS for r in run_program(stack).registrations if r.type.startswith("aws:")
    }
    parts = {
        "aws:cloudwatch/eventTarget:EventTarget", "aws:sns/topicPolicy:TopicPolicy",
        "aws:sqs/queuePolicy:QueuePolicy", "aws:s3/bucketObjectv2:BucketObjectv2",
        *(kind for kind in program if kind.startswith("aws:s3/bucket")),
    }  # fmt: skip
    assert program - parts <= set(TYPES.values())


@pytest.mark.parametrize("role", ALLOWED)
def test_the_boundary_leaves_every_role_what_it_needs(role: str) -> None:
    document = boundary(environment("prod"))
    assert environment("prod").names == NAMES
    assert [call for call in ALLOWED[role] if not allowed(document, call)] == []


def test_the_boundary_lets_nobody_widen_rights() -> None:
    document = boundary(environment("prod"))
    actions = {action for statement in document["Statement"] for action in statement["Action"]}
    assert not [action for action in actions if action.startswith(("iam:", "sts:", "organizations:"))]
    assert "*" not in json.dumps(sorted(actions))


def test_the_boundary_follows_an_adopted_lake() -> None:
    key = "arn:aws:kms:ap-southeast-1:111122223333:key/1"
    of = environment("prod", rawBucket="somebodys-lake", rawBucketKmsKeyArn=key)
    call = Call("s3:GetObject", "arn:aws:s3:::somebodys-lake/raw-data/weatherPlatform/telemetry/a/1.json")
    assert allowed(boundary(of), call)
    assert allowed(boundary(of), Call("kms:Decrypt", key))
    assert not allowed(boundary(environment("prod")), call)


@pytest.mark.parametrize("stack", STACKS)
def test_every_call_that_creates_the_stack_is_allowed(stack: str, recorded: dict[str, list[Any]]) -> None:
    document = deployment(stack)
    calls = [as_iam(call, environment(stack)) for call in recorded[stack]]
    assert len(calls) > 50
    assert sorted({(c.action, c.resource) for c in calls if not allowed(document, c)}) == []
