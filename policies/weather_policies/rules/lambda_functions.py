"""Lambda: what a call may take, how many run at once, where logs and failures go, and which runtime."""

from collections.abc import Iterator

from weather_policies.kit.reading import Resource
from weather_policies.kit.rule import (
    ADVISORY,
    HIGH,
    MEDIUM,
    Config,
    Finding,
    RuleMetadata,
    Undetermined,
    integer,
    resource_rule,
    stack_resource_rule,
    strings,
)
from weather_policies.kit.stack import Stack, is_named, points_at, readable
from weather_policies.readers.links import schedules
from weather_policies.readers.types import (
    FUNCTION,
    INVOKE_CONFIG,
    LOG_GROUP,
    PERMISSION,
    SCHEDULE,
    SUBSCRIPTION,
    TARGET,
)

_GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg"

RUNTIMES = (
    *("python3.11", "python3.12", "python3.13", "python3.14", "nodejs22.x", "nodejs24.x"),
    *("java17", "java21", "java25", "dotnet10", "ruby3.3", "ruby3.4", "provided.al2023"),
)
"""Runtimes that AWS supports (Lambda developer guide, "Runtimes", as of 2026-11)."""


@resource_rule(
    RuleMetadata(
        name="weather-lambda-function-limits",
        description="A function states its timeout and keeps time and memory within bounds.",
        why="A call is billed by memory times duration: one that hangs for 15 minutes at 10 GB, each time.",
        steps="Set timeout, in seconds, and memorySize, in MB, to what a call needs.",
        url=f"{_GUIDE}/configuration-timeout.html",
        tags=("cost", "reliability"),
        severity=MEDIUM,
        config={
            "maxSeconds": integer(300, "Longest timeout of a function, in seconds.", 1, 900),
            "maxMemory": integer(2048, "Most memory of a function, in MB.", 128, 10_240),
        },
    ),
    FUNCTION,
)
def function_limits(function: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge both; AWS's defaults are 3 seconds and 128 MB."""
    for key, most, unit in (
        ("timeout", config.number("maxSeconds"), "s"),
        ("memorySize", config.number("maxMemory"), "MB"),
    ):
        value = function.props.number(key)
        if value is not None and value > most:
            yield f"{key} is {value:g} {unit}, at most {most:g} are allowed"


@resource_rule(
    RuleMetadata(
        name="weather-lambda-function-concurrency",
        description="A function bounds how many of its calls run at once.",
        why="A burst of events otherwise takes the whole account's 1,000 calls, and pays for each.",
        steps="Set reservedConcurrentExecutions.",
        url=f"{_GUIDE}/configuration-concurrency.html",
        tags=("cost", "reliability"),
        severity=MEDIUM,
        level=ADVISORY,
        config={"maxConcurrency": integer(100, "Most calls at once.", minimum=1)},
    ),
    FUNCTION,
)
def function_concurrency(function: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the reserved concurrency; -1 is AWS's word for none."""
    reserved, most = function.props.number("reservedConcurrentExecutions"), config.number("maxConcurrency")
    if reserved is None or reserved < 0:
        yield f"reservedConcurrentExecutions is not set: set 1 to {most:g}"
    elif reserved > most:
        yield f"reservedConcurrentExecutions is {reserved:g}, at most {most:g} are allowed"


@resource_rule(
    RuleMetadata(
        name="weather-lambda-function-runtime",
        description="A function runs on a runtime that AWS supports.",
        why="After its end a runtime gets no patches, and later no updates of the function.",
        steps="Set runtime to one of the list.",
        url=f"{_GUIDE}/lambda-runtimes.html",
        tags=("security", "reliability"),
        severity=MEDIUM,
        config={"supported": strings(RUNTIMES, "Runtimes that a function may use.")},
    ),
    FUNCTION,
)
def function_runtime(function: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the runtime; a function from an image has none."""
    runtime = function.props.text("runtime")
    if runtime is not None and runtime not in config.texts("supported"):
        yield f"runtime is not one of {', '.join(config.texts('supported'))}"


@stack_resource_rule(
    RuleMetadata(
        name="weather-lambda-function-log-group",
        description="A function writes to a log group of the stack's own.",
        why="Lambda makes /aws/lambda/<name> by itself, without retention: kept, and billed, for ever.",
        steps="Declare the LogGroup /aws/lambda/<name>, or name another in loggingConfig.logGroup.",
        url=f"{_GUIDE}/monitoring-cloudwatchlogs.html",
        tags=("cost", "reliability"),
        severity=MEDIUM,
    ),
    FUNCTION,
)
def function_log_group(
    function: Resource, stack: Stack, config: Config
) -> Iterator[str | Finding | Undetermined]:
    """Look for the group by name, by what its name was made of, or by what the function names."""
    del config
    block = function.props.child("loggingConfig")
    named = readable(block, "logGroup") if block is not None and block.has("logGroup") else None
    path = named or f"/aws/lambda/{readable(function.props, 'name')}"
    for group in stack.of(LOG_GROUP):
        if readable(group.props, "name") == path or group.is_made_of("name", function.urn):
            return
        if function.is_made_of("loggingConfig", group.urn):
            return
    yield "no LogGroup of the stack is the one it writes to: Lambda makes one without retention"


@stack_resource_rule(
    RuleMetadata(
        name="weather-lambda-function-dead-letter",
        description="A function that events start says where events go that it could not handle.",
        why="After two retries Lambda drops an event without a word.",
        steps="Set deadLetterConfig.targetArn, or an onFailure destination in a FunctionEventInvokeConfig.",
        url=f"{_GUIDE}/invocation-async-retain-records.html",
        tags=("reliability",),
        severity=HIGH,
    ),
    FUNCTION,
)
def function_dead_letter(
    function: Resource, stack: Stack, config: Config
) -> Iterator[str | Finding | Undetermined]:
    """Judge functions that are called without waiting for their answer."""
    del config
    if not _is_asynchronous(function, stack):
        return
    block = function.props.child("deadLetterConfig")
    if block is not None and block.has("targetArn"):
        return
    for sent in stack.pointing_at(function, "functionName", INVOKE_CONFIG):
        destinations = sent.props.child("destinationConfig")
        failure = destinations.child("onFailure") if destinations is not None else None
        if failure is not None and failure.has("destination"):
            return
    yield "events start it, and neither deadLetterConfig nor an onFailure destination keeps what fails"


ASYNCHRONOUS = frozenset(
    {"events.amazonaws.com", "s3.amazonaws.com", "sns.amazonaws.com", "scheduler.amazonaws.com"}
)
"""Services that hand an event over and do not wait (Lambda developer guide, "Asynchronous invocation")."""


def _is_asynchronous(function: Resource, stack: Stack) -> bool:
    """Whether a rule, schedule, subscription, or a permission for such a service, starts a function."""
    if stack.pointing_at(function, "arn", TARGET) or stack.pointing_at(function, "endpoint", SUBSCRIPTION):
        return True
    if any(schedules(schedule, function) for schedule in stack.of(SCHEDULE)):
        return True
    return any(
        permission.props.text("principal") in ASYNCHRONOUS
        and (
            is_named(readable(permission.props, "function"), function)
            or points_at(permission, "function", function)
        )
        for permission in stack.of(PERMISSION)
    )
