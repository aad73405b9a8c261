"""What a message says of itself is believed before any default: units, zone, station, time."""

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from weather_etl.decode import SiteContext, SiteDecoder
from weather_etl.profiles import load_profiles

from tests.etl.payload_decoding import built_in, decode_bytes, rows

TIME = "2024-06-01T10:00:00Z"
LATE = 1_780_000_000_000_000
IN_OTHER_UNITS = [
    ("temperature", "air_temperature", "°F", 68.0, 20.0),
    ("temp", "air_temperature", "Kelvin", 293.15, 20.0),
    ("dew_point", "dew_point_temperature", "degF", 50.0, 10.0),
    ("pressure", "air_pressure", "inHg", 29.92, 1013.2075),
    ("barometric_pressure", "air_pressure", "kPa", 101.3, 1013.0),
    ("wind_speed", "wind_speed", "km/h", 36.0, 10.0),
    ("windSpeed", "wind_speed", "knots", 10.0, 5.144444),
    ("wind_gust", "wind_speed_of_gust", "m⋅s⁻¹", 7.5, 7.5),
    ("dailyRain", "rainfall_since_midnight", "inches", 0.5, 12.7),
    ("rain_rate", "rainfall_rate", "in/hr", 0.1, 2.54),
    ("solarRadiation", "downwelling_shortwave", "W·m-2", 312.0, 312.0),
    ("humidity", "relative_humidity", "fraction", 0.55, 55.0),
]
FORMS = {
    "x_unit": lambda name, value, unit: {name: value, f"{name}_unit": unit},
    "xUnit": lambda name, value, unit: {name: value, f"{name}Unit": unit},
    "x_units": lambda name, value, unit: {name: value, f"{name}_units": unit},
    "unit_x": lambda name, value, unit: {name: value, f"unit_{name}": unit},
    "units.x": lambda name, value, unit: {name: value, "units": {name: unit}},
    "unit": lambda name, value, unit: {name: value, "unit": unit},
    "value and unit": lambda name, value, unit: {name: {"value": value, "unit": unit}},
    "list of value and unit": lambda name, value, unit: {name: [{"value": value, "unit": unit}]},
    "val and uom": lambda name, value, unit: {name: {"val": value, "uom": unit}},
    "in the text": lambda name, value, unit: {name: f"{value} {unit}"},
    "in the text, decimal comma": lambda name, value, unit: {name: f"{value}".replace(".", ",") + unit},
    "beside an envelope": lambda name, value, unit: {"payload": {name: value}, f"{name}_unit": unit},
    "a table beside an envelope": lambda name, value, unit: {"data": {name: value}, "units": {name: unit}},
    "named after the envelope": lambda name, value, unit: {
        "current": {name: value}, "current_units": {name: unit},
    },
}  # fmt: skip


@pytest.mark.parametrize(("name", "variable", "unit", "value", "stored"), IN_OTHER_UNITS)
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_unit_beside_the_value_counts(form, name, variable, unit, value, stored):
    message = {"deviceId": "roof", "timestamp": TIME, **form(name, value, unit)}
    decoded = decode_bytes(json.dumps(message).encode(), ingest_us=LATE)
    (row,) = rows(decoded)
    assert row[variable] == pytest.approx(stored, rel=1e-5)
    assert (row["station_id"], row["time_source"]) == ("roof", "device")
    assert (decoded.assumed_units, decoded.unknown_fields) == ({}, {})


@pytest.mark.parametrize(
    ("system", "temperature", "wind"),
    [
        ({"units": "imperial"}, 20.0, 4.4704),
        ({"unit_system": "US"}, 20.0, 4.4704),
        ({"usUnits": 1}, 20.0, 4.4704),
        ({"usUnits": "16.0"}, 68.0, 2.777778),
        ({"usUnits": 17}, 68.0, 10.0),
        ({"units": "uk_hybrid"}, 68.0, 4.4704),
        ({"unitSystem": "si"}, 68.0, 10.0),
    ],
)
def test_a_system_of_units_counts_for_all_values(system, temperature, wind):
    body = {"device": "a", "timestamp": TIME, "temperature": 68, "windSpeed": 10}
    for message in (body | system, {"device": "a", "timestamp": TIME, "data": body} | system):
        (row,) = rows(decode_bytes(json.dumps(message).encode(), ingest_us=LATE))
        found = (row["air_temperature"], row["wind_speed"])
        assert found == pytest.approx((temperature, wind), rel=1e-6)


@given(st.lists(st.sampled_from(["C", "F", "K", None, "bananas"]), min_size=1, max_size=12))
def test_each_record_of_a_column_has_its_own_unit(units):
    messages = [
        {
            "device": "a",
            "timestamp": 1_717_236_000 + n,
            "temperature": 50,
            "humidity": 40,
            "temperature_unit": unit,
        }
        for n, unit in enumerate(units)
    ]
    decoded = decode_bytes(json.dumps(messages).encode(), ingest_us=LATE)
    right = {"C": 50.0, "F": 10.0, "K": -223.15, None: 50.0, "bananas": None}
    found = [row.get("air_temperature") for row in rows(decoded)]
    assert found == pytest.approx([right[unit] for unit in units])
    assert decoded.assumed_units.get("generic:air_temperature", 0) == units.count(None)
    assert decoded.unknown_fields.get("generic:temperature (unreadable)", 0) == units.count("bananas")


@pytest.mark.parametrize("envelope", ["payload", "data", "object", "fields", "readings", "attributes"])
def test_station_and_time_beside_an_envelope(envelope):
    outside = {"sensorId": "n7", "created_at": TIME, "firmware": 3}
    inside = {"temperature": 20, "humidity": 50}
    decoded = decode_bytes(json.dumps(outside | {envelope: inside}).encode(), ingest_us=LATE)
    (row,) = rows(decoded)
    assert (row["station_id"], row["obs_time_utc"]) == ("n7", datetime(2024, 6, 1, 10, tzinfo=UTC))
    assert decoded.unknown_fields == {"generic:^.firmware": 1}
    several = [inside | {"ts": 1_717_236_000 + 60 * n} for n in range(5)]
    decoded = decode_bytes(json.dumps(outside | {envelope: several}).encode(), ingest_us=LATE)
    assert [row["obs_time_utc"].minute for row in rows(decoded)] == [0, 1, 2, 3, 4]
    assert {row["station_id"] for row in rows(decoded)} == {"n7"}


def test_what_stands_inside_counts_before_what_stands_around():
    message = {"device": "gateway", "time": "2024-06-01T11:00:00Z"}
    message |= {"payload": {"device": "roof", "time": TIME, "temperature": 20, "humidity": 1}}
    (row,) = rows(decode_bytes(json.dumps(message).encode(), ingest_us=LATE))
    assert (row["station_id"], row["obs_time_utc"].hour) == ("roof", 10)


def test_what_a_message_does_not_say_is_counted():
    decoded = decode_bytes(b'{"temperature": 20, "humidity": 50}' * 3, ingest_us=LATE)
    assert decoded.assumed_units == {"generic:air_temperature": 3}
    assert (decoded.station_from_site, decoded.time_from_arrival) == (3, 3)


def test_what_is_passed_over_is_counted():
    message, broken = b'{"temperature": 20, "humidity": 50}', b'{"temperature": 2'
    decoded = decode_bytes(message + broken + message + broken + message, ingest_us=LATE)
    assert (decoded.observations.num_rows, decoded.letters_skipped) == (3, 2 * len(broken))


def test_a_rain_without_a_kind_or_beside_a_total_is_not_guessed():
    message = {"device": "a", "timestamp": TIME, "temperature": 20, "rain": 5, "precipitation": 3}
    (row,) = rows(decode_bytes(json.dumps(message).encode(), ingest_us=LATE))
    assert not {name for name in row if name.startswith("rainfall")}
    message = {"device": "a", "timestamp": TIME, "temperature": 20, "rainCounter": 7, "rain_mm": 1.5}
    (row,) = rows(decode_bytes(json.dumps(message).encode(), ingest_us=LATE))
    assert not {name for name in row if name.startswith("rainfall")}


BASE64 = {
    "format": 1, "name": "hub", "title": "t", "source": "s", "match": {"has": ["Body", "device"]},
    "station": ["{device}"], "time": ["t"],
    "records": [{
        "name": "body", "steps": [{"base64": "Body", "keep": ["device"]}],
        "values": {"air_temperature": "temperature"}, "known": ["*"],
    }],
}  # fmt: skip


@pytest.mark.parametrize(
    "encode", [base64.b64encode, base64.urlsafe_b64encode, lambda body: base64.b64encode(gzip.compress(body))]
)
def test_a_body_in_base64(encode):
    lines = [{"temperature": 20.5, "t": TIME, "text": "???>>>~~~"}, {"temperature": 21.5, "t": TIME}]
    body = "\n".join(map(json.dumps, lines)).encode()
    message = {"device": "roof", "Body": encode(body).decode().rstrip("=")}
    decoded = decode_bytes(json.dumps(message).encode(), profiles=load_profiles([BASE64]), ingest_us=LATE)
    assert [row["air_temperature"] for row in rows(decoded)] == [20.5, 21.5]
    assert {row["station_id"] for row in rows(decoded)} == {"roof"}


@pytest.mark.parametrize(
    ("zone", "first_us", "minutes"),
    [
        ("Europe/Berlin", datetime(2023, 10, 28, 23, tzinfo=UTC), 10),
        ("America/New_York", datetime(2023, 11, 5, 4, tzinfo=UTC), 15),
        ("Australia/Lord_Howe", datetime(2024, 4, 6, 13, tzinfo=UTC), 5),
        ("America/St_Johns", datetime(2023, 11, 5, 3, tzinfo=UTC), 60),
        ("Europe/London", datetime(2023, 10, 28, 23, tzinfo=UTC), 30),
    ],
)
@pytest.mark.parametrize("newest_first", [False, True])
def test_the_repeated_hour_of_a_late_batch_keeps_both_passes(zone, first_us, minutes, newest_first):
    instants = [first_us + timedelta(minutes=minutes * n) for n in range(8 * 60 // minutes)]
    messages = [
        {
            "device": "a",
            "time": instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S"),
            "temperature": n / 10,
            "humidity": 50,
        }
        for n, instant in enumerate(instants)
    ]
    if newest_first:
        messages.reverse()
    decoder = SiteDecoder(built_in(), SiteContext("s", timezone=zone))
    arrival = round(instants[-1].timestamp() * 1e6) + 6 * 3_600_000_000
    decoder.add("s/1.json", arrival, json.dumps(messages).encode())
    found = rows(decoder.finish())
    right = sorted(instants, reverse=newest_first)
    assert [row["obs_time_utc"] for row in found] == right


def test_json_in_a_text_of_an_envelope_is_read():
    message = {"coreid": "e00f", "published_at": TIME, "data": '{"temperature": 20, "humidity": 50}'}
    (row,) = rows(decode_bytes(json.dumps(message).encode(), ingest_us=LATE))
    assert (row["station_id"], row["air_temperature"], row["time_source"]) == ("e00f", 20.0, "device")


@pytest.mark.parametrize(
    "message",
    [
        {"deviceId": "q", "timestamp": TIME, "data": {"temperature": 20, "humidity": 0}},
        {"deviceId": "q", "timestamp": TIME, "location": "roof", "temperature": 20, "humidity": 0},
        {"deviceId": "q", "timestamp": TIME, "avgWindSpeed": 3, "temperature": 20, "humidity": 0},
        {
            "deviceId": "q",
            "current": {"time": TIME, "temperature": 20, "humidity": 0},
            "latitude": 1,
            "longitude": 2,
        },
    ],
)
def test_no_profile_of_a_make_takes_what_others_send(message):
    (row,) = rows(decode_bytes(json.dumps(message).encode(), ingest_us=LATE))
    assert (row["family"], row["station_id"], row["relative_humidity"]) == ("generic", "q", 0.0)
