"""Tasks of state machines: retries, catches, time limits, and calls that exist."""

from collections.abc import Iterator
from typing import Any, cast

from weather_policies.kit.reading import Resource
from weather_policies.kit.rule import (
    HIGH,
    Config,
    RuleMetadata,
    Undetermined,
    integer,
    resource_rule,
    strings,
)
from weather_policies.readers import asl
from weather_policies.readers.machines import definition, is_sync
from weather_policies.readers.types import MACHINE

_GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg"
_ERRORS_URL = f"{_GUIDE}/concepts-error-handling.html"


INTEGRATIONS = (
    *("activity", "apigateway:invoke", "batch:submitJob", "dynamodb:deleteItem", "dynamodb:getItem"),
    *("dynamodb:putItem", "dynamodb:updateItem", "ecs:runTask", "events:putEvents", "glue:startJobRun"),
    *("athena:getQueryExecution", "athena:getQueryResults", "athena:startQueryExecution"),
    *(
        "athena:stopQueryExecution",
        "codebuild:startBuild",
        "databrew:startJobRun",
        "emr-serverless:startJobRun",
    ),
    *("http:invoke", "lambda", "lambda:invoke", "sns:publish", "sqs:sendMessage", "states:startExecution"),
)
"""Optimised integrations that pipelines use (developer guide, "Optimized integrations")."""


SYNC = (
    *(
        "batch:submitJob",
        "ecs:runTask",
        "glue:startJobRun",
        "athena:startQueryExecution",
        "codebuild:startBuild",
    ),
    *("databrew:startJobRun", "emr-serverless:startJobRun", "states:startExecution"),
)
"""Those that can wait for the end of what they start (`.sync`); `glue:startCrawler` is not among them."""


@resource_rule(
    RuleMetadata(
        name="weather-sfn-task-retry",
        description="Every Task retries the errors that pass by themselves.",
        why="One throttled call would otherwise cost a week.",
        steps="Add Retry: named errors, backoff, MaxAttempts, full jitter; States.ALL last and alone.",
        url=_ERRORS_URL,
        tags=("reliability",),
        severity=HIGH,
        config={"maxAttempts": integer(20, "Most attempts of one retrier.", minimum=1)},
    ),
    MACHINE,
)
def task_retry(machine: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge presence, attempts and the place of States.ALL."""
    most = config.number("maxAttempts")
    for task in asl.tasks(definition(machine)):
        retriers = task.blocks("Retry")
        if not retriers:
            yield f"task {task.label} has no Retry"
        for place, retrier in enumerate(retriers):
            errors, attempts = retrier.get("ErrorEquals"), retrier.get("MaxAttempts", 3)
            if isinstance(attempts, int | float) and attempts > most:
                yield f"task {task.label} retries {attempts:g} times, at most {most:g} are allowed"
            named = cast("list[Any]", errors) if isinstance(errors, list) else []
            if "States.ALL" in named and (len(named) > 1 or place < len(retriers) - 1):
                yield f"task {task.label}: States.ALL must stand alone in the last retrier, or AWS refuses it"


@resource_rule(
    RuleMetadata(
        name="weather-sfn-task-catch",
        description="Every Task catches what is left after its retries.",
        why="An uncaught error ends the execution without an error record and without a message.",
        steps="Add a Catch with States.ALL that leads to the export of the error.",
        url=_ERRORS_URL,
        tags=("reliability",),
        severity=HIGH,
    ),
    MACHINE,
)
def task_catch(machine: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Ask for a catcher of every error."""
    del config
    for task in asl.tasks(definition(machine)):
        caught = [catcher.get("ErrorEquals") for catcher in task.blocks("Catch")]
        if not any(isinstance(errors, list) and "States.ALL" in errors for errors in caught):
            yield f"task {task.label} has no Catch of States.ALL"


@resource_rule(
    RuleMetadata(
        name="weather-sfn-task-timeout",
        description="Every Task has a time limit.",
        why="Without one a Task waits up to 99,999,999 seconds: a lost job is awaited for three years.",
        steps="Set TimeoutSeconds on the Task; for a job longer than the job's own timeout.",
        url=f"{_GUIDE}/sfn-stuck-execution.html",
        tags=("reliability", "cost"),
        severity=HIGH,
        config={"maxSeconds": integer(28_800, "Longest time limit of one Task, in seconds.", minimum=1)},
    ),
    MACHINE,
)
def task_timeout(machine: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge each Task's TimeoutSeconds; one that is computed at run time counts as none."""
    most = config.number("maxSeconds")
    for task in asl.tasks(definition(machine)):
        seconds = task.body.get("TimeoutSeconds")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            yield f"task {task.label} has no TimeoutSeconds"
        elif seconds > most:
            yield f"task {task.label} may take {seconds:g} s, at most {most:g} are allowed"


@resource_rule(
    RuleMetadata(
        name="weather-sfn-task-integration",
        description="Every Task calls an integration that exists.",
        why="'glue:startCrawler.sync' is widely written, passes linters, and fails in the first execution.",
        steps="Use an optimised integration, or aws-sdk:<service>:<action> without .sync and poll.",
        url=f"{_GUIDE}/integrate-optimized.html",
        tags=("reliability",),
        severity=HIGH,
        config={
            "allowed": strings(INTEGRATIONS, "Optimised integrations, without .sync or .waitForTaskToken."),
            "sync": strings(SYNC, "Those that exist with .sync."),
        },
    ),
    MACHINE,
)
def task_integration(machine: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Hold each Task's resource against the lists."""
    for task in asl.tasks(definition(machine)):
        call = asl.integration(task)
        base = call.removesuffix(".waitForTaskToken").removesuffix(":2").removesuffix(".sync")
        if is_sync(task) and base not in config.texts("sync"):
            yield f"task {task.label}: there is no such integration with .sync"
        elif not base.startswith("aws-sdk:") and base not in config.texts("allowed"):
            yield f"task {task.label} names no integration that exists"
