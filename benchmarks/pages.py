"""(i) The report: how long it takes and how large it is, from a village's stations to a country's."""

import csv
import gzip
import json
import sys
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.job import transform
from benchmarks.measure import ROOT, run
from benchmarks.report import Section, goal

AIRPORTS = ("EWR", "JFK", "LGA")
_DATA = ROOT / "weather_cli/demo/data/nycflights13_weather.csv.gz"
_NEWEST = (
    {"daily": 2, "hourly": 14, "observations": 400},
    {"daily": 2, "hourly": 2, "observations": 31},
)
"""Files of each dataset that are copied, of few stations and of many: no more of these is read, and a country's
would be 400,000."""

_FIELDS = {
    "temp": ("air_temperature", lambda value: (value - 32) / 1.8),
    "humid": ("relative_humidity", float),
    "pressure": ("air_pressure_at_mean_sea_level", float),
    "wind_speed": ("wind_speed", lambda value: value * 0.44704),
    "wind_gust": ("wind_speed_of_gust", lambda value: value * 0.44704),
    "wind_dir": ("wind_from_direction", float),
    "precip": ("rainfall_amount_interval", lambda value: value * 25.4),
}
"""Column of the published weather -> variable and its value in stored units."""


def measure(folder: Path, *, quick: bool) -> Section:
    days = 40 if quick else 365
    _run_the_job(folder, days)
    section = Section(
        "(i) The report",
        f"`weather report` over {days} days of hourly observations: the three airports of 2013, their datasets copied "
        "under other names until there are as many stations. CPU time of the whole process, start-up included, "
        "with what it read and how many days its page has by day and by hour.",
        ["stations", "CPU s", "wall s", "peak MB", "page MB", "days by day", "days by hour"],
    )
    for stations in (3, 15) if quick else (3, 15, 100, 1_000):
        target = folder / f"target{stations}"
        _copies(folder / "out", target, stations)
        page = folder / f"{stations}.html"
        measured = run([sys.executable, "-m", "weather_cli.cli", "report", target, "--output", page])
        by_day, by_hour = _spans(page)
        section.rows.append(
            [
                stations,
                measured.cpu_s,
                measured.wall_s,
                measured.peak_mb,
                page.stat().st_size / 1e6,
                by_day,
                by_hour,
            ]
        )
    rows = {row[0]: row for row in section.rows}
    section.goals = [
        goal("MB of 15 stations", rows[15][4], 3, at_least=False),
        goal("seconds of CPU for 15 stations", rows[15][1], 5, at_least=False),
    ]
    if not quick:
        section.goals.append(goal("MB of 1,000 stations", rows[1_000][4], 10, at_least=False))
    return section


def _run_the_job(folder: Path, days: int) -> None:
    """Make the datasets of the three airports: one object a station and day."""
    until = datetime(2013, 1, 1, tzinfo=UTC) + timedelta(days=days)
    objects: defaultdict[str, list[dict]] = defaultdict(list)
    with gzip.open(_DATA, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            moment = datetime.fromisoformat(row["time_hour"])
            if moment >= until:
                continue
            values = {
                name: read(float(row[column]))
                for column, (name, read) in _FIELDS.items()
                if row[column] != "NA"
            }
            arrived = moment.replace(hour=0) + timedelta(days=1)
            key = f"{row['origin']}/{int(arrived.timestamp()) * 1000}.json"
            objects[key].append({"station_id": row["origin"], "time": row["time_hour"], **values})
    for key, messages in objects.items():
        path = folder / "lake" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(messages), encoding="utf-8")
    transform(folder / "lake", folder / "out", until + timedelta(days=2))


def _copies(source: Path, target: Path, stations: int) -> None:
    """Copy what a report reads: documents, days, the last months by hour, the last month's observations."""
    (target / "_runs").mkdir(parents=True)
    (target / "_runs/bench").symlink_to(source / "_runs/bench")
    for number in range(stations):
        old, new = AIRPORTS[number % len(AIRPORTS)], f"S{number:04d}"
        for dataset, newest in _NEWEST[stations > 15].items():
            for path in sorted((source / dataset / f"site={old}").rglob("*.csv"))[-newest:]:
                copy = target / dataset / f"site={new}" / path.relative_to(source / dataset / f"site={old}")
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(path.read_bytes().replace(f"\n{old},".encode(), f"\n{new},".encode()))


def _spans(page: Path) -> tuple[int, int]:
    """Return how many days a page has by day and by hour, as its own numbers say."""
    import base64
    import re

    text = page.read_text(encoding="utf-8")
    packed = re.search(r'<script[^>]*id="data"[^>]*>([^<]+)<', text)
    assert packed, "the page holds no numbers"
    document = json.loads(gzip.decompress(base64.b64decode(packed[1])))
    return len(document["days"]), document["hourDays"]
