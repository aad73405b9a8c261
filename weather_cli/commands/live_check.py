"""Answer what only a live account can prove: every line of docs/live-check.md.

Everything that needs boto3 is imported when the command runs, so that help stays fast.
"""

import argparse
import dataclasses
from datetime import UTC, datetime

from weather_cli.arguments import Subparsers, add_command, add_stack
from weather_cli.project import find_project


def register(subparsers: Subparsers) -> None:
    """Add `weather live-check`."""
    parser = add_command(
        subparsers,
        "live-check",
        summary="Answer what only a live account can prove, line by line",
        description=(
            "Go through docs/live-check.md: look where looking is enough, and print what was expected and\n"
            "what was seen. A line that only a person can answer stays 'open' with its command. Nothing is\n"
            "changed without --run, which starts an execution of the pipeline and sets one alarm off."
        ),
        examples=[
            ("weather live-check --stack dev", "look only"),
            ("weather live-check --stack dev --run", "run the pipeline and set an alarm off as well"),
        ],
        statuses={0: "nothing is wrong", 1: "something is not as expected"},
        interrupted="an execution that --run started goes on: weather status --stack NAME shows it",
    )
    add_stack(parser)
    parser.add_argument("--run", action="store_true", help="start an execution, and set one alarm off")
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout")
    parser.set_defaults(handler=handler)


def handler(arguments: argparse.Namespace) -> int:
    """Look and report; 1 if something is not as expected."""
    from weather_cli.stack.live_check import Live, checked
    from weather_cli.stack.pipeline import client_factory, stack_settings
    from weather_cli.stack.report import tell

    project = find_project(arguments.project)
    settings = stack_settings(arguments.stack, project)
    live = Live(settings, client_factory(settings))
    if arguments.run:
        pipeline = live.pipeline
        arn = pipeline.start(f"live-check-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}", {})
        for _ in pipeline.follow(arn, poll_seconds=1.0):
            continue
        live = dataclasses.replace(live, run=pipeline.run(arn))
    return tell(checked(project, live), "question", as_json=arguments.json)
