"""Policies, by evaluation: the calls that are made are allowed, those that must not be made are denied."""

import json
from typing import Any

import cfnlint.api
import pytest
from cfnlint.config import ManualArgs

from components import iam
from components.glue_logs import glue_log_groups
from components.naming import Names
from tests.harness.policies import Call, allowed
from tests.harness.program import STACKS, Recording, policy_of, run_program

NAMES = Names("prod001", "111122223333", "ap-southeast-1")
LAKE = NAMES.bucket_arn(NAMES.data_lake_bucket)
PROCESSED = NAMES.bucket_arn(NAMES.processed_bucket)
ARTIFACTS = NAMES.bucket_arn(NAMES.artifacts_bucket)
PREFIX = "raw-data/weatherPlatform/telemetry/"
MESSAGE = f"{LAKE}/{PREFIX}EWR/1700000000000.json"
KEY = NAMES.arn("kms", "key/1234")
KEY_CONTEXT = {"kms:ResourceAliases": [NAMES.key_alias]}
DATABASE = NAMES.arn("glue", f"database/{NAMES.database}")


def table(name: str) -> str:
    return NAMES.arn("glue", f"table/{NAMES.database}/{name}")


def logs(group: str) -> str:
    return NAMES.log_group_arn(f"{group}:log-stream:run")


LIST_RAW = [
    Call("s3:ListBucket", LAKE, {"s3:prefix": PREFIX}),
    Call("s3:ListBucket", LAKE, {"s3:prefix": f"{PREFIX}EWR/"}),
]

# What a crawler with an S3 target calls (Glue guide, "Crawler prerequisites" and the managed policy
# AWSGlueServiceRole, cut to this target and table).
CRAWLER = [
    *LIST_RAW,
    Call("s3:GetObject", MESSAGE),
    Call("s3:GetBucketLocation", LAKE),
    *(Call("glue:GetDatabase", arn) for arn in (NAMES.arn("glue", "catalog"), DATABASE)),
    *(Call(f"glue:{a}", table("telemetry")) for a in ("GetTable", "CreateTable", "UpdateTable", "GetTables")),
    *(
        Call(f"glue:{action}", table("telemetry"))
        for action in ("GetPartitions", "BatchGetPartition", "BatchCreatePartition", "BatchUpdatePartition")
    ),
    Call("logs:CreateLogGroup", NAMES.log_group_arn("/aws-glue/crawlers")),
    Call("logs:CreateLogStream", logs("/aws-glue/crawlers")),
    Call("logs:PutLogEvents", logs("/aws-glue/crawlers")),
    # Under a security configuration Glue writes to another group and binds it to the key.
    Call(
        "logs:PutLogEvents", logs("/aws-glue/crawlers-role/weather-crawler-prod001-weather-security-prod001")
    ),
    Call("logs:AssociateKmsKey", logs("/aws-glue/crawlers-role/weather-crawler-prod001")),
    Call("kms:Decrypt", KEY, KEY_CONTEXT),
]

JOB = [
    *LIST_RAW,
    Call("s3:GetObject", MESSAGE),
    *(
        Call("s3:GetObject", f"{ARTIFACTS}/{k}/0/x")
        for k in ("scripts", "packages", "config", "wheels", "temp")
    ),
    *(Call(f"s3:{action}", f"{ARTIFACTS}/temp/x") for action in ("PutObject", "DeleteObject")),
    Call("s3:ListBucket", PROCESSED, {"s3:prefix": "daily/site=EWR/"}),
    *(
        Call(f"s3:{action}", f"{PROCESSED}/{key}")
        for action in ("GetObject", "PutObject", "DeleteObject", "AbortMultipartUpload")
        for key in ("daily/site=EWR/year=2026/daily.csv", "_state/watermark.json", "_runs/run-1/summary.json")
    ),
    *(Call("glue:GetTable", arn) for arn in (table("telemetry"), table("daily"))),
    *(Call("glue:GetPartitions", arn) for arn in (table("daily"), table("observations"))),
    *(Call(f"glue:{a}", table("hourly")) for a in ("BatchCreatePartition", "BatchUpdatePartition")),
    *(Call("logs:PutLogEvents", logs(group)) for group in glue_log_groups(NAMES).job),
    *(
        Call("logs:CreateLogStream", logs(group))
        for group in ("/aws-glue/jobs/output", "/aws-glue/jobs/logs-v2")
    ),
    Call("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": "Glue"}),
    Call("kms:GenerateDataKey", KEY, KEY_CONTEXT),
]

STATE_MACHINE = [
    Call("sns:Publish", NAMES.topic_arn),
    Call("s3:GetObject", f"{PROCESSED}/_runs/run-1/summary.json"),
    Call("s3:ListBucket", PROCESSED, {"s3:prefix": "_runs/run-1/summary.json"}),
    Call("logs:CreateLogDelivery", "*"),
    Call("xray:PutTraceSegments", "*"),
    Call("kms:Decrypt", KEY, KEY_CONTEXT),
]

WORKFLOW = [
    *STATE_MACHINE,
    *(Call(f"glue:{action}", NAMES.crawler_arn) for action in ("StartCrawler", "GetCrawler", "StopCrawler")),
    *(Call(f"glue:{action}", NAMES.job_arn) for action in ("StartJobRun", "GetJobRun", "BatchStopJobRun")),
    Call("s3:PutObject", f"{PROCESSED}/errors/dt=2026-11-21/run-1.json"),
    Call("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": "Weather/Pipeline"}),
]

WATCHDOG = [*STATE_MACHINE, Call("states:ListExecutions", NAMES.pipeline_arn)]

ALLOWED = {
    "weather-crawler-prod001": CRAWLER,
    "weather-job-prod001": JOB,
    "weather-workflow-prod001": WORKFLOW,
    "weather-watchdog-prod001": WATCHDOG,
    "weather-schedule-prod001": [Call("states:StartExecution", NAMES.pipeline_arn)],
    "weather-watchdog-schedule-prod001": [Call("states:StartExecution", NAMES.watchdog_arn)],
}

OTHER = Names("other", "111122223333", "ap-southeast-1")
NOBODY = [
    Call("iam:PassRole", f"arn:aws:iam::{NAMES.account}:role/weather-job-prod001"),
    Call("iam:CreateRole", f"arn:aws:iam::{NAMES.account}:role/weather-x-prod001"),
    Call("sts:AssumeRole", f"arn:aws:iam::{NAMES.account}:role/weather-job-prod001"),
    Call("s3:DeleteBucket", PROCESSED),
    Call("s3:PutBucketPolicy", PROCESSED),
    Call("s3:PutObject", MESSAGE),
    Call("s3:DeleteObject", MESSAGE),
    Call("s3:PutObjectAcl", f"{PROCESSED}/daily/x"),
    Call("s3:DeleteObjectVersion", f"{PROCESSED}/daily/x"),
    Call("s3:GetObject", f"{LAKE}/secrets/x.json"),
    Call("s3:GetObject", f"{OTHER.bucket_arn(OTHER.processed_bucket)}/_runs/r/summary.json"),
    Call("s3:PutObject", f"{ARTIFACTS}/scripts/0/weather-transform.py"),
    Call("s3:ListAllMyBuckets", "*"),
    Call("glue:DeleteTable", table("daily")),
    Call("glue:DeleteDatabase", DATABASE),
    Call("glue:UpdateTable", table("daily")),
    Call("glue:UpdateJob", NAMES.job_arn),
    Call("glue:StartJobRun", OTHER.job_arn),
    Call("glue:StartCrawler", OTHER.crawler_arn),
    Call("glue:GetTable", OTHER.arn("glue", f"table/{OTHER.database}/daily")),
    Call("states:StartExecution", OTHER.pipeline_arn),
    Call("states:StopExecution", NAMES.pipeline_arn),
    Call("states:UpdateStateMachine", NAMES.pipeline_arn),
    Call("sns:Subscribe", NAMES.topic_arn),
    Call("sns:Publish", OTHER.topic_arn),
    Call("sqs:SendMessage", NAMES.schedule_dlq_arn),
    Call("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": "AWS/States"}),
    Call("kms:Decrypt", KEY),
    Call("kms:Decrypt", KEY, {"kms:ResourceAliases": ["alias/other"]}),
    Call("kms:ScheduleKeyDeletion", KEY, KEY_CONTEXT),
]


@pytest.fixture(scope="module")
def prod() -> Recording:
    return run_program("prod")


def documents(recording: Recording) -> dict[str, Any]:
    return {r.inputs["role"]: policy_of(r) for r in recording.of_type("aws:iam/rolePolicy:RolePolicy")}


def test_every_role_is_judged(prod: Recording) -> None:
    assert set(documents(prod)) == set(ALLOWED)


@pytest.mark.parametrize("role", ALLOWED)
def test_the_calls_a_role_makes_are_allowed(prod: Recording, role: str) -> None:
    document = documents(prod)[role]
    refused = [call for call in ALLOWED[role] if not allowed(document, call)]
    assert refused == []


@pytest.mark.parametrize("role", ALLOWED)
def test_the_calls_nobody_makes_are_denied(prod: Recording, role: str) -> None:
    document = documents(prod)[role]
    assert [call for call in NOBODY if allowed(document, call)] == []


@pytest.mark.parametrize("role", ALLOWED)
def test_a_role_cannot_do_what_only_another_does(prod: Recording, role: str) -> None:
    own = {(call.action, call.resource) for call in ALLOWED[role]}
    shared = {"s3:ListBucket", "kms:Decrypt", "kms:GenerateDataKey"}
    others = [
        call
        for other, calls in ALLOWED.items()
        for call in calls
        if other != role and call.action not in shared and (call.action, call.resource) not in own
    ]
    document = documents(prod)[role]
    surplus = {(c.action, c.resource) for c in others if allowed(document, c)}
    assert surplus == SURPLUS.get(role, set())


# The job writes the processed bucket as a whole, and looks at the raw table to report schema drift.
SURPLUS = {
    "weather-job-prod001": {
        ("s3:PutObject", f"{PROCESSED}/errors/dt=2026-11-21/run-1.json"),
        ("s3:GetBucketLocation", LAKE),
        ("glue:GetDatabase", NAMES.arn("glue", "catalog")),
        ("glue:GetDatabase", DATABASE),
        ("glue:GetPartitions", table("telemetry")),
    },
}


def test_only_the_job_may_see_what_else_lies_in_the_lake(prod: Recording) -> None:
    """The job has to tell a message that has gone from one it may not read."""
    for role, document in documents(prod).items():
        whole = [Call("s3:ListBucket", LAKE), Call("s3:ListBucket", LAKE, {"s3:prefix": ""})]
        assert any(allowed(document, call) for call in whole) is (role == "weather-job-prod001"), role


def statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    return document["Statement"]


def all_documents(recording: Recording) -> dict[str, dict[str, Any]]:
    """Return every policy document of a program by resource name and input."""
    return {
        f"{r.name}.{key}": json.loads(r.inputs[key])
        for r in recording.registrations
        for key in ("policy", "assumeRolePolicy")
        if key in r.inputs
    }


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
def test_every_document_can_be_read_and_every_wildcard_has_its_reason(stack: str, preview: bool) -> None:
    found = set()
    for name, document in all_documents(run_program(stack, preview)).items():
        sids = [statement["Sid"] for statement in statements(document)]
        assert len(set(sids)) == len(sids), name
        for statement in statements(document):
            wide = [statement.get("Resource"), statement.get("Principal"), statement.get("Action")]
            if "*" in [item for entry in wide for item in (entry if isinstance(entry, list) else [entry])]:
                assert statement["Sid"] in iam.WILDCARD_REASONS, f"{name}: {statement['Sid']}"
                found.add(statement["Sid"])
            if statement["Effect"] == "Allow":
                assert not [a for a in _list(statement["Action"]) if a == "*" or a.endswith(":*")] or (
                    statement["Sid"] == "AdministerKey"
                ), name
    if stack == "prod":
        assert found == set(iam.WILDCARD_REASONS)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("stack", ["prod", "local"])
def test_every_role_is_assumed_for_this_account_only(stack: str) -> None:
    recording = run_program(stack)
    account = recording.exports["account_id"]
    for role in recording.of_type("aws:iam/role:Role"):
        document = policy_of(role, "assumeRolePolicy")
        service = statements(document)[0]["Principal"]["Service"]
        source = statements(document)[0]["Condition"].get("ArnLike", {}).get("aws:SourceArn")
        context = {"aws:SourceAccount": account, **({"aws:SourceArn": source} if source else {})}
        mine = Call("sts:AssumeRole", "*", context)
        assert allowed(document, mine, service)
        assert not allowed(
            document, Call("sts:AssumeRole", "*", {**context, "aws:SourceAccount": "9" * 12}), service
        )
        assert not allowed(document, Call("sts:AssumeRole", "*"), service)
        assert not allowed(document, mine, "lambda.amazonaws.com")
        if source:
            elsewhere = {**context, "aws:SourceArn": source + "-other"}
            assert not allowed(document, Call("sts:AssumeRole", "*", elsewhere), service)


TLS = {"aws:SecureTransport": "true"}
MINE = {**TLS, "aws:SourceAccount": NAMES.account}


def test_who_may_publish_to_the_topic() -> None:
    policy = iam.topic_policy(NAMES)
    publish = {
        "cloudwatch.amazonaws.com": NAMES.arn("cloudwatch", "alarm:weather-run-failed-prod001"),
        "events.amazonaws.com": NAMES.rule_arn(NAMES.status_rule),
        "budgets.amazonaws.com": NAMES.arn("budgets", "budget/x"),
    }
    for service, source in publish.items():
        context = {**MINE, "aws:SourceArn": source}
        assert allowed(policy, Call("sns:Publish", NAMES.topic_arn, context), service)
        foreign = {**context, "aws:SourceAccount": "999999999999"}
        assert not allowed(policy, Call("sns:Publish", NAMES.topic_arn, foreign), service)
        plain = {**context, "aws:SecureTransport": "false"}
        assert not allowed(policy, Call("sns:Publish", NAMES.topic_arn, plain), service)
    other_rule = {**MINE, "aws:SourceArn": NAMES.rule_arn("other")}
    assert not allowed(policy, Call("sns:Publish", NAMES.topic_arn, other_rule), "events.amazonaws.com")
    assert not allowed(policy, Call("sns:Publish", NAMES.topic_arn, MINE), "s3.amazonaws.com")


def test_only_the_stacks_rules_may_send_to_the_dead_letter_queue() -> None:
    policy = iam.dead_letter_policy(NAMES)
    for rule in (NAMES.weekly_rule, NAMES.watchdog_rule, NAMES.status_rule):
        context = {**TLS, "aws:SourceArn": NAMES.rule_arn(rule)}
        assert allowed(
            policy, Call("sqs:SendMessage", NAMES.schedule_dlq_arn, context), "events.amazonaws.com"
        )
    other = {**TLS, "aws:SourceArn": OTHER.rule_arn(OTHER.weekly_rule)}
    assert not allowed(policy, Call("sqs:SendMessage", NAMES.schedule_dlq_arn, other), "events.amazonaws.com")


def test_the_key_serves_this_accounts_services_only() -> None:
    policy = iam.key_policy(NAMES)
    for service in ("cloudwatch", "sns", "budgets"):
        caller = f"{service}.amazonaws.com"
        assert allowed(policy, Call("kms:GenerateDataKey", "*", {"aws:SourceAccount": NAMES.account}), caller)
        assert not allowed(policy, Call("kms:GenerateDataKey", "*", {"aws:SourceAccount": "9" * 12}), caller)
        assert not allowed(
            policy, Call("kms:ScheduleKeyDeletion", "*", {"aws:SourceAccount": NAMES.account}), caller
        )
    # EventBridge sends no such condition for a topic's key (SNS guide, key management): it would be denied.
    assert allowed(policy, Call("kms:GenerateDataKey", "*"), "events.amazonaws.com")
    assert not allowed(policy, Call("kms:ScheduleKeyDeletion", "*"), "events.amazonaws.com")
    for statement in statements(policy):
        if "events.amazonaws.com" in _list(statement["Principal"].get("Service", [])):
            assert "aws:Source" not in json.dumps(statement)
    group = {"kms:EncryptionContext:aws:logs:arn": NAMES.log_group_arn("/weather/prod001/jobs/output")}
    assert allowed(policy, Call("kms:Encrypt", "*", group), f"logs.{NAMES.region}.amazonaws.com")
    assert not allowed(policy, Call("kms:Encrypt", "*"), f"logs.{NAMES.region}.amazonaws.com")


def test_an_adopted_encrypted_lake_can_be_read_and_is_not_written() -> None:
    key = "arn:aws:kms:ap-southeast-1:111122223333:key/theirs"
    overrides = {"rawBucket": "their-lake", "rawBucketKmsKeyArn": key}
    for role in ("weather-crawler-prod001", "weather-job-prod001"):
        document = documents(run_program("prod", overrides=overrides))[role]
        assert allowed(document, Call("s3:GetObject", f"arn:aws:s3:::their-lake/{PREFIX}EWR/1.json"))
        assert allowed(document, Call("kms:Decrypt", key))
        assert not allowed(document, Call("kms:Encrypt", key))
        assert not allowed(document, Call("s3:PutObject", f"arn:aws:s3:::their-lake/{PREFIX}EWR/1.json"))


# The CloudFormation property a document stands in, for AWS's own linter.
_LINTED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "aws:iam/rolePolicy:RolePolicy": ("AWS::IAM::ManagedPolicy", "PolicyDocument", {}),
    "aws:s3/bucketPolicy:BucketPolicy": ("AWS::S3::BucketPolicy", "PolicyDocument", {}),
    "aws:sns/topicPolicy:TopicPolicy": (
        "AWS::SNS::TopicPolicy",
        "PolicyDocument",
        {"Topics": [NAMES.topic_arn]},
    ),
    "aws:sqs/queuePolicy:QueuePolicy": (
        "AWS::SQS::QueuePolicy",
        "PolicyDocument",
        {"Queues": ["https://sqs.us-east-1.amazonaws.com/111122223333/q"]},
    ),
    "aws:kms/key:Key": ("AWS::KMS::Key", "KeyPolicy", {"EnableKeyRotation": True}),
    "aws:iam/role:Role": ("AWS::IAM::Role", "AssumeRolePolicyDocument", {}),
}


def lint(resources: dict[str, Any]) -> list[str]:
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}
    found = cfnlint.api.lint(json.dumps(template), config=ManualArgs(regions=["us-east-1"]))
    return [f"{match.rule.id} {match.path} {match.message}" for match in found]


def test_every_document_passes_cfn_lint() -> None:
    """cfn-lint knows each service's actions and the grammar of the documents; AWS keeps it up to date."""
    resources: dict[str, Any] = {}
    for registration in run_program("prod").registrations:
        if registration.type in _LINTED:
            type_, key, properties = _LINTED[registration.type]
            source = "assumeRolePolicy" if key == "AssumeRolePolicyDocument" else "policy"
            name = registration.name.replace("-", "")
            document = policy_of(registration, source)
            bucket = {"Bucket": registration.inputs["bucket"]} if "BucketPolicy" in type_ else {}
            resources[name] = {"Type": type_, "Properties": {**properties, **bucket, key: document}}
    assert len(resources) == 19
    assert lint(resources) == []


def test_cfn_lint_would_find_an_action_that_does_not_exist() -> None:
    document = iam.document(iam.allow("Typo", ["s3:GetObjcet"], "arn:aws:s3:::b/*"))
    broken = {"P": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}}
    assert len(lint(broken)) == 1
