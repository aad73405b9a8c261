"""Good and bad cases of the cost rules."""

from __future__ import annotations

from typing import Any

from tests.policies.case import Bad, Case
from tests.policies.engine import UNKNOWN, Declared
from tests.policies.parts import (
    alarm,
    bucket,
    budget,
    crawler,
    job,
    lifecycle,
    log_group,
    machine,
    pipeline,
    task,
    versioning,
)


def abort(days: int | None = 3, **rule: Any) -> dict[str, Any]:
    return {"status": "Enabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": days}, **rule}


def noncurrent(days: int, **rule: Any) -> dict[str, Any]:
    return {"status": "Enabled", "noncurrentVersionExpiration": {"noncurrentDays": days}, **rule}


def expiry(prefix: str, days: int, status: str = "Enabled") -> dict[str, Any]:
    return {"status": status, "filter": {"prefix": prefix}, "expiration": {"days": days}}


def encryption(**rule: Any) -> Declared:
    default = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}, **rule}
    kind = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    return Declared(kind, "enc", {"bucket": "lake-b", "rules": [default]})


def dashboard(name: str) -> Declared:
    return Declared("aws:cloudwatch/dashboard:Dashboard", name, {"dashboardName": name})


def key(name: str) -> Declared:
    return Declared("aws:kms/key:Key", name)


def publisher(*names: str) -> Declared:
    data = [{"MetricName": name, "Value": 1} for name in names]
    call = {"Namespace": "Weather", "MetricData": data}
    return machine({"P": task("aws-sdk:cloudwatch:putMetricData", arguments=call, End=True)}, start="P")


ERRORS = Declared("aws:cloudwatch/logGroup:LogGroup", "errors", {"name": "/weather/abc123/jobs/error"})
ORPHAN = job(defaultArguments={"--custom-logGroup-prefix": "/elsewhere/jobs"})
TEMPORARY = job(defaultArguments={"--TempDir": "s3://lake-b/temp/"})
NOTIFIED = [{"threshold": 80, "thresholdType": "PERCENTAGE", "subscriberEmailAddresses": ["a@example.org"]}]

CASES = {
    "weather-glue-job-timeout": Case(
        good=[[job()], [job(timeout=120)]],
        bad=[
            Bad([job(timeout=None)], "timeout is not set", "job"),
            Bad([job(timeout=2880)], "timeout is 2880 minutes, at most 120"),
            Bad([job(timeout=20)], "at most 10 are allowed", config={"maxMinutes": 10}),
        ],
    ),
    "weather-glue-job-workers": Case(
        good=[[job()], [job(command={"name": "pythonshell"}, numberOfWorkers=None)]],
        bad=[
            Bad([job(numberOfWorkers=None)], "numberOfWorkers is not set"),
            Bad([job(numberOfWorkers=1)], "needs at least 2"),
            Bad([job(numberOfWorkers=40)], "numberOfWorkers is 40, at most 10"),
        ],
    ),
    "weather-glue-job-worker-type": Case(
        good=[[job()], [job(workerType="G.2X")]],
        bad=[
            Bad([job(workerType="G.8X")], "workerType is not one of G.1X, G.2X"),
            Bad([job(workerType=None)], "workerType is not one of"),
        ],
    ),
    "weather-glue-job-capacity": Case(
        good=[[job()], [job(command={"name": "pythonshell"}, maxCapacity=0.0625)]],
        bad=[
            Bad([job(maxCapacity=10)], "maxCapacity is set"),
            Bad([job(maxCapacity=UNKNOWN)], "maxCapacity"),
        ],
    ),
    "weather-glue-job-execution-class": Case(
        good=[[job(executionClass="FLEX")]],
        bad=[
            Bad([job(executionClass="STANDARD")], "executionClass is not one of FLEX"),
            Bad([job(executionClass=None)], "(STANDARD if unset)"),
            Bad([job(executionClass="FLEX", workerType="G.4X")], "FLEX runs on G.1X and G.2X only"),
        ],
    ),
    "weather-glue-job-version": Case(
        good=[[job()], [job(glueVersion="6.0")]],
        bad=[
            Bad([job(glueVersion=None)], "glueVersion is not one of 5.0, 5.1, 6.0"),
            Bad([job(glueVersion="3.0")], "glueVersion is not one of"),
        ],
    ),
    "weather-glue-job-concurrency": Case(
        good=[[job()], [job(executionProperty={"maxConcurrentRuns": 3})]],
        bad=[
            Bad([job(executionProperty={"maxConcurrentRuns": 50})], "maxConcurrentRuns is 50, at most 3"),
            Bad(
                [job(jobRunQueuingEnabled=True, executionClass="FLEX")],
                "does not go with executionClass FLEX",
            ),
        ],
    ),
    "weather-glue-job-retries": Case(
        good=[[job(), pipeline()], [job(maxRetries=2)]],
        bad=[Bad([job(maxRetries=1), pipeline()], "maxRetries is 1 and task 'StartGlueJob'", "job")],
    ),
    "weather-glue-job-log-group": Case(
        good=[[job(), log_group(), ERRORS]],
        bad=[
            Bad([job(), log_group()], "only output is declared"),
            Bad([job(defaultArguments={}), log_group()], "--custom-logGroup-prefix is not among", "job"),
            Bad([ORPHAN, log_group()], "no log group is declared under"),
        ],
    ),
    "weather-glue-crawler-schedule": Case(
        good=[[crawler(), pipeline()], [crawler(schedule="cron(0 1 * * ? *)")]],
        bad=[
            Bad(
                [crawler(schedule="cron(0 1 * * ? *)"), pipeline()],
                "it has a schedule and pipeline",
                "crawler",
            )
        ],
    ),
    "weather-glue-crawler-sample-size": Case(
        good=[[crawler()]],
        bad=[
            Bad([crawler(s3Targets=[{"path": "s3://lake-b/raw/"}])], "S3 target 1 has no sampleSize"),
            Bad([crawler(s3Targets=[{"path": "s3://x/", "sampleSize": 200}])], "sampleSize 200, at most 100"),
        ],
    ),
    "weather-logs-group-retention": Case(
        good=[[log_group()], [log_group(retentionInDays=7)]],
        bad=[
            Bad([log_group(retentionInDays=None)], "retentionInDays is not set", "log"),
            Bad([log_group(retentionInDays=0)], "retentionInDays is not set"),
            Bad([log_group(retentionInDays=365)], "retentionInDays is 365, allowed are 7 to 90"),
            Bad([log_group(retentionInDays=1)], "allowed are 7 to 90"),
            Bad([log_group(retentionInDays=42)], "not a value that CloudWatch Logs accepts"),
        ],
    ),
    "weather-s3-bucket-abandoned-uploads": Case(
        good=[
            [bucket(), lifecycle(abort())],
            [bucket(), lifecycle(abort(filter={"prefix": ""}))],
            [bucket(bucket=UNKNOWN), lifecycle(abort(), bucket=UNKNOWN, refs={"bucket": ["lake"]})],
        ],
        bad=[
            Bad([bucket()], "aborts incomplete uploads within 7 days", "lake"),
            Bad([bucket(), lifecycle(abort(30))], "within 7 days"),
            Bad([bucket(), lifecycle(abort(filter={"prefix": "tmp/"}))], "within 7 days"),
            Bad([bucket(), lifecycle({**abort(), "status": "Disabled"})], "within 7 days"),
        ],
    ),
    "weather-s3-bucket-noncurrent-versions": Case(
        good=[[bucket()], [bucket(), versioning(), lifecycle(noncurrent(30))]],
        bad=[
            Bad([bucket(), versioning()], "it is versioned and no lifecycle rule", "lake"),
            Bad([bucket(), versioning(), lifecycle(noncurrent(400))], "within 90 days"),
            Bad(
                [bucket(), versioning(), lifecycle(noncurrent(30, filter={"prefix": "a/"}))], "within 90 days"
            ),
        ],
    ),
    "weather-s3-bucket-temporary-files": Case(
        good=[
            [bucket(), TEMPORARY, lifecycle(expiry("temp/", 7))],
            [bucket(), TEMPORARY, lifecycle(expiry("te", 7))],
            [bucket(), job(defaultArguments={"--TempDir": "s3://not-ours/temp/"})],
        ],
        bad=[
            Bad([bucket(), TEMPORARY], "--TempDir of job lies here", "lake"),
            Bad([bucket(), TEMPORARY, lifecycle(expiry("temp/", 365))], "within 30 days"),
            Bad([bucket(), TEMPORARY, lifecycle(expiry("temp/", 7, "Disabled"))], "within 30 days"),
            Bad(
                [bucket()], "no lifecycle rule expires staging/", config={"prefixes": {"lake": ["staging/"]}}
            ),
        ],
    ),
    "weather-s3-bucket-bucket-key": Case(
        good=[[bucket()], [bucket(), encryption(bucketKeyEnabled=True)]],
        bad=[Bad([bucket(), encryption()], "without a bucket key", "lake")],
    ),
    "weather-cloudwatch-alarm-count": Case(
        good=[[alarm(f"a{i}") for i in range(10)]],
        bad=[
            Bad([alarm(f"a{i}") for i in range(11)], "11 alarms, at most 10 are allowed"),
            Bad([alarm("fast", period=10)], "period 10 s makes it a high-resolution alarm", "fast"),
        ],
    ),
    "weather-cloudwatch-metric-count": Case(
        good=[[alarm("a", namespace="AWS/SQS")], [publisher(*"abcdefghij")]],
        bad=[
            Bad([publisher(*"abcdefghijk")], "11 custom metrics, at most 10 are allowed"),
            Bad(
                [alarm(f"a{i}", namespace="Weather", metricName=f"m{i}") for i in range(3)],
                "3 custom metrics, at most 2",
                config={"maxMetrics": 2},
            ),
        ],
    ),
    "weather-cloudwatch-dashboard-count": Case(
        good=[[]],
        bad=[Bad([dashboard("a"), dashboard("b")], "2 dashboards (a, b), at most 0 are allowed")],
    ),
    "weather-kms-key-count": Case(
        good=[[]],
        bad=[Bad([key("k")], "1 KMS keys (k), at most 0 are allowed")],
    ),
    "weather-budgets-budget-present": Case(
        good=[[budget()]],
        bad=[
            Bad([], "there is no aws:budgets/budget:Budget"),
            Bad([budget(timeUnit="ANNUALLY")], "not a monthly COST budget", "budget"),
            Bad([budget(limitAmount="0")], "not a monthly COST budget"),
            Bad([budget(limitUnit="EUR")], "not a monthly COST budget"),
        ],
    ),
    "weather-budgets-budget-notification": Case(
        good=[[budget(notifications=NOTIFIED)]],
        bad=[
            Bad([budget()], "no notification with a subscriber at 100 percent"),
            Bad([budget(notifications=[{**NOTIFIED[0], "threshold": 150}])], "no notification"),
            Bad(
                [budget(notifications=[{"threshold": 80, "thresholdType": "PERCENTAGE"}])], "no notification"
            ),
        ],
    ),
    "weather-athena-workgroup-scan-limit": Case(
        good=[
            [
                Declared(
                    "aws:athena/workgroup:Workgroup",
                    "w",
                    {"configuration": {"bytesScannedCutoffPerQuery": 1e9}},
                )
            ]
        ],
        bad=[
            Bad([Declared("aws:athena/workgroup:Workgroup", "w")], "bytesScannedCutoffPerQuery is not set"),
            Bad(
                [
                    Declared(
                        "aws:athena/workgroup:Workgroup",
                        "w",
                        {"configuration": {"enforceWorkgroupConfiguration": False}},
                    )
                ],
                "a client can escape",
            ),
        ],
    ),
}
