"""Run the whole weekly pipeline here, on two weeks of real weather.

Everything here that needs the embedded AWS is imported when the command runs, so that help stays fast.
"""

import argparse
import contextlib
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from weather_cli.arguments import Subparsers, add_command
from weather_cli.errors import CommandError
from weather_cli.project import add_project, find_project

if TYPE_CHECKING:
    from weather_cli.ui import Ui


def register(subparsers: Subparsers) -> None:
    """Add `weather demo`."""
    parser = add_command(
        subparsers,
        "demo",
        summary="Run the whole weekly pipeline here, on two weeks of real weather",
        description=(
            "Start an embedded AWS in this process, deploy the Pulumi program into it with stack 'local',\n"
            "publish two weeks of real weather (EWR, JFK and LGA, February 2013) as the devices' messages,\n"
            "tick the schedule, and follow the execution: crawler, wait, check, job. Then show what came\n"
            "out and copy the datasets into a folder. It needs no account, no credentials and no network."
        ),
        examples=[
            ("weather demo", "the weekly run"),
            ("weather demo --json | jq .datasets", "the same as one JSON document, progress on stderr"),
            ("weather demo --fail job", "what happens when the job fails"),
            ("weather demo --fail crawler", "what happens when the crawler fails"),
            ("weather demo --keep", "leave the embedded AWS running, to look around"),
        ],
        statuses={0: "the run did what was asked for, a failure with --fail included"},
        interrupted="nothing outlives the demo, and the datasets of the one before are as they were",
    )
    parser.add_argument("--fail", choices=["crawler", "job"], help="show the path of this failure")
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="copy the datasets to DIR (demo-output; demo-output-failed with --fail)",
    )
    parser.add_argument(
        "--keep",
        action="store_true",
        help="leave the embedded AWS running until Ctrl-C, and say how to use it",
    )
    add_project(parser)
    parser.set_defaults(handler=handler)


def handler(arguments: argparse.Namespace) -> int:
    """Run the demo; return 0 if everything went as asked for."""
    from weather_cli import output
    from weather_cli.demo.report import document, show
    from weather_cli.demo.run import run_demo
    from weather_cli.ui import Ui

    project = find_project(arguments.project)
    folder: Path = arguments.output or Path("demo-output-failed" if arguments.fail else "demo-output")
    output.written(folder)  # what is wrong with it is told before a minute of work
    ui = Ui(sys.stderr if arguments.json else sys.stdout, answer=False)
    with contextlib.ExitStack() as stack:
        result = run_demo(stack, ui, folder, arguments.fail, project)
        if arguments.json:
            print(json.dumps(document(result), indent=2), flush=True)
        else:
            show(ui, result)
        if arguments.keep:
            _stay(ui, result.endpoint)
    if result.problems:
        told = "\n".join(f"  - {problem}" for problem in result.problems)
        raise CommandError(f"not as it should be:\n{told}", "weather doctor looks at this machine")
    return 0


def _stay(ui: "Ui", endpoint: str) -> None:
    """Wait for Ctrl-C while the embedded AWS serves its endpoint."""
    from weather_cli.stack.start import clients_environment

    ui.heading("The embedded AWS goes on until Ctrl-C; in another terminal:")
    for line in (
        *clients_environment(endpoint),
        "weather status --stack local",
        "weather run --stack local",
        "aws s3 ls    # or any other client of AWS",
    ):
        ui.line(line, wrap=False)
    with contextlib.suppress(KeyboardInterrupt):
        signal.pause()
