"""The station ledger: what runs propose, and what a person makes of it.

An accepted proposal becomes a line of `ledger/<site>.csv` beside the run configuration; a replay applies it.
"""

import argparse
import csv
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from weather_cli.arguments import Subparsers, add_command
from weather_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weather_etl.runs import Proposal


def register(subparsers: Subparsers) -> None:
    """Add `weather ledger`."""
    parser = add_command(
        subparsers,
        "ledger",
        summary="Show the ledger entries that runs propose, accept them, or check the ledgers",
        description=(
            "Runs compare each sensor with its neighbours. One that is suspect on more than three quarters\n"
            "of a week's days is proposed for the station ledger, dated back to the beginning of the fault,\n"
            "until less than a quarter of the days is suspect. A proposal changes nothing until a person\n"
            "accepts it: then it is a line of ledger/<site>.csv beside the run configuration, and a replay\n"
            "withholds the values as if they had never come."
        ),
        examples=[
            ("weather ledger --target out", "what the runs propose"),
            (
                "weather ledger --target out --config run.json --accept LGA air_temperature",
                "write the proposals on this sensor into ledger/LGA.csv",
            ),
            ("weather ledger --config run.json", "check the configuration and its ledgers"),
            (
                "weather ledger --target s3://b --ledgers ledger --accept LGA air_temperature",
                "into the folder that a stack's setting `ledgers` names",
            ),
        ],
    )
    parser.add_argument("--target", help="where the datasets are: a folder or s3://bucket[/prefix]")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the run configuration, a file here")
    parser.add_argument(
        "--ledgers", type=Path, metavar="DIR", help="the folder of the ledgers, if not beside --config"
    )
    parser.add_argument(
        "--accept", nargs=2, metavar=("SITE", "SENSOR"), help="accept what is proposed on a sensor"
    )
    parser.add_argument("--comment", default="", help="why, instead of the run's words")
    parser.add_argument("--link", default="", help="where more is said")
    parser.set_defaults(handler=_handle)


def _handle(arguments: argparse.Namespace) -> int:
    from weather_etl.lake import open_storage
    from weather_etl.runs import proposals

    given = arguments.config or arguments.ledgers
    if arguments.accept and not (arguments.target and given):
        raise UsageError("--accept needs --target, where the proposals are, and --config or --ledgers")
    if not arguments.target:
        if not given:
            raise UsageError(
                "name --target to see proposals, or --config or --ledgers to check the ledgers there"
            )
        return _check(arguments)
    found = proposals(open_storage(arguments.target, must_exist=True))
    if arguments.accept:
        return _accept(arguments, found)
    return _show(found)


def _show(found: "Sequence[Proposal]") -> int:
    from weather_cli.ui import Ui

    ui = Ui()
    ui.heading("Proposed ledger entries")
    if not found:
        ui.remark("none: no sensor was suspect on more than three quarters of a week's days")
        return 0
    ui.table(
        ("site", "station", "sensor", "from", "to", "words"),
        [(one.site, one.station_id, one.sensor, one.since, one.until or "", one.words) for one in found],
    )
    return 0


def _accept(arguments: argparse.Namespace, found: "Sequence[Proposal]") -> int:
    """Write the proposals on a sensor into its site's ledger; lines of the same beginning are renewed."""
    from weather_etl.settings import render_ledger

    from weather_cli.ui import Ui

    site, sensor = arguments.accept
    mine = [one for one in found if (one.site, one.sensor) == (site, sensor)]
    if not mine:
        known = sorted({f"{one.site} {one.sensor}" for one in found})
        raise UsageError(f"nothing is proposed on {site} {sensor}; proposed: {', '.join(known) or 'nothing'}")
    _check(arguments, quiet=True)
    file = (arguments.ledgers or arguments.config.parent / "ledger") / f"{site}.csv"
    fresh = [one.row(arguments.comment, arguments.link) for one in mine]
    keys = {(row["from"], row["station"], row["variable"]) for row in fresh}
    rows = [
        row
        for row in _rows(file)
        if row["action"] != "withhold" or (row["from"], row.get("station", ""), row["variable"]) not in keys
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(render_ledger([*rows, *fresh]), encoding="utf-8")
    since = min(one.since for one in mine)
    Ui().facts(
        {
            "ledger": str(file),
            "lines": len(rows) + len(fresh),
            "to apply it": f"replay the messages from {since} on, with --since",
        }
    )
    return 0


def _rows(file: Path) -> list[dict[str, str]]:
    if not file.exists():
        return []
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    return list(csv.DictReader(line for line in lines if line.strip() and not line.startswith("#")))


def _check(arguments: argparse.Namespace, *, quiet: bool = False) -> int:
    """Check a configuration with its ledgers, or a folder of ledgers."""
    from weather_etl.runs import load_config_file
    from weather_etl.settings import RunConfig

    from weather_cli.ui import Ui

    found = load_config_file(str(arguments.config)) if arguments.config else RunConfig()
    if arguments.ledgers:
        files = sorted(arguments.ledgers.glob("*.csv"))
        found = found.with_ledgers({unquote(file.stem): file.read_bytes() for file in files})
    if not quiet:
        entries = {name: len(site.ledger) for name, site in sorted(found.sites.items()) if site.ledger}
        Ui().facts(
            {"configuration": "right", **{f"ledger of {name}": count for name, count in entries.items()}}
        )
    return 0
