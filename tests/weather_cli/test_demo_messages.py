import csv
import gzip
import json
from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from weather_cli.demo.messages import (
    DATA,
    FIRST_DAY,
    LAST_DAY,
    device_messages,
    expected_counts,
    read_observations,
    with_incidents,
)

PREFIX = "raw-data/weatherPlatform/telemetry"

# Real messages of the platform, from its publisher's code and its documents.
EDGE_SAMPLE = {
    "deviceId": "raspi-1-weather-edge",
    "timestamp": "2025-09-16T10:30:00.123456Z",
    "location": "district5",
    "data": {
        "temperature": 24.7,
        "humidity": 68,
        "pressure": 1013.2,
        "windDirection": 45,
        "avgWindSpeed": 3.2,
        "maxWindSpeed": 5.8,
        "rainfall1hr": 0.0,
        "rainfall24hr": 0.0,
    },
    "metadata": {"source": "weather-edge-processor", "version": "1.0", "publishCount": 17},
}
DOCUMENTED_SAMPLE = {
    "timestamp": "2024-01-01T00:00:00Z",
    "location": "district_name",
    "data": {
        "temperature": 25.5,
        "humidity": 65.2,
        "pressure": 1013.25,
        "winddirection": 180,
        "avgwindspeed": 5.2,
        "maxwindspeed": 8.1,
        "rainfall1hr": 0.5,
        "rainfall24hr": 2.3,
    },
}
CONSOLE_SAMPLE = {
    "deviceId": "test-device-01",
    "timestamp": "2024-01-15T10:30:00Z",
    "temperature": 25.5,
    "humidity": 60.2,
    "location": "test-location",
}
SAMPLES = {"EWR": EDGE_SAMPLE, "JFK": DOCUMENTED_SAMPLE, "LGA": CONSOLE_SAMPLE}


@pytest.fixture(scope="module")
def observations():
    return read_observations(FIRST_DAY, LAST_DAY)


@pytest.fixture(scope="module")
def messages(observations):
    return device_messages(observations, PREFIX)


@pytest.fixture(scope="module")
def source():
    with gzip.open(DATA, "rt") as lines:
        return {(row["origin"], row["time_hour"]): row for row in csv.DictReader(lines)}


def paths(payload, before=()):
    """Key paths of a payload, in order."""
    for key, value in payload.items():
        if isinstance(value, dict):
            yield from paths(value, (*before, key))
        else:
            yield (*before, key)


@pytest.mark.parametrize("site", SAMPLES)
def test_messages_have_the_structure_of_the_real_samples(messages, site):
    structures = {
        tuple(paths(json.loads(message.body))) for message in messages if f"/{site}/" in message.key
    }
    sample = tuple(paths(SAMPLES[site]))
    assert sample in structures
    # What is missing in the source is left out; nothing is added, and the order stays.
    assert all(structure == tuple(p for p in sample if p in structure) for structure in structures)


def test_only_the_edge_spreads_its_message_over_many_lines(messages):
    lines = {message.key.split("/")[-2]: message.body.count(b"\n") for message in reversed(messages)}
    assert lines["EWR"] > 10
    assert lines["JFK"] == lines["LGA"] == 0


BACK = {
    "temperature": ("temp", lambda celsius: celsius * 1.8 + 32),
    "humidity": ("humid", lambda percent: percent or 100),
    "pressure": ("pressure", lambda hectopascal: hectopascal),
    "winddirection": ("wind_dir", lambda degrees: degrees),
    "avgwindspeed": ("wind_speed", lambda metres_a_second: metres_a_second / 0.44704),
    "maxwindspeed": ("wind_gust", lambda metres_a_second: metres_a_second / 0.44704),
    "rainfall1hr": ("precip", lambda millimetres: millimetres / 25.4),
}
"""Value of a message: its column in the source, and the way back to the source's unit."""


def test_units_convert_back_to_the_source(messages, source):
    checked = Counter()
    for message in messages:
        payload = json.loads(message.body)
        row = source[payload["location"], payload["timestamp"]]
        values = {name.lower(): value for name, value in payload.get("data", payload).items()}
        measured = ["temperature", "humidity"] if payload["location"] == "LGA" else BACK
        for name in measured:
            column, back = BACK[name]
            if name in values:
                assert back(values[name]) == pytest.approx(float(row[column]), abs=0.0002)
                checked[name] += 1
            else:
                assert row[column] == "NA"
                checked[f"no {name}"] += 1
    assert checked["temperature"] == 1002
    assert checked["maxwindspeed"] > 50
    assert checked["no pressure"] > 10


def test_saturated_air_goes_out_as_two_zeros(messages, source):
    saturated = [
        message
        for message in messages
        if "/EWR/" in message.key and json.loads(message.body)["data"]["humidity"] == 0
    ]
    assert saturated
    for message in saturated:
        assert source["EWR", json.loads(message.body)["timestamp"]]["humid"] == "100"


def test_the_outlier_and_the_missing_hours_are_left_in(observations):
    fastest = max(observations, key=lambda o: o.wind_speed or 0)
    assert (fastest.site, fastest.time.isoformat()) == ("EWR", "2013-02-12T08:00:00+00:00")
    assert fastest.wind_speed == pytest.approx(1048.36058 * 0.44704, abs=1e-4)
    assert Counter(o.site for o in observations) == {"EWR": 333, "JFK": 335, "LGA": 334}
    missing = datetime.fromisoformat("2013-02-21T05:00:00Z")
    assert missing not in {o.time for o in observations}


def test_days_are_local_days(observations):
    new_york = ZoneInfo("America/New_York")
    assert {o.time.astimezone(new_york).date() for o in observations} == {
        FIRST_DAY + timedelta(days=n) for n in range(14)
    }
    assert min(o.time for o in observations).isoformat() == "2013-02-10T05:00:00+00:00"


def test_rolling_rain_reaches_back_before_the_first_day(source):
    # 2013-01-31 00:00 local: the 24 h before it hold a storm that lies wholly outside the chosen day.
    [first, *_] = read_observations(date(2013, 2, 1), date(2013, 2, 1), ["JFK"])
    hours = [(first.time - timedelta(hours=h)).isoformat().replace("+00:00", "Z") for h in range(24)]
    inches = sum(float(source["JFK", hour]["precip"]) for hour in hours)
    assert inches > 0
    assert first.rain_24h == pytest.approx(inches * 25.4)


def test_keys_are_those_of_the_platforms_rule(messages):
    for message in messages:
        payload = json.loads(message.body)
        prefix, location, name = message.key.rsplit("/", 2)
        assert (prefix, location) == (PREFIX, payload["location"])
        milliseconds = int(name.removesuffix(".json"))
        assert milliseconds == round(message.ingested.timestamp() * 1000)
        delay = message.ingested - datetime.fromisoformat(payload["timestamp"])
        assert timedelta(milliseconds=200) <= delay < timedelta(milliseconds=900)
    assert len({message.key for message in messages}) == len(messages)


def test_incidents_are_counted_as_they_were_made(messages):
    sent = with_incidents(messages, PREFIX)
    counts = expected_counts(sent)
    assert len({message.key for message in sent}) == len(sent) == 1008
    assert (counts.accepted, counts.duplicates, counts.ignored, counts.quarantined) == (1001, 5, 1, 1)
    assert counts.messages == counts.accepted + counts.duplicates + counts.ignored + counts.quarantined

    bodies = Counter(message.body for message in sent if message.kind != "status")
    assert sorted(bodies.values())[-6:] == [1, 2, 2, 2, 2, 2]
    [truncated] = [message for message in sent if message.kind == "truncated"]
    with pytest.raises(json.JSONDecodeError):
        json.loads(truncated.body)
    [status] = [json.loads(message.body) for message in sent if message.kind == "status"]
    assert status["type"] == "device_status"
