"""The states after the job: read its summary, publish metrics, judge, notify, succeed."""

from components.naming import METRIC_NAMESPACE
from components.workflow.parts import (
    ANY_ERROR,
    State,
    Targets,
    Timing,
    export,
    failure,
    joined,
    patient,
    task,
)

METRICS = {
    "ObjectsRead": "$summary.objects_read",
    "ObjectsUnreadable": "$summary.objects_unreadable",
    "Messages": "$summary.messages",
    "Accepted": "$summary.accepted",
    "Quarantined": "$summary.quarantined",
    "QuarantinedPercent": "$summary.messages > 0 ? 100 * $summary.quarantined / $summary.messages : 0",
    "RowsWritten": "$sum([$summary.datasets.observations, $summary.datasets.hourly, "
    "$summary.datasets.daily, $summary.datasets.weekly])",
    "RunSeconds": "$summary.seconds.total",
    "RunCostUsd": "$type($summary.cost.usd) = 'number' ? $summary.cost.usd : 0",
    "QualityLevel": "$summary.verdict.level = 'fail' ? 2 : $summary.verdict.level = 'warn' ? 1 : 0",
}
"""The custom metrics of a run, each an expression over its summary; ten, since each is billed."""


def summary_states(targets: Targets, timing: Timing) -> dict[str, State]:
    """Return the states from the summary to the end of a run that succeeded."""
    dimensions = [{"Name": "Stack", "Value": targets.stack}]
    metrics = [
        {"MetricName": name, "Value": f"{{% {value} %}}", "Dimensions": dimensions}
        for name, value in METRICS.items()
    ]
    return {
        "ReadSummary": task(
            targets,
            "aws-sdk:s3:getObject",
            {
                "Bucket": targets.processed_bucket,
                "Key": "{% '_runs/' & $runId & '/summary.json' %}",
            },
            retry=[patient(timing)],
            catch=export("ReadSummary"),
            assign={"summary": "{% $parse($states.result.Body) %}"},
            next_="IsSummaryComplete",
        ),
        "IsSummaryComplete": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": "{% $type($summary) = 'object' and $summary.run_id = $runId and "
                    "$summary.status in ['SUCCEEDED', 'REJECTED'] and "
                    "$summary.verdict.level in ['pass', 'warn', 'fail'] and "
                    "$type($summary.messages) = 'number' and $type($summary.window) = 'object' %}",
                    "Next": "PublishMetrics",
                }
            ],
            "Default": "SummaryDamaged",
        },
        "SummaryDamaged": failure(
            "Weather.SummaryDamaged",
            "'_runs/' & $runId & '/summary.json is not the summary of this run, so it is not known what was "
            "published; look at the log of the job'",
            "IsSummaryComplete",
        ),
        "PublishMetrics": task(
            targets,
            "aws-sdk:cloudwatch:putMetricData",
            {"Namespace": METRIC_NAMESPACE, "MetricData": metrics},
            retry=[patient(timing)],
            # Metrics are told about the run; they must not fail it.
            catch=[{"ErrorEquals": ANY_ERROR, "Next": "IsQualityAcceptable"}],
            next_="IsQualityAcceptable",
        ),
        "IsQualityAcceptable": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": "{% $summary.status = 'SUCCEEDED' and $summary.verdict.level != 'fail' %}",
                    "Next": "NotifySuccess",
                }
            ],
            "Default": "QualityRejected",
        },
        "QualityRejected": failure(
            "Weather.QualityRejected",
            "'nothing was published: ' & $join([$summary.verdict.reasons], '; ')",
            "IsQualityAcceptable",
        ),
        "NotifySuccess": task(
            targets,
            "sns:publish",
            {
                "TopicArn": targets.topic_arn,
                "Subject": f"{{% '{targets.stack}: ' & ($summary.empty ? 'a week without messages' : "
                "$string($summary.messages) & ' messages, verdict ' & $summary.verdict.level) %}",
                "Message": f"{{% {_success_text(targets)} %}}",
            },
            retry=[patient(timing)],
            # The datasets are published; a lost message must not make the run look failed.
            catch=[{"ErrorEquals": ANY_ERROR, "Next": "PipelineSucceeded"}],
            next_="PipelineSucceeded",
        ),
        "PipelineSucceeded": {
            "Type": "Succeed",
            "Output": {
                "runId": "{% $runId %}",
                "window": "{% $summary.window %}",
                "replay": "{% $since != '' %}",
                "verdict": "{% $summary.verdict %}",
                "empty": "{% $summary.empty %}",
                "messages": "{% $summary.messages %}",
                "datasets": "{% $summary.datasets %}",
                "cost": "{% $summary.cost %}",
                "manifest": "{% $summary.manifest %}",
            },
        },
    }


def _success_text(targets: Targets) -> str:
    s = "$summary."
    return joined(
        f"$summary.empty ? 'Stack {targets.stack}: no new messages in this window; nothing was written.' : "
        f"'Stack {targets.stack}: the datasets are published.'",
        "'Window: ' & ($type($summary.window.since) = 'string' ? $summary.window.since : 'the beginning') & "
        "' to ' & $summary.window.until & ($since = '' ? '' : ' (replay)')",
        f"'Objects: ' & {s}objects_listed & ' listed, ' & {s}objects_read & ' read, ' & "
        f"{s}objects_unreadable & ' unreadable'",
        f"'Messages: ' & {s}messages & ' = ' & {s}accepted & ' accepted + ' & {s}duplicates & "
        f"' duplicates + ' & {s}merged & ' merged + ' & {s}ignored & ' ignored + ' & {s}quarantined & "
        "' quarantined'",
        f"'Rows written: observations ' & {s}datasets.observations & ', hourly ' & {s}datasets.hourly & "
        f"', daily ' & {s}datasets.daily & ', weekly ' & {s}datasets.weekly",
        f"'Quality: ' & {s}verdict.level & ' ' & $join([{s}verdict.reasons], '; ')",
        f"'Cost of the job: $' & ($type({s}cost.usd) = 'number' ? $string($round({s}cost.usd, 4)) : '?') & "
        f"' in ' & {s}seconds.total & ' s'",
        f"'Manifest: s3://{targets.processed_bucket}/' & {s}manifest",
        f"$exists({s}report) ? 'Report: s3://{targets.processed_bucket}/' & {s}report",
        "'Execution: ' & $states.context.Execution.Id",
    )
