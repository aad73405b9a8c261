"""CloudWatch: alarms that are heard, and how many alarms, metrics and dashboards are paid."""

from collections.abc import Iterator

from weather_policies.kit.reading import Resource
from weather_policies.kit.rule import (
    HIGH,
    LOW,
    MEDIUM,
    Config,
    Finding,
    RuleMetadata,
    Undetermined,
    integer,
    resource_rule,
    stack_rule,
    strings,
)
from weather_policies.kit.stack import Stack, names
from weather_policies.readers.machines import custom_metrics
from weather_policies.readers.types import ALARM, COMPOSITE_ALARM, DASHBOARD

_METRICS_URL = "https://aws.amazon.com/cloudwatch/pricing/"


_ALARMS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html"


STANDARD_PERIOD = 60
"""Shortest period of a standard alarm, in seconds; shorter ones are billed as high-resolution."""

LONGEST_ALARM_SECONDS = 604_800
"""An alarm looks back a week at most: period x evaluation periods (API reference, PutMetricAlarm)."""


@resource_rule(
    RuleMetadata(
        name="weather-cloudwatch-alarm-actions",
        description="An alarm tells somebody.",
        why="An alarm without an action changes a colour that nobody looks at.",
        steps="Set alarmActions to a topic and leave actionsEnabled on.",
        url=_ALARMS,
        tags=("reliability",),
        severity=MEDIUM,
    ),
    ALARM,
    COMPOSITE_ALARM,
)
def alarm_actions(alarm: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Ask for an action; its ARN need not be known, but that there is one must be."""
    del config
    if not alarm.props.length("alarmActions"):
        yield "alarmActions is empty: the alarm tells nobody"
    if alarm.props.flag("actionsEnabled") is False:
        yield "actionsEnabled is false: the alarm tells nobody"


@resource_rule(
    RuleMetadata(
        name="weather-cloudwatch-alarm-missing-data",
        description="An alarm says what missing data means.",
        why="A weekly pipeline sends nothing for six days: by default that is a state of its own.",
        steps="Set treatMissingData to notBreaching for counts of failures, to breaching for signs of life.",
        url="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html",
        tags=("reliability",),
        severity=MEDIUM,
        config={"allowed": strings(("notBreaching", "breaching", "ignore"), "Treatments that are accepted.")},
    ),
    ALARM,
)
def alarm_missing_data(alarm: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the treatment."""
    if alarm.props.text("treatMissingData") not in config.texts("allowed"):
        yield f"treatMissingData is not one of {', '.join(config.texts('allowed'))}"


@resource_rule(
    RuleMetadata(
        name="weather-cloudwatch-alarm-window",
        description="An alarm looks back no further than AWS allows.",
        why="Period x evaluation periods above a week is refused: an alarm cannot miss a weekly run.",
        steps="Shorten the window; find a week without a run by a second rule (a watchdog).",
        url="https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html",
        tags=("reliability",),
        severity=HIGH,
    ),
    ALARM,
)
def alarm_window(alarm: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Multiply period and evaluation periods."""
    del config
    period, periods = alarm.props.number("period"), alarm.props.number("evaluationPeriods")
    if period is not None and periods is not None and period * periods > LONGEST_ALARM_SECONDS:
        yield f"period x evaluationPeriods is {period * periods:.0f} s, at most {LONGEST_ALARM_SECONDS}"


@stack_rule(
    RuleMetadata(
        name="weather-cloudwatch-alarm-count",
        description="The stack has a bounded number of alarms, none of high resolution.",
        why="Alarms are billed by the month, high-resolution ones three times as much.",
        steps="Merge alarms into a composite one; use periods of 60 seconds or more.",
        url=_METRICS_URL,
        tags=("cost",),
        severity=LOW,
        config={"maxAlarms": integer(10, "Most alarms of a stack (ten are free in an account).")},
    )
)
def alarm_count(stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Count the alarms and look at their periods."""
    alarms, most = stack.of(ALARM), config.number("maxAlarms")
    if len(alarms) > most:
        yield f"{len(alarms)} alarms, at most {most:g} are allowed"
    for alarm in alarms:
        if not alarm.props.known("period"):
            yield Undetermined(f"{alarm.name}.period")
            continue
        period = alarm.props.number("period")
        if period is not None and period < STANDARD_PERIOD:
            yield Finding(
                f"period {period:g} s makes it a high-resolution alarm; use at least {STANDARD_PERIOD} s",
                alarm,
            )


@stack_rule(
    RuleMetadata(
        name="weather-cloudwatch-metric-count",
        description="The stack's alarms watch a bounded number of custom metrics.",
        why="Each custom metric, each combination of dimensions, is billed by the month.",
        steps="Watch fewer metrics; details per station belong into the datasets.",
        url=_METRICS_URL,
        tags=("cost",),
        severity=LOW,
        config={"maxMetrics": integer(10, "Most custom metrics (ten are free in an account).")},
    )
)
def metric_count(stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Count the distinct custom metrics that alarms watch or state machines publish."""
    found = custom_metrics(stack)
    most = config.number("maxMetrics")
    if len(found) > most:
        yield f"{len(found)} custom metrics, at most {most:g} are allowed"


@stack_rule(
    RuleMetadata(
        name="weather-cloudwatch-dashboard-count",
        description="The stack has no more dashboards than its class may have.",
        why="A dashboard costs more by the month than the weekly pipeline.",
        steps="Leave the dashboard out, or allow it in the class's configuration.",
        url=_METRICS_URL,
        tags=("cost",),
        severity=LOW,
        config={"maxDashboards": integer(0, "Most dashboards of a stack.")},
    )
)
def dashboard_count(stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Count the dashboards."""
    found, most = stack.of(DASHBOARD), config.number("maxDashboards")
    if len(found) > most:
        yield f"{len(found)} dashboards ({names(found)}), at most {most:g} are allowed"
