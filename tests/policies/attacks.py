"""Programs that break what a rule means and not how it is written, by kind; and right ones of the same shape.

Each names the rules of which one must speak. They are the project's own; the kinds are those of a review that
talked around an earlier pack.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.policies.engine import Declared, Provider
from tests.policies.parts import (
    ACCOUNT,
    MACHINE_ARN,
    PINNED,
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

THEIRS = "999999999999"
JOB = "WeatherDataTransformJob-abc123"
BUCKET = "arn:aws:s3:::lake-b"
Program = Sequence[Declared]


@dataclass(frozen=True)
class Attack:
    """A wrong program, and the rules of which one must speak."""

    kind: str
    name: str
    rules: tuple[str, ...]
    program: Program
    config: Mapping[str, Any] = field(default_factory=dict)


ATTACKS: list[Attack] = []
RIGHT: list[Attack] = []
"""Right programs: none of the rules may speak."""


def attack(kind: str, name: str, rules: str, *program: Declared, **config: Any) -> None:
    ATTACKS.append(Attack(kind, name, tuple(f"weather-{r}" for r in rules.split()), program, config))


def right(kind: str, name: str, rules: str, *program: Declared, **config: Any) -> None:
    RIGHT.append(Attack(kind, name, tuple(f"weather-{r}" for r in rules.split()), program, config))


def of(token: str, name: str = "it", **inputs: Any) -> Declared:
    return Declared(token, name, inputs)


def named(token: str, /, **inputs: Any) -> Declared:
    """The same, where one of the inputs is a name."""
    return Declared(token, "it", inputs)


def fn(**inputs: Any) -> Declared:
    """A function."""
    return Declared("aws:lambda/function:Function", "fn", inputs)


def policy(*statements: Any) -> Declared:
    return of("aws:iam/policy:Policy", policy=document(*statements))


def trust(**statement: Any) -> Declared:
    given = {"Sid": "T", "Effect": "Allow", "Action": "sts:AssumeRole", **statement}
    return of("aws:iam/role:Role", assumeRolePolicy=document(given))


# --- what a role may do ---
for action in ("IAM:passRole", "iam:passrole", "iam:Pass*", "iam:?assRole", "iam:*", "*"):
    attack(
        "identity",
        f"{action} for any role",
        "iam-policy-pass-role",
        policy(allow(action, "arn:aws:iam::1:role/*")),
    )
attack(
    "identity",
    "PassRole by NotAction",
    "iam-policy-pass-role",
    policy({"Sid": "x", "Effect": "Allow", "NotAction": "s3:*", "Resource": "arn:aws:iam::1:role/x"}),
)
for condition in (
    {"StringLike": {"iam:PassedToService": "*.amazonaws.com"}},
    {"StringNotLike": {"iam:PassedToService": "x"}},
    {"StringEqualsIfExists": {"iam:PassedToService": "glue.amazonaws.com"}},
    {"Null": {"iam:PassedToService": "false"}},
):
    attack(
        "identity",
        f"PassRole under {condition}",
        "iam-policy-pass-role",
        policy(allow("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/x", Condition=condition)),
    )
for resource, action in (
    ("arn:aws:s3:::*", "s3:PutObject"),
    ("arn:aws:s3:::?????*", "s3:DeleteObject"),
    ("arn:*:s3:::*/*", "s3:GetObject"),
    ("arn:aws:dynamodb:*:*:table/*", "dynamodb:PutItem"),
    ("arn:aws:secretsmanager:*:*:secret:*", "secretsmanager:GetSecretValue"),
    ("arn:aws:lambda:eu-west-1:123456789012:function:*", "lambda:InvokeFunction"),
    ("arn:aws:sqs:*:*:*", "sqs:SendMessage"),
    ("arn:aws:iam::*:role/admin", "sts:AssumeRole"),
    ("arn:aws:kms:*:*:alias/*", "kms:Decrypt"),
):
    attack("identity", f"{action} on {resource}", "iam-policy-resources", policy(allow(action, resource)))
for name in (
    "AmazonDynamoDBFullAccess",
    "service-role/AmazonEC2RoleforSSM",
    "job-function/DataScientist",
    "IAMFullAccess",
):
    attack(
        "identity",
        f"managed {name}",
        "iam-role-managed-policies",
        of(
            "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive",
            policyArns=[f"arn:aws:iam::aws:policy/{name}"],
        ),
    )
right(
    "identity",
    "a read of one bucket",
    "iam-policy-actions iam-policy-resources iam-policy-document",
    policy(allow(["s3:GetObject", "s3:ListBucket"], [BUCKET, f"{BUCKET}/raw/*"])),
)
right(
    "identity",
    "what knows no resource",
    "iam-policy-resources",
    policy(
        allow(["ec2:DescribeVpcs", "ECR:getauthorizationtoken", "kms:ListAliases", "tag:GetResources"], "*")
    ),
)
right(
    "identity",
    "a key by its alias",
    "iam-policy-resources",
    policy(
        allow(
            "kms:Decrypt",
            "arn:aws:kms:eu-west-1:1:key/*",
            Condition={
                "StringEquals": {"kms:RequestAlias": "alias/a"},
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/a"},
            },
        )
    ),
)

# --- who is let in ---
OPEN = {"Sid": "O", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
RESOURCE_POLICIES = {
    "aws:glue/resourcePolicy:ResourcePolicy": "policy",
    "aws:kms/externalKey:ExternalKey": "policy",
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": "policy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
    "aws:backup/vaultPolicy:VaultPolicy": "policy",
    "aws:efs/fileSystemPolicy:FileSystemPolicy": "policy",
    "aws:opensearch/domainPolicy:DomainPolicy": "accessPolicies",
    "aws:s3control/accessPointPolicy:AccessPointPolicy": "policy",
    "aws:s3tables/tablePolicy:TablePolicy": "resourcePolicy",
    "aws:dynamodb/resourcePolicy:ResourcePolicy": "policy",
    "aws:kinesis/resourcePolicy:ResourcePolicy": "policy",
    "aws:sqs/queuePolicy:QueuePolicy": "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
    "aws:codeartifact/domainPermissions:DomainPermissions": "policyDocument",
    "aws:xray/resourcePolicy:ResourcePolicy": "policyDocument",
    "aws:apigateway/restApi:RestApi": "policy",
    "new:store/vault:Vault": "rules",
}
LET_IN = "iam-policy-principals kms-key-policy s3-policy-principals sns-topic-policy sqs-queue-policy"
for token, key in RESOURCE_POLICIES.items():
    attack("principals", f"{token} for anybody", LET_IN, of(token, **{key: document(OPEN)}))
for principal in (
    {"AWS": f"arn:aws:iam::{THEIRS}:user/eve"},
    {"AWS": THEIRS},
    {"AWS": ["*"]},
    {"Service": "*"},
    ["*"],
    "x",
):
    attack(
        "principals",
        f"queue for {principal}",
        LET_IN,
        of("aws:sqs/queuePolicy:QueuePolicy", policy=document({**OPEN, "Principal": principal})),
    )
for condition in (
    {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}},
    {"StringLike": {"aws:SourceAccount": "*2"}},
    {"StringEquals": {"aws:SourceAccount": [ACCOUNT, THEIRS]}},
    {"ForAllValues:StringLike": {"aws:SourceArn": MACHINE_ARN}},
):
    attack(
        "principals",
        f"a service under {condition}",
        "iam-role-trust",
        trust(Principal={"Service": "events.amazonaws.com"}, Condition=condition),
    )
attack("principals", "a trust for another account", "iam-role-trust", trust(Principal={"AWS": THEIRS}))
attack("principals", "a trust for all but one", "iam-role-trust", trust(NotPrincipal={"AWS": ACCOUNT}))
attack(
    "principals",
    "SAML without audience",
    "iam-role-trust",
    trust(
        Principal={"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/x"}, Action="sts:AssumeRoleWithSAML"
    ),
)
attack(
    "principals",
    "a layer for everybody",
    "iam-grant-principals",
    of(
        "aws:lambda/layerVersionPermission:LayerVersionPermission",
        principal="*",
        action="lambda:GetLayerVersion",
    ),
)
right(
    "principals",
    "a queue for our organisation",
    "sqs-queue-policy",
    queue(),
    of(
        "aws:sqs/queuePolicy:QueuePolicy",
        queueUrl="https://q",
        policy=document(
            {
                **OPEN,
                "Action": "sqs:SendMessage",
                "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3"}},
            },
            deny_plain("sqs:*", "*"),
        ),
    ),
)
right(
    "principals",
    "a trust with an external id",
    "iam-role-trust",
    trust(Principal={"AWS": THEIRS}, Condition={"StringEquals": {"sts:ExternalId": "4711"}}),
)
right(
    "principals", "EC2 without a source", "iam-role-trust", trust(Principal={"Service": "ec2.amazonaws.com"})
)

# --- state machines ---
WAIT = {"Type": "Wait", "Seconds": 60, "Next": "C"}


def loop(
    assign: Any = None, condition: str = "{% $polls >= 30 %}", wait: Any = None, **more: Any
) -> Declared:
    check = {
        "Type": "Choice",
        "Choices": [{"Condition": condition, "Next": "Failed"}],
        "Default": "S",
        **more,
    }
    return machine({"S": wait or WAIT, "C": check if assign is None else {**check, "Assign": assign}}, "S")


def path_loop(count: Any, check: Any) -> Declared:
    states = {
        "S": WAIT | {"Next": "P"},
        "P": {"Type": "Pass", "Next": "C", **count},
        "C": {"Type": "Choice", "Choices": [{**check, "Next": "Failed"}], "Default": "S"},
    }
    return machine(states, "S", QueryLanguage="JSONPath")


COUNTED = {"polls": "{% $polls + 1 %}"}
for name, made in {
    "another variable is counted": loop({"pols": "{% $polls + 1 %}"}),
    "counted in a comment": loop(Comment="$polls + 1"),
    "counted in the output": loop(Output={"polls": "{% $polls + 1 %}"}),
    "counts by nothing": loop({"polls": "{% $polls + 0 %}"}),
    "counts there and back": loop({"polls": "{% $polls + 2 - 2 %}"}),
    "counts away": loop({"polls": "{% $polls - 1 %}"}),
    "compared with itself": loop(COUNTED, "{% $polls > $polls %}"),
    "the bound moves": loop({**COUNTED, "most": "{% $most + 1 %}"}, "{% $polls >= $most %}"),
    "the bound is a billion": loop(COUNTED, "{% $polls >= 1e9 %}"),
    "set back each round": loop(COUNTED, wait={**WAIT, "Assign": {"polls": 0}}),
    "the deadline moves": loop({"end": "{% $millis() + 60000 %}"}, "{% $millis() > $end %}"),
    "only sometimes checked": loop(COUNTED, "{% $polls >= 30 and $late %}"),
    "JSONPath counts elsewhere": path_loop(
        {"Parameters": {"m.$": "States.MathAdd($.n, 1)"}}, {"Variable": "$.n", "NumericGreaterThan": 30}
    ),
    "JSONPath counts by nothing": path_loop(
        {"Parameters": {"n.$": "States.MathAdd($.n, 0)"}}, {"Variable": "$.n", "NumericGreaterThan": 30}
    ),
}.items():
    attack("definitions", name, "sfn-machine-wait-loop", made)
for name, made in {
    "equality": loop(COUNTED, "{% $polls = 30 %}"),
    "turned round": loop(COUNTED, "{% 30 <= $polls %}"),
    "a countdown": loop({"left": "{% $left - 1 %}"}, "{% $left <= 0 %}"),
    "a deadline": loop(None, "{% $millis() >= $deadline %}"),
    "one of two ways out": loop(COUNTED, "{% $done or $polls >= 30 %}"),
    "JSONPath": path_loop(
        {"Parameters": {"n.$": "States.MathAdd($.n, 1)"}}, {"Variable": "$.n", "NumericGreaterThanEquals": 30}
    ),
    "JSONPath under a path": path_loop(
        {"ResultPath": "$.c", "Parameters": {"n.$": "States.MathAdd($.c.n, 1)"}},
        {"Variable": "$.c.n", "NumericGreaterThan": 30},
    ),
}.items():
    right("definitions", f"ends by {name}", "sfn-machine-wait-loop", made)


def single(call: str = "sns:publish", arguments: Any = None, **changes: Any) -> Declared:
    return machine({"S": task(call, arguments, End=True, **changes)}, "S")


attack(
    "definitions",
    "starts itself by name",
    "sfn-machine-wait-loop",
    single("states:startExecution", {"StateMachineArn": MACHINE_ARN.replace("pipeline", "pipeline")}),
)
attack(
    "definitions",
    "polls without waiting",
    "sfn-machine-poll-interval",
    machine(
        {
            "S": task("aws-sdk:glue:getCrawler", {"Name": "x"}, Next="C"),
            "C": {
                "Type": "Choice",
                "Assign": COUNTED,
                "Choices": [{"Condition": "{% $polls >= 30 %}", "Next": "Failed"}],
                "Default": "S",
            },
        },
        "S",
    ),
)
for name, rules, changes in (
    ("retries never", "sfn-task-retry", {"Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 0}]}),
    ("retries nothing", "sfn-task-retry", {"Retry": [{"ErrorEquals": []}]}),
    (
        "retries as often as a text",
        "sfn-task-retry",
        {"Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": "3"}]},
    ),
    ("no time", "sfn-task-timeout", {"TimeoutSeconds": 0}),
    ("less than no time", "sfn-task-timeout", {"TimeoutSeconds": -1}),
):
    attack("definitions", name, rules, single(**changes))
attack(
    "definitions",
    "a catch that succeeds",
    "sfn-task-catch",
    machine(
        {
            "S": task("sns:publish", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "P"}], End=True),
            "P": {"Type": "Pass", "Next": "OK"},
            "OK": {"Type": "Succeed"},
        },
        "S",
    ),
)
for call in (
    "aws-sdk:glu:startCrawler",
    "aws-sdk:glue:StartJobRun",
    "aws-sdk:glue:startCrawlers",
    "sqs:sendMessage.sync",
    "glue:startJobRun.waitForTaskToken",
    "athena:startQuery",
    "aws-sdk:s3:getObject.sync",
):
    attack("definitions", call, "sfn-task-integration", single(call))
for call in (
    "elasticmapreduce:addStep.sync",
    "eks:runJob.sync",
    "emr-serverless:startJobRun.sync",
    "states:startExecution.sync:2",
    "ecs:runTask.waitForTaskToken",
    "bedrock:invokeModel",
    "aws-sdk:cloudwatchlogs:filterLogEvents",
    "aws-sdk:sfn:startExecution",
):
    right("definitions", call, "sfn-task-integration", single(call))


def mapped(items: Any, **more: Any) -> Declared:
    inner = {"StartAt": "X", "States": {"X": task("glue:startJobRun.sync", {"JobName": JOB}, End=True)}}
    return machine({"S": {"Type": "Map", "Items": items, "ItemProcessor": inner, "End": True, **more}}, "S")


attack("definitions", "a Map without a bound", "sfn-map-concurrency", mapped([1, 2]))
attack(
    "definitions",
    "a Map that may fail",
    "sfn-task-catch",
    mapped([1], MaxConcurrency=1, ToleratedFailurePercentage=90),
)

# --- money ---
WEEKLY = (rule(), target())
COST = "stack-cost-estimate"


def running(**arguments: Any) -> tuple[Declared, ...]:
    return (job(), budget(), *WEEKLY, single("glue:startJobRun.sync", arguments))


def trigger(name: str, **inputs: Any) -> Declared:
    return Declared("aws:glue/trigger:Trigger", name, {"name": name, **inputs})


def scheduled(expression: str, arn: str, given: Any = None, **more: Any) -> Declared:
    block = {"arn": arn, **({"input": json.dumps(given)} if given else {})}
    return of("aws:scheduler/schedule:Schedule", scheduleExpression=expression, target=block, **more)


START = "arn:aws:scheduler:::aws-sdk:glue:startJobRun"
attack(
    "cost", "a Map over 700 items", COST, job(), budget(), *WEEKLY, mapped("{% [1..700] %}", MaxConcurrency=2)
)
attack(
    "cost", "a Map over what comes", COST, job(), budget(), *WEEKLY, mapped("{% $sites %}", MaxConcurrency=2)
)
attack("cost", "a job by JSONata", COST, *running(JobName="{% $states.input.job %}"))
attack("cost", "a job by JSONPath", COST, *running(**{"JobName.$": "$.job"}))
attack(
    "cost",
    "a run of 150 workers",
    COST,
    *running(JobName=JOB, NumberOfWorkers=150, WorkerType="G.4X", ExecutionClass="STANDARD"),
)
attack(
    "cost",
    "a job started each minute",
    COST,
    job(),
    budget(),
    scheduled("rate(1 minute)", START, {"JobName": JOB}),
)
attack(
    "cost",
    "each object starts the machine",
    COST,
    *running(JobName=JOB)[:2],
    single("glue:startJobRun.sync", {"JobName": JOB}),
    rule(scheduleExpression=None, eventPattern=json.dumps({"source": ["aws.s3"]})),
    target(),
)
attack(
    "cost",
    "each order starts the machine",
    COST,
    *running(JobName=JOB)[:2],
    single("glue:startJobRun.sync", {"JobName": JOB}),
    rule(scheduleExpression=None, eventPattern=json.dumps({"source": ["shop"]})),
    target(),
)
attack(
    "cost", "a stream", COST, job(command={"name": "gluestreaming", "scriptLocation": "s3://b/k"}), budget()
)
attack(
    "cost",
    "a chain of triggers",
    COST,
    job(),
    budget(limitAmount="1"),
    trigger("first", type="SCHEDULED", schedule="cron(0 3 * * ? *)", actions=[{"jobName": JOB}]),
)
for token, inputs in {
    "aws:redshift/cluster:Cluster": {"nodeType": "ra3.4xlarge"},
    "aws:ec2/natGateway:NatGateway": {},
    "aws:mwaa/environment:Environment": {"environmentClass": "mw1.small"},
    "aws:kinesis/stream:Stream": {"shardCount": 9},
    "aws:glue/devEndpoint:DevEndpoint": {},
    "aws:ec2/vpcEndpoint:VpcEndpoint": {"vpcEndpointType": "Interface", "subnetIds": ["a", "b", "c"]},
}.items():
    attack("cost", token, COST, of(token, **inputs), budget(limitAmount="15"))
for token in (
    "aws:rds/cluster:Cluster",
    "aws:emr/cluster:Cluster",
    "aws:opensearch/domain:Domain",
    "aws-native:glue:Job",
):
    attack("cost", f"no price for {token}", "stack-cost-coverage", of(token), budget())
attack(
    "cost", "ten fast alarms", COST, *(alarm(f"a{i}", period=10) for i in range(10)), budget(limitAmount="2")
)
attack("cost", "a budget of a billion", "budgets-budget-present", budget(limitAmount="1000000000"))
attack("cost", "a budget that has ended", "budgets-budget-present", budget(timePeriodEnd="2020-01-01_00:00"))
attack(
    "cost",
    "a budget of a year",
    COST,
    *(alarm(f"a{i}", period=10) for i in range(10)),
    budget(limitAmount="24", timeUnit="ANNUALLY"),
)
attack("cost", "workers in the start", "glue-job-workers", *running(JobName=JOB, NumberOfWorkers=50))
attack(
    "cost",
    "workers computed in the start",
    "glue-job-workers",
    *running(JobName=JOB, NumberOfWorkers="{% $many %}"),
)
attack(
    "cost",
    "workers of a schedule's start",
    "glue-job-workers",
    scheduled("rate(7 days)", START, {"JobName": JOB, "NumberOfWorkers": 99}),
)
attack(
    "cost",
    "a trigger's own timeout",
    "glue-job-timeout",
    trigger("t", type="ON_DEMAND", actions=[{"jobName": JOB, "timeout": 999}]),
)
attack(
    "cost",
    "Ray on a hundred workers",
    "glue-job-workers",
    job(command={"name": "glueray", "scriptLocation": "s3://b/k"}, numberOfWorkers=100, workerType="Z.2X"),
)
attack(
    "cost",
    "an ML transform of 90",
    "glue-job-workers",
    of("aws:glue/mLTransform:MLTransform", maxCapacity=90),
)
for made in (
    trigger("t", type="SCHEDULED", schedule="cron(0/5 * * * ? *)", actions=[]),
    crawler(schedule="cron(0 * * * ? *)"),
    scheduled("rate(2 hours)", MACHINE_ARN),
    scheduled("rate(1 weeks)", MACHINE_ARN),
    rule(scheduleExpression="rate(3 day)"),
    rule(scheduleExpression="cron(0 0 30 2 ? *)"),
    rule(scheduleExpression="cron(0 0 * * ? 2019)"),
    scheduled("rate(7 days)", MACHINE_ARN, scheduleExpressionTimezone="Europe/Atlantis"),
):
    attack(
        "schedules",
        f"{made.type} {made.inputs.get('scheduleExpression') or made.inputs.get('schedule')}",
        "events-rule-schedule",
        made,
    )
attack(
    "schedules",
    "a machine starts itself by its success",
    "stack-start-circle",
    *running(JobName=JOB),
    Declared(
        "aws:cloudwatch/eventRule:EventRule",
        "again",
        {
            "name": "again",
            "eventPattern": json.dumps(
                {"source": ["aws.states"], "detail": {"status": [{"anything-but": "FAILED"}]}}
            ),
        },
    ),
    Declared("aws:cloudwatch/eventTarget:EventTarget", "t2", {"rule": "again", "arn": MACHINE_ARN}),
)
attack(
    "schedules",
    "two start one crawler",
    "glue-crawler-schedule",
    crawler(),
    pipeline(),
    trigger(
        "t",
        type="SCHEDULED",
        schedule="cron(0 1 ? * SUN *)",
        actions=[{"crawlerName": "WeatherPlatformCrawler-abc123"}],
    ),
)
right("cost", "a weekly run", f"{COST} stack-cost-coverage stack-start-circle", *running(JobName=JOB))
right("cost", "Glue 5.0", f"{COST} glue-job-version", job(glueVersion="5.0"), budget())
right(
    "cost",
    "a Python shell",
    f"{COST} glue-job-version glue-job-workers glue-job-worker-type",
    job(
        command={"name": "pythonshell", "scriptLocation": "s3://b/k"},
        glueVersion="3.0",
        maxCapacity=0.0625,
        workerType=None,
        numberOfWorkers=None,
        executionClass=None,
    ),
    budget(),
)
right(
    "cost",
    "a budget of use beside the other",
    "budgets-budget-present",
    budget(),
    of(
        "aws:budgets/budget:Budget",
        "use",
        budgetType="USAGE",
        limitAmount="9",
        limitUnit="GB",
        timeUnit="MONTHLY",
    ),
)


# --- buckets, tags, alarms, arguments ---
def guarded(*statements: Any) -> tuple[Declared, Declared]:
    return bucket(), beside("BucketPolicy", "bp", {"policy": document(*statements)})


for name, statement in {
    "a prefix": deny_plain("s3:*", [BUCKET, f"{BUCKET}/raw/*"]),
    "reads": deny_plain("s3:Get*", [BUCKET, f"{BUCKET}/*"]),
    "another bucket": deny_plain("s3:*", ["arn:aws:s3:::x", "arn:aws:s3:::x/*"]),
    "one caller": {
        **deny_plain("s3:*", [BUCKET, f"{BUCKET}/*"]),
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    },
    "one network": {
        **deny_plain("s3:*", "*"),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:SourceVpc": "vpc-1"}},
    },
}.items():
    attack("buckets", f"TLS denied for {name} only", "s3-bucket-tls-only", *guarded(statement))
right(
    "buckets",
    "TLS denied in two statements",
    "s3-bucket-tls-only",
    *guarded(deny_plain("s3:*", BUCKET), deny_plain("S3:*", f"{BUCKET}/*")),
)
right(
    "buckets",
    "TLS denied as a boolean",
    "s3-bucket-tls-only",
    *guarded({**deny_plain("*", "*"), "Condition": {"BoolIfExists": {"aws:SecureTransport": False}}}),
)
for name, more in {
    "small objects": {"filter": {"objectSizeLessThan": 10}},
    "a tag": {"filter": {"and": {"tags": {"a": "b"}, "prefix": ""}}},
    "all but nine": {"noncurrentVersionExpiration": {"noncurrentDays": 30, "newerNoncurrentVersions": 9}},
}.items():
    attack(
        "buckets",
        f"old versions of {name}",
        "s3-bucket-noncurrent-versions",
        bucket(),
        versioning(),
        lifecycle({"status": "Enabled", "noncurrentVersionExpiration": {"noncurrentDays": 30}, **more}),
    )
for token in (
    "aws:s3/directoryBucket:DirectoryBucket",
    "aws:s3tables/tableBucket:TableBucket",
    "aws-native:s3:Bucket",
    "aws:cloudformation/stack:Stack",
    "aws:cloudcontrol/resource:Resource",
    "kubernetes:core/v1:Secret",
):
    attack("doors", token, "stack-unjudged-types", of(token))


def tagged(provider: Provider | None = None, ignore: Sequence[str] = (), **tags: Any) -> Declared:
    return Declared(
        "aws:sns/topic:Topic", "t", {"tags": tags}, ignore=ignore, provider=provider or Provider()
    )


attack("tags", "a blank", "aws-resource-required-tags", tagged(Owner="   "))
attack("tags", "to be done", "aws-resource-tag-values", tagged(Owner="TBD"))
attack("tags", "a line's end", "aws-resource-tag-values", tagged(Owner="me\n"))
attack("tags", "another class", "aws-resource-tag-values", tagged(Environment="staging"))
attack("tags", "another stack", "aws-resource-tag-values", tagged(Stack="zzz999"))
attack("tags", "left as they are", "aws-resource-required-tags", tagged(ignore=["tags"]))
for key in ("owner", "OWNER ", "\u041ewner", "\uff2fwner", "Own\u200ber", "Owners", "Cost-Center-Id"):
    attack("tags", ascii(key), "aws-resource-tag-spelling", tagged(**{key: "x"}))
right(
    "tags",
    "a team's own keys",
    "aws-resource-required-tags aws-resource-tag-spelling aws-provider-default-tags",
    tagged(Provider(tags={"cost-center": "x", "team": "y"})),
    **{"weather-aws-resource-required-tags": {"required": ["cost-center", "team"]}},
)
HEARD = "sfn-machine-failure-alarm"


def listening(pattern: Any, **more: Any) -> Declared:
    return rule(scheduleExpression=None, eventPattern=json.dumps(pattern), **more)


STATES = {"source": ["aws.states"]}
for name, made in {
    "a rule that is off": listening(STATES, state="DISABLED"),
    "another bus": listening(STATES, eventBusName="mine"),
    "another machine": listening(
        {**STATES, "detail": {"stateMachineArn": [{"prefix": "arn:aws:states:eu-west-1:1:stateMachine:x"}]}}
    ),
    "other events": listening({**STATES, "detail-type": ["Step Functions Map Run Status Change"]}),
    "successes": listening(
        {**STATES, "detail": {"status": [{"anything-but": ["FAILED", "TIMED_OUT", "ABORTED"]}]}}
    ),
    "an alarm at a million": alarm(threshold=1e6, dimensions={"StateMachineArn": MACHINE_ARN}),
}.items():
    attack("alarms", f"failures go to {name}", HEARD, single(), made)
right(
    "alarms",
    "all but successes",
    HEARD,
    single(),
    listening({**STATES, "detail": {"status": [{"anything-but": ["SUCCEEDED", "RUNNING"]}]}}),
)
right("alarms", "every status", HEARD, single(), listening(STATES))
attack(
    "alarms",
    "a schedule's dead letters",
    "sqs-queue-alarm",
    queue(),
    of("aws:scheduler/schedule:Schedule", target={"deadLetterConfig": {"arn": queue().outputs["arn"]}}),
)
for name in (
    "--db_pwd",
    "--apiSecret",
    "--slack_webhook",
    "--private-key",
    "--AUTH",
    "--conn_str",
    "--passphrase",
):
    attack("secrets", name, "glue-job-argument-secrets", job(defaultArguments={name: "x"}))
attack(
    "secrets", "in the start", "glue-job-argument-secrets", *running(JobName=JOB, Arguments={"--token": "x"})
)
attack(
    "secrets",
    "in a connection",
    "glue-job-argument-secrets",
    of("aws:glue/connection:Connection", connectionProperties={"PASSWORD": "x"}),
)
for name in ("--tokenizer", "--max_tokens", "--password_secret_arn", "--secret_name", "--auth_url_path"):
    right("secrets", name, "glue-job-argument-secrets", job(defaultArguments={name: "x"}))
right(
    "logs",
    "1096 days",
    "logs-group-retention",
    log_group(retentionInDays=1096),
    **{"weather-logs-group-retention": {"maxDays": 3653}},
)
right(
    "keys",
    "an external key's policy",
    "kms-key-policy",
    of(
        "aws:kms/externalKey:ExternalKey",
        policy=document({**OPEN, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}),
    ),
)
attack(
    "keys",
    "rotates in five years",
    "kms-key-rotation",
    of("aws:kms/key:Key", enableKeyRotation=True, rotationPeriodInDays=1825),
)
attack(
    "keys", "switched off", "kms-key-rotation", of("aws:kms/key:Key", enableKeyRotation=True, isEnabled=False)
)
right(
    "topics",
    "an inline policy",
    "sns-topic-policy",
    topic(
        policy=document(
            service("events.amazonaws.com", "sns:Publish", TOPIC_ARN, PINNED),
            deny_plain("sns:Publish", TOPIC_ARN),
        )
    ),
)
