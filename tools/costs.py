"""What a week costs, as a table: the numbers of `weather cost`, for the README."""

from typing import Final

from aws_prices import prices
from weather_cli.cost.bill import Load, load_measured, week
from weather_cli.cost.report import document

LOADS: Final = ((3, 10), (15, 60), (100, 60), (1000, 60), (1000, 10))
"""Stations, and seconds between messages."""
_HISTORY: Final = 52
_WORKERS: Final = 2


def table() -> str:
    """Return the table as Markdown: a row a load, a year of weeks in the lake, on the smallest job."""
    listed, measured = prices(), load_measured()
    lines = [
        "| stations | a message every | messages a week | job | its requests | crawl | a week | with FLEX |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for stations, seconds in LOADS:
        told = document(week(listed, measured, Load(stations, seconds, _HISTORY), _WORKERS))
        standard, flex = told["variants"][:2]
        assert (standard["execution_class"], flex["execution_class"]) == ("STANDARD", "FLEX")  # noqa: S101
        parts = [standard[name] for name in ("job_usd", "requests_usd", "crawl_usd", "usd")]
        cells = [
            f"{stations:,}",
            f"{seconds} s",
            f"{told['messages']:,}",
            *(f"${usd:,.2f}" for usd in [*parts, flex["usd"]]),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", f"List prices of {listed['region']}, {listed['as_of']}, without free allowances."]
    return "\n".join(lines)
