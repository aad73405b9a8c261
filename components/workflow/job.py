"""The state that runs the Glue job and waits for its end."""

from components.workflow.parts import GLUE_TRANSIENT, State, Targets, Timing, export, retrier, task


def job_states(targets: Targets, timing: Timing) -> dict[str, State]:
    """Return the state that runs the job."""
    return {
        "StartGlueJob": task(
            targets,
            "glue:startJobRun.sync",
            {
                "JobName": targets.job,
                "Arguments": "{% $merge([{'--run_id': $runId, '--until': $until}, "
                "$since = '' ? {} : {'--since': $since}]) %}",
            },
            timeout=timing.job_task_seconds,
            retry=[
                retrier(
                    timing,
                    ["Glue.ConcurrentRunsExceededException", "Glue.ResourceNumberLimitExceededException"],
                    seconds=120,
                    attempts=6,
                    rate=1.5,
                    max_delay=900,
                ),
                retrier(timing, GLUE_TRANSIENT, seconds=5, attempts=5, rate=2, max_delay=60),
                # Once: FLEX may lose its workers, and a repeated run writes the same bytes. A run that used
                # up its time (States.Timeout) would do so again.
                retrier(timing, ["States.TaskFailed"], seconds=180, attempts=1, rate=1, max_delay=181),
            ],
            catch=export("StartGlueJob"),
            next_="ReadSummary",
        ),
    }
