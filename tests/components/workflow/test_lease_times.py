"""A job that dies is repeated by the workflow: the lease it leaves, the wait and the retry fit together."""

import math

import pytest
from weather_etl.lake import transport
from weather_etl.runs.state import HEARTBEAT_SECONDS, LEASE_SECONDS
from weather_etl.settings.config import RunConfig

from components import workflow
from components.workflow import Timing
from tests.components.workflow.test_pipeline import TARGETS

POLL_S = 2.0
"""Between two looks of a waiting job at a lease in S3 (`hold_lease`)."""


@pytest.mark.parametrize("fast", [False, True])
def test_the_retry_outlasts_the_lease_of_the_job_that_died(fast: bool) -> None:
    """Even one that begins at once, as full jitter allows, while the lease was renewed a moment ago."""
    job = workflow.pipeline(TARGETS, Timing(fast=fast))["States"]["StartGlueJob"]
    (retrier,) = [one for one in job["Retry"] if one["ErrorEquals"] == ["States.TaskFailed"]]
    begins = 0.0 if retrier["JitterStrategy"] == "FULL" else retrier["IntervalSeconds"]

    assert retrier["MaxAttempts"] >= 1
    assert begins + RunConfig().lease_wait_s > LEASE_SECONDS + POLL_S


def test_a_dead_owner_is_noticed_long_before_fifteen_minutes() -> None:
    assert LEASE_SECONDS + POLL_S < RunConfig().lease_wait_s < 15 * 60


def test_a_living_owner_survives_requests_that_fail() -> None:
    """Between two renewals that succeed others may fail, each tried again until its attempts are used up."""
    pauses = sum(transport.FIRST_PAUSE_S * 2**attempt for attempt in range(transport.ATTEMPTS - 1))
    one_beat = HEARTBEAT_SECONDS + pauses

    assert math.floor(LEASE_SECONDS / one_beat) >= 3
