"""Right programs: no rule of the whole pack has anything against them, but that they are parts of a stack."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.policies.attacks import JOB, WEEKLY, trigger
from tests.policies.engine import Declared
from tests.policies.parts import (
    ACCOUNT,
    MACHINE_ARN,
    PINNED,
    QUEUE_ARN,
    TOPIC_ARN,
    alarm,
    allow,
    beside,
    bucket,
    budget,
    crawler,
    deny_plain,
    document,
    job,
    lifecycle,
    log_group,
    machine,
    pipeline,
    queue,
    rule,
    service,
    target,
    task,
    topic,
    versioning,
)

PROGRAMS: dict[str, tuple[tuple[Declared, ...], Mapping[str, Any]]] = {}
"""Program and configuration by name."""


def right_whole(name: str, *program: Declared, **config: Any) -> None:
    PROGRAMS[name] = (program, config)


def policy_of(*statements: Any) -> Declared:
    return Declared("aws:iam/policy:Policy", "p", {"name": "p-abc123", "policy": document(*statements)})


right_whole(
    "read table",
    policy_of(
        allow(
            ["glue:GetTable", "glue:GetPartitions"],
            [
                f"arn:aws:glue:eu-west-1:{ACCOUNT}:catalog",
                f"arn:aws:glue:eu-west-1:{ACCOUNT}:database/weather",
                f"arn:aws:glue:eu-west-1:{ACCOUNT}:table/weather/*",
            ],
        )
    ),
)
right_whole(
    "write prefix",
    policy_of(
        allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], "arn:aws:s3:::lake-b/out/*"),
        allow("s3:ListBucket", "arn:aws:s3:::lake-b", Condition={"StringLike": {"s3:prefix": ["out/*"]}}),
    ),
)
right_whole(
    "kms by ViaService",
    policy_of(
        allow(
            ["kms:Decrypt", "kms:GenerateDataKey"],
            f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            Condition={"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}},
        )
    ),
)
right_whole(
    "xray & metrics",
    policy_of(
        allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"),
        allow(
            "cloudwatch:PutMetricData", "*", Condition={"StringEquals": {"cloudwatch:namespace": "Weather"}}
        ),
    ),
)
right_whole(
    "logs delivery of SFN",
    policy_of(
        allow(
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
        )
    ),
)
right_whole(
    "logs writing own group",
    policy_of(
        allow(
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/weather/abc123/jobs/*:*",
        )
    ),
)
right_whole(
    "pass role",
    policy_of(
        allow(
            "iam:PassRole",
            f"arn:aws:iam::{ACCOUNT}:role/weather-job-abc123",
            Condition={"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}},
        )
    ),
)
right_whole(
    "pass role to two services",
    policy_of(
        allow(
            "iam:PassRole",
            f"arn:aws:iam::{ACCOUNT}:role/weather-job-abc123",
            Condition={
                "StringEquals": {"iam:PassedToService": ["glue.amazonaws.com", "lambda.amazonaws.com"]}
            },
        )
    ),
)
right_whole(
    "deny all without MFA",
    policy_of(
        {
            "Sid": "D",
            "Effect": "Deny",
            "NotAction": ["iam:*"],
            "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        },
        allow("s3:GetObject", "arn:aws:s3:::lake-b/a"),
    ),
)
right_whole(
    "deny with wildcard",
    policy_of(
        {"Sid": "D", "Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"},
        allow("s3:GetObject", "arn:aws:s3:::lake-b/a"),
    ),
)
right_whole(
    "VPC of Glue connection",
    policy_of(
        allow(
            [
                "ec2:DescribeSubnets",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeVpcEndpoints",
                "ec2:DescribeRouteTables",
                "ec2:DescribeNetworkInterfaces",
            ],
            "*",
        )
    ),
)
right_whole(
    "start sync execution events rule",
    policy_of(
        allow(
            ["events:PutTargets", "events:PutRule", "events:DescribeRule"],
            f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule",
        )
    ),
)
right_whole(
    "athena reader",
    policy_of(
        allow(
            ["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults"],
            f"arn:aws:athena:eu-west-1:{ACCOUNT}:workgroup/weather-abc123",
        )
    ),
)
right_whole(
    "secret by suffix",
    policy_of(
        allow(
            "secretsmanager:GetSecretValue",
            f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:weather/db-??????",
        )
    ),
)
right_whole(
    "dynamodb with index",
    policy_of(
        allow(
            "dynamodb:Query",
            [
                f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/weather-abc123",
                f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/weather-abc123/index/*",
            ],
        )
    ),
)
right_whole(
    "lambda any version",
    policy_of(
        allow(
            "lambda:InvokeFunction",
            [
                f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:weather-read-abc123",
                f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:weather-read-abc123:*",
            ],
        )
    ),
)
right_whole(
    "bucket by tag",
    policy_of(
        allow("glue:StartJobRun", "*", Condition={"StringEquals": {"aws:ResourceTag/Stack": "abc123"}})
    ),
)


def role_of(*statements: Any, **more: Any) -> Declared:
    return Declared(
        "aws:iam/role:Role", "r", {"name": "r-abc123", "assumeRolePolicy": document(*statements), **more}
    )


def trusted(name: str, **more: Any) -> dict[str, Any]:
    return {"Sid": "T", "Effect": "Allow", "Principal": {"Service": name}, "Action": "sts:AssumeRole", **more}


right_whole(
    "lambda role + basic exec",
    role_of(trusted("lambda.amazonaws.com")),
    Declared(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "a",
        {"role": "r-abc123", "policyArn": "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"},
    ),
)
right_whole(
    "glue role pinned by ArnLike",
    role_of(
        trusted("glue.amazonaws.com", Condition={"ArnLike": {"aws:SourceArn": f"arn:aws:glue:*:{ACCOUNT}:*"}})
    ),
)
right_whole(
    "scheduler role pinned",
    role_of(
        trusted(
            "scheduler.amazonaws.com",
            Condition={
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
                "ArnEquals": {
                    "aws:SourceArn": f"arn:aws:scheduler:eu-west-1:{ACCOUNT}:schedule-group/weather"
                },
            },
        )
    ),
)
right_whole(
    "ci role github",
    role_of(
        {
            "Sid": "T",
            "Effect": "Allow",
            "Principal": {
                "Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
            },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
                "StringLike": {
                    "token.actions.githubusercontent.com:sub": "repo:ours/weather:ref:refs/heads/*"
                },
            },
        }
    ),
)
right_whole(
    "eks pod identity",
    role_of(
        {
            "Sid": "T",
            "Effect": "Allow",
            "Principal": {"Service": "pods.eks.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
        }
    ),
)
right_whole(
    "irsa",
    role_of(
        {
            "Sid": "T",
            "Effect": "Allow",
            "Principal": {
                "Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC"
            },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {
                    "oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub": "system:serviceaccount:weather:reader",
                    "oidc.eks.eu-west-1.amazonaws.com/id/ABC:aud": "sts.amazonaws.com",
                }
            },
        }
    ),
)
right_whole(
    "ecs task role",
    role_of(
        trusted(
            "ecs-tasks.amazonaws.com",
            Condition={
                "ArnLike": {"aws:SourceArn": f"arn:aws:ecs:eu-west-1:{ACCOUNT}:*"},
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
            },
        )
    ),
)
right_whole(
    "a service and a role of ours",
    role_of(
        trusted("glue.amazonaws.com", Condition=PINNED),
        {
            "Sid": "U",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/deploy"},
            "Action": "sts:AssumeRole",
        },
    ),
)
right_whole(
    "role trusted by own account with MFA",
    role_of(
        {
            "Sid": "T",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "sts:AssumeRole",
            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        }
    ),
)
right_whole(
    "config via firehose role",
    role_of(trusted("firehose.amazonaws.com", Condition={"StringEquals": {"sts:ExternalId": ACCOUNT}})),
)
# keys
ROOT = {
    "Sid": "Root",
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": "kms:*",
    "Resource": "*",
}
KEY = {"enableKeyRotation": True, "deletionWindowInDays": 30, "description": "d"}
right_whole(
    "key for logs",
    Declared(
        "aws:kms/key:Key",
        "k",
        {
            **KEY,
            "policy": document(
                ROOT,
                {
                    "Sid": "L",
                    "Effect": "Allow",
                    "Principal": {"Service": "logs.eu-west-1.amazonaws.com"},
                    "Action": [
                        "kms:Encrypt*",
                        "kms:Decrypt*",
                        "kms:ReEncrypt*",
                        "kms:GenerateDataKey*",
                        "kms:Describe*",
                    ],
                    "Resource": "*",
                    "Condition": {
                        "ArnLike": {
                            "kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:eu-west-1:{ACCOUNT}:*"
                        }
                    },
                },
            ),
        },
    ),
    **{"weather-kms-key-count": {"maxKeys": 1}},
)
right_whole(
    "key via service by caller account",
    Declared(
        "aws:kms/key:Key",
        "k",
        {
            **KEY,
            "policy": document(
                ROOT,
                {
                    "Sid": "S",
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": ["kms:Decrypt"],
                    "Resource": "*",
                    "Condition": {
                        "StringEquals": {
                            "kms:CallerAccount": ACCOUNT,
                            "kms:ViaService": "s3.eu-west-1.amazonaws.com",
                        }
                    },
                },
            ),
        },
    ),
    **{"weather-kms-key-count": {"maxKeys": 1}},
)


# topic & queue
def topic_policy(*statements: Any) -> Declared:
    return Declared(
        "aws:sns/topicPolicy:TopicPolicy", "tp", {"arn": TOPIC_ARN, "policy": document(*statements)}
    )


SUBSCRIBED = Declared(
    "aws:sns/topicSubscription:TopicSubscription",
    "s",
    {"topic": TOPIC_ARN, "protocol": "email", "endpoint": "a@b.c"},
)
right_whole(
    "topic with policy",
    topic(),
    topic_policy(
        service("events.amazonaws.com", "sns:Publish", TOPIC_ARN),
        service("cloudwatch.amazonaws.com", "sns:Publish", TOPIC_ARN),
        service("budgets.amazonaws.com", "sns:Publish", TOPIC_ARN),
        deny_plain("sns:Publish", TOPIC_ARN),
    ),
    SUBSCRIBED,
)


def queue_policy(*statements: Any) -> Declared:
    return Declared(
        "aws:sqs/queuePolicy:QueuePolicy", "qp", {"queueUrl": "https://q", "policy": document(*statements)}
    )


DEPTH = alarm(
    "depth",
    namespace="AWS/SQS",
    metricName="ApproximateNumberOfMessagesVisible",
    dimensions={"QueueName": "weather-dlq-abc123"},
)
right_whole(
    "queue as dlq of queue",
    queue(),
    queue_policy(service("sqs.amazonaws.com", "sqs:SendMessage", QUEUE_ARN), deny_plain("sqs:*", QUEUE_ARN)),
    DEPTH,
)
right_whole(
    "queue fed by sns",
    queue(),
    queue_policy(
        {
            "Sid": "S",
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": QUEUE_ARN,
            "Condition": {"ArnEquals": {"aws:SourceArn": TOPIC_ARN}},
        },
        deny_plain("sqs:*", QUEUE_ARN),
    ),
    DEPTH,
)
right_whole(
    "queue in KMS",
    queue(sqsManagedSseEnabled=None, kmsMasterKeyId="alias/weather"),
    queue_policy(
        service("events.amazonaws.com", "sqs:SendMessage", QUEUE_ARN), deny_plain("sqs:*", QUEUE_ARN)
    ),
    DEPTH,
)


# function
def function(**more: Any) -> Declared:
    return Declared(
        "aws:lambda/function:Function",
        "fn",
        {
            "name": "weather-read-abc123",
            "runtime": "python3.13",
            "timeout": 30,
            "memorySize": 256,
            "reservedConcurrentExecutions": 5,
            "tracingConfig": {"mode": "Active"},
            **more,
        },
    )


LOG = log_group(name="/aws/lambda/weather-read-abc123")
right_whole(
    "scheduled function",
    function(deadLetterConfig={"targetArn": QUEUE_ARN}),
    LOG,
    rule(),
    target(arn="arn:aws:lambda:eu-west-1:123456789012:function:weather-read-abc123", roleArn=None),
    Declared(
        "aws:lambda/permission:Permission",
        "perm",
        {
            "action": "lambda:InvokeFunction",
            "function": "weather-read-abc123",
            "principal": "events.amazonaws.com",
            "sourceArn": f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/weather-weekly-abc123",
        },
    ),
    budget(
        notifications=[
            {
                "threshold": 80,
                "thresholdType": "PERCENTAGE",
                "comparisonOperator": "GREATER_THAN",
                "notificationType": "ACTUAL",
                "subscriberEmailAddresses": ["a@b.c"],
            }
        ],
        costFilters=[{"name": "TagKeyValue", "values": ["user:Stack$abc123"]}],
    ),
)
right_whole(
    "function of a bucket's notification",
    function(
        deadLetterConfig={"targetArn": QUEUE_ARN},
        environment={"variables": {"OUT": "other-b", "SECRET_NAME": "weather/db", "TABLE": "readings"}},
    ),
    LOG,
    Declared(
        "aws:s3/bucketNotification:BucketNotification",
        "n",
        {
            "bucket": "lake-b",
            "lambdaFunctions": [
                {
                    "lambdaFunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:weather-read-abc123",
                    "events": ["s3:ObjectCreated:*"],
                    "filterPrefix": "raw/",
                }
            ],
        },
    ),
    Declared(
        "aws:lambda/permission:Permission",
        "perm",
        {
            "action": "lambda:InvokeFunction",
            "function": "weather-read-abc123",
            "principal": "s3.amazonaws.com",
            "sourceArn": "arn:aws:s3:::lake-b",
            "sourceAccount": ACCOUNT,
        },
    ),
)
right_whole(
    "function url with IAM",
    function(),
    LOG,
    Declared(
        "aws:lambda/functionUrl:FunctionUrl",
        "u",
        {"functionName": "weather-read-abc123", "authorizationType": "AWS_IAM"},
    ),
)
# machines
FAILURES = rule(
    scheduleExpression=None,
    eventPattern=json.dumps(
        {
            "source": ["aws.states"],
            "detail-type": ["Step Functions Execution Status Change"],
            "detail": {"status": ["FAILED", "TIMED_OUT", "ABORTED"], "stateMachineArn": [MACHINE_ARN]},
        }
    ),
)


def failures_told() -> tuple[Declared, Declared]:
    return (
        Declared(FAILURES.type, "fail", {**FAILURES.inputs, "name": "fail-abc123"}),
        Declared(
            "aws:cloudwatch/eventTarget:EventTarget",
            "ft",
            {**target().inputs, "rule": "fail-abc123", "arn": TOPIC_ARN},
        ),
    )


right_whole(
    "whole pipeline",
    pipeline(),
    *WEEKLY,
    *failures_told(),
    crawler(),
    job(
        defaultArguments={
            "--custom-logGroup-prefix": "/weather/abc123/jobs",
            "--job-bookmark-option": "job-bookmark-disable",
        }
    ),
    log_group(),
    Declared(
        "aws:cloudwatch/logGroup:LogGroup",
        "err",
        {"name": "/weather/abc123/jobs/error", "retentionInDays": 30},
    ),
)
right_whole(
    "JSONPath pipeline with Fail path",
    machine(
        {
            "S": {
                "Type": "Task",
                "Resource": "arn:aws:states:::glue:startJobRun.sync",
                "Parameters": {"JobName": "WeatherDataTransformJob-abc123"},
                "TimeoutSeconds": 4000,
                "Retry": [
                    {
                        "ErrorEquals": ["Glue.ConcurrentRunsExceededException"],
                        "IntervalSeconds": 60,
                        "MaxAttempts": 3,
                        "BackoffRate": 2,
                        "JitterStrategy": "FULL",
                    }
                ],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed", "ResultPath": "$.error"}],
                "End": True,
            }
        },
        "S",
        QueryLanguage="JSONPath",
    ),
    *WEEKLY,
    *failures_told(),
    job(
        defaultArguments={
            "--custom-logGroup-prefix": "/weather/abc123/jobs",
            "--job-bookmark-option": "job-bookmark-disable",
        }
    ),
    log_group(),
    Declared(
        "aws:cloudwatch/logGroup:LogGroup",
        "err",
        {"name": "/weather/abc123/jobs/error", "retentionInDays": 30},
    ),
)
right_whole(
    "machine calling its function with task token",
    machine(
        {
            "S": task(
                "lambda:invoke.waitForTaskToken",
                {
                    "FunctionName": "weather-read-abc123",
                    "Payload": {"token": "{% $states.context.Task.Token %}", "n": 1},
                },
                HeartbeatSeconds=50,
                End=True,
            )
        },
        "S",
    ),
    *WEEKLY,
    *failures_told(),
    function(environment={"variables": {"MACHINE": MACHINE_ARN}}),
    LOG,
)
right_whole(
    "athena query w/ workgroup",
    machine(
        {
            "S": task(
                "athena:startQueryExecution.sync",
                {"QueryString": "SELECT 1", "WorkGroup": "weather-abc123"},
                End=True,
            )
        },
        "S",
    ),
    *WEEKLY,
    *failures_told(),
    Declared(
        "aws:athena/workgroup:Workgroup",
        "wg",
        {
            "name": "weather-abc123",
            "configuration": {
                "bytesScannedCutoffPerQuery": 10**10,
                "enforceWorkgroupConfiguration": True,
                "resultConfiguration": {
                    "outputLocation": "s3://results-b/x/",
                    "encryptionConfiguration": {"encryptionOption": "SSE_KMS"},
                },
            },
        },
    ),
)
right_whole(
    "scheduler starts machine",
    machine({"S": task("sns:publish", {}, End=True)}, "S"),
    *failures_told(),
    Declared(
        "aws:scheduler/schedule:Schedule",
        "sch",
        {
            "name": "weekly-abc123",
            "scheduleExpression": "cron(0 18 ? * SAT *)",
            "scheduleExpressionTimezone": "Asia/Ho_Chi_Minh",
            "flexibleTimeWindow": {"mode": "OFF"},
            "target": {
                "arn": MACHINE_ARN,
                "roleArn": f"arn:aws:iam::{ACCOUNT}:role/x",
                "retryPolicy": {"maximumRetryAttempts": 3},
                "deadLetterConfig": {"arn": QUEUE_ARN},
            },
        },
    ),
)
right_whole(
    "distributed map of lambdas",
    machine(
        {
            "M": {
                "Type": "Map",
                "Label": "Sites",
                "MaxConcurrency": 10,
                "ToleratedFailurePercentage": 5,
                "ItemReader": {
                    "Resource": "arn:aws:states:::s3:getObject",
                    "ReaderConfig": {"InputType": "JSON", "MaxItems": 100},
                    "Arguments": {"Bucket": "b", "Key": "k"},
                },
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "X",
                    "States": {
                        "X": task(
                            "lambda:invoke",
                            {"FunctionName": "weather-read-abc123"},
                            End=True,
                            Catch=[{"ErrorEquals": ["States.ALL"], "Next": "XF"}],
                        ),
                        "XF": {"Type": "Fail"},
                    },
                },
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}],
                "End": True,
            }
        },
        "M",
    ),
    *WEEKLY,
    *failures_told(),
    function(),
    LOG,
)
right_whole(
    "express with lambda",
    machine(
        {"S": task("lambda:invoke", {"FunctionName": "weather-read-abc123"}, End=True)},
        "S",
        type="EXPRESS",
        TimeoutSeconds=60,
    ),
    *WEEKLY,
    *failures_told(),
    function(),
    LOG,
)
right_whole(
    "parallel",
    machine(
        {
            "P": {
                "Type": "Parallel",
                "Branches": [
                    {
                        "StartAt": "A",
                        "States": {
                            "A": task(
                                "sns:publish",
                                {},
                                End=True,
                                Catch=[{"ErrorEquals": ["States.ALL"], "Next": "AF"}],
                            ),
                            "AF": {"Type": "Fail"},
                        },
                    }
                ],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}],
                "End": True,
            }
        },
        "P",
    ),
    *WEEKLY,
    *failures_told(),
)


# buckets
def lake() -> list[Declared]:
    """A bucket with everything that a bucket needs but its policy."""
    return [
        bucket(),
        beside(
            "BucketPublicAccessBlock",
            "pab",
            dict.fromkeys(
                ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True
            ),
        ),
        beside("BucketOwnershipControls", "own", {"rule": {"objectOwnership": "BucketOwnerEnforced"}}),
        versioning(),
        beside(
            "BucketServerSideEncryptionConfiguration",
            "enc",
            {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
        ),
        lifecycle(
            {
                "id": "a",
                "status": "Enabled",
                "abortIncompleteMultipartUpload": {"daysAfterInitiation": 3},
                "noncurrentVersionExpiration": {"noncurrentDays": 30},
            },
            {
                "id": "t",
                "status": "Enabled",
                "filter": {"and": {"prefix": "out/", "objectSizeGreaterThan": 131072}},
                "transitions": [{"days": 60, "storageClass": "STANDARD_IA"}],
            },
        ),
    ]


right_whole(
    "lake bucket",
    *lake(),
    beside(
        "BucketPolicy",
        "bp",
        {"policy": document(deny_plain("s3:*", ["arn:aws:s3:::lake-b", "arn:aws:s3:::lake-b/*"]))},
    ),
)
right_whole(
    "lake bucket: log delivery",
    *lake(),
    beside(
        "BucketPolicy",
        "bp",
        {
            "policy": document(
                deny_plain("s3:*", ["arn:aws:s3:::lake-b", "arn:aws:s3:::lake-b/*"]),
                {
                    "Sid": "L",
                    "Effect": "Allow",
                    "Principal": {"Service": "logging.s3.amazonaws.com"},
                    "Action": "s3:PutObject",
                    "Resource": "arn:aws:s3:::lake-b/*",
                    "Condition": {
                        "StringEquals": {"aws:SourceAccount": ACCOUNT},
                        "ArnLike": {"aws:SourceArn": "arn:aws:s3:::other-b"},
                    },
                },
            )
        },
    ),
)
right_whole(
    "lake bucket: TLS version too",
    *lake(),
    beside(
        "BucketPolicy",
        "bp",
        {
            "policy": document(
                deny_plain("s3:*", ["arn:aws:s3:::lake-b", "arn:aws:s3:::lake-b/*"]),
                {
                    "Sid": "V",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": ["arn:aws:s3:::lake-b", "arn:aws:s3:::lake-b/*"],
                    "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
                },
            )
        },
    ),
)
right_whole(
    "lake: cloudfront OAC",
    *lake(),
    beside(
        "BucketPolicy",
        "bp",
        {
            "policy": document(
                deny_plain("s3:*", ["arn:aws:s3:::lake-b", "arn:aws:s3:::lake-b/*"]),
                {
                    "Sid": "C",
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudfront.amazonaws.com"},
                    "Action": "s3:GetObject",
                    "Resource": "arn:aws:s3:::lake-b/*",
                    "Condition": {
                        "StringEquals": {"aws:SourceArn": f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1"}
                    },
                },
            )
        },
    ),
)
# network
right_whole(
    "glue connection in a VPC",
    Declared(
        "aws:ec2/securityGroup:SecurityGroup",
        "sg",
        {
            "ingress": [{"fromPort": 0, "toPort": 65535, "protocol": "tcp", "self": True}],
            "egress": [{"fromPort": 0, "toPort": 0, "protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]}],
        },
    ),
    Declared(
        "aws:glue/connection:Connection",
        "c",
        {
            "name": "c",
            "connectionType": "JDBC",
            "connectionProperties": {
                "JDBC_CONNECTION_URL": "jdbc:postgresql://h/db",
                "JDBC_ENFORCE_SSL": "true",
                "SECRET_ID": "weather/db",
            },
            "physicalConnectionRequirements": {"subnetId": "s"},
        },
    ),
    Declared(
        "aws:ec2/vpcEndpoint:VpcEndpoint", "e", {"serviceName": "com.amazonaws.eu-west-1.s3", "vpcId": "v"}
    ),
)
right_whole(
    "catalogue encryption + policy",
    Declared(
        "aws:glue/resourcePolicy:ResourcePolicy",
        "rp",
        {
            "policy": document(
                {
                    "Sid": "R",
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/reader"},
                    "Action": ["glue:GetTable"],
                    "Resource": [f"arn:aws:glue:eu-west-1:{ACCOUNT}:catalog"],
                }
            )
        },
    ),
)
right_whole(
    "secret with rotation & policy",
    Declared(
        "aws:secretsmanager/secretPolicy:SecretPolicy",
        "sp",
        {
            "secretArn": "a",
            "policy": document(
                {
                    "Sid": "R",
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/reader"},
                    "Action": "secretsmanager:GetSecretValue",
                    "Resource": "*",
                }
            ),
        },
    ),
)
right_whole(
    "event bus policy for the organisation",
    Declared(
        "aws:cloudwatch/eventBusPolicy:EventBusPolicy",
        "b",
        {
            "eventBusName": "b",
            "policy": document(
                {
                    "Sid": "O",
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": "events:PutEvents",
                    "Resource": f"arn:aws:events:eu-west-1:{ACCOUNT}:event-bus/b",
                    "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abc1234567"}},
                }
            ),
        },
    ),
)
right_whole(
    "log resource policy for events",
    Declared(
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        "l",
        {
            "policyName": "p",
            "policyDocument": document(
                {
                    "Sid": "E",
                    "Effect": "Allow",
                    "Principal": {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]},
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/aws/events/*:*",
                    "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
                }
            ),
        },
    ),
)
right_whole(
    "vpc endpoint policy bound",
    Declared(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        "e",
        {
            "serviceName": "com.amazonaws.eu-west-1.s3",
            "vpcId": "v",
            "policy": document(
                {
                    "Sid": "E",
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": "s3:GetObject",
                    "Resource": "arn:aws:s3:::lake-b/*",
                    "Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
                }
            ),
        },
    ),
)
right_whole(
    "ecr lambda pull",
    Declared(
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        "e",
        {
            "repository": "r",
            "policy": document(
                {
                    "Sid": "L",
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                    "Condition": {
                        "StringLike": {"aws:sourceArn": f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:*"}
                    },
                }
            ),
        },
    ),
)
right_whole(
    "python shell job",
    Declared(
        "aws:glue/job:Job",
        "job",
        {
            "name": "shell-abc123",
            "command": {
                "name": "pythonshell",
                "pythonVersion": "3.9",
                "scriptLocation": "s3://b/0123456789ab/x.py",
            },
            "glueVersion": "3.0",
            "maxCapacity": 0.0625,
            "timeout": 30,
            "defaultArguments": {"--custom-logGroup-prefix": "/weather/abc123/jobs"},
        },
    ),
    log_group(),
    Declared(
        "aws:cloudwatch/logGroup:LogGroup",
        "err",
        {"name": "/weather/abc123/jobs/error", "retentionInDays": 30},
    ),
)
right_whole(
    "streaming job",
    Declared(
        "aws:glue/job:Job",
        "job",
        {
            **job().inputs,
            "command": {"name": "gluestreaming", "scriptLocation": "s3://b/0123456789ab/x.py"},
            "timeout": 0,
            "executionClass": "STANDARD",
            "defaultArguments": {
                "--custom-logGroup-prefix": "/weather/abc123/jobs",
                "--job-bookmark-option": "job-bookmark-disable",
            },
        },
    ),
    log_group(),
    Declared(
        "aws:cloudwatch/logGroup:LogGroup",
        "err",
        {"name": "/weather/abc123/jobs/error", "retentionInDays": 30},
    ),
)
right_whole(
    "workflow of triggers",
    Declared("aws:glue/workflow:Workflow", "w", {"name": "w-abc123"}),
    trigger(
        "s-abc123",
        type="SCHEDULED",
        workflowName="w-abc123",
        schedule="cron(0 3 ? * SUN *)",
        actions=[{"crawlerName": "WeatherPlatformCrawler-abc123"}],
    ),
    trigger(
        "c-abc123",
        type="CONDITIONAL",
        workflowName="w-abc123",
        predicate={
            "conditions": [{"crawlerName": "WeatherPlatformCrawler-abc123", "crawlState": "SUCCEEDED"}]
        },
        actions=[{"jobName": JOB}],
    ),
    crawler(),
    job(
        defaultArguments={
            "--custom-logGroup-prefix": "/weather/abc123/jobs",
            "--job-bookmark-option": "job-bookmark-disable",
        }
    ),
    log_group(),
    Declared(
        "aws:cloudwatch/logGroup:LogGroup",
        "err",
        {"name": "/weather/abc123/jobs/error", "retentionInDays": 30},
    ),
)
