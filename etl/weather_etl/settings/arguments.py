"""The job's arguments, on Glue and from the command line.

Glue passes its own reserved arguments (`--JOB_NAME`, `--enable-metrics`, `--extra-py-files` ...) to the
script as well; they are ignored.  An empty value means "not given", since a workflow cannot leave an argument
out.
"""

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from weather_etl.checking import Problem, ProblemsError, zone_problem
from weather_etl.core import StationZone, from_us, parse_instant, to_us

ENGINES: Final = ("auto", "embedded", "spark")
DEFAULT_TIMEZONE: Final = "Asia/Ho_Chi_Minh"
"""Zone of sites without one of their own, unless another is told: where the platform's stations stand."""

_RUN_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")

_NEGATIVE: Final = re.compile(r"-\d")
_EARLIEST_US: Final = to_us(datetime(2, 1, 1, tzinfo=UTC))
_LATEST_US: Final = to_us(datetime(9999, 1, 1, tzinfo=UTC))


class UsageError(ValueError):
    """The arguments are wrong; the text says which and what would be right."""


@dataclass(frozen=True)
class Arguments:
    """What a run was asked to do.  Instants are microseconds UTC.

    Attributes:
        source: lake, `s3://...` or folder.
        target: where the datasets go.
        run_id: names the run's folder; unique per run.
        until_us: messages that entered the lake before this instant are read, windows that end by then
            closed.
        since_us: given for a replay: re-read everything that entered from this instant on; the watermark
            stays.
        start_from_us: the first run of a site reads nothing that entered earlier.
        timezone: default zone of the sites.
        week_start: weekday on which weeks begin, or `iso`.
        config: address of the run configuration document.
        database: catalogue database in which partitions are registered; None: none.
        region: of the buckets and the catalogue; empty: the environment's.
        raw_table: the crawler's table, compared with what the messages hold.
        engine: `auto`, `embedded` or `spark`.
        glue_version: for the cost, as are the next three.
        worker_type: Glue worker type.
        number_of_workers: Glue workers.
        execution_class: `STANDARD` or `FLEX`.
    """

    source: str
    target: str
    run_id: str
    until_us: int
    since_us: int | None = None
    start_from_us: int | None = None
    timezone: str = DEFAULT_TIMEZONE
    week_start: str = "sunday"
    config: str | None = None
    database: str | None = None
    region: str = ""
    raw_table: str | None = None
    engine: str = "auto"
    glue_version: str = ""
    worker_type: str = ""
    number_of_workers: int = 0
    execution_class: str = "STANDARD"

    @property
    def replay(self) -> bool:
        """Whether the window is given at both ends, which leaves the watermark alone."""
        return self.since_us is not None


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        raise UsageError(message)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments on a parser, each as text; `from_namespace` checks them."""
    parser.add_argument("--source", required=True, help="raw lake: a folder or s3://bucket/prefix/")
    parser.add_argument(
        "--target", required=True, help="where the datasets go: a folder or s3://bucket[/prefix]"
    )
    parser.add_argument(
        "--until", default="", help="read what entered before this instant (ISO 8601; default: now)"
    )
    parser.add_argument("--since", default="", help="replay: re-read what entered from this instant on")
    parser.add_argument(
        "--start-from", "--start_from", metavar="TIME", default="", help="a site's first run starts here"
    )
    parser.add_argument(
        "--timezone",
        default=DEFAULT_TIMEZONE,
        help=f"zone of sites without one of their own, IANA name or offset (default: {DEFAULT_TIMEZONE})",
    )
    parser.add_argument(
        "--week-start",
        "--week_start",
        metavar="DAY",
        default="sunday",
        help="weekday name, or iso (default: sunday)",
    )
    parser.add_argument("--config", default="", help="run configuration document (file or s3://...)")
    parser.add_argument(
        "--run-id", "--run_id", metavar="NAME", default="", help="name of the run (default: from the clock)"
    )
    parser.add_argument("--engine", default="auto", help="auto, embedded or spark (default: auto)")
    parser.add_argument(
        "--database", default="", help="catalogue database in which partitions are registered"
    )
    parser.add_argument("--region", default="", help="AWS region (default: the environment's)")
    parser.add_argument("--raw-table", "--raw_table", metavar="TABLE", default="", help="the crawler's table")
    parser.add_argument(
        "--glue-version", "--glue_version", metavar="VERSION", default="", help="for the cost"
    )
    parser.add_argument("--worker-type", "--worker_type", metavar="TYPE", default="", help="for the cost")
    parser.add_argument(
        "--number-of-workers", "--number_of_workers", metavar="N", default="", help="for the cost"
    )
    parser.add_argument(
        "--execution-class", "--execution_class", metavar="CLASS", default="STANDARD", help="for the cost"
    )


def parse_arguments(argv: Sequence[str], now: datetime | None = None) -> Arguments:
    """Parse the job's arguments; unknown ones are Glue's and are ignored.

    Args:
        argv: arguments without the script's name.
        now: the present, for tests.

    Raises:
        UsageError: an argument is missing or wrong; every problem is in the text.
        SystemExit: with status 0, after `--help` has been answered.
    """
    parser = _Parser(
        allow_abbrev=False,
        description="Read what is new in a lake of raw messages, check and aggregate it, write the datasets.",
        epilog="Exit status: 0 done, whatever the verdict in _runs/<run_id>/summary.json; 1 the job failed; "
        "2 wrong arguments. What is not listed here is taken for an argument of Glue's and ignored.",
    )
    add_arguments(parser)
    namespace, _ = parser.parse_known_args(_joined(argv))
    return from_namespace(namespace, now)


def _joined(argv: Sequence[str]) -> list[str]:
    """Write `--timezone -05:00` as `--timezone=-05:00`, which argparse would take for two options."""
    joined: list[str] = []
    for part in argv:
        named = joined and joined[-1].startswith("--") and "=" not in joined[-1]
        if named and _NEGATIVE.match(part):
            joined[-1] += f"={part}"
        else:
            joined.append(part)
    return joined


def from_namespace(namespace: argparse.Namespace, now: datetime | None = None) -> Arguments:
    """Check parsed arguments.

    Raises:
        UsageError: one or more are wrong.
    """
    moment = now or datetime.now(UTC)
    problems: list[str] = []

    def instant(name: str) -> int | None:
        text = str(getattr(namespace, name) or "").strip()
        if not text:
            return None
        try:
            parsed = parse_instant(text)
        except (ValueError, OverflowError) as error:
            problems.append(f"--{name}: {error}")
            return None
        if not _EARLIEST_US <= parsed < _LATEST_US:  # local days on either side must be dates too
            problems.append(f"--{name}: {text} is not in the years 2 to 9998")
        return parsed

    until = instant("until")
    since = instant("since")
    until = to_us(moment) if until is None else until
    if since is not None and since >= until:
        problems.append(f"--since {namespace.since} is not before --until {namespace.until or 'now'}")
    run_id = namespace.run_id or f"{from_us(to_us(moment)):%Y%m%dT%H%M%S.%fZ}"
    if not _RUN_ID.fullmatch(run_id):
        problems.append(
            f"--run_id {run_id!r} must be at most 128 letters, digits and ._:-, "
            "beginning with a letter or digit"
        )
    if namespace.engine not in ENGINES:
        problems.append(f"--engine {namespace.engine!r} must be one of {', '.join(ENGINES)}")
    workers = str(namespace.number_of_workers or 0)
    if not re.fullmatch(r"[0-9]{1,4}", workers):
        problems.append(f"--number_of_workers {workers!r} must be a whole number of at most four digits")
    timezone, week_start = namespace.timezone or DEFAULT_TIMEZONE, namespace.week_start or "sunday"
    if wrong := zone_problem("--timezone", timezone):
        problems.append(str(wrong))
    else:
        try:
            StationZone(timezone, week_start)
        except ValueError as error:
            problems.append(str(error))
    problems += [
        f"--{name} is empty" for name in ("source", "target") if not getattr(namespace, name).strip()
    ]
    start_from = instant("start_from")
    if problems:
        several = ProblemsError("wrong arguments", [Problem("", problem) for problem in problems])
        raise UsageError(str(several) if len(problems) > 1 else problems[0])
    return Arguments(
        source=namespace.source,
        target=namespace.target,
        run_id=run_id,
        until_us=until,
        since_us=since,
        start_from_us=start_from,
        timezone=timezone,
        week_start=week_start,
        config=namespace.config or None,
        database=namespace.database or None,
        region=namespace.region,
        raw_table=namespace.raw_table or None,
        engine=namespace.engine,
        glue_version=namespace.glue_version,
        worker_type=namespace.worker_type,
        number_of_workers=int(workers),
        execution_class=namespace.execution_class or "STANDARD",
    )
