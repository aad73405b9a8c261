"""State machines: the definition itself is read, state by state. No other pack does."""

from collections.abc import Iterator
from typing import Any, cast

import workflow
from reading import Document, Resource, UnreadableError
from rule import (
    ADVISORY,
    HIGH,
    LOW,
    MEDIUM,
    About,
    Config,
    Unjudged,
    boolean,
    integer,
    resource_rule,
    strings,
)

MACHINE = "aws:sfn/stateMachine:StateMachine"

_GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg"
_ERRORS_URL = f"{_GUIDE}/concepts-error-handling.html"
_LOOP_URL = f"{_GUIDE}/tutorial-create-iterate-pattern-section.html"

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


def definition(machine: Resource) -> Document:
    """The definition of a state machine.

    Raises:
        UnknownValueError: It is not known before the update.
        UnreadableError: It is no JSON object; the rule on definitions reports that.
    """
    found = machine.props.document("definition")
    if found is None:
        raise UnreadableError
    return found


@resource_rule(
    About(
        name="weather-sfn-machine-definition",
        description="The definition of a state machine is a usable Amazon States Language document.",
        why="A definition that no tool can read is one whose loops and errors nobody has looked at.",
        steps="Repair the named state: existing type, existing Next or Default, reachable from StartAt.",
        url="https://states-language.net/spec.html",
        tags=("reliability",),
        severity=HIGH,
    ),
    MACHINE,
)
def machine_definition(machine: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Report what makes the definition unusable."""
    del config
    try:
        found = machine.props.document("definition")
    except UnreadableError:
        yield "the definition is not a JSON object"
        return
    if found is None:
        yield "there is no definition"
        return
    yield from workflow.faults(found)


@resource_rule(
    About(
        name="weather-sfn-machine-wait-loop",
        description="Every loop of a state machine is ended by a counter.",
        why="A loop that waits for something that never comes costs transitions for a year and tells nobody.",
        steps=(
            "Count the rounds in the loop (Assign $polls + 1) and leave it through a Choice rule such as "
            "$polls >= 30 that stands before any rule that stays."
        ),
        url=_LOOP_URL,
        tags=("cost", "reliability"),
        severity=HIGH,
    ),
    MACHINE,
)
def wait_loop(machine: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Look for a way round each cycle that passes no counter check, or no count."""
    del config
    for chart in workflow.charts(definition(machine)):
        for cycle in chart.cycles():
            if not workflow.is_bounded(chart, cycle):
                labels = ", ".join(chart.states[name].label for name in sorted(cycle))
                yield f"the loop over {labels} is not ended by a counter: it can go on for a year"


@resource_rule(
    About(
        name="weather-sfn-machine-poll-interval",
        description="A loop that waits does so for at least the poll interval of its environment class.",
        why="Each poll is paid in transitions and API calls; a weekly pipeline gains nothing from seconds.",
        steps="Raise the Wait state's Seconds; write the number into the definition.",
        url="https://aws.amazon.com/step-functions/pricing/",
        tags=("cost",),
        severity=MEDIUM,
        config={"minSeconds": integer(60, "Shortest wait between two polls, in seconds.", minimum=1)},
    ),
    MACHINE,
)
def poll_interval(machine: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge each Wait that stands in a cycle."""
    least = config.number("minSeconds")
    for chart in workflow.charts(definition(machine)):
        for name in sorted(set[str]().union(*chart.cycles())):
            state = chart.states[name]
            seconds = state.body.get("Seconds")
            if state.type != "Wait":
                continue
            if isinstance(seconds, bool) or not isinstance(seconds, int | float):
                yield f"{state.label} waits in a loop for a time that the definition does not give in Seconds"
            elif seconds < least:
                yield f"{state.label} polls every {seconds:g} s, at least {least:g} s are wanted"


@resource_rule(
    About(
        name="weather-sfn-machine-timeout",
        description="A state machine has a top-level TimeoutSeconds within bounds.",
        why="Without one an execution may stay open for a year, and the next week's run starts beside it.",
        steps="Set TimeoutSeconds to more than the sum of the states' own limits.",
        url=f"{_GUIDE}/sfn-stuck-execution.html",
        tags=("reliability", "cost"),
        severity=HIGH,
        config={"maxSeconds": integer(86_400, "Longest time limit of an execution, in seconds.", minimum=60)},
    ),
    MACHINE,
)
def machine_timeout(machine: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge the machine's own limit."""
    most, seconds = config.number("maxSeconds"), definition(machine).get("TimeoutSeconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        yield "there is no top-level TimeoutSeconds: an execution may run for a year"
    elif seconds > most:
        yield f"TimeoutSeconds is {seconds:g}, at most {most:g} are allowed"


@resource_rule(
    About(
        name="weather-sfn-machine-type",
        description="A state machine that waits for jobs is of type STANDARD.",
        why="EXPRESS executions end after five minutes, know no .sync and run more than once.",
        steps="Leave the type out, or set it to STANDARD.",
        url=f"{_GUIDE}/choosing-workflow-type.html",
        tags=("reliability",),
        severity=HIGH,
    ),
    MACHINE,
)
def machine_type(machine: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Refuse EXPRESS where the definition waits."""
    del config
    if machine.props.text("type") != "EXPRESS":
        return
    waits = [s for s in workflow.states(definition(machine)) if s.type == "Wait" or _is_sync(s)]
    if waits:
        yield f"type EXPRESS cannot hold {waits[0].label}, which waits: use STANDARD"


@resource_rule(
    About(
        name="weather-sfn-machine-logging",
        description="A state machine logs to a log group, with the execution data that its class allows.",
        why="An execution's history is deleted after 90 days; the log is what is left to find a fault with.",
        steps="Set loggingConfiguration: level ALL or ERROR, logDestination ending in ':*'.",
        url=f"{_GUIDE}/cw-logs.html",
        tags=("reliability", "security"),
        severity=MEDIUM,
        config={
            "levels": strings(("ALL", "ERROR"), "Levels that are enough."),
            "allowExecutionData": boolean(
                default=False, description="Whether inputs and outputs of states may be written to the log."
            ),
        },
    ),
    MACHINE,
)
def machine_logging(machine: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge level, destination and execution data apart, since the destination may be unknown."""
    logging = machine.props.child("loggingConfiguration")
    if logging is None:
        yield f"loggingConfiguration is missing: set level {' or '.join(config.texts('levels'))}"
        return
    if logging.text("level") not in config.texts("levels"):
        yield f"the log level is not one of {', '.join(config.texts('levels'))}"
    if logging.flag("includeExecutionData") and not config.flag("allowExecutionData"):
        yield "includeExecutionData writes inputs and outputs to the log: not in this environment class"
    if not logging.has("logDestination"):
        yield "loggingConfiguration has no logDestination"
    elif not logging.known("logDestination"):
        yield Unjudged("loggingConfiguration.logDestination")
    elif not str(logging.text("logDestination")).endswith(":*"):
        yield "logDestination must be a log group's ARN followed by ':*'"


@resource_rule(
    About(
        name="weather-sfn-machine-tracing",
        description="A state machine has X-Ray tracing on.",
        why="A trace shows which call of which week was slow; a weekly run costs nothing to trace.",
        steps="Set tracingConfiguration.enabled to true.",
        url=f"{_GUIDE}/concepts-xray-tracing.html",
        tags=("reliability",),
        severity=LOW,
        level=ADVISORY,
    ),
    MACHINE,
)
def machine_tracing(machine: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge the switch."""
    del config
    tracing = machine.props.child("tracingConfiguration")
    if tracing is None or not tracing.flag("enabled"):
        yield "tracingConfiguration.enabled is not true"


@resource_rule(
    About(
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
def task_retry(machine: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge presence, attempts and the place of States.ALL."""
    most = config.number("maxAttempts")
    for task in workflow.tasks(definition(machine)):
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
    About(
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
def task_catch(machine: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Ask for a catcher of every error."""
    del config
    for task in workflow.tasks(definition(machine)):
        caught = [catcher.get("ErrorEquals") for catcher in task.blocks("Catch")]
        if not any(isinstance(errors, list) and "States.ALL" in errors for errors in caught):
            yield f"task {task.label} has no Catch of States.ALL"


@resource_rule(
    About(
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
def task_timeout(machine: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge each Task's TimeoutSeconds; one that is computed at run time counts as none."""
    most = config.number("maxSeconds")
    for task in workflow.tasks(definition(machine)):
        seconds = task.body.get("TimeoutSeconds")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            yield f"task {task.label} has no TimeoutSeconds"
        elif seconds > most:
            yield f"task {task.label} may take {seconds:g} s, at most {most:g} are allowed"


@resource_rule(
    About(
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
def task_integration(machine: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Hold each Task's resource against the lists."""
    for task in workflow.tasks(definition(machine)):
        call = workflow.integration(task)
        base = call.removesuffix(".waitForTaskToken").removesuffix(":2").removesuffix(".sync")
        if _is_sync(task) and base not in config.texts("sync"):
            yield f"task {task.label}: there is no such integration with .sync"
        elif not base.startswith("aws-sdk:") and base not in config.texts("allowed"):
            yield f"task {task.label} names no integration that exists"


def _is_sync(state: workflow.State) -> bool:
    return workflow.integration(state).removesuffix(":2").endswith(".sync")


RULES = [
    machine_definition,
    wait_loop,
    poll_interval,
    machine_timeout,
    machine_type,
    machine_logging,
    machine_tracing,
    task_retry,
    task_catch,
    task_timeout,
    task_integration,
]
