"""One change to the real program for each rule, with the exact set of rules that it must trigger.

The changes are made to what the program registered, in both forms that the engine sends, so that each rule is
shown to look at the program as it is and not at a resource made for it. Others go through the program's own
settings (`overrides`), which shows that a setting cannot pass the pack unseen.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import json_format

from tests.policies.engine import Declared, Member, members
from weather_policies.readers.tags import TAGGABLE

Program = list[Member]
Change = Callable[[Program], Program]

JOB, CRAWLER, MACHINE, WATCHDOG = (
    "transform-job",
    "crawl-crawler",
    "orchestration-pipeline",
    "orchestration-watchdog",
)
TOPIC, QUEUE, KEY, BUDGET = (
    "monitoring-topic",
    "monitoring-dead-letters",
    "encryption-key",
    "monitoring-budget",
)
WEEKLY, TARGET = "orchestration-pipeline-schedule-rule", "orchestration-pipeline-schedule-target"
RAW, ALARM, LOG = "lake-raw", "monitoring-alarm-run-failed", "transform-log-output"
POLICY, ROLE = "transform-role-policy", "transform-role"


@dataclass(frozen=True)
class Mutation:
    """A change to a stack's program, or other settings for it, and what rules beside its own must speak."""

    change: Change = field(default=lambda program: program)
    also: frozenset[str] = frozenset()
    stack: str = "prod"
    overrides: Mapping[str, Any] = field(default_factory=dict)


def properties(member: Member) -> dict[str, Any]:
    return json_format.MessageToDict(member.request.properties)


def at(name: str, change: Callable[[Member], Member]) -> Change:
    """Change the one resource of this logical name."""

    def apply(program: Program) -> Program:
        assert [m.name for m in program].count(name) >= 1, f"no resource {name} in the program"
        return [change(m) if m.name == name else m for m in program]

    return apply


def setting(name: str, /, **changes: Any) -> Change:
    """Set properties of a resource; None takes one away."""
    return at(name, lambda member: member.changed(changes))


def inside(name: str, key: str, **changes: Any) -> Change:
    """Set parts of a nested object; None takes one away."""

    def change(member: Member) -> Member:
        block = {**properties(member).get(key, {}), **changes}
        return member.changed({key: None}).changed({key: {k: v for k, v in block.items() if v is not None}})

    return at(name, change)


def rewriting(name: str, key: str, edit: Callable[[Any], Any]) -> Change:
    """Edit a JSON document that a resource holds as text."""

    def change(member: Member) -> Member:
        document = json.loads(properties(member)[key])
        return member.changed({key: json.dumps(edit(document))})

    return at(name, change)


def state(name: str, machine: str = MACHINE, **changes: Any) -> Change:
    """Change one state of a definition; None takes a part away."""

    def edit(definition: dict[str, Any]) -> dict[str, Any]:
        body = {**definition["States"][name], **changes}
        definition["States"][name] = {k: v for k, v in body.items() if v is not None}
        return definition

    return rewriting(machine, "definition", edit)


def top(**changes: Any) -> Change:
    """Change the definition around its states."""
    return rewriting(
        MACHINE, "definition", lambda d: {k: v for k, v in {**d, **changes}.items() if v is not None}
    )


def statement(name: str, index: int, key: str = "policy", **changes: Any) -> Change:
    """Change one statement of a policy document; None takes a part away."""

    def edit(document: dict[str, Any]) -> dict[str, Any]:
        body = {**document["Statement"][index], **changes}
        document["Statement"][index] = {k: v for k, v in body.items() if v is not None}
        return document

    return rewriting(name, key, edit)


def granting(action: str, resource: str, **changes: Any) -> Change:
    """Add a statement to the job's policy."""

    def edit(document: dict[str, Any]) -> dict[str, Any]:
        new = {"Sid": "Added", "Effect": "Allow", "Action": action, "Resource": resource, **changes}
        return {**document, "Statement": [*document["Statement"], new]}

    return rewriting(POLICY, "policy", edit)


def without(*names: str) -> Change:
    """Take resources away."""

    def apply(program: Program) -> Program:
        assert set(names) <= {m.name for m in program}
        return [m for m in program if m.name not in names]

    return apply


def adding(*declared: Declared) -> Change:
    """Add resources, made by the program's own provider and so with its default tags."""

    def apply(program: Program) -> Program:
        provider = next(m for m in program if m.name == JOB).request.provider
        new = members(declared)
        for message in (form for member in new for form in (member.request, member.resource)):
            message.provider.CopyFrom(provider)
            message.urn = message.urn.replace("urn:pulumi:dev", provider.urn.split("::")[0], 1)
            if message.type in TAGGABLE:
                message.properties.update(json.loads(provider.properties["defaultTags"]))
        return [*program, *new]

    return apply


def both(*changes: Change) -> Change:
    """Make several changes."""

    def apply(program: Program) -> Program:
        for change in changes:
            program = change(program)
        return program

    return apply


def retagged(name: str, **tags: str | None) -> Change:
    """Change a resource's effective tags, as if provider and program had set them so; None takes one away."""

    def change(member: Member) -> Member:
        defaults = json.loads(member.request.provider.properties["defaultTags"])["tags"]
        given = {k: v for k, v in {**defaults, **tags}.items() if v is not None}
        changed = Member(copy.deepcopy(member.request), copy.deepcopy(member.resource))
        for message in (changed.request, changed.resource):
            message.provider.properties["defaultTags"] = json.dumps({"tags": given})
        return changed.changed({"tags": None}).changed({"tags": given})

    return at(name, change)


def by_default_provider(name: str) -> Change:
    def change(member: Member) -> Member:
        changed = Member(copy.deepcopy(member.request), copy.deepcopy(member.resource))
        for message in (changed.request, changed.resource):
            message.provider.name = "default_7_51_1"
        return changed

    return at(name, change)


def lifecycle(name: str, edit: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> Change:
    return at(name, lambda m: m.changed({"rules": edit(properties(m)["rules"])}))


def _drop_rule(part: str) -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
    return lambda rules: [rule for rule in rules if part not in rule]


def _weather(*rules: str) -> frozenset[str]:
    return frozenset(f"weather-{rule}" for rule in rules)


def _looped_choices(definition: dict[str, Any]) -> dict[str, Any]:
    """Take the counter check out of the polling loop."""
    choices = definition["States"]["IsCrawlerComplete"]["Choices"]
    definition["States"]["IsCrawlerComplete"]["Choices"] = [
        c for c in choices if "$polls" not in c["Condition"]
    ]
    del definition["States"]["StopCrawler"], definition["States"]["CrawlerTimedOut"]
    return definition


ARGUMENTS = "defaultArguments"
ALARMS = [
    Declared(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        f"more-{i}",
        {
            "namespace": "AWS/S3",
            "metricName": f"m{i}",
            "period": 300,
            "evaluationPeriods": 1,
            "alarmActions": ["x"],
            "treatMissingData": "ignore",
        },
    )
    for i in range(9)
]


def listening(pattern: str, machine: str) -> list[Declared]:
    """A rule on a pattern, and a target that starts a machine."""
    rule = {"name": "again", "eventPattern": pattern}
    target = {
        "rule": "again",
        "arn": machine,
        "roleArn": "arn:aws:iam::1:role/x",
        "deadLetterConfig": {"arn": "arn:aws:sqs:eu-west-1:1:q"},
        "retryPolicy": {"maximumRetryAttempts": 1, "maximumEventAgeInSeconds": 60},
    }
    return [
        Declared("aws:cloudwatch/eventRule:EventRule", "again", rule),
        Declared("aws:cloudwatch/eventTarget:EventTarget", "again-target", target),
    ]


MAPPED = {
    "Type": "Map",
    "Resource": None,
    "Arguments": None,
    "TimeoutSeconds": None,
    "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Each",
        "States": {"Each": {"Type": "Succeed"}},
    },
}

ANYBODY = json.dumps(
    {"Statement": [{"Sid": "A", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
)


def of(token: str, name: str = "added", /, **inputs: Any) -> Declared:
    """A resource that the program does not have."""
    return Declared(token, name, inputs)


def function(**changes: Any) -> Declared:
    return of("aws:lambda/function:Function", **{"name": "added-prod001", "runtime": "python3.13", **changes})


OURS = {"sourceAccount": "111122223333"}
ROLE_ARN = "arn:aws:iam::111122223333:role/weather-job-prod001"
PIPELINE_ARN = "arn:aws:states:ap-southeast-1:111122223333:stateMachine:weather-pipeline-prod001"
_NEW_FUNCTION = _weather("lambda-function-log-group", "stack-cost-coverage")
"""What a function without a log group of its own, and of which nothing tells how often it runs, sets off."""


MUTATIONS: dict[str, Mutation] = {
    # tagging
    "weather-aws-resource-required-tags": Mutation(retagged(JOB, Owner=None)),
    "weather-aws-resource-tag-values": Mutation(retagged(JOB, Environment="production")),
    "weather-aws-resource-tag-spelling": Mutation(retagged(JOB, owner="somebody")),
    "weather-aws-resource-tag-support": Mutation(
        adding(Declared("aws:glue/newThing:NewThing", "new")),
        also=_weather("stack-cost-coverage", "stack-unjudged-types"),
    ),
    "weather-stack-cost-coverage": Mutation(
        adding(Declared("aws:rds/proxyEndpoint:ProxyEndpoint", "p")), also=_weather("stack-unjudged-types")
    ),
    "weather-stack-unjudged-types": Mutation(
        adding(Declared("aws:cloudformation/stack:Stack", "template")), also=_weather("stack-cost-coverage")
    ),
    "weather-stack-start-circle": Mutation(
        adding(
            *listening(
                json.dumps({"source": ["aws.states"], "detail": {"status": ["SUCCEEDED"]}}),
                PIPELINE_ARN,
            )
        ),
        also=_weather("stack-cost-estimate"),
    ),
    "weather-aws-provider-default-tags": Mutation(
        setting("aws", defaultTags=json.dumps({"tags": {"Project": "weather"}}))
    ),
    "weather-aws-resource-derived-tags": Mutation(retagged(JOB, ManagedBy=None)),
    "weather-budgets-budget-cost-tag": Mutation(
        setting(BUDGET, costFilters=[{"name": "TagKeyValue", "values": ["user:Stack$prod002"]}])
    ),
    "weather-iam-policy-principals": Mutation(
        adding(Declared("aws:glue/resourcePolicy:ResourcePolicy", "catalogue", {"policy": ANYBODY}))
    ),
    "weather-iam-grant-principals": Mutation(
        adding(Declared("aws:lambda/permission:Permission", "permission", {"principal": "*"}))
    ),
    "weather-glue-catalog-encryption": Mutation(
        adding(
            Declared("aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings", "catalogue-keys")
        )
    ),
    # cost
    "weather-glue-job-timeout": Mutation(overrides={"jobTimeoutMinutes": 120}, stack="dev"),
    "weather-glue-job-workers": Mutation(overrides={"numberOfWorkers": 20}),
    "weather-glue-job-worker-type": Mutation(overrides={"workerType": "G.4X", "executionClass": "STANDARD"}),
    "weather-glue-job-capacity": Mutation(setting(JOB, maxCapacity=10)),
    "weather-glue-job-execution-class": Mutation(overrides={"executionClass": "STANDARD"}, stack="dev"),
    "weather-glue-job-version": Mutation(setting(JOB, glueVersion="3.0")),
    "weather-glue-job-concurrency": Mutation(overrides={"jobMaxConcurrentRuns": 10}),
    "weather-glue-job-retries": Mutation(setting(JOB, maxRetries=1)),
    "weather-glue-job-log-group": Mutation(inside(JOB, ARGUMENTS, **{"--custom-logGroup-prefix": None})),
    "weather-glue-crawler-schedule": Mutation(setting(CRAWLER, schedule="cron(0 3 ? * MON *)")),
    "weather-glue-crawler-sample-size": Mutation(setting(CRAWLER, s3Targets=[{"path": "s3://x/raw/"}])),
    "weather-logs-group-retention": Mutation(overrides={"logRetentionDays": 731}),
    "weather-s3-bucket-abandoned-uploads": Mutation(
        lifecycle("lake-raw-lifecycle", _drop_rule("abortIncompleteMultipartUpload"))
    ),
    "weather-s3-bucket-noncurrent-versions": Mutation(overrides={"noncurrentDays": 365}),
    "weather-s3-bucket-temporary-files": Mutation(
        lifecycle("lake-artifacts-lifecycle", lambda rules: [r for r in rules if r["id"] != "temporary"])
    ),
    "weather-s3-bucket-bucket-key": Mutation(
        at(
            "lake-raw-encryption",
            lambda m: m.changed({"rules": [{**properties(m)["rules"][0], "bucketKeyEnabled": False}]}),
        )
    ),
    "weather-cloudwatch-alarm-count": Mutation(adding(*ALARMS)),
    "weather-cloudwatch-metric-count": Mutation(setting(ALARM, namespace="Extra", metricName="Failed")),
    "weather-cloudwatch-dashboard-count": Mutation(overrides={"dashboard": True}, stack="staging"),
    "weather-kms-key-count": Mutation(overrides={"kms": True}, stack="staging"),
    "weather-budgets-budget-present": Mutation(without(BUDGET)),
    "weather-budgets-budget-notification": Mutation(setting(BUDGET, notifications=None)),
    "weather-athena-workgroup-scan-limit": Mutation(
        adding(Declared("aws:athena/workgroup:Workgroup", "queries")), also=_weather("stack-cost-coverage")
    ),
    "weather-stack-cost-estimate": Mutation(overrides={"monthlyBudgetUsd": 1}),
    # security
    "weather-s3-bucket-public-access": Mutation(setting("lake-raw-public-access", blockPublicPolicy=False)),
    "weather-s3-bucket-tls-only": Mutation(
        statement("lake-raw-policy", 0, Condition={"Bool": {"aws:SecureTransport": "true"}})
    ),
    "weather-s3-bucket-encryption": Mutation(without("lake-raw-encryption")),
    "weather-s3-bucket-versioning": Mutation(
        setting("lake-raw-versioning", versioningConfiguration={"status": "Suspended"})
    ),
    "weather-s3-bucket-inline-arguments": Mutation(setting(RAW, acl="private")),
    "weather-s3-bucket-ownership": Mutation(
        setting("lake-raw-ownership", rule={"objectOwnership": "ObjectWriter"})
    ),
    "weather-s3-policy-principals": Mutation(statement("lake-access-logs-policy", 1, Condition=None)),
    "weather-s3-bucket-protection": Mutation(at(RAW, lambda m: m.protected(False))),
    "weather-sns-topic-encryption": Mutation(setting(TOPIC, kmsMasterKeyId="alias/aws/sns")),
    "weather-sns-topic-policy": Mutation(statement("monitoring-topic-policy", 0, Condition=None)),
    "weather-sqs-queue-policy": Mutation(without("monitoring-dead-letters-policy")),
    "weather-sqs-queue-encryption": Mutation(setting(QUEUE, sqsManagedSseEnabled=False)),
    "weather-logs-group-encryption": Mutation(setting(LOG, kmsKeyId=None)),
    "weather-glue-job-security-configuration": Mutation(setting(JOB, securityConfiguration=None)),
    "weather-glue-securityconfiguration-modes": Mutation(
        inside("transform-security", "encryptionConfiguration", s3Encryption={"s3EncryptionMode": "DISABLED"})
    ),
    "weather-glue-job-argument-secrets": Mutation(inside(JOB, ARGUMENTS, **{"--api_key": "x"})),
    "weather-kms-key-rotation": Mutation(setting(KEY, enableKeyRotation=False)),
    "weather-kms-key-deletion-window": Mutation(setting(KEY, deletionWindowInDays=7)),
    "weather-kms-key-policy": Mutation(statement(KEY, 1, Condition=None)),
    "weather-aws-provider-account": Mutation(setting("aws", allowedAccountIds=None)),
    "weather-aws-resource-provider": Mutation(by_default_provider("lake-raw-versioning")),
    "weather-aws-resource-region": Mutation(setting(TOPIC, region="us-east-1")),
    # identity
    "weather-iam-policy-document": Mutation(statement(POLICY, 0, Sid=None)),
    "weather-iam-policy-actions": Mutation(granting("s3:Get*", "arn:aws:s3:::b/x")),
    "weather-iam-policy-resources": Mutation(granting("s3:GetObject", "*")),
    "weather-iam-policy-pass-role": Mutation(granting("iam:PassRole", "arn:aws:iam::1:role/x")),
    "weather-iam-role-trust": Mutation(statement(ROLE, 0, "assumeRolePolicy", Condition=None)),
    "weather-iam-role-managed-policies": Mutation(
        setting(ROLE, managedPolicyArns=["arn:aws:iam::aws:policy/AmazonS3FullAccess"])
    ),
    # orchestration
    "weather-sfn-machine-definition": Mutation(top(StartAt="Nowhere")),
    "weather-sfn-machine-wait-loop": Mutation(rewriting(MACHINE, "definition", _looped_choices)),
    "weather-sfn-machine-poll-interval": Mutation(overrides={"pollSeconds": 10}),
    "weather-sfn-machine-timeout": Mutation(top(TimeoutSeconds=None)),
    "weather-sfn-machine-type": Mutation(setting(MACHINE, type="EXPRESS")),
    "weather-sfn-machine-logging": Mutation(overrides={"executionDataInLogs": True}),
    "weather-sfn-machine-tracing": Mutation(setting(WATCHDOG, tracingConfiguration=None)),
    "weather-sfn-task-retry": Mutation(state("StartCrawler", Retry=None)),
    "weather-sfn-task-catch": Mutation(state("ReadCandidate", WATCHDOG, Catch=None)),
    "weather-sfn-task-timeout": Mutation(state("ReadSummary", TimeoutSeconds=None)),
    "weather-sfn-map-concurrency": Mutation(state("NotifySuccess", **MAPPED)),
    "weather-sfn-task-integration": Mutation(
        state("StartCrawler", Resource="arn:aws:states:::aws-sdk:glue:startCrawler.sync")
    ),
    # reliability
    "weather-events-target-dead-letter": Mutation(setting(TARGET, deadLetterConfig=None)),
    "weather-events-target-retry": Mutation(setting(TARGET, retryPolicy=None)),
    "weather-events-target-role": Mutation(setting(TARGET, roleArn=None)),
    "weather-events-rule-schedule": Mutation(setting(WEEKLY, scheduleExpression="cron(0 17 * * SAT *)")),
    "weather-events-rule-pattern": Mutation(
        rewriting("monitoring-status-rule", "eventPattern", lambda p: {**p, "source": []}),
        also=_weather("sfn-machine-failure-alarm"),
    ),
    "weather-events-rule-target": Mutation(without("monitoring-status-target")),
    "weather-scheduler-schedule-delivery": Mutation(
        adding(Declared("aws:scheduler/schedule:Schedule", "extra", {"scheduleExpression": "rate(7 days)"}))
    ),
    "weather-cloudwatch-alarm-actions": Mutation(setting(ALARM, alarmActions=None)),
    "weather-cloudwatch-alarm-missing-data": Mutation(setting(ALARM, treatMissingData=None)),
    "weather-cloudwatch-alarm-window": Mutation(setting(ALARM, period=86_400, evaluationPeriods=8)),
    "weather-sfn-machine-failure-alarm": Mutation(
        without("monitoring-status-rule", "monitoring-status-target")
    ),
    "weather-sqs-queue-alarm": Mutation(without("monitoring-alarm-event-undelivered")),
    "weather-sqs-queue-retention": Mutation(setting(QUEUE, messageRetentionSeconds=345_600)),
    "weather-sns-topic-subscription": Mutation(
        adding(Declared("aws:sns/topic:Topic", "silent", {"name": "silent-prod001"})),
        also=_weather("sns-topic-encryption", "sns-topic-policy"),
    ),
    "weather-glue-crawler-schema-policy": Mutation(
        setting(CRAWLER, recrawlPolicy={"recrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"})
    ),
    "weather-glue-crawler-grouping": Mutation(
        rewriting(CRAWLER, "configuration", lambda c: {**c, "Grouping": {}})
    ),
    "weather-glue-job-script-version": Mutation(
        inside(JOB, "command", scriptLocation="s3://artifacts/scripts/weather-transform.py")
    ),
    "weather-stack-pipeline-trigger": Mutation(without(TARGET), also=_weather("events-rule-target")),
    # neighbours
    "weather-athena-workgroup-results": Mutation(
        adding(
            of(
                "aws:athena/workgroup:Workgroup",
                configuration={"resultConfiguration": {"outputLocation": "s3://x/"}},
            )
        ),
        also=_weather("athena-workgroup-scan-limit", "stack-cost-coverage"),
    ),
    "weather-athena-query-workgroup": Mutation(
        state(
            "NotifySuccess",
            Resource="arn:aws:states:::athena:startQueryExecution",
            Arguments={"QueryString": "SELECT 1"},
        ),
    ),
    "weather-lambda-function-limits": Mutation(
        adding(function(memorySize=10_240, reservedConcurrentExecutions=1)), also=_NEW_FUNCTION
    ),
    "weather-lambda-function-concurrency": Mutation(adding(function()), also=_NEW_FUNCTION),
    "weather-lambda-function-runtime": Mutation(
        adding(function(runtime="python3.7", reservedConcurrentExecutions=1)), also=_NEW_FUNCTION
    ),
    "weather-lambda-function-log-group": Mutation(
        adding(function(reservedConcurrentExecutions=1)), also=_weather("stack-cost-coverage")
    ),
    "weather-lambda-function-dead-letter": Mutation(
        adding(
            function(reservedConcurrentExecutions=1),
            of(
                "aws:lambda/permission:Permission",
                "may",
                function="added-prod001",
                principal="s3.amazonaws.com",
                **OURS,
            ),
        ),
        also=_NEW_FUNCTION,
    ),
    "weather-ec2-natgateway-endpoints": Mutation(
        adding(of("aws:ec2/natGateway:NatGateway")), also=_weather("stack-cost-estimate")
    ),
    "weather-ec2-securitygroup-ingress": Mutation(
        adding(of("aws:ec2/securityGroup:SecurityGroup", ingress=[{"cidrBlocks": ["0.0.0.0/0"]}]))
    ),
    "weather-s3-bucket-transitions": Mutation(
        setting(
            "lake-raw-lifecycle",
            rules=[
                {"status": "Enabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": 3}},
                {"status": "Enabled", "noncurrentVersionExpiration": {"noncurrentDays": 30}},
                {"status": "Enabled", "transitions": [{"days": 1, "storageClass": "GLACIER"}]},
            ],
        )
    ),
    "weather-s3-bucket-notification-loop": Mutation(
        adding(
            function(reservedConcurrentExecutions=1, environment={"variables": {"OUT": "in-and-out"}}),
            of(
                "aws:s3/bucketNotification:BucketNotification",
                "told",
                bucket="in-and-out",
                lambdaFunctions=[{"lambdaFunctionArn": "added-prod001", "events": ["s3:ObjectCreated:*"]}],
            ),
        ),
        also=_NEW_FUNCTION,
    ),
    "weather-s3-object-acl": Mutation(setting("transform-script", acl="public-read")),
    "weather-iam-policy-escalation": Mutation(
        statement(POLICY, 0, Action="iam:PutRolePolicy", Resource=ROLE_ARN)
    ),
    "weather-iam-user-credentials": Mutation(adding(of("aws:iam/accessKey:AccessKey", user="ci"))),
    "weather-sns-subscription-protocol": Mutation(
        adding(of("aws:sns/topicSubscription:TopicSubscription", protocol="http", topic="t"))
    ),
    "weather-glue-job-bookmark": Mutation(inside(JOB, "defaultArguments", **{"--job-bookmark-option": None})),
    "weather-glue-job-monitoring": Mutation(
        inside(JOB, "defaultArguments", **{"--enable-observability-metrics": "true"})
    ),
    "weather-glue-connection-encryption": Mutation(
        adding(of("aws:glue/connection:Connection", connectionProperties={"JDBC_CONNECTION_URL": "jdbc:x"}))
    ),
    "weather-glue-table-compaction": Mutation(setting("catalog-daily", parameters={"table_type": "ICEBERG"})),
    "weather-costexplorer-anomaly-subscription": Mutation(
        adding(of("aws:costexplorer/anomalyMonitor:AnomalyMonitor"))
    ),
    "weather-aws-resource-plain-secrets": Mutation(setting(TARGET, input=json.dumps({"password": "word"}))),
    "weather-stack-unique-names": Mutation(
        setting("orchestration-watchdog-role", name="weather-workflow-prod001")
    ),
    "weather-aws-resource-stack-name": Mutation(
        setting(CRAWLER, name="WeatherCrawler"), also=_weather("stack-cost-estimate")
    ),
    "weather-stack-start-twice": Mutation(
        setting("orchestration-watchdog-schedule-target", arn=PIPELINE_ARN),
    ),
}
