"""Run the ETL alone, on folders or buckets, without any orchestration.

The same code as the Glue job: see `weather_etl.runs.run`.
"""

import argparse
import sys
import time
from typing import TYPE_CHECKING, Any

from weather_cli.arguments import Subparsers, add_command
from weather_cli.errors import CommandError, UsageError

if TYPE_CHECKING:
    from weather_cli.ui import Ui


class RejectedError(CommandError):
    """The quality verdict failed: nothing was published (exit status 3)."""

    status = 3


def register(subparsers: Subparsers) -> None:
    """Add `weather transform`."""
    from weather_etl.settings.arguments import add_arguments

    parser = add_command(
        subparsers,
        "transform",
        summary="Run the ETL alone, on folders or buckets",
        description=(
            "Read what is new in a lake of raw messages, check and aggregate it, and write the datasets:\n"
            "observations, hourly, daily and weekly CSV, with manifest and summary under _runs/. Run again,\n"
            "it reads what has come since. With --since it re-reads a window and the watermark stays.\n"
            "Messages lie in one folder per site: SOURCE/<site>/<epoch ms>.json. The name says when it\n"
            "entered the lake (any other name: the file's time). What is put in with a time before the last\n"
            "run's, less ten minutes, is read by --since alone. Names that begin with . or _ are no sites."
        ),
        examples=[
            ("weather transform --source lake --target out", "everything that is new, up to now"),
            (
                "weather transform --source lake --target out --until 2025-09-14T00:00:00+07:00",
                "up to an instant",
            ),
            ("weather transform --source s3://lake/raw/ --target s3://out", "the same on S3"),
            (
                "weather transform --source lake --target out --since 2025-09-07 --until 2025-09-14",
                "a replay",
            ),
        ],
        statuses={3: "the quality verdict failed: nothing was published, the watermark stays"},
    )
    add_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print the run's summary on stdout as JSON")
    parser.set_defaults(handler=_handle)


def _handle(namespace: argparse.Namespace) -> int:
    from weather_etl.lake import OVERLAP_US, SourceMissingError
    from weather_etl.main import EXPECTED_ERRORS
    from weather_etl.profiles import ProfileError
    from weather_etl.runs import run
    from weather_etl.settings.arguments import UsageError as WrongArguments
    from weather_etl.settings.arguments import from_namespace
    from weather_etl.settings.config import ConfigError

    from weather_cli.ui import Ui

    try:
        arguments = from_namespace(namespace)
    except WrongArguments as error:
        raise UsageError(str(error)) from None
    if not arguments.replay and arguments.until_us > time.time_ns() // 1000 + OVERLAP_US:
        raise UsageError(
            f"--until {namespace.until} lies in the future: what arrives until then would never be read; "
            "without --until everything up to now is"
        )
    try:
        if sys.stderr.isatty():
            with Ui(sys.stderr).live(f"reading {arguments.source}") as show:
                summary = run(arguments, lambda stage, done, total: show(_progress(stage, done, total)))
        else:
            summary = run(arguments)
    except (ConfigError, ProfileError, SourceMissingError) as error:
        raise UsageError(str(error)) from error
    except EXPECTED_ERRORS as error:
        raise CommandError(str(error)) from error
    if namespace.json:
        _print_json(summary)
    else:
        _print(Ui(), summary, arguments.target)
    if summary["verdict"]["level"] == "fail":
        reasons = "; ".join(summary["verdict"]["reasons"])
        raise RejectedError(
            f"the quality verdict of run {summary['run_id']} is fail, nothing was published: {reasons} "
            f"(see _runs/{summary['run_id']}/summary.json and quarantine/, then 'weather accept --help')"
        )
    return 0


def _progress(stage: str, done: int, total: int) -> str:
    words = {"listed": "sites listed", "read": "objects read", "written": "partitions written"}
    return f"{words.get(stage, stage)}: {done:,} of {total:,}"


def _print_json(summary: dict[str, Any]) -> None:
    import orjson

    print(orjson.dumps(summary, option=orjson.OPT_INDENT_2).decode())


def _print(ui: "Ui", summary: dict[str, Any], target: str) -> None:
    parts = ("accepted", "duplicates", "merged", "ignored", "quarantined")
    objects = f"{summary['objects_read']:,} read + {summary['objects_unreadable']:,} unreadable"
    ui.facts(
        {
            "run": summary["run_id"],
            "verdict": summary["verdict"]["level"],
            **{f"reason {index}": text for index, text in enumerate(summary["verdict"]["reasons"], 1)},
            "window": f"{summary['window']['since'] or 'the beginning'} to {summary['window']['until']}",
            "objects": f"{summary['objects_listed']:,} listed = {objects}",
            "messages": f"{summary['messages']:,} = "
            + " + ".join(f"{summary[part]:,} {part}" for part in parts),
            "partitions written": summary["partitions_written"],
            "seconds": summary["seconds"]["total"],
            "target": target,
        }
    )
    if summary["empty"]:
        ui.remark("nothing new was found in the lake")
    if summary["partitions_written"]:
        ui.table(["dataset", "rows in the partitions written"], list(summary["datasets"].items()))
