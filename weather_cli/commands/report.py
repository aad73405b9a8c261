"""Write a report of a target: one HTML file to look at, which needs no network.

It shows what arrived and what is missing, each variable over time, what quality control found, and the runs.
"""

import argparse
import sys
from pathlib import Path

from weather_cli.arguments import Subparsers, add_command, count
from weather_cli.errors import CommandError


def register(subparsers: Subparsers) -> None:
    """Add `weather report`."""
    from weather_cli.target.place import add_target

    parser = add_command(
        subparsers,
        "report",
        summary="Write a report of a target: one HTML file to look at",
        description=(
            "Read the datasets and the documents of runs in a target and write one HTML file: what arrived\n"
            "and what is missing by station and day, each variable over time with its range and flags, wind\n"
            "rose, rain, what quality control found and by which rule, quarantined records, the runs with\n"
            "verdict, duration and cost, and every column with its unit. It asks for nothing from a network."
        ),
        examples=[
            ("weather report demo-output --open", "write demo-output/report.html and open it"),
            ("weather report s3://my-datasets --output week.html", "of a bucket"),
            ("weather report --stack prod", "of a stack's datasets, into report.html"),
        ],
    )
    add_target(parser)
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="file to write (report.html in the folder, else here)"
    )
    parser.add_argument(
        "--days", type=count, default=366, metavar="N", help="how many days back it looks (default: 366)"
    )
    parser.add_argument("--open", action="store_true", help="open it in the browser")
    parser.set_defaults(handler=handler)


def handler(arguments: argparse.Namespace) -> int:
    """Write the report and say where."""
    from weather_etl.lake import LocalStorage

    from weather_cli.report import write_report
    from weather_cli.target.place import target_of
    from weather_cli.ui import Ui

    target = target_of(arguments.target, arguments.stack)
    path: Path = arguments.output or (
        target.storage.root / "report.html"
        if isinstance(target.storage, LocalStorage)
        else Path("report.html")
    )
    with Ui(sys.stderr).progress(f"reading {target.url}", {"files": "files read"}) as progress:
        target.progress = progress
        size = write_report(target, path, arguments.days)
    Ui(answer=False).line(f"{path} ({size / 1e6:.1f} MB): {path.resolve().as_uri()}", wrap=False)
    if arguments.open:
        import webbrowser

        if not webbrowser.open(path.resolve().as_uri()):
            raise CommandError(f"no browser could be opened; open {path} yourself")
    return 0
