"""The platform's own messages: shapes A to G and their traps."""

import datetime as dt
import json

import pytest
from weather_etl.decode import SiteContext, SiteDecoder

from tests.etl.payload_decoding import (
    INGEST_US,
    PAYLOADS,
    built_in,
    decode,
    decode_bytes,
    payload,
    reject,
    rows,
)

VALUES = {
    "air_temperature": 24.7,
    "relative_humidity": 68.0,
    "air_pressure": 1013.2,
    "wind_from_direction": 45.0,
    "wind_speed": 3.2,
    "wind_speed_of_gust": 5.8,
    "rainfall_1h_rolling": 0.0,
    "rainfall_24h_rolling": 0.0,
}
OTHER = {
    "air_temperature": 25.5,
    "relative_humidity": 65.2,
    "air_pressure": 1013.25,
    "wind_from_direction": 180.0,
    "wind_speed": 5.2,
    "wind_speed_of_gust": 8.1,
    "rainfall_1h_rolling": 0.5,
    "rainfall_24h_rolling": 2.3,
}
EDGE = "raspi-1-weather-edge"
INGEST = dt.datetime(2025, 9, 16, 10, 30, 0, 500_000, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("name", "station", "time", "source", "values"),
    [
        ("platform_a_firmware", "district5", INGEST, "ingest", VALUES),
        (
            "platform_b_edge",
            EDGE,
            dt.datetime(2025, 9, 16, 10, 30, 0, 123_456, tzinfo=dt.UTC),
            "edge",
            VALUES,
        ),
        ("platform_c_lower_case", "district_name", dt.datetime(2024, 1, 1, tzinfo=dt.UTC), "edge", OTHER),
        (
            "platform_d_wrapped",
            EDGE,
            dt.datetime(2025, 9, 16, 10, 30, tzinfo=dt.UTC),
            "edge",
            VALUES | {"rainfall_rate": 1.2},
        ),
        (
            "platform_e_console",
            "test-device-01",
            dt.datetime(2024, 1, 15, 10, 30, tzinfo=dt.UTC),
            "edge",
            {"air_temperature": 25.5, "relative_humidity": 60.2},
        ),
        ("platform_g_dashboard", "district5", INGEST, "ingest", OTHER),
    ],
)
def test_shapes(name, station, time, source, values):
    decoded = decode_bytes(payload(f"{name}.json"))
    (row,) = rows(decoded)
    assert (
        row
        == {
            "station_id": station,
            "family": "itea_platform",
            "obs_time_utc": time,
            "ingest_time_utc": INGEST,
            "time_source": source,
            "time_qc": 1,
            "source_key": "district5/1758018600500.json",
            "record": 0,
        }
        | values
    )
    assert decoded.unknown_fields == {}


def test_a_status_message_is_counted_and_no_reject():
    decoded = decode_bytes(payload("platform_f_device_status_not_an_observation.json"))
    assert (decoded.messages, decoded.ignored, decoded.rejects.num_rows) == (1, 1, 0)
    assert decoded.ignored_by_kind == {"itea_platform:device_status": 1}


def test_the_second_sketchs_bare_number_is_quarantined():
    assert reject(payload("platform_g_second_sketch.json"))["reason"] == "bare_value"


def edge(**data):
    message = json.loads(payload("platform_b_edge.json"))
    message["data"] |= data
    return message


def test_humidity_zero_is_saturated_air():
    row = decode(edge(humidity=0))
    assert (row["relative_humidity"], row["adjusted"]) == (100.0, "relative_humidity")
    assert "adjusted" not in decode(edge(humidity=100))


@pytest.mark.parametrize(
    ("field", "signature", "variable"),
    [
        ("windDirection", -222, "wind_from_direction"),
        ("avgWindSpeed", -99.24288, "wind_speed"),
        ("avgWindSpeed", -99.24, "wind_speed"),
        ("maxWindSpeed", -99.24288, "wind_speed_of_gust"),
        ("temperature", -141.11111, "air_temperature"),
        ("temperature", -141.11, "air_temperature"),
        ("rainfall1hr", -56.388, "rainfall_1h_rolling"),
        ("rainfall24hr", -56.39, "rainfall_24h_rolling"),
        ("humidity", -22, "relative_humidity"),
        ("pressure", -2222.2, "air_pressure"),
    ],
)
def test_what_dots_decode_to_is_missing_and_no_outlier(field, signature, variable):
    assert variable not in decode(edge(**{field: signature}))
    assert variable in decode(edge(**{field: signature + 1}))


def test_rain_windows_are_rolling_and_never_amounts():
    row = decode(edge(rainfall1hr=12.7, rainfall24hr=253.7))
    assert (row["rainfall_1h_rolling"], row["rainfall_24h_rolling"]) == (12.7, 253.7)
    assert not {"rainfall_amount_interval", "rainfall_counter", "rainfall_since_midnight"} & set(row)


def test_the_wind_scale_is_a_setting_of_site_and_station():
    for site in (
        {"wind_scale": 0.1},
        {"stations": {EDGE: {"wind_scale": 0.1}}},
        {"wind_scale": 0.5, "stations": {EDGE: {"wind_scale": 0.1}}},
        {"scale": {"wind_speed": 0.1, "wind_speed_of_gust": 0.1}},
    ):
        context = SiteContext.from_config("district5", site, "Asia/Ho_Chi_Minh")
        row = decode(edge(), scale=context.scale, station_scale=context.station_scale)
        assert row["wind_speed"] == pytest.approx(0.32)
        assert row["wind_speed_of_gust"] == pytest.approx(0.58)
        assert row["air_temperature"] == 24.7
    other = SiteContext.from_config("district5", {"stations": {"another": {"wind_scale": 0.1}}}, "UTC")
    assert decode(edge(), station_scale=other.station_scale)["wind_speed"] == 3.2


def test_a_sentinel_is_a_sentinel_before_it_is_scaled():
    assert "wind_speed" not in decode(edge(avgWindSpeed=-99.24288), scale={"wind_speed": 0.1})


def test_calm_has_no_direction_and_north_is_zero():
    calm = decode(edge(avgWindSpeed=0, windDirection=45))
    assert calm["wind_speed"] == 0.0
    assert "wind_from_direction" not in calm
    assert decode(edge(windDirection=360))["wind_from_direction"] == 0.0


def test_both_time_formats_of_one_stream():
    for text, microsecond in (("2025-09-16T10:29:59Z", 0), ("2025-09-16T10:29:59.000017Z", 17)):
        row = decode(edge() | {"timestamp": text})
        assert row["obs_time_utc"] == dt.datetime(2025, 9, 16, 10, 29, 59, microsecond, tzinfo=dt.UTC)


@pytest.mark.parametrize("text", ["1970-01-01T00:00:12Z", "2000-01-01T00:00:00Z", "2025-09-16T10:36:00Z"])
def test_a_pi_without_a_clock_gets_the_time_of_arrival(text):
    row = decode(edge() | {"timestamp": text})
    assert (row["obs_time_utc"], row["time_source"], row["time_qc"]) == (INGEST, "ingest", 4)


def test_a_late_message_keeps_its_time():
    row = decode(edge() | {"timestamp": "2025-09-02T00:00:00Z"})
    assert (row["time_source"], row["time_qc"]) == ("edge", 1)


def test_a_missing_location_comes_from_the_key():
    message = edge()
    del message["location"], message["deviceId"]
    assert decode(message, site="hue")["station_id"] == "hue"


def test_two_devices_of_one_location_stay_two_stations():
    body = json.dumps(edge()) + json.dumps(edge() | {"deviceId": "raspi-2-weather-edge"})
    assert [row["station_id"] for row in rows(decode_bytes(body.encode()))] == [EDGE, "raspi-2-weather-edge"]


def test_duplicates_are_left_for_the_run_to_judge():
    body = json.dumps(edge()).encode() * 2
    first, second = rows(decode_bytes(body))
    assert first | {"record": 1} == second


def test_a_partial_message_is_a_partial_observation():
    row = decode({"deviceId": EDGE, "timestamp": "2025-09-16T10:00:00Z", "data": {"temperature": 24.7}})
    assert row["air_temperature"] == 24.7
    assert "relative_humidity" not in row


def test_one_unreadable_value_costs_itself_alone():
    decoded = decode_bytes(json.dumps(edge(temperature="broken", humidity=True)).encode())
    (row,) = rows(decoded)
    assert "air_temperature" not in row
    assert row["air_pressure"] == 1013.2
    assert decoded.unknown_fields == {
        "itea_platform:data.humidity (unreadable)": 1,
        "itea_platform:data.temperature (unreadable)": 1,
    }


def test_a_new_field_is_schema_drift():
    decoded = decode_bytes(json.dumps(edge(pm25=12) | {"firmware": {"version": 2}}).encode())
    assert decoded.unknown_fields == {"itea_platform:data.pm25": 1, "itea_platform:firmware.version": 1}


def test_the_many_messages_of_a_week_keep_their_order():
    decoded_at_once = decode_many(5000)
    assert [row["air_temperature"] for row in decoded_at_once] == [number / 100 for number in range(5000)]


def decode_many(count):
    decoder = SiteDecoder(built_in(), SiteContext("district5"))
    for number in range(count):
        message = edge(temperature=number / 100)
        if number % 3 == 0:  # a second shape between the first
            del message["metadata"]
        decoder.add(f"district5/{number}.json", INGEST_US + number, json.dumps(message).encode())
    decoded = decoder.finish()
    assert decoded.messages == count
    return decoded.observations.to_pylist()


@pytest.mark.parametrize("name", sorted(path.name for path in PAYLOADS.glob("platform_*.json")))
def test_the_short_way_of_a_known_shape_gives_what_the_long_way_gave(name):
    # The first message of a shape is routed and planned; the ones after it go straight to its batch.
    decoder = SiteDecoder(built_in(), SiteContext("district5"))
    for number in range(3):
        decoder.add(f"{number}.json", INGEST_US, payload(name))
    decoded = decoder.finish()
    assert decoded.messages == 3
    for table in (decoded.observations, decoded.rejects):
        first, *others = table.drop_columns(["source_key"]).to_pylist() or [None]
        assert others == [first] * (table.num_rows - 1)
    assert decoded.observations.num_rows in (0, 3)
