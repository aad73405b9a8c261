"""Lakes and runs for the tests of the run side."""

import csv
import gzip
import hashlib
import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
from weather_etl.datasets.partitions import read_csv
from weather_etl.datasets.tables import tables
from weather_etl.lake.opening import open_storage
from weather_etl.lake.storage import Storage
from weather_etl.runs.execution import run
from weather_etl.settings.arguments import parse_arguments

DATA = Path(__file__).parents[2] / "weather_cli/demo/data/nycflights13_weather.csv.gz"
NEW_YORK = {name: {"timezone": "America/New_York", "interval_s": 3600} for name in ("EWR", "JFK", "LGA")}


@cache
def _published() -> list[dict[str, str]]:
    with gzip.open(DATA, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def airport_rows(stations: Iterable[str], first: str, behind: str) -> Iterator[dict[str, str]]:
    """Yield the published rows of stations with first <= time_hour < behind (ISO dates, UTC)."""
    wanted = set(stations)
    return (row for row in _published() if row["origin"] in wanted and first <= row["time_hour"] < behind)


def number(row: Mapping[str, str], name: str) -> float | None:
    """Return a cell as a number, None for NA."""
    return None if row[name] == "NA" else float(row[name])


def metric(row: Mapping[str, str]) -> dict[str, float | None]:
    """Return the published values in stored units."""

    def scaled(name: str, factor: float) -> float | None:
        value = number(row, name)
        return None if value is None else value * factor

    fahrenheit = number(row, "temp")
    return {
        "air_temperature": None if fahrenheit is None else (fahrenheit - 32) / 1.8,
        "relative_humidity": number(row, "humid"),
        "air_pressure_at_mean_sea_level": number(row, "pressure"),
        "wind_speed": scaled("wind_speed", 0.44704),
        "wind_speed_of_gust": scaled("wind_gust", 0.44704),
        "wind_from_direction": number(row, "wind_dir"),
        "rainfall_amount_interval": scaled("precip", 25.4),
    }


def airport_message(row: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return key and message of a published row: flat, CF names, ingested 30 s after the observation."""
    moment = datetime.fromisoformat(row["time_hour"])
    body = {name: value for name, value in metric(row).items() if value is not None}
    message = {"station_id": row["origin"], "time": row["time_hour"], **body}
    return f"{row['origin']}/{int(moment.timestamp()) * 1000 + 30_000}.json", message


def airport_lake(folder: Path, stations: Iterable[str], first: str, behind: str) -> dict[str, bytes]:
    """Write a lake of published rows and return its objects."""
    objects: dict[str, bytes] = {}
    for row in airport_rows(stations, first, behind):
        key, message = airport_message(row)
        objects[key] = json.dumps(message).encode()
    write_lake(folder, objects)
    return objects


def daily_lake(folder: Path, stations: Iterable[str], first: str, behind: str) -> None:
    """Write a lake with one object per station and UTC day, an array of messages (a year is 1,100 files)."""
    days: dict[str, list[dict[str, Any]]] = {}
    for row in airport_rows(stations, first, behind):
        midnight = datetime.fromisoformat(row["time_hour"][:10] + "T00:00:00+00:00").timestamp()
        key = f"{row['origin']}/{(int(midnight) + 86_400) * 1000}.json"
        days.setdefault(key, []).append(airport_message(row)[1])
    write_lake(folder, {key: json.dumps(messages).encode() for key, messages in days.items()})


def write_lake(folder: Path, objects: Mapping[str, bytes]) -> None:
    """Write objects into a local lake."""
    folder.mkdir(parents=True, exist_ok=True)
    for key, data in objects.items():
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def flat(station: str, moment: str, ingest: str | None = None, **values: object) -> tuple[str, bytes]:
    """Return (key without site, body) of a flat message.

    Args:
        station: id.
        moment: time of observation, ISO 8601.
        ingest: time of ingest; default: that of the observation.
        **values: by canonical name.
    """
    milliseconds = int(datetime.fromisoformat(ingest or moment).timestamp() * 1000)
    return f"{milliseconds}.json", json.dumps({"station_id": station, "time": moment, **values}).encode()


def transform(
    source: Path | str,
    target: Path | str,
    until: str,
    config: Mapping[str, Any] | None = None,
    **options: str,
) -> dict[str, Any]:
    """Run the job in this process and return its summary; options by the arguments' names."""
    argv = ["--source", str(source), "--target", str(target), "--until", until]
    if config is not None:
        name = hashlib.sha256(orjson.dumps(config)).hexdigest()[:12]
        base = Path(str(target)) if "://" not in str(target) else Path(str(source))
        path = base.parent / f"config-{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        written = path.with_name(f"{path.name}.{threading.get_ident()}")
        written.write_bytes(orjson.dumps(config))
        written.replace(path)  # runs of two threads may read it at once
        argv += ["--config", str(path)]
    for name, value in options.items():
        argv += [f"--{name}", value]
    return run(parse_arguments(argv, now=datetime.now(UTC)))


def just_now() -> str:
    """Return an instant behind the modification times of files that a test has just written."""
    return (datetime.now(UTC) + timedelta(minutes=1)).isoformat()


def datasets(target: Path | str) -> dict[str, bytes]:
    """Return every dataset file (not _runs, _state, quarantine, the views) by key."""
    if "://" not in str(target):
        root = Path(target)
        found = {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    else:
        found = {entry: storage_bytes(open_storage(str(target)), entry) for entry in keys(str(target))}
    return {
        key: data
        for key, data in sorted(found.items())
        if not key.startswith(("_", "quarantine/", "views.sql"))
    }


def keys(target: str) -> list[str]:
    """Return every key of an S3 target."""
    return [entry.key for entry in open_storage(target).objects("")]


def storage_bytes(storage: Storage, key: str) -> bytes:
    """Return an object that must exist."""
    found = storage.get(key)
    assert found is not None, key
    return found.data


def rows_of(target: Path, table: str, site: str) -> list[dict[str, Any]]:
    """Return the rows of a site's dataset as dictionaries, in file order."""
    declared = tables()[table]
    folder = target / table / f"site={site}" if "site" in declared.partitions else target / table
    parts = [read_csv(path.read_bytes(), declared) for path in sorted(folder.rglob("*.csv*"))]
    rows = pa.concat_tables(parts).to_pylist() if parts else []
    return [row for row in rows if row.get("site", site) == site]


def by_date(rows: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return daily or weekly rows of one station by local date."""
    return {row["local_date"]: row for row in rows}
