"""Start an execution of a deployed stack now and follow it."""

import argparse
import sys

from weather_cli.arguments import Subparsers, add_command, add_stack


def register(subparsers: Subparsers) -> None:
    """Add `weather run`."""
    parser = add_command(
        subparsers,
        "run",
        summary="Start an execution of a deployed stack now and follow it",
        description=(
            "Start the state machine of a deployed stack and follow it state by state to its end. The run\n"
            "takes everything that arrived since the last one, up to now, and publishes the windows that\n"
            "have closed by now. The weekly schedule goes on as before.\n"
            "Credentials and region are those boto3 finds; names come from the stack's file alone."
        ),
        examples=[
            ("weather run --stack dev", "run the pipeline of stack dev"),
            ("AWS_PROFILE=prod weather run --stack prod", "with the credentials of a profile"),
            ("AWS_ENDPOINT_URL=http://127.0.0.1:4566 weather run --stack local", "at another endpoint"),
        ],
        statuses={0: "the execution succeeded", 3: "the run's quality verdict failed"},
    )
    add_stack(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout")
    parser.set_defaults(handler=handler)


def handler(arguments: argparse.Namespace) -> int:
    """Start and follow; return 0 if the execution succeeded."""
    from weather_cli.stack.start import start_and_follow
    from weather_cli.ui import Ui

    ui = Ui(sys.stderr if arguments.json else sys.stdout, answer=False)
    return start_and_follow(arguments.stack, arguments.project, "manual", {}, as_json=arguments.json, ui=ui)
