"""Real weather as the messages that the platform's devices send.

The rows are hourly observations of 2013 at the three New York airports (see data/README.md).  Each
station speaks one of the platform's shapes:

* EWR - what the Raspberry Pi edge publishes: camelCase values below `data`, indented over many lines.
* JFK - the documented form: lower-case values below `data`, on one line, no device id.
* LGA - the console's test device: flat, with temperature and humidity only.

Units are converted to what the devices send (degC, %, hPa, degrees, m/s, mm).  A value that the source
lacks is left out of its message, so a hole stays a hole and never becomes a zero; the wind at EWR on
2013-02-12 08Z, 1,048 mph in the source, is sent as it is.  The station's board prints its humidity with two
digits, so 100 % is sent as 0, as the real one does.
"""

import csv
import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

DATA: Final = Path(__file__).parent / "data" / "nycflights13_weather.csv.gz"
TIMEZONE: Final = ZoneInfo("America/New_York")

# Two whole weeks in New York, chosen for what is wrong with them: the 1,048 mph, hours that are missing at
# one station or at all three, missing pressures and directions.
FIRST_DAY: Final = date(2013, 2, 10)
LAST_DAY: Final = date(2013, 2, 23)

Shape = Literal["edge", "documented", "console"]
Kind = Literal["observation", "redelivery", "status", "truncated"]
SHAPE_OF: Final[Mapping[str, Shape]] = {"EWR": "edge", "JFK": "documented", "LGA": "console"}

_EDGE_DEVICE: Final = "raspi-1-weather-edge"
_CONSOLE_DEVICE: Final = "test-device-01"


@dataclass(frozen=True)
class Observation:
    """One hour of the source in the devices' units; None is a value that the source lacks.

    Attributes:
        site: airport code, which is also the location in the message's topic and key.
        time: time of the observation, UTC.
        temperature: degC.
        humidity: %.
        pressure: hPa, reduced to sea level as the source gives it.
        wind_direction: degrees the wind blows from.
        wind_speed: m/s.
        wind_gust: m/s.
        rain_1h: mm in the hour before.
        rain_24h: mm in the 24 hours before, from the hours that the source has.
    """

    site: str
    time: datetime
    temperature: float | None
    humidity: float | None
    pressure: float | None
    wind_direction: int | None
    wind_speed: float | None
    wind_gust: float | None
    rain_1h: float
    rain_24h: float


@dataclass(frozen=True)
class Message:
    """One object as the platform's IoT rule writes it.

    Attributes:
        key: object key, with the raw prefix.
        body: the payload.
        ingested: when the rules engine wrote it, UTC; the key holds it in milliseconds.
        kind: what it is, for counting what the pipeline should make of it.
    """

    key: str
    body: bytes
    ingested: datetime
    kind: Kind


@dataclass(frozen=True)
class Counts:
    """What the pipeline should count; the names are those of the run's summary."""

    objects_read: int
    messages: int
    accepted: int
    duplicates: int
    merged: int
    ignored: int
    quarantined: int


def read_observations(first_day: date, last_day: date, sites: Iterable[str] = SHAPE_OF) -> list[Observation]:
    """Return the observations of these local days (New York, both ends included), by site and time.

    Args:
        first_day: first local day.
        last_day: last local day.
        sites: airport codes.
    """
    wanted = set(sites)
    rain: dict[tuple[str, datetime], float] = {}
    chosen: list[tuple[str, datetime, dict[str, str]]] = []
    for row in _rows():
        site, time = row["origin"], datetime.fromisoformat(row["time_hour"])
        rain[site, time] = float(row["precip"]) * 25.4
        if site in wanted and first_day <= time.astimezone(TIMEZONE).date() <= last_day:
            chosen.append((site, time, row))
    return [
        Observation(
            site=site,
            time=time,
            temperature=_number(row["temp"], lambda fahrenheit: (fahrenheit - 32) / 1.8),
            humidity=_number(row["humid"], lambda percent: percent),
            pressure=_number(row["pressure"], lambda hectopascal: hectopascal),
            wind_direction=None if row["wind_dir"] == "NA" else int(row["wind_dir"]),
            wind_speed=_number(row["wind_speed"], lambda mph: mph * 0.44704),
            wind_gust=_number(row["wind_gust"], lambda mph: mph * 0.44704),
            rain_1h=round(rain[site, time], 4),
            rain_24h=round(sum(rain.get((site, time - timedelta(hours=h)), 0.0) for h in range(24)), 4),
        )
        for site, time, row in sorted(chosen, key=lambda item: item[:2])
    ]


def device_messages(observations: Iterable[Observation], prefix: str) -> list[Message]:
    """Return each observation as the message that its station sends, in the order given.

    Args:
        observations: what was measured.
        prefix: raw prefix of the data lake, without a slash at the end.
    """
    published: dict[str, int] = {}
    messages: list[Message] = []
    for observation in observations:
        count = published[observation.site] = published.get(observation.site, 0) + 1
        body = _BODY[SHAPE_OF[observation.site]](observation, count)
        ingested = observation.time + _delay(observation)
        messages.append(_message(prefix, observation.site, ingested, body, "observation"))
    return messages


def with_incidents(messages: list[Message], prefix: str) -> list[Message]:
    """Return the messages with what a platform adds and loses in two weeks.

    Every 240th message is delivered twice (QoS 1: the same body some seconds later, so under another key),
    one status message of the platform lies among them, and one message was cut in the middle by a lost
    connection.
    """
    cut = len(messages) // 2
    truncated = replace(
        messages[cut], body=messages[cut].body[: len(messages[cut].body) // 2], kind="truncated"
    )
    sent = [*messages[:cut], truncated, *messages[cut + 1 :]]
    again = [_redelivered(message) for message in sent[::240] if message.kind == "observation"]
    return [*sent, *again, _status(prefix, messages[len(messages) // 3].ingested)]


def expected_counts(messages: Iterable[Message]) -> Counts:
    """Return what a right pipeline counts for these messages, known from how they were made."""
    kinds = [message.kind for message in messages]
    return Counts(
        objects_read=len(kinds),
        messages=len(kinds),
        accepted=kinds.count("observation"),
        duplicates=kinds.count("redelivery"),
        merged=0,
        ignored=kinds.count("status"),
        quarantined=kinds.count("truncated"),
    )


def _rows() -> Iterator[dict[str, str]]:
    with gzip.open(DATA, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _number(text: str, convert: Callable[[float], float]) -> float | None:
    return None if text == "NA" else round(convert(float(text)), 4)


def _edge_body(observation: Observation, count: int) -> bytes:
    values = {
        "temperature": observation.temperature,
        "humidity": _two_digits(observation.humidity),
        "pressure": observation.pressure,
        "windDirection": observation.wind_direction,
        "avgWindSpeed": observation.wind_speed,
        "maxWindSpeed": observation.wind_gust,
        "rainfall1hr": observation.rain_1h,
        "rainfall24hr": observation.rain_24h,
    }
    payload = {
        "deviceId": _EDGE_DEVICE,
        "timestamp": _iso(observation.time),
        "location": observation.site,
        "data": _known(values),
        "metadata": {"source": "weather-edge-processor", "version": "1.0", "publishCount": count},
    }
    return json.dumps(payload, indent=2).encode()


def _documented_body(observation: Observation, _count: int) -> bytes:
    values = {
        "temperature": observation.temperature,
        "humidity": _two_digits(observation.humidity),
        "pressure": observation.pressure,
        "winddirection": observation.wind_direction,
        "avgwindspeed": observation.wind_speed,
        "maxwindspeed": observation.wind_gust,
        "rainfall1hr": observation.rain_1h,
        "rainfall24hr": observation.rain_24h,
    }
    payload = {"timestamp": _iso(observation.time), "location": observation.site, "data": _known(values)}
    return json.dumps(payload, separators=(",", ":")).encode()


def _console_body(observation: Observation, _count: int) -> bytes:
    payload = {
        "deviceId": _CONSOLE_DEVICE,
        "timestamp": _iso(observation.time),
        "temperature": observation.temperature,
        "humidity": observation.humidity,
        "location": observation.site,
    }
    return json.dumps(_known(payload), separators=(",", ":")).encode()


_BODY: Final = {"edge": _edge_body, "documented": _documented_body, "console": _console_body}


def _two_digits(humidity: float | None) -> float | None:
    """Return the humidity as the station's board prints it: `h00` is 100 % (DFRobot wiki, SEN0186)."""
    return 0 if humidity == 100 else humidity


def _known(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}


def _iso(time: datetime) -> str:
    return time.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _delay(observation: Observation) -> timedelta:
    """Return the way from the device to the lake: 0.2 to 0.9 s, the same for the same observation."""
    return timedelta(milliseconds=200 + zlib.crc32(f"{observation.site} {observation.time}".encode()) % 700)


def _redelivered(message: Message) -> Message:
    later = message.ingested + timedelta(seconds=7)
    folder = message.key.rpartition("/")[0]
    return Message(f"{folder}/{_epoch_ms(later)}.json", message.body, later, "redelivery")


def _status(prefix: str, after: datetime) -> Message:
    """Return the notice that the platform publishes when a device has been silent for 30 s."""
    sent = after + timedelta(seconds=30)
    payload = {
        "type": "device_status",
        "deviceId": _EDGE_DEVICE,
        "district": "EWR",
        "status": "offline",
        "timestamp": _iso(sent),
        "lastSeen": _iso(after),
        "offlineDuration": 30000,
    }
    return _message(prefix, "EWR", sent, json.dumps(payload).encode(), "status")


def _message(prefix: str, site: str, ingested: datetime, body: bytes, kind: Kind) -> Message:
    return Message(f"{prefix}/{site}/{_epoch_ms(ingested)}.json", body, ingested, kind)


def _epoch_ms(time: datetime) -> int:
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
