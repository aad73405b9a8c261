"""The stack as a whole: what a month of it costs, and that something starts it."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from aws_prices import estimate, prices
from weather_policies.cost.coverage import ESTIMATED, coverage, is_free
from weather_policies.cost.declared import Reading, read
from weather_policies.kit import exemptions
from weather_policies.kit.rule import (
    ADVISORY,
    CRITICAL,
    HIGH,
    LOW,
    MEDIUM,
    NAMED,
    Config,
    Finding,
    RuleMetadata,
    Schema,
    Undetermined,
    number,
    stack_rule,
    strings,
)
from weather_policies.kit.stack import Stack
from weather_policies.readers import policy_documents
from weather_policies.readers.budgets import monthly_limit
from weather_policies.readers.starts import starts_of
from weather_policies.readers.types import BUDGET, JOB, MACHINE, TARGET, WORKFLOW

_URL = "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html"
CENT = 0.01
_DEFAULTS = estimate.Assumptions()

_ASSUMED: dict[str, Schema] = {
    "jobMinutes": number(_DEFAULTS.job_minutes, "Assumed length of a job run, in minutes."),
    "crawlMinutes": number(_DEFAULTS.crawl_minutes, "Assumed length of a crawl, in minutes."),
    "messagesPerMonth": number(
        _DEFAULTS.messages_per_month, "Assumed messages, each an object: 3 stations, one every 10 s."
    ),
    "monthsKept": number(_DEFAULTS.months_kept, "Assumed months of data in the buckets."),
    "callSeconds": number(_DEFAULTS.call_seconds, "Assumed length of a function's call, in seconds."),
    "queryGigabytes": number(_DEFAULTS.query_gigabytes, "Assumed GB that an Athena query scans."),
}


def _assumptions(config: Config) -> estimate.Assumptions:
    return estimate.Assumptions(
        job_minutes=config.number("jobMinutes"),
        crawl_minutes=config.number("crawlMinutes"),
        messages_per_month=config.number("messagesPerMonth"),
        months_kept=config.number("monthsKept"),
        call_seconds=config.number("callSeconds"),
        query_gigabytes=config.number("queryGigabytes"),
    )


@stack_rule(
    RuleMetadata(
        name="weather-stack-cost-estimate",
        description="A month of the stack, estimated from what it declares, fits its budget.",
        why="A budget that is always exceeded warns of nothing; the surprise belongs before the deployment.",
        steps="Use fewer workers, FLEX, a rarer schedule, no dashboard or key; or raise the budget.",
        url=_URL,
        tags=("cost",),
        severity=HIGH,
        config={
            "maxShare": number(1.0, "Largest share of the budget that the estimate may take."),
            "accepted": strings(
                (), "Parts of what is not understood, such as a name, that are known otherwise."
            ),
            **_ASSUMED,
        },
    )
)
def cost_estimate(stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Compare the estimate with the smallest budget by the month, and name what could not be estimated."""
    lines, reading = _bill(stack, config)
    limits = [limit for b in stack.of(BUDGET) if (limit := monthly_limit(b)) is not None]
    allowed, spent = min(limits, default=0) * config.number("maxShare"), estimate.total(lines)
    if limits and spent > allowed:
        yield f"estimated {spent:.2f} USD a month, allowed {allowed:.2f}: {told(lines)}"
    unread = [said for said in reading.unread if not any(name in said for name in config.texts("accepted"))]
    if unread:
        yield f"its cost is not understood, and not in the estimate of {spent:.2f} USD: {'; '.join(unread)}"


def _bill(stack: Stack, config: Config) -> tuple[list[estimate.Line], Reading]:
    """The lines of the estimate, and what it was read from."""
    assumed = _assumptions(config)
    reading = read(stack, events_per_month=assumed.messages_per_month)
    return estimate.bill(reading.declared, assumed, prices()), reading


@stack_rule(
    RuleMetadata(
        name="weather-stack-cost-report",
        description="What a month of the stack is estimated to cost, for information.",
        why="A number that is shown before each update is one that somebody questions.",
        steps="Nothing; set the level to disabled to hear no more of it.",
        url=_URL,
        tags=("cost",),
        severity=LOW,
        level=ADVISORY,
        config=_ASSUMED,
    )
)
def cost_report(stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Tell the sum, where there is anything to pay."""
    lines, _ = _bill(stack, config)
    if estimate.total(lines) >= CENT:
        yield f"estimated {estimate.total(lines):.2f} USD a month: {told(lines)}"


@stack_rule(
    RuleMetadata(
        name="weather-stack-cost-coverage",
        description="Every type that is billed has a price in the estimate.",
        why="What has no price is not in the sum: a database costs more than the whole pipeline.",
        steps="Work its price out by hand and list the type as accepted, with the budget raised by it.",
        url=_URL,
        tags=("cost",),
        severity=MEDIUM,
        level=ADVISORY,
        config={"accepted": strings((), "Types whose cost is known otherwise.")},
    )
)
def cost_coverage(stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Name the types that are billed by use, and those without a price."""
    found, accepted = coverage(stack), config.texts("accepted")
    for said, counted in (("no price for", found.unpriced), ("billed by use", found.by_use)):
        listed = [f"{kind} ({count})" for kind, count in sorted(counted.items()) if kind not in accepted]
        if listed:
            yield f"not in the estimate, {said}: {', '.join(listed)}"


def told(lines: list[estimate.Line]) -> str:
    """The lines from dear to cheap, for a message; those below a cent are summed up."""
    dear = sorted((line for line in lines if line.usd >= CENT), key=lambda line: -line.usd)
    rest = estimate.total(lines) - estimate.total(dear)
    parts = [f"{line.item} {line.usd:.2f} ({line.amount:,.1f} {line.unit})" for line in dear]
    return ", ".join([*parts, f"all else {rest:.2f}"])


@stack_rule(
    RuleMetadata(
        name="weather-stack-pipeline-trigger",
        description="A state machine that runs a Glue job is started by something in the stack.",
        why="A workflow that nothing starts looks deployed and produces nothing.",
        steps="Add an EventRule with a schedule and a target, or a Scheduler schedule.",
        url="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html",
        tags=("reliability",),
        severity=LOW,
        level=ADVISORY,
    )
)
def pipeline_trigger(stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Follow rules, schedules, parents, and whatever else carries a machine's name, to the machines."""
    del config
    starts = starts_of(stack)
    for machine in stack.of(MACHINE):
        if not stack.pointing_at(machine, "arn", TARGET) and not starts.into(machine):
            yield Finding("no rule, schedule or other machine of the stack starts it", machine)


@stack_rule(
    RuleMetadata(
        name="weather-stack-start-circle",
        description="Nothing in the stack starts itself, by whatever way round.",
        why="A rule on a machine's own success starts it for ever, as fast as it ends.",
        steps="Take one of the starts away, or name the states or statuses that are meant.",
        url="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html",
        tags=("cost", "reliability"),
        severity=CRITICAL,
    )
)
def start_circle(stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Look for circles in the graph of starts."""
    del config
    for circle in starts_of(stack).circles():
        yield Finding(f"it starts itself by way of {' and '.join(r.name for r in circle)}", circle[0])


@stack_rule(
    RuleMetadata(
        name="weather-stack-start-twice",
        description="A machine, job or workflow is started by one schedule.",
        why="Two schedules pay for each run twice, and the second collides with the first.",
        steps="Keep one schedule, or give the second its own input and list the resource as accepted.",
        url="https://docs.aws.amazon.com/scheduler/latest/UserGuide/what-is-scheduler.html",
        tags=("cost", "reliability"),
        severity=MEDIUM,
        level=ADVISORY,
        config={"accepted": strings((), "Logical names of what several schedules may start.")},
    )
)
def start_twice(stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Count the schedules that start each directly; crawlers have a rule of their own."""
    graph = starts_of(stack)
    for started in stack.of(MACHINE, JOB, WORKFLOW):
        clocks = {e.source.name for e in graph.into(started) if graph.fires(e.source)}
        if len(clocks) > 1 and started.name not in config.texts("accepted"):
            yield Finding(f"{' and '.join(sorted(clocks))} start it, each by its own schedule", started)


@stack_rule(
    RuleMetadata(
        name="weather-stack-unjudged-types",
        description="Every resource is of a type that the pack can look into.",
        why="A template, or a resource of another provider, is a door past every other rule.",
        steps="Declare it with pulumi-aws; or accept the type, and judge it by another pack.",
        url="https://www.pulumi.com/docs/iac/packages-and-automation/crossguard/",
        tags=("security", "cost"),
        severity=MEDIUM,
        level=ADVISORY,
        config={"accepted": strings((), "Types, or patterns of them, that are judged elsewhere.")},
    )
)
def unjudged_types(stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Name the types that no rule looks into, once each."""
    found: dict[str, int] = {}
    for resource in stack.all():
        kind = resource.type
        package = kind.partition(":")[0]
        foreign = package not in _JUDGED and ("/" in kind or package in _PACKAGES)
        unnamed = package == "aws" and kind not in NAMED and not _is_plain(kind)
        if (foreign or unnamed or _OPAQUE.fullmatch(kind)) and not any(
            fnmatchcase(kind, pattern) for pattern in config.texts("accepted")
        ):
            found[kind] = found.get(kind, 0) + 1
    if found:
        listed = ", ".join(f"{kind} ({count})" for kind, count in sorted(found.items()))
        yield f"no rule looks into these, beside their tags: {listed}"


def _is_plain(kind: str) -> bool:
    """Whether there is nothing to judge: a part of what is judged, or a document that is read anyway."""
    return kind in policy_documents.TABLE or kind in ESTIMATED or is_free(kind)


_JUDGED = frozenset({"aws", "pulumi"})
_PACKAGES = frozenset({"aws-native", "awsx", "eks", "docker", "kubernetes", "azure-native", "gcp", "command"})
_OPAQUE = re.compile(
    r"aws:(?:cloudformation/stack(?:Set)?|cloudcontrol/resource|servicecatalog/provisionedProduct"
    r"|serverlessrepository/cloudFormationStack|s3/directoryBucket|s3tables/|s3/vectors|s3/files|proton/).*"
)


@stack_rule(
    RuleMetadata(
        name="weather-stack-exemptions-report",
        description="What exemptions lift is said in every run, for information.",
        why="An exemption that nobody sees is a rule that nobody has.",
        steps="Nothing; or mend what is lifted, and take the exemption out.",
        url="https://www.pulumi.com/docs/iac/packages-and-automation/crossguard/configuration/",
        tags=("reliability",),
        severity=LOW,
        level=ADVISORY,
    )
)
def lifted_findings(stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Tell how many findings were lifted, rule by rule; it is the last rule that runs."""
    del stack, config
    if exemptions.lifted:
        listed = ", ".join(f"{rule} {count}" for rule, count in sorted(exemptions.lifted.items()))
        yield f"exemptions lift {exemptions.lifted.total()} findings: {listed}"
        exemptions.lifted.clear()
