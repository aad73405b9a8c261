"""Glue and Step Functions of the embedded AWS, one behaviour at a time."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.embedded_aws.lab import QUICK, Lab, until

GET = {"Resource": "arn:aws:states:::aws-sdk:glue:getCrawler", "Arguments": {"Name": "crawler"}}
SYNC = {"Resource": "arn:aws:states:::glue:startJobRun.sync", "Arguments": {"JobName": "job"}}


def test_the_first_crawl_has_no_last_crawl_while_it_runs_and_can_be_stopped(lab: Lab):
    glue = lab.aws.client("glue")
    lab.aws.faults.crawl_hangs()
    glue.start_crawler(Name="crawler")
    running = glue.get_crawler(Name="crawler")["Crawler"]
    assert running["State"] == "RUNNING"
    assert "LastCrawl" not in running
    with pytest.raises(glue.exceptions.CrawlerRunningException):
        glue.start_crawler(Name="crawler")
    glue.stop_crawler(Name="crawler")
    until(lambda: glue.get_crawler(Name="crawler")["Crawler"]["State"] == "READY")
    assert glue.get_crawler(Name="crawler")["Crawler"]["LastCrawl"]["Status"] == "CANCELLED"
    with pytest.raises(glue.exceptions.CrawlerNotRunningException):
        glue.stop_crawler(Name="crawler")


def test_a_crawl_made_to_fail(lab: Lab):
    lab.aws.faults.crawl_fails("Service Unavailable")
    glue = lab.aws.client("glue")
    glue.start_crawler(Name="crawler")
    until(lambda: glue.get_crawler(Name="crawler")["Crawler"]["State"] == "READY")
    last = glue.get_crawler(Name="crawler")["Crawler"]["LastCrawl"]
    assert (last["Status"], last["ErrorMessage"]) == ("FAILED", "Service Unavailable")


def test_a_later_crawl_widens_types_and_keeps_columns(lab: Lab):
    glue, s3 = lab.aws.client("glue"), lab.aws.client("s3")

    def crawl() -> dict[str, str]:
        glue.start_crawler(Name="crawler")
        until(lambda: glue.get_crawler(Name="crawler")["Crawler"]["State"] == "READY")
        table = glue.get_table(DatabaseName="lab", Name="telemetry")["Table"]
        return {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}

    lab.put("raw/telemetry/x/1.json", '{"a": 1, "old": true}')
    assert crawl() == {"a": "int", "old": "boolean"}
    s3.delete_object(Bucket=lab.bucket, Key="raw/telemetry/x/1.json")
    lab.put("raw/telemetry/x/2.json", '{"a": 1.5, "new": "n"}')
    lab.put("raw/telemetry/x/3.json", '{"a": 1')
    assert crawl() == {"a": "double", "new": "string", "old": "boolean"}


def job_run(lab: Lab, **arguments: Any) -> Any:
    glue = lab.aws.client("glue")
    run_id = glue.start_job_run(JobName="job", **arguments)["JobRunId"]
    until(lambda: glue.get_job_run(JobName="job", RunId=run_id)["JobRun"]["JobRunState"] != "RUNNING", 15)
    return glue.get_job_run(JobName="job", RunId=run_id)["JobRun"]


def test_a_script_that_ends_badly_fails_the_run_with_its_last_line(lab: Lab):
    lab.put("job.py", "import sys\nprint('bad data', file=sys.stderr)\nsys.exit(3)\n")
    failed = job_run(lab)
    assert (failed["JobRunState"], failed["ErrorMessage"]) == ("FAILED", "SystemExit: 3")
    lab.put("job.py", "import sys\nsys.exit(4)\n")
    assert job_run(lab)["ErrorMessage"] == "SystemExit: 4"
    lab.put("job.py", "{}['wind']\n")
    assert job_run(lab)["ErrorMessage"] == "KeyError: 'wind'"
    assert "Traceback" in lab.aws.job_runs("job")[-1].stderr


def test_a_missing_script_fails_the_run(lab: Lab):
    lab.aws.client("s3").delete_object(Bucket=lab.bucket, Key="job.py")
    assert "NoSuchKey" in job_run(lab)["ErrorMessage"]
    lab.put("job.py", "print('done')\n")


def test_a_run_that_takes_too_long_is_killed_with_everything_it_started(lab: Lab):
    script = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""
    lab.aws.faults.job_script(script)
    run = job_run(lab, Timeout=20)  # minutes of 0.05 s
    assert run["JobRunState"] == "TIMEOUT"
    child = int(lab.aws.job_runs("job")[-1].stdout)
    until(lambda: not alive(child))
    assert not alive(child)


def alive(process: int) -> bool:
    """Whether a process runs; one that is dead but not yet collected does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_concurrent_runs_are_limited_and_a_run_can_be_stopped(lab: Lab):
    glue = lab.aws.client("glue")
    lab.aws.faults.job_hangs(minutes=10_000)
    run_id = glue.start_job_run(JobName="job")["JobRunId"]
    with pytest.raises(glue.exceptions.ConcurrentRunsExceededException):
        glue.start_job_run(JobName="job")
    answer = glue.batch_stop_job_run(JobName="job", JobRunIds=[run_id, "jr_nobody"])
    assert [item["JobRunId"] for item in answer["SuccessfulSubmissions"]] == [run_id]
    assert [item["JobRunId"] for item in answer["Errors"]] == ["jr_nobody"]
    until(lambda: glue.get_job_run(JobName="job", RunId=run_id)["JobRun"]["JobRunState"] == "STOPPED")
    assert job_run(lab)["JobRunState"] == "SUCCEEDED"


def test_a_task_that_overruns_its_time_is_caught_as_timeout_and_stops_its_job(lab: Lab):
    lab.aws.faults.job_hangs(minutes=10_000)
    catch = [{"ErrorEquals": ["States.Timeout"], "Output": "{% $states.errorOutput.Error %}", "Next": "End"}]
    run = lab.run(
        {
            "StartAt": "Job",
            "States": {
                "Job": {"Type": "Task", **SYNC, "TimeoutSeconds": 1, "Catch": catch, "End": True},
                "End": {"Type": "Succeed"},
            },
        }
    )
    assert (run.status, run.output) == ("SUCCEEDED", "States.Timeout")
    until(lambda: lab.aws.job_runs("job")[-1].state == "STOPPED")
    assert lab.aws.job_runs("job")[-1].state == "STOPPED"


def test_an_execution_that_overruns_its_time_ends_timed_out(lab: Lab):
    wait = {"Type": "Wait", "Seconds": 60, "End": True}
    run = lab.run({"StartAt": "S", "TimeoutSeconds": 1, "States": {"S": wait}})
    assert run.status == "TIMED_OUT"
    assert run.history[-1]["type"] == "ExecutionTimedOut"
    (visit,) = lab.aws.follow(run.arn)
    assert (visit.name, visit.status) == ("S", "TIMED_OUT")


def retried(lab: Lab, **retrier: Any) -> list[float]:
    """Seconds between the attempts of a task that is throttled without end, in seconds of the definition."""
    lab.aws.faults.throttle("glue", "GetCrawler", times=100)
    retry = [{"ErrorEquals": ["Glue.ThrottlingException"], **retrier}]
    run = lab.do({**GET, "Retry": retry})
    lab.aws.faults.clear()
    assert run.error == "Glue.ThrottlingException"
    times = [event["timestamp"] for event in run.history if event["type"] == "TaskFailed"]
    return [(after - before).total_seconds() / QUICK.retry_second for before, after in pairwise(times)]


def test_retries_back_off_up_to_the_longest_delay(lab: Lab):
    gaps = retried(lab, IntervalSeconds=4, BackoffRate=2, MaxAttempts=4, MaxDelaySeconds=10)
    assert len(gaps) == 4
    for gap, least in zip(gaps, (4, 8, 10, 10), strict=True):
        assert gap >= least * 0.95
    assert gaps[3] < 16 * 0.95  # without MaxDelaySeconds it would be 32


def test_full_jitter_stays_below_the_interval(lab: Lab):
    gaps = retried(lab, IntervalSeconds=10, BackoffRate=1, MaxAttempts=5, JitterStrategy="FULL")
    assert len(gaps) == 5
    assert min(gaps) < 10 * 0.9  # that all five are longer: one in a hundred thousand


def test_throttling_then_success_is_one_visit_with_failures(lab: Lab):
    lab.aws.faults.throttle("glue", "GetCrawler", times=2)
    retry = [{"ErrorEquals": ["Glue.ThrottlingException"], "IntervalSeconds": 1, "MaxAttempts": 3}]
    run = lab.do({**GET, "Retry": retry})
    (visit,) = lab.aws.follow(run.arn)
    assert (run.status, visit.status, visit.failures) == ("SUCCEEDED", "SUCCEEDED", 2)


def test_an_expression_that_yields_nothing_fails_with_the_languages_error(lab: Lab):
    run = lab.do({"Type": "Pass", "Output": "{% $states.input.missing %}"})
    assert (run.status, run.error) == ("FAILED", "States.QueryEvaluationError")
    assert "returned nothing" in (run.cause or "")


def test_denials_reach_the_state_machine(lab: Lab):
    lab.aws.faults.deny_put(f"{lab.bucket}/secret/")
    put = {"Resource": "arn:aws:states:::aws-sdk:s3:putObject"}
    denied = lab.do({**put, "Arguments": {"Bucket": lab.bucket, "Key": "secret/a", "Body": "x"}})
    fine = lab.do({**put, "Arguments": {"Bucket": lab.bucket, "Key": "open/a", "Body": "x"}})
    assert denied.status == "FAILED"
    assert (denied.error or "").startswith("S3.")
    assert "Access Denied" in (denied.cause or "")
    assert fine.status == "SUCCEEDED"
