"""Estimate what the pipeline costs on AWS, before anything is deployed."""

import argparse
import json
from typing import TYPE_CHECKING, Final

from local.arguments import Subparsers, add_command, duration

if TYPE_CHECKING:
    from local.cost import Load
    from local.ui import Ui

STATIONS: Final = (3, 15, 1000)
INTERVALS: Final = ("10s", "1m", "5m")
VARIANTS: Final = (("5.1", "STANDARD"), ("5.1", "FLEX"), ("6.0", "STANDARD"), ("6.0", "FLEX"))
"""Glue version and execution class of the job prices that are compared."""

HEADINGS: Final = (
    *("sites", "every s", "k msgs", "job min"),
    *("5.1 std", "5.1 flex", "6.0 std", "6.0 flex"),
    *("S3", "crawl h", "crawl"),
)
"""Headings of the weekly table, short enough for a terminal of 80 columns."""


def register(subparsers: Subparsers) -> None:
    """Add `weather cost`."""
    parser = add_command(
        subparsers,
        "cost",
        summary="Estimate what the pipeline costs on AWS, before anything is deployed",
        description=(
            "With --stack: a month of a stack, estimated from its settings, against its budget.\n"
            "Without: a weekly run for some numbers of stations and message intervals, for standard\n"
            "and FLEX execution and both Glue versions, the crawler apart.\n"
            "Prices are in prices.json, measured and assumed amounts in local/measured.json. Free\n"
            "allowances of the account are not subtracted. Writing the messages into the lake is the\n"
            "platform's cost, not the pipeline's."
        ),
        examples=[
            ("weather cost --stack prod", "a month of stack prod, 3 stations with a message every 10 s"),
            ("weather cost --stack prod --stations 40 --interval 1m", "the same for another load"),
            ("weather cost", "a week for 3, 15 and 1,000 stations"),
            ("weather cost --stations 200 --interval 30s --workers 4", "a week for one load, with 4 workers"),
        ],
    )
    parser.add_argument("--stack", metavar="NAME", help="stack whose month is estimated")
    parser.add_argument("--stations", type=_count, metavar="N", help="number of stations")
    parser.add_argument("--interval", type=duration, metavar="S", help="time between messages: 10s, 5m")
    parser.add_argument("--history", type=_count, default=52, metavar="WEEKS", help="weeks in the lake (52)")
    parser.add_argument(
        "--workers", type=_count, default=2, metavar="N", help="G.1X workers, without --stack (2)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout")
    parser.set_defaults(handler=handler)


def handler(arguments: argparse.Namespace) -> int:
    """Print the estimate."""
    from local.ui import Ui

    if arguments.stack:
        _month(arguments, Ui())
    else:
        _weeks(arguments, Ui())
    return 0


def _month(arguments: argparse.Namespace, ui: "Ui") -> None:
    from local.cost import Load, load_measured, load_prices, monthly_bill, total
    from local.pipeline import stack_settings

    settings = stack_settings(arguments.stack)
    interval = arguments.interval.total_seconds() if arguments.interval else 10.0
    load = Load(arguments.stations or 3, interval, arguments.history)
    prices = load_prices()
    bill = monthly_bill(prices, load_measured(), settings, load)
    if arguments.json:
        lines = [
            {"item": n.item, "amount": n.amount, "unit": n.unit, "usd": n.usd, "note": n.note} for n in bill
        ]
        budget = settings.monthly_budget_usd
        print(
            json.dumps({"stack": arguments.stack, "usd": total(bill), "budget_usd": budget, "lines": lines})
        )
        return
    ui.heading(f"A month of stack {arguments.stack}: {_told(load)}")
    rows = [[n.item, f"{n.amount:,.2f}", n.unit, f"{n.usd:.2f}", n.note] for n in bill]
    spent = total(bill)
    ui.table(["item", "amount", "unit", "USD", "how"], rows, total=["a month", "", "", f"{spent:.2f}", ""])
    share = spent / settings.monthly_budget_usd
    ui.remark(f"budget: {settings.monthly_budget_usd} USD, of which this is {share:.0%}")
    ui.remark(f"prices of {prices['region']}, {prices['as_of']}, no free allowance subtracted")


def _weeks(arguments: argparse.Namespace, ui: "Ui") -> None:
    from local.cost import Load, load_prices

    stations = [arguments.stations] if arguments.stations else STATIONS
    intervals = [arguments.interval] if arguments.interval else [duration(text) for text in INTERVALS]
    loads = [Load(n, interval.total_seconds(), arguments.history) for n in stations for interval in intervals]
    weeks = [_week(load, arguments.workers) for load in loads]
    if arguments.json:
        print(json.dumps(weeks))
        return
    prices = load_prices()
    ui.heading(f"A weekly run on {arguments.workers} x G.1X, in USD")
    ui.table(HEADINGS, [[_shown(cell) for cell in week.values()] for week in weeks])
    ui.remark(
        "minutes and price of the job by Glue version and class, S3 requests, hours and price of the crawl\n"
        f"prices of {prices['region']}, {prices['as_of']}; amounts per message in local/measured.json"
    )
    if any(week["crawl_hours"] > 1 for week in weeks):
        ui.remark(
            "A crawl of more than an hour is beyond the workflow's poll limit: with so many objects let "
            "a lifecycle rule expire raw messages, or crawl new folders only (setting crawlerRecrawl)."
        )


def _week(load: "Load", workers: int) -> dict[str, float]:
    """Return one row of the table: amounts, then USD."""
    from local.cost import JobShape, crawl_usd, job_usd, load_measured, load_prices, run_bill, weekly_amounts

    prices, measured = load_prices(), load_measured()
    shapes = [JobShape(version, kind, "G.1X", workers) for version, kind in VARIANTS]
    used = weekly_amounts(measured, shapes[0], load)
    usd = {line.item: line.usd for line in run_bill(prices, shapes[0], used)}
    return {
        "stations": load.stations,
        "interval_seconds": round(load.interval_seconds),
        "thousand_messages": used.objects_read / 1000,
        "job_minutes": used.job_seconds / 60,
        **{
            f"job_usd_{shape.glue_version}_{shape.execution_class}": job_usd(prices, shape, used.job_seconds)
            for shape in shapes
        },
        "s3_usd": usd["S3 requests of the job"],
        "crawl_hours": used.crawl_seconds / 3600,
        "crawl_usd": crawl_usd(prices, used.crawl_seconds) + usd["S3 listing by the crawler"],
    }


def _told(load: "Load") -> str:
    return (
        f"{load.stations} stations, a message every {load.interval_seconds:g} s, "
        f"{load.weeks_of_history} weeks in the lake"
    )


def _shown(cell: float) -> str:
    return f"{cell:,}" if isinstance(cell, int) else f"{cell:,.3f}" if cell < 100 else f"{cell:,.0f}"


def _count(text: str) -> int:
    if text.isdigit() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
