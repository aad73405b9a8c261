"""The watchdog: notices the weekly run that did not happen."""

from typing import Any

from components.workflow.parts import ANY_ERROR, State, Targets, Timing, caught, joined, patient, task


def watchdog(targets: Targets, delay_hours: int) -> dict[str, Any]:
    """Return the definition of the watchdog: is there a summary for the week that should have run?

    A CloudWatch alarm looks back seven days at most, so it cannot miss a weekly run.  The watchdog starts
    ``delay_hours`` after the weekly rule, looks through the summaries of the latest succeeded executions for
    one that reaches the scheduled instant and is no replay, and notifies when there is none.

    Args:
        targets: what to look at and whom to tell.
        delay_hours: hours between the weekly rule and the watchdog's.
    """
    timing = Timing()
    started = "$states.context.Execution.StartTime"
    scheduled = "$states.context.Execution.Input.scheduledTime"
    states: dict[str, State] = {
        "ListExecutions": task(
            targets,
            "aws-sdk:sfn:listExecutions",
            {"StateMachineArn": targets.pipeline_arn, "StatusFilter": "SUCCEEDED", "MaxResults": 20},
            retry=[patient(timing)],
            catch=[caught("ListExecutions", "WatchdogFailed")],
            assign={
                "candidates": "{% [$states.result.Executions.Name] %}",
                "index": 0,
                "expected": f"{{% $fromMillis($toMillis($exists({scheduled}) ? {scheduled} : {started}) - "
                f"{delay_hours * 3_600_000}) %}}",
            },
            next_="HasCandidate",
        ),
        "HasCandidate": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $index < $count($candidates) %}", "Next": "ReadCandidate"}],
            "Default": "NotifyMissing",
        },
        "ReadCandidate": task(
            targets,
            "aws-sdk:s3:getObject",
            {
                "Bucket": targets.processed_bucket,
                "Key": "{% '_runs/' & $candidates[$index] & '/summary.json' %}",
            },
            retry=[patient(timing)],
            # An execution whose summary cannot be read is not evidence of a run.
            catch=[{"ErrorEquals": ANY_ERROR, "Next": "NextCandidate"}],
            assign={"summary": "{% $parse($states.result.Body) %}"},
            next_="IsExpectedRun",
        ),
        "IsExpectedRun": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": "{% $summary.replay = false and "
                    "$toMillis($summary.window.until) >= $toMillis($expected) %}",
                    "Next": "RunFound",
                }
            ],
            "Default": "NextCandidate",
        },
        "NextCandidate": {"Type": "Pass", "Assign": {"index": "{% $index + 1 %}"}, "Next": "HasCandidate"},
        "RunFound": {"Type": "Succeed", "Output": {"missing": False, "runId": "{% $summary.run_id %}"}},
        "NotifyMissing": task(
            targets,
            "sns:publish",
            {
                "TopicArn": targets.topic_arn,
                "Subject": f"{targets.stack}: the weekly run did not happen",
                "Message": "{% "
                + joined(
                    f"'Stack {targets.stack}: no run has succeeded for the week until ' & $expected & '.'",
                    "'Executions looked at: ' & $string($count($candidates))",
                    "'Next: see whether an execution failed or none was started (rule, dead-letter queue); "
                    "weather run starts one now.'",
                    "'Execution: ' & $states.context.Execution.Id",
                )
                + " %}",
            },
            retry=[patient(timing)],
            catch=[caught("NotifyMissing", "WatchdogFailed")],
            next_="MissingReported",
        ),
        "MissingReported": {"Type": "Succeed", "Output": {"missing": True, "expected": "{% $expected %}"}},
        "WatchdogFailed": {
            "Type": "Fail",
            "Error": "{% $failure.error %}",
            "Cause": "{% $failure.state & ': ' & $failure.cause %}",
        },
    }
    return {
        "Comment": "Notify when the weekly run did not happen",
        "QueryLanguage": "JSONata",
        "StartAt": "ListExecutions",
        # 20 candidates, each with its retries, take less than this even if every call is slow.
        "TimeoutSeconds": 7200,
        "States": states,
    }
