"""Calls of services that the estimate has no price for: by tasks, schedules and targets.

A service is understood if it is priced by what runs (jobs, functions, queries), or if a call of it does
not reach a cent. Whatever else is called, and does more than read or stop, is named.
"""

import re
from collections.abc import Iterator

from weather_policies.kit.reading import Resource
from weather_policies.kit.stack import Stack, readable
from weather_policies.readers import asl
from weather_policies.readers.machines import tasks_of
from weather_policies.readers.types import MACHINE, SCHEDULE, TARGET

UNDERSTOOD = frozenset(
    {
        *("glue", "states", "sfn", "lambda", "athena", "sns", "sqs", "events", "eventbridge", "scheduler"),
        *(
            "s3",
            "dynamodb",
            "cloudwatch",
            "cloudwatchlogs",
            "logs",
            "ssm",
            "secretsmanager",
            "kms",
            "sts",
            "iam",
        ),
        *("http", "apigateway", "firehose", "kinesis", "xray", "ses", "sesv2", "execute-api", "budgets"),
        *("lakeformation", "servicequotas", "resourcegroupstaggingapi", "costexplorer", "activity"),
    }
)
"""Services, as tasks and ARNs name them, of which a call is priced or costs next to nothing."""

_CHEAP = re.compile(
    r"(?:batch)?(?:get|list|describe|search|lookup|head|stop|cancel|terminate|delete|tag|untag|set|modify|put|add"
    r"|update)[A-Z]\w*"
)
"""Actions that read, stop or change, and start nothing."""


def unpriced_calls(stack: Stack) -> Iterator[str]:
    """Each call that may cost something and has no price: `service:action`, or the service of a target.

    Raises:
        UnknownValueError: A definition is not known before the update.
    """
    for machine in stack.of(MACHINE):
        for task in tasks_of(machine):
            yield from _call(asl.integration(task).removeprefix("aws-sdk:").partition(".")[0])
    for source, key in ((s, "target") for s in stack.of(SCHEDULE)):
        block = source.props.child(key)
        yield from _target((readable(block, "arn") if block is not None else None) or "")
    for target in stack.of(TARGET):
        yield from _target(_arn(target))


def _arn(target: Resource) -> str:
    return readable(target.props, "arn") or ""


def _call(call: str) -> Iterator[str]:
    service, _, action = call.partition(":")
    if service and service not in UNDERSTOOD and not _CHEAP.fullmatch(action):
        yield call


def _target(arn: str) -> Iterator[str]:
    """A target's service, or the call of AWS's API that a universal one makes."""
    parts = arn.split(":", 5)
    if len(parts) < 6:  # noqa: PLR2004 (the parts of an ARN)
        return
    if parts[2] == "scheduler" and parts[5].startswith("aws-sdk:"):
        yield from _call(parts[5].removeprefix("aws-sdk:"))
    elif parts[2] not in UNDERSTOOD | {"scheduler"}:
        yield f"{parts[2]} as a target"
