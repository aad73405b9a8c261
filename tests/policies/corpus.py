"""Another team's Glue pipeline, written with pulumi_aws as a user writes it, with faults planted in it.

The pipeline shares no line with the project's own program. Unplanted it is clean under the pack's
defaults; each fault changes arguments of one resource, takes one away or adds one, and names the rules that
must find it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

ACCOUNT, REGION, STACK = "210987654321", "eu-central-1", "sales7"
TAGS = {
    "Project": "sales",
    "Environment": "dev",
    "Owner": "sales-data",
    "CostCentre": "cc-1234",
    "Stack": STACK,
    "ManagedBy": "pulumi",
}
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:sales7-nightly"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:sales-alerts"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:sales-dead"
BUCKET = "arn:aws:s3:::sales-lake"
SOURCE = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}

Arguments = dict[str, Any]


def document(*statements: Arguments) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(service: str, condition: Arguments | None = None) -> str:
    principal = {"Service": f"{service}.amazonaws.com"}
    statement = {"Sid": "T", "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return document({**statement, "Condition": condition or SOURCE})


def grant(action: str | list[str], resource: str | list[str], **more: Any) -> Arguments:
    return {"Sid": "G", "Effect": "Allow", "Action": action, "Resource": resource, **more}


def publish(service: str, action: str, resource: str, condition: Arguments | None = None) -> Arguments:
    principal = {"Service": f"{service}.amazonaws.com"}
    return {**grant(action, resource, Principal=principal), "Condition": condition or SOURCE}


def tls(action: str, resource: str | list[str]) -> Arguments:
    statement = {"Sid": "D", "Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource}
    return {**statement, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}


def task(call: str, arguments: Arguments, **more: Any) -> Arguments:
    body = {
        "Type": "Task",
        "Resource": f"arn:aws:states:::{call}",
        "Arguments": arguments,
        "TimeoutSeconds": 60,
        "Retry": [{"ErrorEquals": ["Glue.ThrottlingException"], "MaxAttempts": 4, "BackoffRate": 2}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Broken"}],
        **more,
    }
    return {key: value for key, value in body.items() if value is not None}


def states(**changes: Arguments) -> Arguments:
    """The nightly machine; a changed state replaces the one of its name."""
    full = {"Condition": "{% $looks >= 20 %}", "Next": "Broken"}
    done = {"Condition": "{% $state = 'READY' %}", "Next": "Job"}
    return {
        "Crawl": task("aws-sdk:glue:startCrawler", {"Name": "sales7-crawler"}, Next="Pause"),
        "Pause": {"Type": "Wait", "Seconds": 90, "Next": "Look"},
        "Look": task(
            "aws-sdk:glue:getCrawler",
            {"Name": "sales7-crawler"},
            Assign={"looks": "{% $looks + 1 %}"},
            Next="Ready",
        ),
        "Ready": {"Type": "Choice", "Choices": [done, full], "Default": "Pause"},
        "Job": task("glue:startJobRun.sync", {"JobName": "sales7-job"}, TimeoutSeconds=3600, End=True),
        "Broken": {"Type": "Fail"},
        **changes,
    }


def definition(changed: Mapping[str, Arguments] | None = None, **top: Any) -> str:
    body = {
        "QueryLanguage": "JSONata",
        "StartAt": "Crawl",
        "TimeoutSeconds": 9000,
        "States": states(**(changed or {})),
        **top,
    }
    return json.dumps({key: value for key, value in body.items() if value is not None})


OPEN_BLOCK = {
    "block_public_acls": True,
    "block_public_policy": True,
    "ignore_public_acls": True,
    "restrict_public_buckets": True,
}
LIFECYCLE = [
    {"id": "uploads", "status": "Enabled", "abort_incomplete_multipart_upload": {"days_after_initiation": 2}},
    {"id": "old", "status": "Enabled", "noncurrent_version_expiration": {"noncurrent_days": 14}},
    {"id": "tmp", "status": "Enabled", "filter": {"prefix": "tmp/"}, "expiration": {"days": 5}},
]
ALARM = {
    "comparison_operator": "GreaterThanOrEqualToThreshold",
    "evaluation_periods": 1,
    "period": 300,
    "statistic": "Sum",
    "threshold": 1,
    "alarm_actions": [TOPIC],
    "treat_missing_data": "notBreaching",
}
ENDS = {"status": ["FAILED", "TIMED_OUT", "ABORTED"], "stateMachineArn": [MACHINE]}
DELIVERY = {
    "dead_letter_config": {"arn": QUEUE},
    "retry_policy": {"maximum_retry_attempts": 5, "maximum_event_age_in_seconds": 7200},
}

RESOURCES: dict[str, tuple[type[pulumi.CustomResource], Arguments]] = {
    "lake": (aws.s3.Bucket, {"bucket": "sales-lake"}),
    "block": (aws.s3.BucketPublicAccessBlock, {"bucket": "sales-lake", **OPEN_BLOCK}),
    "crypt": (
        aws.s3.BucketServerSideEncryptionConfiguration,
        {
            "bucket": "sales-lake",
            "rules": [{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
        },
    ),
    "versions": (
        aws.s3.BucketVersioning,
        {"bucket": "sales-lake", "versioning_configuration": {"status": "Enabled"}},
    ),
    "lifecycle": (aws.s3.BucketLifecycleConfiguration, {"bucket": "sales-lake", "rules": LIFECYCLE}),
    "bucket-policy": (
        aws.s3.BucketPolicy,
        {"bucket": "sales-lake", "policy": document(tls("s3:*", [BUCKET, f"{BUCKET}/*"]))},
    ),
    "role": (aws.iam.Role, {"name": "sales7-job", "assume_role_policy": trust("glue")}),
    "grants": (
        aws.iam.RolePolicy,
        {"role": "sales7-job", "policy": document(grant(["s3:GetObject"], f"{BUCKET}/raw/*"))},
    ),
    "error-log": (aws.cloudwatch.LogGroup, {"name": "/sales/jobs/error", "retention_in_days": 14}),
    "output-log": (aws.cloudwatch.LogGroup, {"name": "/sales/jobs/output", "retention_in_days": 14}),
    "crawler": (
        aws.glue.Crawler,
        {
            "name": "sales7-crawler",
            "database_name": "sales",
            "role": "sales7-job",
            "s3_targets": [{"path": "s3://sales-lake/raw/", "sample_size": 5}],
            "configuration": json.dumps({"Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"}}),
        },
    ),
    "job": (
        aws.glue.Job,
        {
            "name": "sales7-job",
            "role_arn": f"arn:aws:iam::{ACCOUNT}:role/sales7-job",
            "glue_version": "5.1",
            "worker_type": "G.1X",
            "number_of_workers": 2,
            "execution_class": "FLEX",
            "timeout": 30,
            "command": {"name": "glueetl", "script_location": "s3://sales-lake/code/9f86d081884c/etl.py"},
            "default_arguments": {
                "--custom-logGroup-prefix": "/sales/jobs",
                "--job-bookmark-option": "job-bookmark-enable",
                "--TempDir": "s3://sales-lake/tmp/",
            },
        },
    ),
    "machine": (
        aws.sfn.StateMachine,
        {
            "name": "sales7-nightly",
            "role_arn": f"arn:aws:iam::{ACCOUNT}:role/sales-machine",
            "definition": definition(),
            "logging_configuration": {"level": "ERROR", "log_destination": "arn:aws:logs:::log:*"},
            "tracing_configuration": {"enabled": True},
        },
    ),
    "nightly": (
        aws.cloudwatch.EventRule,
        {"name": "sales7-nightly", "schedule_expression": "cron(0 2 ? * MON *)"},
    ),
    "start": (
        aws.cloudwatch.EventTarget,
        {"rule": "sales7-nightly", "arn": MACHINE, "role_arn": "arn:aws:iam::1:role/start", **DELIVERY},
    ),
    "ends": (
        aws.cloudwatch.EventRule,
        {"name": "sales-ends", "event_pattern": json.dumps({"source": ["aws.states"], "detail": ENDS})},
    ),
    "tell": (aws.cloudwatch.EventTarget, {"rule": "sales-ends", "arn": TOPIC, **DELIVERY}),
    "topic": (aws.sns.Topic, {"name": "sales-alerts"}),
    "topic-policy": (
        aws.sns.TopicPolicy,
        {
            "arn": TOPIC,
            "policy": document(publish("events", "sns:Publish", TOPIC), tls("sns:Publish", TOPIC)),
        },
    ),
    "reader": (aws.sns.TopicSubscription, {"topic": TOPIC, "protocol": "email", "endpoint": "a@example.org"}),
    "dead": (
        aws.sqs.Queue,
        {"name": "sales-dead", "sqs_managed_sse_enabled": True, "message_retention_seconds": 1_209_600},
    ),
    "dead-policy": (
        aws.sqs.QueuePolicy,
        {
            "queue_url": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/sales-dead",
            "policy": document(publish("events", "sqs:SendMessage", QUEUE), tls("sqs:*", QUEUE)),
        },
    ),
    "depth": (
        aws.cloudwatch.MetricAlarm,
        {
            **ALARM,
            "namespace": "AWS/SQS",
            "metric_name": "ApproximateNumberOfMessagesVisible",
            "dimensions": {"QueueName": "sales-dead"},
        },
    ),
    "budget": (
        aws.budgets.Budget,
        {
            "budget_type": "COST",
            "limit_amount": "15",
            "limit_unit": "USD",
            "time_unit": "MONTHLY",
            "cost_filters": [{"name": "TagKeyValue", "values": [f"user:Stack${STACK}"]}],
            "notifications": [
                {
                    "comparison_operator": "GREATER_THAN",
                    "notification_type": "FORECASTED",
                    "threshold": 90,
                    "threshold_type": "PERCENTAGE",
                    "subscriber_sns_topic_arns": [TOPIC],
                }
            ],
        },
    ),
}


@dataclass(frozen=True)
class Fault:
    """One planted fault: other arguments by resource (None takes the resource away), or more resources."""

    finds: tuple[str, ...]
    changes: Mapping[str, Arguments | None] = field(default_factory=dict)
    provider: Arguments = field(default_factory=dict)
    more: Callable[[pulumi.ResourceOptions], object] | None = None


def program(fault: Fault | None = None) -> Callable[[], None]:
    """The pipeline as a Pulumi program, with a fault or without."""
    planted = fault or Fault(())

    def run() -> None:
        given = {"region": REGION, "allowed_account_ids": [ACCOUNT], "default_tags": {"tags": TAGS}}
        provider = aws.Provider("sales", **{**given, **planted.provider})
        options = pulumi.ResourceOptions(provider=provider)
        for name, (cls, arguments) in RESOURCES.items():
            changed = planted.changes.get(name, {})
            if changed is not None:
                cls(name, **{**arguments, **changed}, opts=options)
        if planted.more is not None:
            planted.more(options)

    return run


def job(finds: str, **changes: Any) -> Fault:
    return Fault((finds,), {"job": changes})


def machine(finds: str, changed: Mapping[str, Arguments] | None = None, **top: Any) -> Fault:
    return Fault((finds,), {"machine": {"definition": definition(changed, **top)}})


def policy(finds: str, *statements: Arguments) -> Fault:
    return Fault((finds,), {"grants": {"policy": document(*statements)}})


def _naked_bucket(options: pulumi.ResourceOptions) -> None:
    aws.s3.Bucket("naked", bucket="sales-naked", opts=options)


def _key(options: pulumi.ResourceOptions) -> None:
    aws.kms.Key("key", enable_key_rotation=True, opts=options)


def _dashboard(options: pulumi.ResourceOptions) -> None:
    aws.cloudwatch.Dashboard("board", dashboard_name="sales", dashboard_body="{}", opts=options)


def _many_alarms(options: pulumi.ResourceOptions) -> None:
    for number in range(12):
        changes = {"namespace": "AWS/Glue", "metric_name": f"m{number}", "dimensions": {}}
        aws.cloudwatch.MetricAlarm(f"alarm-{number}", **{**ALARM, **changes}, opts=options)


def _managed_policy(options: pulumi.ResourceOptions) -> None:
    arn = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
    aws.iam.RolePolicyAttachment("broad", role="sales7-job", policy_arn=arn, opts=options)


def _default_provider(options: pulumi.ResourceOptions) -> None:
    del options
    aws.s3.BucketVersioning("stray", bucket="x", versioning_configuration={"status": "Enabled"})


def _schedule(options: pulumi.ResourceOptions) -> None:
    target = {"arn": MACHINE, "role_arn": "arn:aws:iam::1:role/start"}
    window = {"mode": "OFF"}
    expression = "cron(0 2 ? * TUE *)"
    aws.scheduler.Schedule(
        "second", schedule_expression=expression, flexible_time_window=window, target=target, opts=options
    )


def _without(tag: str) -> Arguments:
    return {"default_tags": {"tags": {key: value for key, value in TAGS.items() if key != tag}}}


def _statuses(*statuses: str) -> Arguments:
    return {"event_pattern": json.dumps({"source": ["aws.states"], "detail": {**ENDS, "status": statuses}})}


LOOK = states()["Look"]
ANYBODY = document(
    {**grant("s3:GetObject", f"{BUCKET}/*"), "Principal": "*"}, tls("s3:*", [BUCKET, f"{BUCKET}/*"])
)
NO_HASH = {"name": "glueetl", "script_location": "s3://sales-lake/code/etl.py"}
KEYLESS = {"rules": [{"apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms"}}]}

FAULTS: dict[str, Fault] = {
    "no owner tag": Fault(
        ("aws-resource-required-tags", "aws-provider-default-tags"), provider=_without("Owner")
    ),
    "environment by another name": Fault(
        ("aws-resource-tag-values",), {"lake": {"tags": {"Environment": "develop"}}}
    ),
    "tag in another spelling": Fault(
        ("aws-resource-tag-spelling",), {"job": {"tags": {"cost_center": "cc-1234"}}}
    ),
    "budget over another stack": Fault(
        ("budgets-budget-cost-tag",),
        {"budget": {"cost_filters": [{"name": "TagKeyValue", "values": ["user:Stack$sales8"]}]}},
    ),
    "job without timeout": job("glue-job-timeout", timeout=None),
    "job of two days": job("glue-job-timeout", timeout=2880),
    "job with a hundred workers": Fault(
        ("glue-job-workers", "stack-cost-estimate"), {"job": {"number_of_workers": 100}}
    ),
    "job on large workers": Fault(
        ("glue-job-worker-type", "glue-job-execution-class"),
        {"job": {"worker_type": "G.8X", "execution_class": "STANDARD"}},
    ),
    "standard class outside production": job("glue-job-execution-class", execution_class="STANDARD"),
    "unpinned Glue": job("glue-job-version", glue_version=None),
    "Glue retries too": job("glue-job-retries", max_retries=2),
    "secret in the arguments": job(
        "glue-job-argument-secrets",
        default_arguments={
            "--custom-logGroup-prefix": "/sales/jobs",
            "--job-bookmark-option": "job-bookmark-enable",
            "--db_password": "x",
        },
    ),
    "script at a fixed key": job("glue-job-script-version", command=NO_HASH),
    "logs into the shared group": job(
        "glue-job-log-group",
        default_arguments={
            "--TempDir": "s3://sales-lake/tmp/",
            "--job-bookmark-option": "job-bookmark-enable",
        },
    ),
    "crawler with a schedule of its own": Fault(
        ("glue-crawler-schedule",), {"crawler": {"schedule": "cron(0 1 ? * MON *)"}}
    ),
    "crawler that opens everything": Fault(
        ("glue-crawler-sample-size",), {"crawler": {"s3_targets": [{"path": "s3://sales-lake/raw/"}]}}
    ),
    "crawler that AWS refuses": Fault(
        ("glue-crawler-schema-policy",),
        {"crawler": {"recrawl_policy": {"recrawl_behavior": "CRAWL_NEW_FOLDERS_ONLY"}}},
    ),
    "crawler that splits tables": Fault(("glue-crawler-grouping",), {"crawler": {"configuration": None}}),
    "endless poll": machine(
        "sfn-machine-wait-loop",
        {"Ready": {**states()["Ready"], "Choices": [{"Condition": "{% $state = 'READY' %}", "Next": "Job"}]}},
    ),
    "poll that counts nothing": machine("sfn-machine-wait-loop", {"Look": {**LOOK, "Assign": {"x": 1}}}),
    "poll every second": machine(
        "sfn-machine-poll-interval", {"Pause": {"Type": "Wait", "Seconds": 1, "Next": "Look"}}
    ),
    "execution of a year": machine("sfn-machine-timeout", TimeoutSeconds=None),
    "task without retry": machine("sfn-task-retry", {"Look": {**LOOK, "Retry": []}}),
    "task without catch": machine("sfn-task-catch", {"Look": {**LOOK, "Catch": []}}),
    "task without a limit": machine(
        "sfn-task-timeout", {"Look": {k: v for k, v in LOOK.items() if k != "TimeoutSeconds"}}
    ),
    "integration that does not exist": machine(
        "sfn-task-integration",
        {"Crawl": task("glue:startCrawler.sync", {"Name": "sales7-crawler"}, Next="Pause")},
    ),
    "state that nothing reaches": machine("sfn-machine-definition", {"Lost": {"Type": "Succeed"}}),
    "machine without a log": Fault(("sfn-machine-logging",), {"machine": {"logging_configuration": None}}),
    "express machine that waits": Fault(("sfn-machine-type",), {"machine": {"type": "EXPRESS"}}),
    "log for ever": Fault(("logs-group-retention",), {"output-log": {"retention_in_days": None}}),
    "bucket without its company": Fault(
        (
            "s3-bucket-public-access",
            "s3-bucket-tls-only",
            "s3-bucket-encryption",
            "s3-bucket-versioning",
            "s3-bucket-abandoned-uploads",
        ),
        more=_naked_bucket,
    ),
    "bucket open to policies": Fault(("s3-bucket-public-access",), {"block": {"block_public_policy": False}}),
    "bucket open to the world": Fault(("s3-policy-principals",), {"bucket-policy": {"policy": ANYBODY}}),
    "bucket without TLS": Fault(("s3-bucket-tls-only",), {"bucket-policy": None}),
    "inline ACL": Fault(("s3-bucket-inline-arguments",), {"lake": {"acl": "private"}}),
    "versions for ever": Fault(
        ("s3-bucket-noncurrent-versions",), {"lifecycle": {"rules": [LIFECYCLE[0], LIFECYCLE[2]]}}
    ),
    "uploads for ever": Fault(("s3-bucket-abandoned-uploads",), {"lifecycle": {"rules": LIFECYCLE[1:]}}),
    "temporary files for ever": Fault(
        ("s3-bucket-temporary-files",), {"lifecycle": {"rules": LIFECYCLE[:2]}}
    ),
    "KMS without a bucket key": Fault(("s3-bucket-bucket-key",), {"crypt": KEYLESS}),
    "action wildcard": policy("iam-policy-actions", grant("s3:*", f"{BUCKET}/raw/*")),
    "resource wildcard": policy("iam-policy-resources", grant("s3:GetObject", "*")),
    "any role to any service": policy("iam-policy-pass-role", grant("iam:PassRole", "arn:aws:iam::1:role/*")),
    "statement without a name": policy(
        "iam-policy-document", {k: v for k, v in grant("s3:GetObject", f"{BUCKET}/a").items() if k != "Sid"}
    ),
    "confused deputy": Fault(
        ("iam-role-trust",),
        {"role": {"assume_role_policy": trust("glue", {"Bool": {"aws:ViaAWSService": "true"}})}},
    ),
    "broad managed policy": Fault(("iam-role-managed-policies",), more=_managed_policy),
    "topic under AWS's key": Fault(
        ("sns-topic-encryption",), {"topic": {"kms_master_key_id": "alias/aws/sns"}}
    ),
    "topic for any account": Fault(
        ("sns-topic-policy",),
        {
            "topic-policy": {
                "policy": document(
                    publish("events", "sns:Publish", TOPIC, {"Bool": {"x": "true"}}),
                    tls("sns:Publish", TOPIC),
                )
            }
        },
    ),
    "topic nobody reads": Fault(("sns-topic-subscription",), {"reader": None}),
    "queue in plain": Fault(("sqs-queue-encryption",), {"dead": {"sqs_managed_sse_enabled": None}}),
    "dead letters for four days": Fault(
        ("sqs-queue-retention",), {"dead": {"message_retention_seconds": None}}
    ),
    "dead letters unwatched": Fault(("sqs-queue-alarm",), {"depth": None}),
    "events lost": Fault(("events-target-dead-letter",), {"start": {"dead_letter_config": None}}),
    "events retried for a day": Fault(("events-target-retry",), {"start": {"retry_policy": None}}),
    "cron of five fields": Fault(
        ("events-rule-schedule",), {"nightly": {"schedule_expression": "cron(0 2 * * MON)"}}
    ),
    "every minute": Fault(
        ("events-rule-schedule", "stack-cost-estimate"),
        {"nightly": {"schedule_expression": "rate(1 minute)"}},
    ),
    "rule into nothing": Fault(("events-rule-target", "stack-pipeline-trigger"), {"start": None}),
    "timed-out runs unheard": Fault(("sfn-machine-failure-alarm",), {"ends": _statuses("FAILED")}),
    "schedule without a zone": Fault(("scheduler-schedule-delivery", "stack-start-twice"), more=_schedule),
    "alarm that tells nobody": Fault(("cloudwatch-alarm-actions",), {"depth": {"alarm_actions": []}}),
    "alarm without a word on silence": Fault(
        ("cloudwatch-alarm-missing-data",), {"depth": {"treat_missing_data": None}}
    ),
    "alarm over eight days": Fault(
        ("cloudwatch-alarm-window",), {"depth": {"period": 86_400, "evaluation_periods": 8}}
    ),
    "a dozen alarms": Fault(("cloudwatch-alarm-count",), more=_many_alarms),
    "dashboard": Fault(("cloudwatch-dashboard-count",), more=_dashboard),
    "key that encrypts nothing": Fault(
        ("kms-key-count", "logs-group-encryption", "glue-job-security-configuration"), more=_key
    ),
    "no budget": Fault(("budgets-budget-present",), {"budget": None}),
    "budget that tells nobody": Fault(("budgets-budget-notification",), {"budget": {"notifications": []}}),
    "budget of a dollar": Fault(("stack-cost-estimate",), {"budget": {"limit_amount": "1"}}),
    "any account": Fault(("aws-provider-account",), provider={"allowed_account_ids": None}),
    "default provider": Fault(("aws-resource-provider",), more=_default_provider),
}
