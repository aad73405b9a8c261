"""How an estimate of costs is told: as tables for a person, or as a JSON document."""

import dataclasses
from typing import TYPE_CHECKING, Any, Final

from aws_prices import Prices, estimate
from weather_cli.cost.bill import Line, Load, Measured, Week, total
from weather_cli.ui import Cell, Ui

if TYPE_CHECKING:
    from components.settings import Settings

HEADINGS: Final = (
    *("sites", "every s", "k msgs", "job min"),
    *("5.1 std", "5.1 flex", "6.0 std", "6.0 flex"),
    *("S3", "crawl h", "crawl"),
)
"""Headings of the weekly table, short enough for a terminal of 80 columns."""


def month(
    prices: Prices, measured: Measured, stack: str, settings: "Settings", load: Load | None
) -> dict[str, Any]:
    """Return the monthly estimate of a stack as a document.

    Args:
        prices: content of prices.json.
        measured: values of weather_cli/cost/measured.json.
        stack: name of the stack.
        settings: its settings.
        load: what arrives; None for the policy pack's assumptions.
    """
    from weather_cli.cost.stack import assumptions, declared  # it needs the checkout

    assumed = assumptions(measured, settings, load)
    bill = estimate.bill(declared(settings), assumed, prices)
    return {
        "stack": stack,
        "usd": estimate.total(bill),
        "budget_usd": settings.monitoring.monthly_budget_usd,
        "assumptions": dataclasses.asdict(assumed),
        "lines": [dataclasses.asdict(line) for line in bill],
    }


def show_month(ui: Ui, month: dict[str, Any], prices: Prices) -> None:
    """Print the monthly estimate of a stack."""
    assumed = month["assumptions"]
    ui.heading(f"A month of stack {month['stack']}")
    rows = [
        [line["item"], f"{line['amount']:,.2f}", line["unit"], f"{line['usd']:.2f}"]
        for line in month["lines"]
    ]
    spent, budget = month["usd"], month["budget_usd"]
    ui.table(["item", "amount", "unit", "USD"], rows, total=["a month", "", "", f"{spent:.2f}"])
    ui.remark(f"budget: {budget} USD, of which this is {spent / budget:.0%}")
    ui.remark(
        f"assumed: {assumed['messages_per_month']:,.0f} messages a month, "
        f"{assumed['months_kept']:.0f} months kept, "
        f"job {assumed['job_minutes']:.1f} min, crawl {assumed['crawl_minutes']:.1f} min"
    )
    ui.remark(f"prices of {prices['region']}, {prices['as_of']}, no free allowance subtracted")


def document(week: Week) -> dict[str, Any]:
    """Return a weekly run as a document."""
    return {
        "stations": week.load.stations,
        "interval_seconds": week.load.interval_seconds,
        "messages": week.used.objects_read,
        "job_seconds": week.used.job_seconds,
        "crawl_seconds": week.used.crawl_seconds,
        "variants": [
            {
                "glue_version": shape.glue_version,
                "execution_class": shape.execution_class,
                "dpu_seconds": _line(bill, "Glue job").amount,
                "job_usd": _line(bill, "Glue job").usd,
                "requests": _line(bill, "S3 requests of the job").amount,
                "requests_usd": _line(bill, "S3 requests of the job").usd,
                "crawl_usd": _crawl_usd(bill),
                "usd": total(bill),
            }
            for shape, bill in week.bills
        ],
    }


def show_weeks(ui: Ui, weeks: list[Week], prices: Prices) -> None:
    """Print weekly runs: a line each, or one in full."""
    workers = weeks[0].bills[0][0].workers
    ui.heading(f"A weekly run on {workers} x G.1X, in USD")
    if len(weeks) == 1:
        _show_week(ui, weeks[0])
    else:
        ui.table(HEADINGS, [_row(week) for week in weeks])
        ui.remark("minutes and price of the job by Glue version and class, S3 requests, the crawl")
    ui.remark(f"prices of {prices['region']}, {prices['as_of']}; amounts in weather_cli/cost/measured.json")
    if any(week.used.crawl_seconds > 3600 for week in weeks):
        ui.remark(
            "A crawl of more than an hour is beyond the workflow's poll limit: with so many objects let "
            "a lifecycle rule expire raw messages, or crawl new folders only (setting crawlerRecrawl)."
        )


def _show_week(ui: Ui, week: Week) -> None:
    ui.facts(
        {
            "load": _told(week.load),
            "messages": f"{week.used.objects_read:,}",
            "job": f"{week.used.job_seconds:,.0f} s",
            "crawl": f"{week.used.crawl_seconds:,.0f} s",
        }
    )
    rows: list[list[Cell]] = [
        [
            f"Glue {shape.glue_version} {shape.execution_class}",
            f"{_line(bill, 'Glue job').amount:,.0f}",
            f"{_line(bill, 'Glue job').usd:.3f}",
            f"{_line(bill, 'S3 requests of the job').amount:,.0f}",
            f"{_line(bill, 'S3 requests of the job').usd:.3f}",
            f"{_crawl_usd(bill):.3f}",
            f"{total(bill):.3f}",
        ]
        for shape, bill in week.bills
    ]
    ui.table(["job on", "DPU s", "job", "requests", "S3", "crawl", "all"], rows)


def _row(week: Week) -> list[str]:
    used, standard = week.used, week.bills[0][1]
    counts = [week.load.stations, round(week.load.interval_seconds), round(used.objects_read / 1000)]
    figures = [
        used.job_seconds / 60,
        *(_line(bill, "Glue job").usd for _, bill in week.bills),
        _line(standard, "S3 requests of the job").usd,
        used.crawl_seconds / 3600,
        _crawl_usd(standard),
    ]
    return [*(f"{count:,}" for count in counts), *(_shown(figure) for figure in figures)]


def _line(bill: list[Line], item: str) -> Line:
    return next(line for line in bill if line.item == item)


def _crawl_usd(bill: list[Line]) -> float:
    return _line(bill, "Glue crawler").usd + _line(bill, "S3 listing by the crawler").usd


def _told(load: Load) -> str:
    return (
        f"{load.stations} stations, a message every {load.interval_seconds:g} s, "
        f"{load.weeks_of_history} weeks in the lake"
    )


def _shown(figure: float) -> str:
    return f"{figure:,.3f}" if figure < 100 else f"{figure:,.0f}"
