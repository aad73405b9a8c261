"""Policy documents as pure functions, and the roles that carry them.

Every statement has a Sid.  A statement on the resource ``*`` must have its reason in ``WILDCARD_REASONS``;
tests hold the documents against that table.

Longer than 400 lines: whoever asks what this stack may do finds every permission in one file.
"""

import json
from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from components.glue_logs import GLUE_JOBS, glue_log_groups
from components.naming import METRIC_NAMESPACE, Names
from components.settings import LakeSettings

Statement = dict[str, Any]
Document = dict[str, Any]

WILDCARD_REASONS = {
    "DeliverStateMachineLogs": "the log delivery actions know no resource (Step Functions guide, logging)",
    "TraceExecutions": "the X-Ray actions know no resource (Service Authorization Reference, X-Ray)",
    "PublishRunMetrics": "PutMetricData knows no resource; the namespace is fixed by a condition",
    "PublishGlueMetrics": "PutMetricData knows no resource; the namespace is fixed by a condition",
    "AdministerKey": "in a key policy * is the key itself (KMS guide, key policies)",
    "UseKeyThroughServices": "in a key policy * is the key itself (KMS guide, key policies)",
    "UseKeyThroughEvents": "in a key policy * is the key itself (KMS guide, key policies)",
    "UseKeyForLogs": "in a key policy * is the key itself (KMS guide, key policies)",
    "DenyPlainTransport": "a denial for every principal and action is meant to be as wide as possible",
}
"""Why a statement may name the resource, principal or action ``*``, by Sid."""


def document(*statements: Statement | None) -> Document:
    """Return a policy document of the given statements; None stands for one that a setting left out."""
    return {"Version": "2012-10-17", "Statement": [s for s in statements if s is not None]}


def allow(
    sid: str,
    actions: Sequence[str],
    resources: str | Sequence[str],
    condition: dict[str, Any] | None = None,
) -> Statement:
    """Return a statement that allows actions on resources."""
    resource = resources if isinstance(resources, str) else list(resources)
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def trust(service: str, account: str, source_arn: str | None = None) -> Document:
    """Return a trust policy that lets a service assume a role for this account only.

    Args:
        service: service principal, such as ``glue.amazonaws.com``.
        account: the account on whose behalf the service may act (confused-deputy condition).
        source_arn: pattern of the resource on whose behalf it may act, where the service sends one.
    """
    condition: dict[str, Any] = {"StringEquals": {"aws:SourceAccount": account}}
    if source_arn is not None:
        condition["ArnLike"] = {"aws:SourceArn": source_arn}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AssumeForThisAccount",
                "Effect": "Allow",
                "Principal": {"Service": service},
                "Action": "sts:AssumeRole",
                "Condition": condition,
            }
        ],
    }


def deny_plain_transport(resources: str | Sequence[str], actions: str = "s3:*") -> Statement:
    """Return a statement of a resource policy that denies every request without TLS."""
    return {
        "Sid": "DenyPlainTransport",
        "Effect": "Deny",
        "Principal": "*",
        "Action": actions,
        "Resource": resources if isinstance(resources, str) else list(resources),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def tls_only_bucket(bucket_arn: str) -> Document:
    """Return the policy of a bucket that refuses requests without TLS."""
    return document(deny_plain_transport([bucket_arn, f"{bucket_arn}/*"]))


def access_logs_bucket(bucket_arn: str, account: str, source_bucket_arns: Sequence[str]) -> Document:
    """Return the policy of the bucket that receives the access logs of others."""
    return document(
        deny_plain_transport([bucket_arn, f"{bucket_arn}/*"]),
        {
            "Sid": "DeliverAccessLogs",
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"{bucket_arn}/*",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": account},
                "ArnLike": {"aws:SourceArn": list(source_bucket_arns)},
            },
        },
    )


def below(prefix: str) -> dict[str, Any]:
    """Return the condition of a listing that asks for what lies below a prefix, and for nothing else."""
    return {"StringLike": {"s3:prefix": [prefix.rstrip("/"), f"{prefix}*"]}}


def read_lake(
    names: Names, lake: LakeSettings, listing: dict[str, Any] | None = None
) -> list[Statement | None]:
    """Return the statements that let a role list and read the raw messages.

    Args:
        names: names of the stack.
        lake: the bucket of raw messages and the prefix they lie below; nothing else in it is read.
        listing: condition of a listing; None lists the whole bucket.
    """
    arn = names.bucket_arn(lake.bucket(names))
    return [
        allow("LocateRawBucket", ["s3:GetBucketLocation"], arn),
        allow("ListRawMessages", ["s3:ListBucket"], arn, listing),
        allow("ReadRawMessages", ["s3:GetObject"], f"{arn}/{lake.raw_prefix}*"),
        allow("DecryptRawMessages", ["kms:Decrypt"], lake.raw_bucket_kms_key_arn)
        if lake.raw_bucket_kms_key_arn
        else None,
    ]


def use_key(names: Names) -> Statement:
    """Return the statement that lets a role use the stack's own key.

    The key's id is chosen by KMS; naming the key by its alias keeps the document readable in a preview.
    """
    return allow(
        "UseStackKey",
        ["kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt", "kms:DescribeKey"],
        names.arn("kms", "key/*"),
        {"ForAnyValue:StringEquals": {"kms:ResourceAliases": names.key_alias}},
    )


def crawler_role(names: Names, lake: LakeSettings) -> list[Statement | None]:
    """Return what the crawler may do: read the lake, keep one table and its partitions, write its log."""
    groups = glue_log_groups(names).crawler
    return [
        *read_lake(names, lake, below(lake.raw_prefix)),
        allow("ReadDatabase", ["glue:GetDatabase", "glue:GetTables"], names.table_arns(("*",))),
        allow(
            "KeepRawTable",
            [
                "glue:GetTable",
                "glue:CreateTable",
                "glue:UpdateTable",
                "glue:GetPartition",
                "glue:GetPartitions",
                "glue:BatchGetPartition",
                "glue:CreatePartition",
                "glue:BatchCreatePartition",
                "glue:UpdatePartition",
                "glue:BatchUpdatePartition",
            ],
            names.table_arns((lake.table,)),
        ),
        allow(
            "CreateCrawlerLogGroup", ["logs:CreateLogGroup"], [names.log_group_arn(group) for group in groups]
        ),
        allow(
            "WriteCrawlerLog",
            ["logs:CreateLogStream", "logs:PutLogEvents", "logs:AssociateKmsKey"],
            [names.log_group_arn(f"{group}:*") for group in groups],
        ),
    ]


def job_role(names: Names, lake: LakeSettings, tables: tuple[str, ...]) -> list[Statement | None]:
    """Return what the job may do: read the lake, write datasets, register their partitions, write its log."""
    processed = names.bucket_arn(names.processed_bucket)
    artifacts = names.bucket_arn(names.artifacts_bucket)
    return [
        # A request for an object has no prefix: only a listing without condition lets S3 answer 404 for a
        # message that has gone since it was listed, which the job forgets, and not 403, which it would ask
        # for again every week.
        *read_lake(names, lake),
        # Without the right to list, a file that does not exist yet is reported as AccessDenied.
        allow("ListProcessed", ["s3:ListBucket", "s3:GetBucketLocation"], processed),
        allow(
            "WriteProcessed",
            ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
            f"{processed}/*",
        ),
        allow("ListArtifacts", ["s3:ListBucket", "s3:GetBucketLocation"], artifacts),
        allow("ReadArtifacts", ["s3:GetObject"], f"{artifacts}/*"),
        allow("UseTemporaryFiles", ["s3:PutObject", "s3:DeleteObject"], f"{artifacts}/temp/*"),
        allow(
            "ReadTables",
            ["glue:GetDatabase", "glue:GetTable", "glue:GetPartition", "glue:GetPartitions"],
            names.table_arns((lake.table, *tables)),
        ),
        allow(
            "RegisterPartitions",
            [
                "glue:BatchGetPartition",
                "glue:BatchCreatePartition",
                "glue:BatchUpdatePartition",
                "glue:BatchDeletePartition",
            ],
            names.table_arns(tables),
        ),
        allow(
            "WriteJobLog",
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [names.log_group_arn(f"{group}:*") for group in glue_log_groups(names).job],
        ),
        allow(
            "WriteGlueLog",  # what Glue itself says before the job's own groups are in use
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            names.log_group_arn(f"{GLUE_JOBS}/*"),
        ),
        allow(
            "PublishGlueMetrics",
            ["cloudwatch:PutMetricData"],
            "*",
            {"StringEquals": {"cloudwatch:namespace": "Glue"}},
        ),
    ]


def _state_machine(names: Names) -> list[Statement]:
    """Return what every state machine of the stack may do: log, trace, notify."""
    return [
        allow("Notify", ["sns:Publish"], names.topic_arn),
        allow(
            "DeliverStateMachineLogs",
            [
                "logs:CreateLogDelivery",
                "logs:GetLogDelivery",
                "logs:UpdateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:DescribeResourcePolicies",
                "logs:DescribeLogGroups",
            ],
            "*",
        ),
        allow(
            "TraceExecutions",
            [
                "xray:PutTraceSegments",
                "xray:PutTelemetryRecords",
                "xray:GetSamplingRules",
                "xray:GetSamplingTargets",
            ],
            "*",
        ),
    ]


def _read_summaries(names: Names) -> list[Statement]:
    processed = names.bucket_arn(names.processed_bucket)
    return [
        # Without it a missing summary is reported as AccessDenied; S3 asks for it without a prefix then.
        allow("FindSummaries", ["s3:ListBucket"], processed),
        allow("ReadSummaries", ["s3:GetObject"], f"{processed}/_runs/*/summary.json"),
    ]


def workflow_role(names: Names) -> list[Statement | None]:
    """Return what the weekly state machine may do: this crawler, this job, summaries, error records."""
    return [
        allow("CrawlLake", ["glue:StartCrawler", "glue:GetCrawler", "glue:StopCrawler"], names.crawler_arn),
        allow(
            "RunJob",
            ["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"],
            names.job_arn,
        ),
        *_read_summaries(names),
        allow(
            "WriteErrorRecords",
            ["s3:PutObject"],
            f"{names.bucket_arn(names.processed_bucket)}/errors/*",
        ),
        allow(
            "PublishRunMetrics",
            ["cloudwatch:PutMetricData"],
            "*",
            {"StringEquals": {"cloudwatch:namespace": METRIC_NAMESPACE}},
        ),
        *_state_machine(names),
    ]


def watchdog_role(names: Names) -> list[Statement | None]:
    """Return what the watchdog may do: list the weekly executions and read their summaries."""
    return [
        allow("ListWeeklyExecutions", ["states:ListExecutions"], names.pipeline_arn),
        *_read_summaries(names),
        *_state_machine(names),
    ]


def start_role(machine_arn: str) -> list[Statement | None]:
    """Return what a rule's role may do: start one state machine."""
    return [allow("StartThisStateMachine", ["states:StartExecution"], machine_arn)]


def administer_key(names: Names) -> Statement:
    """Return the statement of a key policy by which the account governs a key through IAM."""
    return {
        "Sid": "AdministerKey",
        "Effect": "Allow",
        "Principal": {"AWS": names.account_root},
        "Action": "kms:*",
        "Resource": "*",
    }


def key_policy(names: Names) -> Document:
    """Return the policy of the stack's own key.

    The account administers the key through IAM; the services that encrypt on the stack's behalf may use it
    for this account only. Alarms, the budget and EventBridge could not publish to an encrypted topic without.
    EventBridge has a statement of its own, without a condition: AWS does not support aws:SourceAccount,
    aws:SourceArn and aws:SourceOrgID in the key policy of a topic that EventBridge publishes to (SNS guide,
    key management). What it may publish is bound by the topic's policy.
    """
    use = ["kms:Decrypt", "kms:GenerateDataKey*", "kms:Encrypt", "kms:ReEncrypt*", "kms:DescribeKey"]
    services = ["cloudwatch", "budgets", "sns"]
    return document(
        administer_key(names),
        {
            "Sid": "UseKeyThroughServices",
            "Effect": "Allow",
            "Principal": {"Service": [f"{service}.amazonaws.com" for service in services]},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceAccount": names.account}},
        },
        {
            "Sid": "UseKeyThroughEvents",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
        },
        {
            "Sid": "UseKeyForLogs",
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{names.region}.amazonaws.com"},
            "Action": use,
            "Resource": "*",
            "Condition": {
                "ArnLike": {"kms:EncryptionContext:aws:logs:arn": names.log_group_arn("*")},
            },
        },
    )


def topic_policy(names: Names) -> Document:
    """Return the policy of the topic: alarms, the status rule and the budget may publish, TLS only."""

    def publish(sid: str, service: str, source_arn: str | None) -> Statement:
        condition: dict[str, Any] = {"StringEquals": {"aws:SourceAccount": names.account}}
        if source_arn:
            condition["ArnLike"] = {"aws:SourceArn": source_arn}
        return {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sns:Publish",
            "Resource": names.topic_arn,
            "Condition": condition,
        }

    return document(
        publish("PublishAlarms", "cloudwatch.amazonaws.com", names.arn("cloudwatch", "alarm:weather-*")),
        publish("PublishExecutionStatus", "events.amazonaws.com", names.rule_arn(names.status_rule)),
        publish("PublishBudget", "budgets.amazonaws.com", None),
        deny_plain_transport(names.topic_arn, "sns:Publish"),
    )


def dead_letter_policy(names: Names) -> Document:
    """Return the policy of the dead-letter queue: only the stack's own rules may send to it, TLS only."""
    rules = (names.weekly_rule, names.watchdog_rule, names.status_rule)
    return document(
        {
            "Sid": "AcceptUndeliveredEvents",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": names.schedule_dlq_arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": [names.rule_arn(rule) for rule in rules]}},
        },
        deny_plain_transport(names.schedule_dlq_arn, "sqs:*"),
    )


def create_role(
    resource_name: str,
    role_name: str,
    description: str,
    trust_policy: Document,
    statements: Sequence[Statement | None],
    parent: pulumi.Resource,
    *,
    boundary_arn: str | None,
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """Create a role and its one inline policy as children of a component.

    Args:
        resource_name: Pulumi name of the role; the policy's is the same with ``-policy``.
        role_name: name of the role in IAM.
        description: what the role is for.
        trust_policy: who may assume it.
        statements: what it may do.
        parent: the component.
        boundary_arn: policy that bounds the role; None for no bound.
    """
    opts = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        resource_name,
        name=role_name,
        description=description,
        assume_role_policy=json.dumps(trust_policy),
        permissions_boundary=boundary_arn,
        opts=opts,
    )
    policy = aws.iam.RolePolicy(
        f"{resource_name}-policy",
        name=role_name,
        role=role.name,
        policy=json.dumps(document(*statements)),
        opts=opts,
    )
    return role, policy
