"""The weekly state machine, executed: what can happen around the crawl, and the success path itself."""

import json
import time

import pytest

from tests.embedded_aws.lab import until
from tests.pipeline.deployed import FAILURE, LOOKS, SUCCESS, TO_JOB, World, failed_attempts


def loops(states: tuple[str, ...]) -> int:
    """How often the crawler was looked at."""
    return states.count("CheckCrawlerStatus")


def without_loops(states: tuple[str, ...]) -> tuple[str, ...]:
    """State sequence with the polling loop gone through once."""
    loop = ("WaitForCrawler", "CheckCrawlerStatus", "IsCrawlerComplete")
    while loop + loop == states[4:10]:
        states = states[:4] + states[7:]
    return states


def test_success(world: World):
    until = world.next_week()
    run = world.run()

    assert (run.status, run.error) == ("SUCCEEDED", None)
    assert without_loops(run.states) == SUCCESS
    assert run.input == {"scheduledTime": "2025-11-29T17:00:00Z"}
    assert run.output["messages"] == 24
    assert run.output["window"]["until"] == until.strftime("%Y-%m-%dT%H:%M:%SZ")
    summary = world.summary(run)
    assert summary is not None
    assert summary["status"] == "SUCCEEDED"
    assert summary["objects_listed"] == summary["objects_read"] == 24
    assert world.record(run) is None
    (note,) = world.said(run)
    assert "24 messages" in (note.subject or "")
    assert "24 accepted" in note.message
    job = world.aws.job_runs(world.out["job_name"])[-1]
    assert (job.arguments["--run_id"], job.arguments["--until"]) == (run.name, run.input["scheduledTime"])
    assert "--since" not in job.arguments
    assert job.argv[1].endswith("/weather-transform.py")
    assert job.env["PYTHONPATH"].endswith(world.out["package_key"].rsplit("/", 1)[-1])


def test_the_crawl_infers_one_table(world: World):
    glue = world.aws.client("glue")
    tables = [
        table["Name"] for table in glue.get_tables(DatabaseName=world.out["database_name"])["TableList"]
    ]
    table = glue.get_table(DatabaseName=world.out["database_name"], Name="telemetry")["Table"]
    columns = {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}

    assert tables.count("telemetry") == 1
    assert columns == {
        "deviceid": "string",
        "timestamp": "string",
        "data": "struct<temperature:double,humidity:double>",
    }
    assert [key["Name"] for key in table["PartitionKeys"]] == ["partition_0"]


def test_crawler_already_running_is_waited_for_and_then_crawled_again(world: World):
    world.next_week(1)
    world.stand_in()
    world.aws.faults.crawl_hangs()
    glue, name = world.aws.client("glue"), world.out["crawler_name"]
    glue.start_crawler(Name=name)  # somebody else's
    arn = world.start()
    until(lambda: bool(failed_attempts(world.aws.execution(arn), "StartCrawler")), seconds=20)
    glue.stop_crawler(Name=name)
    run = world.aws.wait(arn, timeout=60)

    assert run.status == "SUCCEEDED"
    assert set(failed_attempts(run, "StartCrawler")) == {"Glue.CrawlerRunningException"}
    # The foreign crawl ended CANCELLED; what was waited for is a crawl that began after the execution.
    last = glue.get_crawler(Name=name)["Crawler"]["LastCrawl"]
    assert last["Status"] == "SUCCEEDED"
    assert last["StartTime"] > run.started
    assert without_loops(run.states) == SUCCESS
    assert world.record(run) is None


def test_crawl_fails(world: World):
    world.next_week(1)
    world.aws.faults.crawl_fails("Insufficient Lake Formation permission(s)")
    run = world.run()

    assert run.status == "FAILED"
    assert run.error == "Weather.CrawlerFailed"
    assert run.cause == "the crawl ended FAILED: Insufficient Lake Formation permission(s)"
    assert without_loops(run.states) == (*TO_JOB[:-1], "CrawlerFailed", *FAILURE)
    record = world.record(run)
    assert record is not None
    assert (record["state"], record["error"], record["cause"]) == ("IsCrawlerComplete", run.error, run.cause)
    assert record["window"] == {"since": None, "until": run.input["scheduledTime"]}
    assert record["jobRunId"] is None
    assert record["executionArn"] == run.arn
    note = world.failure_said(run)
    assert "Weather.CrawlerFailed" in (note.subject or "")
    assert f"errors/dt={run.started:%Y-%m-%d}/{run.name}.json" in note.message


def test_crawl_never_ends_and_is_stopped(world: World):
    world.next_week(1)
    world.aws.faults.crawl_hangs()
    run = world.run()

    assert (run.status, run.error) == ("FAILED", "Weather.CrawlerTimedOut")
    assert loops(run.states) == LOOKS
    assert without_loops(run.states) == (*TO_JOB[:-1], "StopCrawler", "CrawlerTimedOut", *FAILURE)
    record = world.record(run)
    assert record is not None
    assert record["error"] == "Weather.CrawlerTimedOut"
    assert "RUNNING" in record["cause"]
    assert "Weather.CrawlerTimedOut" in world.failure_said(run).message
    crawler = _settled(world)
    assert (crawler["State"], crawler["LastCrawl"]["Status"]) == ("READY", "CANCELLED")


def test_stale_ready_is_not_taken_for_success(world: World):
    world.next_week(1)
    world.stand_in()
    world.aws.faults.crawler_looks_idle(reads=2)
    run = world.run()

    assert run.status == "SUCCEEDED"
    assert loops(run.states) >= 3
    assert without_loops(run.states) == SUCCESS


@pytest.mark.parametrize("code", ["ThrottlingException", "OperationTimeoutException"])
def test_throttling_then_success(world: World, code: str):
    world.next_week(1)
    world.stand_in()
    world.aws.faults.throttle("glue", "StartCrawler", times=2, code=code)
    world.aws.faults.throttle("glue", "GetCrawler", times=1, code=code)
    run = world.run()

    assert run.status == "SUCCEEDED"
    assert failed_attempts(run, "StartCrawler") == [f"Glue.{code}"] * 2
    assert failed_attempts(run, "CheckCrawlerStatus") == [f"Glue.{code}"]
    assert without_loops(run.states) == SUCCESS


def test_throttling_without_end_fails_with_the_throttles_own_name(world: World):
    world.next_week(1)
    world.aws.faults.throttle("glue", "StartCrawler", times=100)
    run = world.run()

    assert (run.status, run.error) == ("FAILED", "Glue.ThrottlingException")
    assert len(failed_attempts(run, "StartCrawler")) == 6
    assert run.states == ("Prepare", "CheckInput", "IsInputValid", "StartCrawler", *FAILURE)
    record = world.record(run)
    assert record is not None
    assert record["state"] == "StartCrawler"


def test_an_input_that_is_no_instant_is_refused_before_anything_starts(world: World):
    world.next_week(0)
    run = world.run({"until": "last Sunday"})

    assert (run.status, run.error) == ("FAILED", "Weather.InputRejected")
    assert "StartCrawler" not in run.states
    record = world.record(run)
    assert record is not None
    assert "last Sunday" in json.dumps(record["cause"])


def test_a_window_that_ends_in_the_future_is_refused_before_anything_is_crawled(world: World):
    """What arrives until then would lie before the watermark, and never be read."""
    world.empty_lake()
    world.next_week(3)
    refused = world.run({"until": "2062-01-01T00:00:00Z"})
    run = world.run()

    assert (refused.status, refused.error) == ("FAILED", "Weather.InputRejected")
    assert refused.states[:4] == ("Prepare", "CheckInput", "IsInputValid", "InputRejected")
    assert "until is in the future" in json.dumps(world.record(refused))
    assert "until is in the future" in world.failure_said(refused).message
    summary = world.summary(run)
    assert summary is not None
    assert summary["messages"] == 3, "nothing was lost to it"


def _settled(world: World) -> dict[str, object]:
    end = time.monotonic() + 5
    glue = world.aws.client("glue")
    while True:
        crawler = glue.get_crawler(Name=world.out["crawler_name"])["Crawler"]
        if crawler["State"] == "READY" or time.monotonic() > end:
            return crawler
        time.sleep(0.05)
