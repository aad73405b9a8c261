"""Run the ETL alone, on folders or buckets, without any orchestration.

The same code as the Glue job: see `weather_etl.runs.run`.
"""

import argparse
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from weather_cli.arguments import Subparsers, add_command
from weather_cli.errors import CommandError, RejectedError, UsageError

if TYPE_CHECKING:
    from weather_etl.settings import Arguments

_STAGES: Final = {"listed": "sites listed", "read": "objects read", "written": "partitions written"}
"""Stages of a run, in words."""


def register(subparsers: Subparsers) -> None:
    """Add `weather transform`."""
    from weather_etl.settings import add_arguments

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
        interrupted="what was published is whole; run the same command again, and it goes on from there",
    )
    add_arguments(parser)
    parser.set_defaults(timezone="")  # so that a zone that was told is known from the default
    parser.add_argument(
        "--full",
        action="store_true",
        help="read the whole lake again, as after a changed zone, profile, configuration or source",
    )
    parser.add_argument(
        "--profiles",
        metavar="PATH",
        action="append",
        default=[],
        help="profile file, or folder of them, besides those of --config; may be repeated",
    )
    parser.add_argument("--json", action="store_true", help="print the run's summary on stdout as JSON")
    parser.set_defaults(handler=_handle)


def _handle(namespace: argparse.Namespace) -> int:
    from weather_etl.lake import open_storage
    from weather_etl.runs import load_config, run
    from weather_report import Target
    from weather_report.job import report_beside

    from weather_cli.payload.files import profile_files, unconfirmed
    from weather_cli.target.changes import check_source, since_last_run
    from weather_cli.target.outcome import facts, overlooked, written_by, zone_doubts
    from weather_cli.ui import Ui

    zone_told = bool(namespace.timezone)
    with _writing(namespace.target):
        arguments = _arguments(namespace)
        config = load_config(arguments)
        remarks = check_source(arguments, config)
        changed = since_last_run(arguments, config)
        with Ui(sys.stderr).progress(f"reading {arguments.source}", _STAGES) as progress:
            summary = report_beside(arguments, run(arguments, progress), _no_report)
    target = Target(open_storage(arguments.target))
    written = written_by(target, summary["run_id"])
    zone = arguments.timezone + ("" if zone_told else " (default; --timezone or a site's timezone)")
    if namespace.json:
        _print_json(summary)
    else:
        ui = Ui(answer=False)
        ui.facts(facts(summary, written, arguments.target, zone))
        if summary["partitions_written"]:
            ui.table(["dataset", "rows in the partitions written"], list(summary["datasets"].items()))
        if "report" in summary:
            ui.facts({"report": f"{arguments.target.rstrip('/')}/{summary['report']}"})
    ui = Ui(sys.stderr if namespace.json or Ui.quiet else sys.stdout)
    if Ui.quiet and summary["verdict"]["level"] == "warn":
        for text in summary["verdict"]["reasons"]:
            ui.warning(text)
    for text in overlooked(summary, written, arguments.target):
        ui.remark(text)
    for text in [
        *zone_doubts(summary, written),
        *remarks,
        *unconfirmed(profile_files(namespace.profiles)),
        *_left_to_do(arguments, summary, changed),
    ]:
        ui.warning(text)
    if summary["verdict"]["level"] == "fail":
        reasons = "; ".join(summary["verdict"]["reasons"])
        raise RejectedError(
            f"the quality verdict of run {summary['run_id']} is fail, nothing was published: {reasons}",
            f"look into {arguments.target}/quarantine/, mend the cause and run this again; or, to publish in "
            f"spite of it: weather accept --target {arguments.target} --run {summary['run_id']}",
        )
    return 0


def _no_report(why: str) -> None:
    print(f"weather transform: no report could be made: {why}", file=sys.stderr)


@contextmanager
def _writing(target: str) -> Generator[None]:
    """Say of what the system refuses below the target that it is the target that cannot be written.

    Raises:
        CommandError: a file or folder of the target cannot be written.
    """
    try:
        yield
    except OSError as error:
        if not str(error.filename).startswith(str(Path(target).expanduser().absolute())):
            raise
        what = f"the target {target} cannot be written: {error.strerror} ({error.filename})"
        raise CommandError(what, "name another place with --target, or free this one for writing") from error


def _arguments(namespace: argparse.Namespace) -> "Arguments":
    """Check what was typed."""
    from weather_etl.lake import OVERLAP_US
    from weather_etl.settings import from_namespace

    from weather_cli.target.changes import BEGINNING, has_run

    if namespace.full and namespace.since:
        raise UsageError("--full reads from the beginning, --since from an instant: give one of them")
    arguments = from_namespace(namespace)
    if namespace.full and has_run(arguments):
        namespace.since = BEGINNING
        arguments = from_namespace(namespace)
    if not arguments.replay and arguments.until_us > time.time_ns() // 1000 + OVERLAP_US:
        raise UsageError(
            f"--until {namespace.until} lies in the future: what arrives until then would never be read; "
            "without --until everything up to now is"
        )
    return _with_profiles(arguments, namespace.profiles) if namespace.profiles else arguments


def _with_profiles(arguments: "Arguments", paths: list[str]) -> "Arguments":
    """Return arguments whose configuration holds further profiles; it is kept beside the run."""
    import dataclasses

    import orjson
    from weather_etl.lake import open_storage
    from weather_etl.runs import read_config
    from weather_etl.settings import parse_config

    from weather_cli.payload.files import profile_files

    told, ledgers = read_config(arguments.config) if arguments.config else (b"{}", {})
    document: dict[str, Any] = orjson.loads(told)
    profiles: list[Any] = document.setdefault("profiles", [])
    files = profile_files(paths)
    for file in files:
        try:
            profiles.append(orjson.loads(file.read_bytes()))
        except OSError as error:
            raise UsageError(f"--profiles {file} cannot be read: {error.strerror}") from None
        except orjson.JSONDecodeError as error:
            raise UsageError(f"--profiles {file} is not JSON: {error}") from None
    parse_config(orjson.dumps(document))  # what is wrong is told before anything is written
    target = open_storage(arguments.target)
    key = f"_runs/{arguments.run_id}/config.json"
    target.put(key, orjson.dumps(document, option=orjson.OPT_INDENT_2))
    for site, ledger in ledgers.items():  # they lie beside the configuration
        target.put(f"_runs/{arguments.run_id}/ledger/{quote(site, safe='')}.csv", ledger)
    return dataclasses.replace(arguments, config=f"{target.url}/{key}")


def _left_to_do(arguments: "Arguments", summary: dict[str, Any], changed: list[str]) -> list[str]:
    """Return what a run did not do although one might think so, and how to do it."""
    from weather_cli.target.changes import never_read

    remarks: list[str] = []
    again = "--full reads the whole lake again"
    if changed and not arguments.replay:
        remarks += [f"changed since the last run: {one}" for one in changed]
        remarks.append(f"messages that were read before keep their old rows; {again} with what holds now")
    if summary["empty"]:
        remarks.append(f"nothing new was found in the lake: earlier runs have read it up to here; {again}")
        if left := never_read(arguments):
            remarks.append(
                f"{left:,} objects were never read: their times lie before what earlier runs had read; "
                f"{again}"
            )
    return remarks


def _print_json(summary: dict[str, Any]) -> None:
    import orjson

    print(orjson.dumps(summary, option=orjson.OPT_INDENT_2).decode())
