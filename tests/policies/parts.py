"""Small resources for cases: each right in every respect, with single properties to spoil."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.policies.engine import Declared

ACCOUNT = "123456789012"
REGION = "eu-west-1"
MACHINE_ARN = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:weather-pipeline-abc123"
TOPIC_ARN = f"arn:aws:sns:{REGION}:{ACCOUNT}:weather-notifications-abc123"
QUEUE_ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}:weather-dlq-abc123"

Definition = dict[str, Any]


def _inputs(defaults: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Defaults with changes; None takes a property away."""
    return {key: value for key, value in {**defaults, **changes}.items() if value is not None}


def job(**changes: Any) -> Declared:
    defaults = {
        "name": "WeatherDataTransformJob-abc123",
        "command": {"name": "glueetl", "scriptLocation": "s3://artifacts-b/scripts/0123456789ab/job.py"},
        "glueVersion": "5.1",
        "workerType": "G.1X",
        "numberOfWorkers": 2,
        "executionClass": "FLEX",
        "timeout": 60,
        "maxRetries": 0,
        "defaultArguments": {"--custom-logGroup-prefix": "/weather/abc123/jobs"},
    }
    return Declared("aws:glue/job:Job", "job", _inputs(defaults, changes))


def crawler(**changes: Any) -> Declared:
    grouping = {"Version": 1.0, "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"}}
    defaults = {
        "name": "WeatherPlatformCrawler-abc123",
        "s3Targets": [{"path": "s3://lake-b/raw/", "sampleSize": 10}],
        "recrawlPolicy": {"recrawlBehavior": "CRAWL_EVERYTHING"},
        "schemaChangePolicy": {"updateBehavior": "UPDATE_IN_DATABASE", "deleteBehavior": "LOG"},
        "configuration": json.dumps(grouping),
    }
    return Declared("aws:glue/crawler:Crawler", "crawler", _inputs(defaults, changes))


def log_group(**changes: Any) -> Declared:
    defaults = {"name": "/weather/abc123/jobs/output", "retentionInDays": 30}
    return Declared("aws:cloudwatch/logGroup:LogGroup", "log", _inputs(defaults, changes))


def bucket(name: str = "lake", protect: bool = False, **changes: Any) -> Declared:
    inputs = _inputs({"bucket": f"{name}-b"}, changes)
    return Declared("aws:s3/bucket:Bucket", name, inputs, protect=protect)


def beside(
    kind: str, name: str, changes: Mapping[str, Any], refs: Mapping[str, Sequence[str]] | None = None
) -> Declared:
    """A resource that belongs to the bucket `lake`."""
    token = f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}"
    return Declared(token, name, {"bucket": "lake-b", **changes}, refs=refs or {})


def lifecycle(*rules: Mapping[str, Any], bucket: str = "lake-b", refs: Any = None) -> Declared:
    changes = {"rules": list(rules), "bucket": bucket}
    return beside("BucketLifecycleConfiguration", "lifecycle", changes, refs)


def versioning(status: str = "Enabled") -> Declared:
    return beside("BucketVersioning", "versioning", {"versioningConfiguration": {"status": status}})


def budget(**changes: Any) -> Declared:
    defaults = {"budgetType": "COST", "limitAmount": "20", "limitUnit": "USD", "timeUnit": "MONTHLY"}
    return Declared("aws:budgets/budget:Budget", "budget", _inputs(defaults, changes))


def alarm(name: str = "alarm", **changes: Any) -> Declared:
    defaults = {
        "namespace": "AWS/States",
        "metricName": "ExecutionsFailed",
        "period": 300,
        "evaluationPeriods": 1,
        "alarmActions": [TOPIC_ARN],
        "treatMissingData": "notBreaching",
    }
    return Declared("aws:cloudwatch/metricAlarm:MetricAlarm", name, _inputs(defaults, changes))


def task(call: str, arguments: Any = None, **changes: Any) -> dict[str, Any]:
    """A Task with all that a Task needs; `_inputs` takes parts away."""
    defaults = {
        "Type": "Task",
        "Resource": f"arn:aws:states:::{call}",
        "Arguments": arguments or {},
        "TimeoutSeconds": 60,
        "Retry": [{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 3}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}],
    }
    return _inputs(defaults, changes)


def machine(
    states: Mapping[str, Any], start: str = "Start", name: str = "pipeline", **changes: Any
) -> Declared:
    """A state machine of these states, with a Fail state `Failed` beside them."""
    top = {key: changes.pop(key) for key in ("TimeoutSeconds", "QueryLanguage") if key in changes}
    definition = _inputs(
        {
            "QueryLanguage": "JSONata",
            "StartAt": start,
            "TimeoutSeconds": 18_000,
            "States": {**states, "Failed": {"Type": "Fail"}},
        },
        top,
    )
    return machine_of(definition, name, **changes)


def machine_of(definition: Any, name: str = "pipeline", /, **changes: Any) -> Declared:
    defaults = {
        "name": f"weather-{name}-abc123",
        "definition": definition if isinstance(definition, str) else json.dumps(definition),
        "loggingConfiguration": {"level": "ALL", "logDestination": "arn:aws:logs:::x:*"},
        "tracingConfiguration": {"enabled": True},
    }
    inputs = _inputs(defaults, changes)
    arn = f"{MACHINE_ARN.rpartition(':')[0]}:{inputs.get('name', name)}"
    return Declared("aws:sfn/stateMachine:StateMachine", name, inputs, {"arn": arn})


def pipeline(**changes: Any) -> Declared:
    """The weekly machine in small: crawl, poll up to a limit, run the job."""
    return machine(pipeline_states(), "StartCrawler", **changes)


def pipeline_states() -> dict[str, Any]:
    reached = {"Condition": "{% $polls >= 30 %}", "Next": "Failed"}
    done = {"Condition": "{% $state = 'READY' %}", "Next": "StartGlueJob"}
    crawl = {"Name": "WeatherPlatformCrawler-abc123"}
    return {
        "StartCrawler": task("aws-sdk:glue:startCrawler", crawl, Next="WaitForCrawler"),
        "WaitForCrawler": {"Type": "Wait", "Seconds": 120, "Next": "Check"},
        "Check": task(
            "aws-sdk:glue:getCrawler", crawl, Assign={"polls": "{% $polls + 1 %}"}, Next="IsComplete"
        ),
        "IsComplete": {"Type": "Choice", "Choices": [done, reached], "Default": "WaitForCrawler"},
        "StartGlueJob": task(
            "glue:startJobRun.sync",
            {"JobName": "WeatherDataTransformJob-abc123"},
            TimeoutSeconds=4500,
            End=True,
        ),
    }


def rule(**changes: Any) -> Declared:
    defaults = {"name": "weather-weekly-abc123", "scheduleExpression": "cron(0 17 ? * SAT *)"}
    return Declared("aws:cloudwatch/eventRule:EventRule", "weekly", _inputs(defaults, changes))


def target(refs: Mapping[str, Sequence[str]] | None = None, **changes: Any) -> Declared:
    defaults = {
        "rule": "weather-weekly-abc123",
        "arn": MACHINE_ARN,
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/weather-schedule-abc123",
        "deadLetterConfig": {"arn": QUEUE_ARN},
        "retryPolicy": {"maximumRetryAttempts": 3, "maximumEventAgeInSeconds": 3600},
    }
    return Declared(
        "aws:cloudwatch/eventTarget:EventTarget", "target", _inputs(defaults, changes), refs=refs or {}
    )


def topic(**changes: Any) -> Declared:
    inputs = _inputs({"name": "weather-notifications-abc123"}, changes)
    return Declared("aws:sns/topic:Topic", "topic", inputs, {"arn": TOPIC_ARN})


def queue(**changes: Any) -> Declared:
    defaults = {
        "name": "weather-dlq-abc123",
        "sqsManagedSseEnabled": True,
        "messageRetentionSeconds": 1_209_600,
    }
    return Declared(
        "aws:sqs/queue:Queue", "dlq", _inputs(defaults, changes), {"arn": QUEUE_ARN, "url": "https://q"}
    )


def document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: Any, resources: Any, **changes: Any) -> dict[str, Any]:
    return {"Sid": "It", "Effect": "Allow", "Action": actions, "Resource": resources, **changes}


PINNED = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
PLAIN = {"Bool": {"aws:SecureTransport": "false"}}


def deny_plain(actions: Any, resources: Any) -> dict[str, Any]:
    return {
        "Sid": "Tls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": actions,
        "Resource": resources,
        "Condition": PLAIN,
    }


def service(name: str, action: str, resource: str = "*", condition: Any = PINNED) -> dict[str, Any]:
    statement = {"Sid": "Svc", "Effect": "Allow", "Principal": {"Service": name}, "Action": action}
    return {**statement, "Resource": resource, **({"Condition": condition} if condition else {})}
