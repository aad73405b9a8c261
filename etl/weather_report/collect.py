"""What the report says, read from a target as plain values.

What is read is bounded: the last year by day, as many of its last days by hour as fit into the page, and the
newest runs.  A longer history makes neither the report nor the reading of it larger.

Longer than 400 lines: what the report knows and how each part of it is read stand side by side.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from weather_etl.core import arrow_tables as arrow
from weather_etl.core import parse_instants, unescape_name
from weather_etl.datasets import read_csv, tables
from weather_etl.lake import LocalStorage
from weather_etl.settings import RunConfig

from weather_report.charts import COLUMNS, SPEED_CLASSES
from weather_report.configuration import configuration_of
from weather_report.reading import SITE, read
from weather_report.rules import Flagged, flagged
from weather_report.target import File, Target

MAX_DAYS: Final = 366
MAX_RUNS: Final = 60
MAX_REJECTS: Final = 100
DAY_NUMBERS: Final = 450_000
"""Numbers by day that a page holds; 15 stations with 25 columns over a year are 137,000."""
HOUR_NUMBERS: Final = 300_000
"""Numbers by hour that a page holds."""
COMPLETE: Final = 0.75
"""Share of the hours from which a day is complete: what a daily mean needs (docs/datasets/daily.md)."""

Floats = npt.NDArray[np.float64]
_SECTORS: Final = 16


@dataclass(frozen=True)
class Span:
    """Rows of one station in time: what its charts show.

    Attributes:
        times: start of each row, seconds since 1970: UTC for hours, midnight of the local date for days.
        columns: numbers by column, NaN where missing; columns without any number are left out.
        rose: slots by speed class and sector; by sector alone (one class) for days.
        calm: slots without wind.
    """

    times: list[int]
    columns: dict[str, Floats]
    rose: list[list[int]]
    calm: int


@dataclass
class Station:
    """One station.

    Attributes:
        site: its site.
        station: its id within the site.
        label: what the page calls it.
        zone: offsets from UTC in the time shown, and the zone's name where the configuration tells it.
        offsets: [seconds since 1970 from which on, offset in seconds], in order.
        coverage: share of each day of the report, NaN for a day without a row.
        failed: values of each day that failed quality control.
        suspect: values of each day that are suspect.
        days: by day.
        hours: by hour.
        flagged: values that quality control did not pass, in the hours' days.
    """

    site: str
    station: str
    label: str
    zone: str
    offsets: list[tuple[int, int]]
    coverage: Floats
    failed: list[int]
    suspect: list[int]
    days: Span
    hours: Span
    flagged: list[Flagged] = field(default_factory=list[Flagged])

    @property
    def first_day(self) -> int | None:
        """Index of the first day with a row."""
        present = np.flatnonzero(~np.isnan(self.coverage))
        return int(present[0]) if len(present) else None


@dataclass(frozen=True)
class Run:
    """One run or failed execution, as the page lists it; None where it is not known."""

    run_id: str
    at: str
    level: str
    reasons: list[str]
    messages: int | None
    accepted: int | None
    quarantined: int | None
    seconds: float | None
    usd: float | None
    empty: bool
    next_step: str


@dataclass(frozen=True)
class Report:
    """Everything that the page says.

    Attributes:
        target: address of the datasets.
        made: when the report was made, UTC.
        days: local dates, from the first to the last.
        hour_days: number of last days that are there by hour.
        stations: by label.
        runs: newest first.
        runs_in_all: number of runs that left documents.
        summary: of the newest run that wrote one.
        quarantine: records by reason, of the runs listed.
        rejects: newest quarantined records: run, key, reason, detail, excerpt.
        config: what the newest run knew of its sites.
        config_known: whether its configuration could be read.
    """

    target: str
    made: datetime
    days: list[str]
    hour_days: int
    stations: list[Station]
    runs: list[Run]
    runs_in_all: int
    summary: Mapping[str, Any] | None
    quarantine: Counter[str]
    rejects: list[dict[str, str]]
    config: RunConfig
    config_known: bool


def collect(target: Target, made: datetime, max_days: int = MAX_DAYS) -> Report:
    """Read a target.

    Args:
        target: where the datasets are.
        made: the present.
        max_days: how many days back the report looks at most.

    Raises:
        CommandError: a file of the target is damaged.
    """
    runs = [_run(summary) for summary in target.summaries]
    runs += [_failed_execution(record) for record in target.errors]
    runs.sort(key=lambda run: (run.at, run.run_id), reverse=True)
    summary = target.summaries[-1] if target.summaries else None
    config, config_known = _config(target, summary)
    days, stations, hour_days = _stations(target, config, max_days)
    quarantine: Counter[str] = Counter()
    for one in target.summaries[-MAX_RUNS:]:
        quarantine.update(one.get("quarantined_by_reason", {}))
    return Report(
        target=_address(target),
        made=made,
        days=days,
        hour_days=hour_days,
        stations=stations,
        runs=runs[:MAX_RUNS],
        runs_in_all=len(runs),
        summary=summary,
        quarantine=quarantine,
        rejects=_rejects(target),
        config=config,
        config_known=config_known,
    )


def _address(target: Target) -> str:
    """Return where the datasets are, below the current folder where they are: a report is passed on."""
    here = Path.cwd()
    if isinstance(target.storage, LocalStorage) and target.storage.root.is_relative_to(here):
        return str(target.storage.root.relative_to(here))
    return target.url


# ---- stations


def _stations(target: Target, config: RunConfig, max_days: int) -> tuple[list[str], list[Station], int]:
    """Return the days, the stations, and how many last days are there by hour."""
    daily = _daily(target, max_days)
    if not daily.num_rows:
        return [], [], 0
    dates = arrow.texts(daily, "local_date")
    last = date.fromisoformat(max(dates))
    first = max(date.fromisoformat(min(dates)), last - timedelta(days=max_days - 1))
    names = sorted(set(zip(arrow.texts(daily, SITE), arrow.texts(daily, "station_id"), strict=True)))
    columns = [name for name in COLUMNS if _has_numbers(daily, name)]
    fitting = DAY_NUMBERS // (len(names) * max(len(columns), 1))
    first = max(first, last - timedelta(days=max(fitting, 31) - 1))
    days = [str(first + timedelta(days=shift)) for shift in range((last - first).days + 1)]
    hour_days = min(len(days), max(2, HOUR_NUMBERS // (len(names) * max(len(columns), 1) * 24)))

    hourly = _hourly(target, days[-hour_days])
    flags = _flags(target, config, days[-hour_days])
    rows, hour_rows = _rows_of(daily), _rows_of(hourly)
    alone = Counter(site for site, _ in names)
    stations: list[Station] = []
    for site, station in names:
        table = _taken(daily, rows[site, station])
        hours = _taken(hourly, hour_rows.get((site, station), []))
        offsets = _offsets(table, hours)
        stations.append(
            Station(
                site=site,
                station=unescape_name(station),
                label=site if alone[site] == 1 else f"{site} / {unescape_name(station)}",
                zone=_zone(offsets, config.site(site).timezone),
                offsets=offsets,
                **_presence(table, days),
                days=_span(table, _midnights(table), [], days),
                hours=_span(hours, _starts(hours), SPEED_CLASSES, days[-hour_days:]),
                flagged=flags.get((site, station), []),
            )
        )
    return days, stations, hour_days


def _daily(target: Target, max_days: int) -> pa.Table:
    """Return the daily rows of the years that the report may reach back to."""
    files = list(target.files("daily"))
    years = [file.values[1] for file in files if file.values[1].isdigit()]
    if not years:
        return read(target, "daily", [], _DAY_COLUMNS)
    since = str(int(max(years)) - (max_days + 364) // 365)
    rows = read(target, "daily", (file for file in files if file.values[1] >= since), _DAY_COLUMNS)
    if not rows.num_rows:
        return rows
    last = date.fromisoformat(max(arrow.texts(rows, "local_date")))
    since = str(last - timedelta(days=max_days - 1))
    # Rain that was read at midnight makes a row of the day before, in which nothing else was observed.
    observed = (arrow.floats(rows, "n_obs") > 0).tolist()
    dates = arrow.texts(rows, "local_date")
    return rows.filter(pa.array([some and day >= since for some, day in zip(observed, dates, strict=True)]))


def _hourly(target: Target, since: str) -> pa.Table:
    rows = read(target, "hourly", target.files("hourly", since=since[:7]), _HOUR_COLUMNS)
    return rows.filter(pa.array([text >= since for text in arrow.texts(rows, "local_date")], pa.bool_()))


_COMMON: Final = ("station_id", "window_start", "window_start_utc", "local_date", "n_fail", "n_suspect")
_WIND: Final = ("wind_rose", "wind_calm_n", "wind_speed_mean")
_DAY_COLUMNS: Final = (*_COMMON, "coverage", "n_obs", *_WIND, *COLUMNS)
_HOUR_COLUMNS: Final = (*_COMMON, *_WIND, *COLUMNS)


def _rows_of(table: pa.Table) -> dict[tuple[str, str], list[int]]:
    """Return the rows of each station."""
    rows: dict[tuple[str, str], list[int]] = {}
    names = zip(arrow.texts(table, SITE), arrow.texts(table, "station_id"), strict=True)
    for row, name in enumerate(names):
        rows.setdefault(name, []).append(row)
    return rows


def _presence(table: pa.Table, days: Sequence[str]) -> dict[str, Any]:
    """Return coverage and flagged values by day."""
    index = {day: at for at, day in enumerate(days)}
    coverage = np.full(len(days), np.nan)
    failed, suspect = [0] * len(days), [0] * len(days)
    shares = arrow.floats(table, "coverage")
    fails, suspects = arrow.floats(table, "n_fail"), arrow.floats(table, "n_suspect")
    for row, day in enumerate(arrow.texts(table, "local_date")):
        if (at := index.get(day)) is not None:
            coverage[at] = shares[row]
            failed[at], suspect[at] = int(fails[row]), int(suspects[row])
    return {"coverage": coverage, "failed": failed, "suspect": suspect}


def _span(table: pa.Table, times: list[int], classes: Sequence[float], days: Sequence[str]) -> Span:
    keep = [row for row, day in enumerate(arrow.texts(table, "local_date")) if day >= days[0]]
    order = sorted(keep, key=times.__getitem__)
    rows = _taken(table, order)
    columns = {name: arrow.floats(rows, name) for name in COLUMNS if _has_numbers(rows, name)}
    rose, calm = _rose(rows, classes)
    return Span([times[row] for row in order], columns, rose, calm)


def _rose(rows: pa.Table, classes: Sequence[float]) -> tuple[list[list[int]], int]:
    """Return the slots by speed class of their hour and by sector, and the calm ones."""
    total = np.zeros((len(classes) + 1, _SECTORS), dtype=np.int64)
    speeds = arrow.floats(rows, "wind_speed_mean") if "wind_speed_mean" in rows.column_names else None
    if "wind_rose" not in rows.column_names or speeds is None:
        return total.tolist(), 0
    which = (np.nan_to_num(speeds)[:, None] >= np.array(classes, dtype=np.float64)).sum(axis=1)
    for text, index in zip(arrow.optional_texts(rows, "wind_rose"), which.tolist(), strict=True):
        if text:
            total[index] += np.array(text.split(), dtype=np.int64)
    calms = arrow.floats(rows, "wind_calm_n")
    return total.tolist(), int(np.nansum(calms)) if len(calms) else 0


def _taken(table: pa.Table, rows: Sequence[int]) -> pa.Table:
    return table.take(pa.array(rows, pa.int64()))


def _has_numbers(table: pa.Table, name: str) -> bool:
    return name in table.column_names and table.column(name).null_count < table.num_rows


def _starts(table: pa.Table) -> list[int]:
    if not table.num_rows:
        return []
    return (parse_instants(arrow.texts(table, "window_start_utc")) // 1_000_000).tolist()


def _midnights(table: pa.Table) -> list[int]:
    """Return the local date of each row as if its midnight were UTC: a day is a place on an axis of days."""
    return [_day_seconds(text) for text in arrow.texts(table, "local_date")]


def _day_seconds(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days * 86_400


def _offsets(*parts: pa.Table) -> list[tuple[int, int]]:
    """Return when which offset from UTC begins, from the window starts as they are written."""
    found: dict[int, int] = {}
    for table in parts:
        for start, text in zip(_starts(table), arrow.texts(table, "window_start"), strict=True):
            moment = datetime.fromisoformat(text).utcoffset()
            found[start] = int(moment.total_seconds()) if moment is not None else 0
    changes: list[tuple[int, int]] = []
    for start in sorted(found):
        if not changes or changes[-1][1] != found[start]:
            changes.append((start, found[start]))
    return changes


def _zone(offsets: Sequence[tuple[int, int]], name: str | None) -> str:
    """Return the offsets in words, with the zone's name where it is known."""
    shown = " and ".join(dict.fromkeys(_offset_text(offset) for _, offset in offsets)) or "UTC"
    return f"{name} ({shown})" if name and name not in shown else shown


def _offset_text(seconds: int) -> str:
    sign = "−" if seconds < 0 else "+"
    hours, rest = divmod(abs(seconds), 3600)
    return f"UTC{sign}{hours:02d}:{rest // 60:02d}"


# ---- quality


def _flags(target: Target, config: RunConfig, since: str) -> dict[tuple[str, str], list[Flagged]]:
    """Return the flagged values by site and escaped station id, from a local day on."""
    found: dict[tuple[str, str], list[Flagged]] = {}
    table = tables()["observations"]
    for name in target.sites():
        files: list[File] = list(target.files("observations", name, since))
        contents = target.storage.fetch([file.key for file in files])
        parts = [read_csv(content, table) for content in contents if isinstance(content, bytes)]
        if not parts:
            continue
        site = unescape_name(name)
        for one in flagged(pa.concat_tables(parts), config, site):
            found.setdefault((site, one.station), []).append(one)
    return found


# ---- runs


def _run(summary: Mapping[str, Any]) -> Run:
    verdict, window = _part(summary, "verdict"), _part(summary, "window")
    level = str(verdict.get("level") or "unknown")
    return Run(
        run_id=str(summary.get("run_id")),
        at=str(window.get("until") or ""),
        level=level,
        reasons=[str(reason) for reason in verdict.get("reasons") or ()],
        messages=summary.get("messages"),
        accepted=summary.get("accepted"),
        quarantined=summary.get("quarantined"),
        seconds=_part(summary, "seconds").get("total"),
        usd=_part(summary, "cost").get("usd"),
        empty=bool(summary.get("empty")),
        next_step="Nothing was published. Look at the records below, then accept or exclude them: "
        "weather accept --help"
        if level == "fail"
        else "",
    )


def _failed_execution(record: Mapping[str, Any]) -> Run:
    """Return an execution that failed, from its error record."""
    told = _part(record, "cause").get("ErrorMessage") or record.get("cause")
    state = record.get("state") or "an unknown state"
    return Run(
        run_id=str(record.get("runId") or record.get("execution")),
        at=str(_part(record, "window").get("until") or record.get("failedAt") or ""),
        level="failed",
        reasons=[f"failed in {state}: {record.get('error')}: {told}"],
        messages=None,
        accepted=None,
        quarantined=None,
        seconds=_between(record.get("startedAt"), record.get("failedAt")),
        usd=None,
        empty=False,
        next_step="Nothing new was published and the watermark has not moved: mend the cause and start a "
        "run, which reads the same messages again.",
    )


def _part(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an object within a document; an empty one where there is none."""
    part = document.get(name)
    return cast("Mapping[str, Any]", part) if isinstance(part, dict) else {}


def _between(start: Any, end: Any) -> float | None:  # noqa: ANN401  values of a JSON document
    try:
        return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
    except (TypeError, ValueError):
        return None


def _config(target: Target, summary: Mapping[str, Any] | None) -> tuple[RunConfig, bool]:
    """Return the configuration of the newest run, and whether it could be read."""
    manifest = target.manifest(str(summary["run_id"])) if summary else None
    found = None if manifest is None else configuration_of(target, manifest)
    return (RunConfig(), False) if found is None else (found, True)


def _rejects(target: Target) -> list[dict[str, str]]:
    """Return the newest quarantined records, at most `MAX_REJECTS`."""
    rows: list[dict[str, str]] = []
    for summary in reversed(target.summaries[-MAX_RUNS:]):
        if len(rows) >= MAX_REJECTS:
            break
        if not summary.get("quarantined"):
            continue
        found = target.storage.get(f"quarantine/run={summary['run_id']}/rejects.csv")
        if found is not None:
            rows += _records(found.data, str(summary["run_id"]))
    return rows[:MAX_REJECTS]


def _records(data: bytes, run_id: str) -> Iterable[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(data.decode("utf-8", "replace"), newline=""))
    return [{"run": run_id, **{name: row[name] or "" for name in row}} for row in reader]
