"""Starting an execution of a deployed stack and following it to its end, for `weather run` and `replay`."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from weather_cli.errors import CommandError, RejectedError
from weather_cli.stack.pipeline import Pipeline, Run, client_factory, readable_cause, stack_settings
from weather_cli.ui import Ui


def clients_environment(endpoint: str) -> list[str]:
    """Return the lines that make another terminal's clients of AWS work with an embedded one."""
    return [
        f"export AWS_ENDPOINT_URL={endpoint}",
        "export AWS_ACCESS_KEY_ID=x",
        "export AWS_SECRET_ACCESS_KEY=x",
    ]


def start_and_follow(
    stack: str, project: Path | None, kind: str, payload: Mapping[str, str], *, as_json: bool, ui: Ui
) -> int:
    """Start an execution, show it state by state, print what came of it, and return the exit status.

    Args:
        stack: stack whose settings name the state machine.
        project: checkout of the project, as of `stack_settings`.
        kind: first word of the execution's name, such as "manual".
        payload: input of the execution.
        as_json: whether one JSON document is printed on stdout in place of the facts.
        ui: where progress is shown.

    Raises:
        RejectedError: the quality verdict failed.
        CommandError: the execution ended in anything else but success.
    """
    settings = stack_settings(stack, project)
    pipeline = Pipeline(settings, client_factory(settings))
    name = f"{kind}-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    arn = pipeline.start(name, payload)
    try:
        with ui.live(f"Execution {arn}") as status:
            for visit in pipeline.follow(arn, poll_seconds=min(5.0, settings.workflow.poll_seconds / 4)):
                if visit.exited is None:
                    status(f"{visit.name} ...")
                else:
                    ui.visit(visit.name, visit.seconds, failed=visit.failed)
    except KeyboardInterrupt:
        goes_on = f"run {name} goes on without being followed; weather status --stack {stack} shows it"
        raise KeyboardInterrupt(goes_on) from None
    run = pipeline.run(arn)
    summary = pipeline.summary(run.run_id)
    if as_json:
        print(json.dumps(described(run, summary), indent=2))
    else:
        known = {name: _text(value) for name, value in described(run, summary).items() if value is not None}
        ui.facts(known | ({"cause": readable_cause(run.cause)} if run.cause else {}))
    if run.status == "SUCCEEDED":
        return 0
    message = f"run {run.run_id} ended {run.status}: {run.error}: {readable_cause(run.cause)}"
    if summary is not None and summary["verdict"]["level"] == "fail":
        target = f"s3://{settings.names.processed_bucket}"
        raise RejectedError(
            message, f"weather accept --target {target} --run {run.run_id}, or leave objects out"
        )
    raise CommandError(message, f"mend what the text names, then: weather run --stack {stack}")


def described(run: Run, summary: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what is worth telling of one run; what a run without a summary cannot know is None."""
    known = summary or {}
    return {
        "run_id": run.run_id,
        "status": run.status,
        "started": run.started.astimezone(UTC).isoformat(timespec="seconds"),
        "seconds": round((run.stopped - run.started).total_seconds(), 1) if run.stopped else None,
        "verdict": known.get("verdict", {}).get("level"),
        "until": known.get("window", {}).get("until"),
        "objects_read": known.get("objects_read"),
        "messages": known.get("messages"),
        "accepted": known.get("accepted"),
        "quarantined": known.get("quarantined"),
        "datasets": known.get("datasets"),
        "cost_usd": known.get("cost", {}).get("usd"),
        "error": run.error or None,
        "cause": run.cause or None,
    }


def _text(value: object) -> str | float | None:
    if isinstance(value, str | int | float | None):
        return value
    return json.dumps(value)
