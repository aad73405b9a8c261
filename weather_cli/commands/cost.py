"""Estimate what the pipeline costs on AWS before it is deployed."""

import argparse
import json
from typing import TYPE_CHECKING, Final

from weather_cli.arguments import Subparsers, add_command, count, duration
from weather_cli.project import add_project

if TYPE_CHECKING:
    from weather_cli.cost.bill import Load

STATIONS: Final = (3, 15, 1000)
INTERVALS: Final = ("10s", "1m", "5m")


def register(subparsers: Subparsers) -> None:
    """Add `weather cost`."""
    parser = add_command(
        subparsers,
        "cost",
        summary="Estimate what the pipeline costs on AWS before it is deployed",
        description=(
            "With --stack: a month of a stack, estimated from its settings, against its budget.\n"
            "Without: a weekly run for some numbers of stations and message intervals, for standard\n"
            "and FLEX execution and both Glue versions, the crawler apart.\n"
            "Prices are in policies/aws_prices/prices.json, amounts in weather_cli/cost/measured.json. Free\n"
            "allowances of the account are not subtracted. Writing the messages into the lake is the\n"
            "platform's cost, not the pipeline's."
        ),
        examples=[
            ("weather cost --stack prod", "a month of stack prod, with the assumptions of the policy pack"),
            ("weather cost --stack prod --stations 40 --interval 1m", "the same for a load of your own"),
            ("weather cost", "a week for 3, 15 and 1,000 stations"),
            ("weather cost --stations 200 --interval 30s --workers 4", "a week for one load, with 4 workers"),
        ],
    )
    parser.add_argument("--stack", metavar="NAME", help="stack whose month is estimated")
    add_project(parser)
    parser.add_argument("--stations", type=count, metavar="N", help="number of stations")
    parser.add_argument("--interval", type=duration, metavar="S", help="time between messages: 10s, 5m")
    parser.add_argument("--history", type=count, default=52, metavar="WEEKS", help="weeks in the lake (52)")
    parser.add_argument(
        "--workers", type=count, default=2, metavar="N", help="G.1X workers, without --stack (2)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout")
    parser.set_defaults(handler=handler)


def handler(arguments: argparse.Namespace) -> int:
    """Print the estimate."""
    from aws_prices import prices as price_list
    from weather_cli.cost import bill as cost
    from weather_cli.cost import report as cost_report
    from weather_cli.stack.pipeline import stack_settings
    from weather_cli.ui import Ui

    prices, measured = price_list(), cost.load_measured()
    if arguments.stack:
        load = _load(arguments)
        settings = stack_settings(arguments.stack, arguments.project)
        month = cost_report.month(prices, measured, arguments.stack, settings, load)
        if arguments.json:
            print(json.dumps(month))
        else:
            cost_report.show_month(Ui(), month, prices)
        return 0
    stations = [arguments.stations] if arguments.stations else STATIONS
    intervals = [arguments.interval] if arguments.interval else [duration(text) for text in INTERVALS]
    weeks = [
        cost.week(
            prices, measured, cost.Load(n, interval.total_seconds(), arguments.history), arguments.workers
        )
        for n in stations
        for interval in intervals
    ]
    if arguments.json:
        print(json.dumps([cost_report.document(week) for week in weeks]))
    else:
        cost_report.show_weeks(Ui(), weeks, prices)
    return 0


def _load(arguments: argparse.Namespace) -> "Load | None":
    """Return the load that was asked for; None if nothing of it was said."""
    from weather_cli.cost.bill import Load

    if arguments.stations is None and arguments.interval is None:
        return None
    every = arguments.interval.total_seconds() if arguments.interval else 10.0
    return Load(arguments.stations or STATIONS[0], every, arguments.history)
