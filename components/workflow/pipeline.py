"""The weekly run as one state machine."""

import math
from typing import Any

from components.workflow.crawl import crawl_states
from components.workflow.duration import longest_seconds
from components.workflow.failure import failure_states
from components.workflow.job import job_states
from components.workflow.parts import State, Targets, Timing
from components.workflow.summary import summary_states
from components.workflow.window import window_states

_LIMIT_STEP_SECONDS = 600


def pipeline(targets: Targets, timing: Timing) -> dict[str, Any]:
    """Return the definition of the weekly run.

    Input: ``{"scheduledTime": <ISO instant>}`` from the rule, ``{"since": ..., "until": ...}`` for a replay,
    or ``{}`` for a run up to now.  Output: run id, window, verdict, counts and cost.  On any error the
    execution writes an error record, notifies and ends FAILED with the error and cause that it met.
    """
    states = _pipeline_states(targets, timing)
    return {
        "Comment": "Crawl the raw messages, transform them, publish the verdict; export every error",
        "QueryLanguage": "JSONata",
        "StartAt": "Prepare",
        "TimeoutSeconds": execution_limit_seconds(timing),
        "States": states,
    }


def execution_limit_seconds(timing: Timing) -> int:
    """Return the time limit of an execution: more than everything in it can take together, retries included.

    The limit must never cut off a state that is still within its own: nothing inside the execution could then
    export the error.
    """
    nowhere = Targets("aws", "", "", "", "", "", "")
    loop = {"WaitForCrawler", "CheckCrawlerStatus"}
    total = sum(
        longest_seconds(state) * (timing.poll_limit if name in loop else 1)
        for name, state in _pipeline_states(nowhere, timing).items()
    )
    return math.ceil(total / _LIMIT_STEP_SECONDS + 1) * _LIMIT_STEP_SECONDS


def _pipeline_states(targets: Targets, timing: Timing) -> dict[str, State]:
    return {
        **window_states(),
        **crawl_states(targets, timing),
        **job_states(targets, timing),
        **summary_states(targets, timing),
        **failure_states(targets, timing),
    }
