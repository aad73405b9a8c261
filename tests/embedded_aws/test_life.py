"""Opening, deploying what cannot be deployed, and closing the embedded AWS."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded_aws import DeployError, EmbeddedAws, Pace
from tests.embedded_aws.lab import TINY, Lab, until


def program(tmp_path: Path, text: str) -> Path:
    (tmp_path / "Pulumi.yaml").write_text((TINY / "Pulumi.yaml").read_text())
    (tmp_path / "Pulumi.local.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text("import pulumi\nimport pulumi_aws as aws\n" + text)
    return tmp_path


def deploy_error(root: Path) -> str:
    with EmbeddedAws(root=root) as aws, pytest.raises(DeployError) as caught:
        aws.deploy()
    return str(caught.value)


def test_every_failing_resource_is_named(tmp_path: Path):
    text = """
aws.s3.Bucket("one", bucket="Bad_Name!")
aws.ec2.Vpc("two", cidr_block="10.0.0.0/16")
aws.sns.Topic("three", name="fine", fifo_topic=True)
aws.sns.Topic("four", name="fine")
"""
    message = deploy_error(program(tmp_path, text))
    assert message.startswith("3 error(s)")
    assert "aws:s3/bucket:Bucket 'one'" in message
    assert "aws:ec2/vpc:Vpc 'two': NotImplementedError" in message
    assert "aws:sns/topic:Topic 'three': UnknownInputError: no API input for fifoTopic" in message


def test_a_program_that_raises_is_told_with_its_reason(tmp_path: Path):
    message = deploy_error(program(tmp_path, "raise ValueError('no such wind')\n"))
    assert "the program failed: ValueError: no such wind" in message


@pytest.fixture
def ordinary_interrupts() -> Iterator[None]:
    """Python's own answer to SIGINT; a Spark session of another test has put its own in its place."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ordinary_interrupts")
def test_an_interrupt_ends_a_deployment_that_would_swallow_it(tmp_path: Path):
    swallowing = """import signal
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    pass
"""
    with EmbeddedAws(root=program(tmp_path, swallowing)) as aws, pytest.raises(KeyboardInterrupt):
        aws.deploy()


def test_an_unknown_invoke_is_an_error(tmp_path: Path):
    text = 'pulumi.export("zones", aws.get_availability_zones_output().names)\n'
    assert "knows no invoke aws:index/getAvailabilityZones" in deploy_error(program(tmp_path, text))


def test_stack_and_overrides_are_checked():
    with EmbeddedAws(root=TINY) as aws:
        with pytest.raises(DeployError, match="no stack 'nowhere'"):
            aws.deploy("nowhere")
        with pytest.raises(DeployError, match="tiny:uniqueSufix is not declared"):
            aws.deploy(overrides={"uniqueSufix": "x"})
        with pytest.raises(DeployError, match="is for"):
            aws.deploy(overrides={"region": "us-west-2"})
        assert aws.deploy(overrides={"uniqueSuffix": "other"})["job"] == "TinyJob-other"


# --- coming and going ---


def test_it_leaves_the_environment_as_it_was(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://elsewhere")
    before = dict(os.environ)
    with EmbeddedAws(root=TINY) as aws:
        assert os.environ["AWS_ENDPOINT_URL"] == aws.endpoint
        assert os.environ["AWS_REGION"] == aws.region
        assert "AWS_PROFILE" not in os.environ
    assert dict(os.environ) == before


def test_it_starts_on_a_port_of_its_own_and_forgets_everything():
    for _ in range(2):
        with EmbeddedAws(root=TINY) as aws:
            assert aws.client("sns").list_topics()["Topics"] == []
            aws.client("sns").create_topic(Name="once")
            assert aws.endpoint.startswith("http://127.0.0.1:")


def test_closing_ends_executions_crawls_jobs_and_threads():
    before = set(threading.enumerate())
    running = _processes_below(os.getpid())  # a JVM that another test of this process keeps, for one
    with EmbeddedAws(root=TINY, pace=Pace(sync_poll=0.02)) as aws:
        lab = Lab(aws).set_up()
        aws.faults.crawl_hangs()
        aws.client("glue").start_crawler(Name="crawler")
        aws.faults.job_script("import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(600)\n")
        sync = {"Resource": "arn:aws:states:::glue:startJobRun.sync", "Arguments": {"JobName": "job"}}
        lab.start({"StartAt": "S", "States": {"S": {"Type": "Task", **sync, "End": True}}})
        lab.start({"StartAt": "S", "States": {"S": {"Type": "Wait", "Seconds": 600, "End": True}}})
        until(lambda: any(run.argv for run in aws.job_runs("job")))
        time.sleep(0.2)
    until(lambda: set(threading.enumerate()) <= before, seconds=3)
    assert set(threading.enumerate()) <= before
    assert _processes_below(os.getpid()) <= running


def _processes_below(parent: int) -> set[int]:
    """Children of a process, from /proc; defunct ones left out."""
    found: set[int] = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except OSError:  # it ended while we looked
            continue
        if int(fields[1]) == parent and fields[0] != "Z":
            found.add(int(entry.parent.name))
    return found


def test_one_at_a_time_and_usable_again_after_a_failure():
    with EmbeddedAws(root=TINY), pytest.raises(RuntimeError, match="open already"), EmbeddedAws(root=TINY):
        pass
    with pytest.raises(ZeroDivisionError), EmbeddedAws(root=TINY):
        raise ZeroDivisionError
    with EmbeddedAws(root=TINY) as aws:
        assert aws.client("s3").list_buckets()["Buckets"] == []
