"""Bad input, counts, and what every family shares."""

import gzip
import json

import pytest
from weather_etl.core.variables import DECODED_SCHEMA, REJECT_SCHEMA
from weather_etl.decode import SiteContext, SiteDecoder, reasons
from weather_etl.profiles import ProfileError

from tests.etl.payload_decoding import INGEST_US, built_in, decode, decode_bytes, payload, reject, rows

EDGE = {"metadata": {"source": "weather-edge-processor"}}
GOOD = {"deviceId": "d", "timestamp": "2025-09-16T10:30:00Z", "data": {"temperature": 24.7}}


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"", reasons.EMPTY_BODY),
        (b"\x00" * 40, reasons.NOT_TEXT),
        (b"\x1f\x8bnothing", reasons.GZIP_INVALID),
        (b"not json", reasons.JSON_INVALID),
        (b'{"deviceId": "d", "data": {"temp', reasons.JSON_TRUNCATED),
        (b'{"a":' * 50_000, reasons.TOO_DEEP),
        (57, reasons.BARE_VALUE),
        ("text", reasons.BARE_VALUE),
        (None, reasons.BARE_VALUE),
        (True, reasons.BARE_VALUE),
        ({}, reasons.EMPTY_OBJECT),
        ([], reasons.EMPTY_OBJECT),
        ([[1, 2], [3]], reasons.UNRECOGNISED),
        ({"hello": "world"}, reasons.UNRECOGNISED),
        ({"data": {"temperature": {}}, **EDGE}, reasons.VALUE_UNREADABLE),
        ({"data": {"temperature": "warm", "humidity": None}, **EDGE}, reasons.VALUE_UNREADABLE),
        (GOOD | {"timestamp": "yesterday"}, reasons.TIME_UNREADABLE),
        (GOOD | {"timestamp": {"at": 1}}, reasons.TIME_UNREADABLE),
        ({"serial_number": "ST-1", "type": "obs_st", "obs": [[None, 0, 1, 2]]}, reasons.TIME_MISSING),
    ],
)
def test_bad_input_is_quarantined_with_its_reason(message, reason):
    row = reject(message)
    assert row["reason"] == reason
    assert row["detail"]
    assert row["source_key"] == "district5/1758018600500.json"


def test_a_recognised_message_without_records():
    profile = {
        "format": 1,
        "name": "rows_only",
        "title": "t",
        "source": "s",
        "match": {"is": {"rows": "array"}},
        "records": [{"name": "row", "steps": [{"each": "rows"}], "values": {"air_temperature": "t"}}],
    }
    from weather_etl.profiles import load_profiles

    profiles = load_profiles([profile])
    assert reject({"rows": []}, profiles=profiles)["reason"] == reasons.NO_RECORD
    profiles = load_profiles([profile | {"empty": "offline"}])
    assert decode_bytes(b'{"rows": []}', profiles=profiles).ignored_by_kind == {"rows_only:offline": 1}


def test_every_reason_but_the_unforeseen_and_the_huge_is_reached_above():
    reached = {
        mark.args[1][i][1]
        for mark in test_bad_input_is_quarantined_with_its_reason.pytestmark
        for i in range(19)
    }
    assert set(reasons.REASONS) - reached == {reasons.NO_RECORD, reasons.TOO_LARGE, reasons.INTERNAL}


def test_what_was_not_foreseen_is_quarantined_too(monkeypatch):
    import weather_etl.decode.shape_reader as module

    def broken(*_):
        raise ZeroDivisionError("PASSWORD=hunter2")

    monkeypatch.setattr(module, "read_values", broken)
    body = json.dumps(GOOD).encode() * 3
    decoded = decode_bytes(body)
    assert decoded.rejects.column("reason").to_pylist() == ["internal"] * 3
    assert "hunter2" not in str(decoded.rejects.to_pylist())


def test_one_object_may_hold_many_messages_of_every_kind():
    body = (
        b"\xef\xbb\xbf"
        + json.dumps(GOOD, indent=2).encode()
        + b"17\n["
        + json.dumps(GOOD).encode()
        + b",{},[1]]\n{oops}\n"
    )
    decoded = decode_bytes(gzip.compress(body))
    assert decoded.observations.column("record").to_pylist() == [0, 2]
    assert list(
        zip(*[decoded.rejects.column(name).to_pylist() for name in ("record", "reason")], strict=True)
    ) == [
        (1, "bare_value"),
        (3, "empty_object"),
        (4, "unrecognised"),
        (5, "json_invalid"),
    ]


def test_the_schemas_hold_also_for_nothing():
    decoded = SiteDecoder(built_in(), SiteContext("s")).finish()
    assert decoded.observations.schema == DECODED_SCHEMA
    assert decoded.rejects.schema == REJECT_SCHEMA
    assert decoded.messages == 0
    assert decode_bytes(json.dumps(GOOD).encode()).observations.schema == DECODED_SCHEMA
    decoded.observations.validate(full=True)


@pytest.mark.parametrize(
    "body",
    [
        b'{"deviceId":"d","timestamp":"2025-09-16T10:30:00Z","data":{"temperature":1e400,"humidity":50}}',
        b'{"deviceId":"d","timestamp":"2025-09-16T10:30:00Z","data":{"temperature":'
        + b"9" * 5000
        + b',"humidity":50}}',
        b'{"deviceId":"d","timestamp":"2025-09-16T10:30:00Z","data":{"temperature":nan,"humidity":50}}',
        b'{"deviceId":"d","timestamp":"2025-09-16T10:30:00Z","data":{"temperature":"NaN","humidity":50,"humidity":50}}',
        b'{"deviceId":"d","timestamp":1758018600000000000,"data":{"temperature":null,"humidity":"50,0"}}',
    ],
)
def test_numbers_beyond_all_bounds_are_missing(body):
    (row,) = rows(decode_bytes(body))
    assert row["relative_humidity"] == 50.0
    assert "air_temperature" not in row


@pytest.mark.parametrize(
    ("device", "station"),
    [
        ("a/b=c,..", "a/b=c,.."),
        ("  x  ", "x"),
        ("Qu\u1eadn 5", "Qu\u1eadn 5"),
        (17, "17"),
        (17.0, "17"),
        (True, "true"),
        ("a\x00b\nc", "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"),
        ("y" * 500, "y" * 200),
        ("", "district5"),
        (None, "district5"),
        ({"x": 1}, "district5"),
        (["x"], "district5"),
    ],
)
def test_station_names_are_data_that_text_can_hold(device, station):
    assert decode(GOOD | {"deviceId": device})["station_id"] == station


def test_surrogates_reach_no_output():
    body = b'{"deviceId":"\\ud800x","timestamp":"\\udfff","data":{"temperature":1},"\\udc00":2}'
    row = reject(body)
    json.dumps(row, ensure_ascii=False).encode("utf-8")


def test_secrets_reach_no_output():
    secret = "0123456789ABCDEF"
    message = json.loads(payload("ecowitt_gw2000a.json")) | {"PASSKEY": secret}
    bodies = [
        json.dumps(message),
        json.dumps(message | {"dateutc": "broken"}),
        json.dumps(message)[:-5],
        json.dumps({"PASSKEY": secret, "nothing": 1}),
        json.dumps({"ID": "X", "PASSWORD": secret, "dateutc": secret, "action": "updateraw", "tempf": 70}),
        f"ID=X&PASSWORD={secret}&tempf=70",
    ]
    for body in bodies:
        decoded = decode_bytes(body.encode())
        everything = decoded.observations.to_pylist(), decoded.rejects.to_pylist(), decoded.unknown_fields
        if 'dateutc": "' + secret not in body:  # there the secret stands in a field that is none
            assert secret not in str(everything)


def test_a_site_may_prefer_profiles():
    message = json.loads(payload("ecowitt_gw2000a.json")) | {
        "tempf": "-4.4",
        "windspeedmph": "32.4",
    }
    imperial = decode(message)
    metric = _decode_with(message, ("ecowitt_metric",))
    assert imperial["family"] == "ecowitt"
    assert metric["family"] == "ecowitt_metric"
    assert metric["air_temperature"] == -4.4
    assert metric["air_pressure"] == 28.476
    assert metric["wind_speed"] == pytest.approx(9.0)


def _decode_with(message, names):
    decoder = SiteDecoder(built_in(), SiteContext("s", profiles=names))
    decoder.add("s/1.json", INGEST_US, json.dumps(message).encode())
    return decoder.finish().observations.to_pylist()[0]


def test_a_site_that_names_an_unknown_profile_is_told_at_once():
    with pytest.raises(ProfileError, match="ecowit'"):
        SiteDecoder(built_in(), SiteContext("s", profiles=("ecowit",)))


def test_a_site_in_no_time_zone_is_told_at_once():
    with pytest.raises(ValueError, match="Mars"):
        SiteDecoder(built_in(), SiteContext("s", timezone="Mars"))


def test_local_time_without_zone_is_the_sites():
    message = {"time": "2025-09-16 17:29:00", "temperature": 20}
    assert (
        decode(message, timezone="Asia/Ho_Chi_Minh")["obs_time_utc"].isoformat()
        == "2025-09-16T10:29:00+00:00"
    )
    assert decode(message | {"time": "2025-09-16 10:29:00"}, timezone="UTC")["obs_time_utc"].hour == 10


def test_an_ambiguous_local_hour_is_flagged():
    message = {"time": "2013-11-03 01:30:00", "temperature": 20}
    row = decode(message, timezone="America/New_York", ingest_us=1_383_456_700_000_000)
    assert row["time_qc"] == 3


def test_shapes_without_end_do_not_fill_the_memory():
    decoder = SiteDecoder(built_in(), SiteContext("s"))
    for number in range(2500):
        message = GOOD | {f"field{number}": 1}
        decoder.add(f"s/{number}.json", INGEST_US, json.dumps(message).encode())
    decoded = decoder.finish()
    assert decoded.observations.num_rows == decoded.messages == 2500
    assert len(decoded.unknown_fields) == 500
    assert len(decoder._waiting) <= 2000


def test_deep_but_legal_nesting_is_no_recursion_error():
    deep = current = {}
    for _ in range(400):
        current["x"] = {}
        current = current["x"]
    decoded = decode_bytes(json.dumps(GOOD | {"extra": deep}).encode())
    assert decoded.observations.num_rows == 1


def test_few_large_messages_wait_no_longer_than_many_small_ones(monkeypatch):
    """Memory goes with the bytes that wait, not with the number of messages."""
    from weather_etl.decode import decoder as module

    monkeypatch.setattr(module, "_BYTES", 10_000)
    decoder = SiteDecoder(built_in(), SiteContext(site="district5"))
    held = []
    for number in range(50):
        body = {
            "deviceId": "d",
            "timestamp": f"2025-01-05T{number % 24:02d}:{number:02d}:00Z",
            "log": "x" * 3000,
        }
        decoder.add(
            f"{number}.json", 1_736_035_200_000_000, json.dumps(body | {"data": {"temperature": 20}}).encode()
        )
        held.append(sum(len(waiting.rows) for waiting in decoder._waiting.values()))

    assert max(held) <= 4
    assert decoder.finish().observations.num_rows == 50
