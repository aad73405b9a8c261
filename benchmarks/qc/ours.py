"""This project's answer: the whole job over the faulty station-weeks, then its comparison with neighbours."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
from weather_etl.core.variables import MISSING, SUSPECT
from weather_etl.core.zones import HOUR, parse_instants
from weather_etl.datasets.partitions import read_csv
from weather_etl.datasets.tables import tables
from weather_etl.network.hours import FAILED_DAYS, PAST_DAYS, SENSORS, WEEK_DAYS, Hours, Station
from weather_etl.network.limits import limits
from weather_etl.network.neighbours import separation
from weather_etl.network.states import Scores, SensorWeek, assess, weigh
from weather_etl.runs import run
from weather_etl.settings.arguments import parse_arguments

from benchmarks.qc.data import SENT_AS, Network
from benchmarks.qc.scenarios import Scenario

_DAYS = WEEK_DAYS + PAST_DAYS
_DECIMALS = 4


@dataclass
class Published:
    """What the job made of one station's values.

    Attributes:
        flagged: by sensor, flags of the values, 3 and 4 as they are and others 0, aligned to the values put in.
        hours: by sensor, hourly values; the first is the hour of `first_hour`.
        first_hour: hours since 1970.
    """

    flagged: dict[str, np.ndarray]
    hours: dict[str, np.ndarray]
    first_hour: int


_FAILED = "failed"
SITE = "score"
"""All series are devices of one site: a run writes one file a site and day, however many devices there are."""


def transform(network: Network, series: dict[str, tuple[int, dict[str, np.ndarray]]]) -> dict[str, Published]:
    """Run the job over a lake with one device for each series; return what it made of each.

    Args:
        network: for step and start.
        series: by device, index of the first value and values by sensor.
    """
    with tempfile.TemporaryDirectory(prefix="score-qc-") as folder:
        root = Path(folder)
        last = _write(root / "lake" / SITE, network, series)
        config = {"sites": {SITE: {"interval_s": network.step}}}
        (root / "config.json").write_text(json.dumps(config), encoding="utf-8")
        until = datetime.fromtimestamp(last + 2 * 86_400, UTC).isoformat()
        argv = [
            "--source", str(root / "lake"), "--target", str(root / "out"), "--until", until,
            "--timezone", "UTC", "--config", str(root / "config.json"), "--engine", "embedded", "--run-id", "score",
        ]  # fmt: skip
        summary = run(parse_arguments(argv, now=datetime.now(UTC)))
        if summary["status"] != "SUCCEEDED" or summary["quarantined"]:
            raise RuntimeError(f"the job refused the values: {summary['verdict']}")
        return _read(root / "out", network, series)


def _write(folder: Path, network: Network, series: dict[str, tuple[int, dict[str, np.ndarray]]]) -> int:
    """Write one object a day with the messages of all devices; return the time of the last."""
    folder.mkdir(parents=True)
    days: dict[int, list[dict[str, object]]] = {}
    last = 0
    for device, (first, values) in series.items():
        count = len(next(iter(values.values())))
        times = (network.start + (first + np.arange(count)) * network.step).tolist()
        last = max(last, times[-1])
        columns = {
            SENT_AS.get(sensor, sensor): np.round(rows, _DECIMALS).tolist() for sensor, rows in values.items()
        }
        for at, moment in enumerate(times):
            body = {name: rows[at] for name, rows in columns.items() if rows[at] == rows[at]}
            if body:
                text = datetime.fromtimestamp(moment, UTC).isoformat()
                days.setdefault(moment // 86_400, []).append({"station_id": device, "time": text, **body})
    for day, messages in days.items():
        (folder / f"{(day + 1) * 86_400_000}.json").write_bytes(orjson.dumps(messages))
    return last


def _rows(target: Path, table: str, columns: Sequence[str]) -> pa.Table:
    parts = [
        read_csv(path.read_bytes(), tables()[table]).select(columns)
        for path in sorted((target / table / f"site={SITE}").rglob("*.csv"))
    ]
    return pa.concat_tables(parts)


def _read(
    target: Path, network: Network, series: dict[str, tuple[int, dict[str, np.ndarray]]]
) -> dict[str, Published]:
    names = {sensor: SENT_AS.get(sensor, sensor) for sensor in network.values}
    flags = [f"{name}_qc" for name in names.values()]
    observed = _Columns(_rows(target, "observations", ["station_id", "obs_time_utc", *flags]), "obs_time_utc")
    hourly = _Columns(
        _rows(target, "hourly", ["station_id", "window_start_utc", "n_fail", *HOURLY.values(), *DIRECTION]),
        "window_start_utc",
    )
    found: dict[str, Published] = {}
    for device, (first, values) in series.items():
        count = len(next(iter(values.values())))
        start = network.start + first * network.step
        times, rows = observed.of(device)
        at = (times // 1_000_000 - start) // network.step
        flagged = {sensor: np.zeros(count, dtype=np.int8) for sensor in values}
        for sensor, name in names.items():
            flag = observed.column(f"{name}_qc", rows)
            flagged[sensor][at] = np.where((flag >= SUSPECT) & (flag < MISSING), flag, 0)
        length = count * network.step // 3600 + 2
        times, rows = hourly.of(device)
        found[device] = Published(flagged, _hours(hourly, times, rows, start // 3600, length), start // 3600)
    return found


class _Columns:
    """A dataset's rows by device."""

    def __init__(self, table: pa.Table, time: str) -> None:
        self._table = table
        self._times = parse_instants(np.asarray(table[time].to_pylist(), dtype=str))
        device = np.asarray(table["station_id"].to_pylist(), dtype=str)
        order = np.argsort(device, kind="stable")
        names, begins = np.unique(device[order], return_index=True)
        self._rows = dict(zip(names.tolist(), np.split(order, begins[1:]), strict=True))
        self._columns: dict[str, np.ndarray] = {}

    def of(self, device: str) -> tuple[np.ndarray, np.ndarray]:
        """Return times in microseconds and row numbers of a device."""
        rows = self._rows[device]
        return self._times[rows], rows

    def column(self, name: str, rows: np.ndarray) -> np.ndarray:
        """Return some rows of a column of numbers."""
        if name not in self._columns:
            self._columns[name] = np.array(self._table[name].to_pylist(), dtype=np.float64)
        return self._columns[name][rows]


HOURLY = {
    "air_temperature": "air_temperature_mean",
    "relative_humidity": "relative_humidity_mean",
    "air_pressure": "air_pressure_at_mean_sea_level_mean",
    "wind_speed": "wind_speed_mean",
    "rainfall": "rainfall_total",
}


DIRECTION = ("wind_sin_mean", "wind_cos_mean")


def _hours(
    table: _Columns, times: np.ndarray, rows: np.ndarray, first_hour: int, count: int
) -> dict[str, np.ndarray]:
    """Return hourly values of a device by sensor."""
    at = times // HOUR - first_hour
    inside = (at >= 0) & (at < count)
    at, rows = at[inside], rows[inside]
    hours = {sensor: np.full(count, np.nan) for sensor in SENSORS}
    for sensor, name in HOURLY.items():
        hours[sensor][at] = table.column(name, rows)
    hours[_FAILED] = np.full(count, np.nan)
    hours[_FAILED][at] = table.column("n_fail", rows)
    east, north = (table.column(name, rows) for name in DIRECTION)
    hours["wind_from_direction"][at] = np.degrees(np.arctan2(east, north)) % 360
    return hours


class Judge:
    """The clean network's hours, and what the comparison says when one station's are replaced."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.stations = tuple(
            Station(name, "x", *(None if np.isnan(value) else float(value) for value in place))
            for name, place in zip(network.stations, network.position, strict=True)
        )
        self.apart = separation(self.stations)
        clean = transform(
            network,
            {
                name: (0, {sensor: rows[index] for sensor, rows in network.values.items()})
                for index, name in enumerate(network.stations)
            },
        )
        self.clean = [clean[name] for name in network.stations]
        self.first_hour = self.clean[0].first_hour

    def window(self, end: int, sensor: str) -> np.ndarray:
        """Return clean hours of all stations before an index of values, stations x days x 24."""
        last = (self.network.start + end * self.network.step) // 3600
        found = np.full((len(self.stations), _DAYS * 24), np.nan)
        for row, one in enumerate(self.clean):
            _put(found[row], last - _DAYS * 24, one.hours[sensor], one.first_hour)
        return found

    def hours(self, end: int, sensors: Sequence[str], faulty: Sequence[tuple[int, str, Published]]) -> Hours:
        """Return the hours of the weeks before an index, with some stations' hours of a sensor replaced."""
        last = (self.network.start + end * self.network.step) // 3600
        values = {sensor: self.window(end, sensor) for sensor in sensors}
        failed = self.window(end, _FAILED) > 0
        for station, sensor, one in faulty:
            _put(values[sensor][station], last - _DAYS * 24, one.hours[sensor], one.first_hour, whole=True)
        shape = (len(self.stations), _DAYS, 24)
        for station, _, one in faulty:
            if _FAILED in one.hours:
                rows = np.full((1, _DAYS * 24), np.nan)
                _put(rows[0], last - _DAYS * 24, one.hours[_FAILED], one.first_hour)
                failed[station] |= rows[0] > 0
        return Hours(
            self.stations, last, {sensor: rows.reshape(shape) for sensor, rows in values.items()},
            failed.reshape(shape)[:, -FAILED_DAYS:],
        )  # fmt: skip

    def scores(self, hours: Hours, sensor: str) -> Scores:
        """Return the evidence before thresholds, for tuning."""
        return weigh(hours, sensor, self.apart, limits()[sensor])

    def verdicts(self, hours: Hours) -> list[SensorWeek]:
        """Return the states."""
        return assess(hours)


def _put(row: np.ndarray, first: int, hours: np.ndarray, hours_first: int, *, whole: bool = False) -> None:
    """Write hours into a row where both have them; `whole`: also where they have none."""
    begin, end = max(first, hours_first), min(first + len(row), hours_first + len(hours))
    if end <= begin:
        return
    part = hours[begin - hours_first : end - hours_first]
    use = np.ones(len(part), dtype=bool) if whole else np.isfinite(part)
    row[begin - first : end - first][use] = part[use]


def published(network: Network, scenarios: Sequence[Scenario]) -> list[Published]:
    """Return what the job made of each scenario, the day before its week as it was."""
    day = 86_400 // network.step
    series: dict[str, tuple[int, dict[str, np.ndarray]]] = {}
    for number, one in enumerate(scenarios):
        start = one.end - len(one.values)
        before = max(start - day, 0)
        values = {
            sensor: rows[one.station, before : one.end].copy() for sensor, rows in network.values.items()
        }
        values[one.sensor][start - before :] = one.values
        series[f"s{number:05d}"] = (before, values)
    found = transform(network, series)
    result: list[Published] = []
    for number, one in enumerate(scenarios):
        made = found[f"s{number:05d}"]
        keep = len(one.values)
        flagged = {sensor: flags[-keep:] for sensor, flags in made.flagged.items()}
        start_hour = (network.start + (one.end - keep) * network.step) // 3600
        hours = {sensor: rows[start_hour - made.first_hour :] for sensor, rows in made.hours.items()}
        length = keep * network.step // 3600
        result.append(
            Published(flagged, {sensor: rows[:length] for sensor, rows in hours.items()}, start_hour)
        )
    return result
