"""What only a live account can prove: every line of docs/live-check.md, looked at where looking is enough.

The page is the list; what it asks that no API can answer without harm stays open, with the page's command.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from weather_cli.stack.findings import Finding, judged, look
from weather_cli.stack.pipeline import Pipeline, Run

if TYPE_CHECKING:
    from components.settings import Settings

_COLUMNS: Final = 3
PAGE: Final = Path("docs", "live-check.md")
ClientFactory = Callable[[str], Any]


@dataclass(frozen=True)
class Line:
    """One line of the page.

    Attributes:
        question: what is open.
        command: what closes it.
        expected: what it should show.
    """

    question: str
    command: str
    expected: str


@dataclass(frozen=True)
class Live:
    """A deployed stack and how to reach it.

    Attributes:
        settings: the stack's settings.
        client: makes a boto3 client for a service name.
        run: the execution that was started for the check; None where only looking was asked for.
    """

    settings: "Settings"
    client: ClientFactory
    run: Run | None = None

    @property
    def pipeline(self) -> Pipeline:
        """The stack's pipeline."""
        return Pipeline(self.settings, self.client)


def lines(project: Path) -> list[Line]:
    """Return the lines of the page's table.

    Args:
        project: checkout of the project.
    """
    found: list[Line] = []
    for row in (project / PAGE).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]
        if (
            row.startswith("|")
            and len(cells) == len(Line.__annotations__)
            and not set(cells[0]) <= {"-", " "}
        ):
            found.append(Line(*cells))
    return found[1:]


def check(line: Line, live: Live) -> Finding:
    """Answer one line, or say by which command a person answers it."""
    answer = next((answer for start, answer in ANSWERS.items() if line.question.startswith(start)), None)
    if answer is None:
        return Finding(line.question, "open", line.expected, "not looked at", line.command)

    def looked() -> Finding:
        good, seen = answer(live)
        if good is None:
            return Finding(line.question, "open", line.expected, seen, line.command)
        return judged(line.question, line.expected, seen, good=good, advice=line.command)

    return look(line.question, line.expected, looked, line.command)


Answer = Callable[[Live], tuple[bool | None, str]]


def _settings(live: Live) -> tuple[bool, str]:
    return True, f"read: {live.settings.names.job}"


def _created(live: Live) -> tuple[bool, str]:
    names = live.settings.names
    asked: dict[str, Callable[[], Any]] = {
        "crawler": lambda: live.client("glue").get_crawler(Name=names.crawler),
        "job": lambda: live.client("glue").get_job(JobName=names.job),
        "state machine": lambda: live.client("stepfunctions").describe_state_machine(
            stateMachineArn=names.pipeline_arn
        ),
        "topic": lambda: live.client("sns").get_topic_attributes(TopicArn=names.topic_arn),
        "datasets bucket": lambda: live.client("s3").head_bucket(Bucket=names.processed_bucket),
    }
    missing = [what for what, ask in asked.items() if not _there(ask)]
    return (
        not missing,
        f"missing: {', '.join(missing)}" if missing else "crawler, job, state machine, topic, bucket",
    )


def _there(ask: Callable[[], Any]) -> bool:
    from botocore.exceptions import ClientError

    try:
        ask()
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code.startswith("AccessDenied"):
            raise
        return False
    return True


def _definition(live: Live) -> tuple[bool, str]:
    states = live.client("stepfunctions")
    machine = states.describe_state_machine(stateMachineArn=live.settings.names.pipeline_arn)
    answer = states.validate_state_machine_definition(definition=machine["definition"])
    problems = [item["message"] for item in answer.get("diagnostics", [])]
    return answer["result"] == "OK", "; ".join([answer["result"], *problems])


def _week(live: Live) -> tuple[bool | None, str]:
    run = live.run or next(iter(live.pipeline.recent(1)), None)
    if run is None:
        return None, "no execution yet; --run starts one"
    return run.status == "SUCCEEDED", f"{run.run_id}: {run.status} {run.error}".rstrip()


def _rule(live: Live) -> tuple[bool, str]:
    rule = live.client("events").describe_rule(Name=live.settings.names.weekly_rule)
    wanted = "ENABLED" if live.settings.schedule.enabled else "DISABLED"
    seen = f"{rule['ScheduleExpression']}, {rule['State']}"
    return rule["State"] == wanted, seen


def _tables(live: Live) -> tuple[bool | None, str]:
    from components.naming import DATASET_TABLES

    names = live.settings.names
    listed = live.client("glue").get_tables(DatabaseName=names.database)["TableList"]
    found = sorted(table["Name"] for table in listed)
    if live.settings.lake.table not in found:
        return None, f"{', '.join(found)}; not crawled yet"
    return set(found) == {live.settings.lake.table, *DATASET_TABLES}, ", ".join(found)


def _alarms(live: Live) -> tuple[bool | None, str]:
    cloudwatch = live.client("cloudwatch")
    listed = cloudwatch.describe_alarms(AlarmNamePrefix="weather-")["MetricAlarms"]
    own = [alarm for alarm in listed if alarm["AlarmName"].endswith(live.settings.names.suffix)]
    silent = [alarm["AlarmName"] for alarm in own if not alarm.get("AlarmActions")]
    if silent or not own:
        return False, f"without an action: {', '.join(silent)}" if silent else "no alarm"
    if live.run is None:
        return None, f"{len(own)} alarms with an action; --run sets one off"
    cloudwatch.set_alarm_state(
        AlarmName=own[0]["AlarmName"], StateValue="ALARM", StateReason="weather live-check --run"
    )
    return None, f"{own[0]['AlarmName']} was set off: did a message arrive?"


def _budget(live: Live) -> tuple[bool | None, str]:
    budgets = live.client("budgets").describe_budgets(AccountId=live.settings.names.account)["Budgets"]
    own = [item for item in budgets if item["BudgetName"].endswith(live.settings.names.suffix)]
    if not own:
        return False, "no budget"
    spent = float(own[0].get("CalculatedSpend", {}).get("ActualSpend", {}).get("Amount", 0))
    return (True, f"${spent:.2f}") if spent else (None, "$0: nothing yet, or the tags are not active")


def _adopted(live: Live) -> tuple[bool | None, str]:
    if not live.settings.lake.raw_bucket:
        return None, "this stack has a bucket of its own"
    run = live.run or next(iter(live.pipeline.recent(1)), None)
    summary = live.pipeline.summary(run.run_id) if run else None
    if summary is None:
        return None, "no run has read it yet"
    return summary["objects_read"] > 0, json.dumps({"objects_read": summary["objects_read"]})


ANSWERS: Final[dict[str, Answer]] = {
    "The CLI accepts the project file": _settings,
    "The provider accepts every input": _created,
    "Step Functions accepts the definition": _definition,
    "The week runs end to end": _week,
    "The rule fires": _rule,
    "The crawler keeps one table": _tables,
    "CloudWatch alarms reach the topic": _alarms,
    "The budget sees": _budget,
    "An adopted bucket": _adopted,
}
"""How the page's questions begin, and who answers them."""


def checked(project: Path, live: Live) -> Iterator[Finding]:
    """Answer every line of the page, in its order."""
    return (check(line, live) for line in lines(project))
