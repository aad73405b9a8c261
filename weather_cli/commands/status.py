"""Show a deployed stack's last runs: status, verdict, counts, cost."""

import argparse
import json
import re

from weather_cli.arguments import Subparsers, add_command, add_stack


def register(subparsers: Subparsers) -> None:
    """Add `weather status`."""
    parser = add_command(
        subparsers,
        "status",
        summary="Show a deployed stack's last runs: status, verdict, counts, cost",
        description=(
            "List the last executions of a deployed stack, the newest first, with what their summaries say.\n"
            "The exit status tells whether the newest run that has ended succeeded, so that a script can ask."
        ),
        examples=[
            ("weather status --stack prod", "the last ten runs"),
            ("weather status --stack prod --limit 1 --json | jq .[0].verdict", "the newest one's verdict"),
        ],
        statuses={0: "the newest run that has ended succeeded", 1: "it did not, or there is none"},
    )
    add_stack(parser)
    parser.add_argument("--limit", type=_positive, default=10, metavar="N", help="how many runs (default 10)")
    parser.add_argument("--json", action="store_true", help="print a JSON array on stdout")
    parser.set_defaults(handler=handler)


def handler(arguments: argparse.Namespace) -> int:
    """Print the last runs; return 0 if the newest that has ended succeeded."""
    from weather_cli.errors import CommandError
    from weather_cli.stack.pipeline import Pipeline, client_factory, readable_cause, stack_settings
    from weather_cli.stack.start import described
    from weather_cli.ui import Ui

    settings = stack_settings(arguments.stack, arguments.project)
    pipeline = Pipeline(settings, client_factory(settings))
    runs = [described(run, pipeline.summary(run.run_id)) for run in pipeline.recent(arguments.limit)]
    if arguments.json:
        print(json.dumps(runs, indent=2))
    else:
        columns = [
            *("run_id", "status", "started", "seconds", "verdict"),
            *("messages", "accepted", "quarantined", "cost_usd", "error"),
        ]
        Ui().table(columns, [[run[column] for column in columns] for run in runs])
    ended = [run for run in runs if run["status"] != "RUNNING"]
    if not ended:
        raise CommandError(f"stack {arguments.stack} has no run that has ended")
    if ended[0]["status"] != "SUCCEEDED":
        raise CommandError(
            f"the newest run ended {ended[0]['status']}: {ended[0]['error']}: "
            f"{readable_cause(ended[0]['cause'] or '')}"
        )
    return 0


def _positive(text: str) -> int:
    if re.fullmatch(r"[0-9]{1,4}", text) and 1 <= int(text) <= 1000:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000")
