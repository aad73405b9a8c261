"""Run a deployed stack again over a window of ingest times."""

import argparse
import sys
from datetime import datetime

from weather_cli.arguments import Subparsers, add_command, add_stack, instant
from weather_cli.errors import UsageError


def register(subparsers: Subparsers) -> None:
    """Add `weather replay`."""
    parser = add_command(
        subparsers,
        "replay",
        summary="Run a deployed stack again over a window of ingest times",
        description=(
            "Start the state machine of a deployed stack over the messages that were ingested from --since\n"
            "to --until (by the time in their key) and follow it. A replay rewrites the partitions these\n"
            "messages touch with the same bytes, or better ones after a correction, and never moves the\n"
            "watermark, so the weekly run is not disturbed."
        ),
        examples=[
            ("weather replay --stack prod --since 2026-03-01 --until 2026-03-08", "one week, days in UTC"),
            (
                "weather replay --stack prod --since 2026-03-01T00:00+07:00 --until 2026-03-08T00:00+07:00",
                "the same, days in Vietnam",
            ),
        ],
        statuses={0: "the execution succeeded", 3: "the run's quality verdict failed"},
    )
    add_stack(parser)
    parser.add_argument(
        "--since", type=instant, required=True, metavar="T", help="first ingest time, ISO 8601"
    )
    parser.add_argument("--until", type=instant, required=True, metavar="T", help="end of it, not included")
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout")
    parser.set_defaults(handler=handler)


def handler(arguments: argparse.Namespace) -> int:
    """Start and follow; return 0 if the execution succeeded."""
    from weather_cli.stack.start import start_and_follow
    from weather_cli.ui import Ui

    if arguments.since >= arguments.until:
        raise UsageError(f"--since {arguments.since} does not lie before --until {arguments.until}")
    ui = Ui(sys.stderr if arguments.json else sys.stdout, answer=False)
    window = {"since": _iso(arguments.since), "until": _iso(arguments.until)}
    return start_and_follow(
        arguments.stack, arguments.project, "replay", window, as_json=arguments.json, ui=ui
    )


def _iso(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")
