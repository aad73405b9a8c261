"""The states of every failure: write an error record, notify, fail with the error and cause that was met."""

from components.workflow.parts import ANY_ERROR, State, Targets, Timing, joined, patient, task

_ERROR_MESSAGE = r"""/"ErrorMessage"\s*:\s*"([^\\"]*(?:\\.[^\\"]*)*)"/"""
_JOB_RUN = r"""/"Id"\s*:\s*"(jr_\w+)"/"""
_JSON_OBJECT = r"/^\s*\{[\s\S]*\}\s*$/"


def failure_states(targets: Targets, timing: Timing) -> dict[str, State]:
    """Return the states that export an error and end the run."""
    record = (
        "{'execution': $runId, 'executionArn': $states.context.Execution.Id, 'state': $failure.state, "
        "'error': $failure.error, 'cause': $cause, "
        "'window': {'since': $since = '' ? null : $since, 'until': $until}, 'runId': $runId, "
        "'jobRunId': $exists($cause.Id) ? $cause.Id : null, "
        "'startedAt': $states.context.Execution.StartTime, 'failedAt': $now()}"
    )
    parsed = f"$cause := $contains($failure.cause, {_JSON_OBJECT}) ? $parse($failure.cause) : $failure.cause"
    hint = (
        "$failure.error = 'Weather.QualityRejected' ? "
        "'Next: look at quarantine/ and the manifest; then accept or exclude the messages and run again. "
        "The watermark has not moved.' : "
        "'Next: read the error record. The watermark has not moved: the next run reads the same messages "
        "again; weather run starts one now.'"
    )
    return {
        "ExportError": {
            "Type": "Pass",
            "Comment": "One place for what is written about any failure",
            "Assign": {
                "errorKey": "{% 'errors/dt=' & $substring($states.context.Execution.StartTime, 0, 10) & "
                "'/' & $runId & '.json' %}",
            },
            "Next": "PutErrorRecord",
        },
        "PutErrorRecord": task(
            targets,
            "aws-sdk:s3:putObject",
            {
                "Bucket": targets.processed_bucket,
                "Key": "{% $errorKey %}",
                "ContentType": "application/json",
                "Body": f"{{% ({parsed}; {record}) %}}",
            },
            retry=[patient(timing)],
            # The notification still tells of the failure, and of the record that could not be written.
            catch=[
                {
                    "ErrorEquals": ANY_ERROR,
                    "Assign": {
                        "errorKey": "{% 'not written: ' & $states.errorOutput.Error %}",
                    },
                    "Next": "NotifyFailure",
                }
            ],
            next_="NotifyFailure",
        ),
        "NotifyFailure": task(
            targets,
            "sns:publish",
            {
                "TopicArn": targets.topic_arn,
                "Subject": f"{{% $substring('{targets.stack}: FAILED in ' & $failure.state & ', ' & "
                "$failure.error, 0, 99) %}",
                "Message": "{% "
                + joined(
                    f"'Stack {targets.stack}: the run failed and published nothing new.'",
                    "'State: ' & $failure.state",
                    "'Error: ' & $failure.error",
                    # Glue's cause is the job run as JSON; a person wants its message. Found by pattern, since
                    # a cause cut off at the size limit could not be parsed.
                    f"$told := $match($failure.cause, {_ERROR_MESSAGE}); 'Cause: ' & "
                    "$substring($exists($told) ? $told[0].groups[0] : $failure.cause, 0, 2000)",
                    f"$run := $match($failure.cause, {_JOB_RUN}); "
                    "$exists($run) ? 'Job run: ' & $run[0].groups[0]",
                    "'Window: ' & ($since = '' ? 'the watermark' : $since) & ' to ' & $until",
                    f"'Error record: s3://{targets.processed_bucket}/' & $errorKey",
                    "'Execution: ' & $states.context.Execution.Id",
                    hint,
                )
                + " %}",
            },
            retry=[patient(timing)],
            # The rule on failed executions sends its own message.
            catch=[{"ErrorEquals": ANY_ERROR, "Next": "PipelineFailed"}],
            next_="PipelineFailed",
        ),
        "PipelineFailed": {
            "Type": "Fail",
            "Error": "{% $failure.error %}",
            "Cause": "{% $failure.cause %}",
        },
    }
