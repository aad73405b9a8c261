"""Every family of the catalogue, by profile file and sample alone.

The profiles in tests/fixtures/profiles are no part of the package: they prove that the format carries families
that it was not made with, and are examples to copy.
"""

from functools import cache

import pytest

from weather_etl.profile import load_profiles

from tests.etl.decoding import FIXTURES, INGEST_US, PAYLOADS, decode_bytes, payload, rows

OWN = sorted((FIXTURES / "profiles").glob("*.json"))
LATE = 1_780_000_000_000_000  # after every sample


@cache
def with_own():
    return load_profiles(directory=FIXTURES / "profiles")


EXPECTED = {
    # built in -----------------------------------------------------------------------------------------------
    "tempest_obs_st.json": [("tempest_udp", "ST-00000001", "2020-05-08T14:36:54", {
        "air_temperature": 22.37, "relative_humidity": 50.26, "air_pressure": 1017.57, "wind_speed": 0.22,
        "wind_speed_of_gust": 0.27, "wind_from_direction": 144, "rainfall_amount_interval": 0.01,
        "downwelling_shortwave": 3, "ultraviolet_index": 0.03, "illuminance": 328, "battery_voltage": 2.41})],
    "tempest_obs_st_all_null.json": [],
    "tempest_rapid_wind.json": [],
    "tempest_hub_status_not_an_observation.json": [],
    "ecowitt_gw2000a.json": [("ecowitt", "hue", "2022-05-18T18:17:37", {
        "air_temperature": 23.6111, "relative_humidity": 47, "air_pressure": 964.3080, "wind_speed": 0.599034,
        "wind_speed_of_gust": 1.001370, "wind_from_direction": 100, "rainfall_counter": 0, "rainfall_since_midnight": 0,
        "rainfall_rate": 0, "downwelling_shortwave": 0, "ultraviolet_index": 0, "battery_voltage": 3.16,
        "air_pressure_at_mean_sea_level": 964.3080, "air_temperature_indoor": 21.7778, "relative_humidity_indoor": 49})],
    "ecowitt_ws2900.json": [("ecowitt", "hue", "2021-08-17T00:15:59", {
        "air_temperature": -5.55556, "relative_humidity": 100, "air_pressure": 952.32022, "wind_speed": 3.084576,
        "wind_speed_of_gust": 4.112768, "wind_from_direction": 271, "rainfall_counter": 378.206, "rainfall_rate": 0,
        "rainfall_since_midnight": 0, "downwelling_shortwave": 0, "ultraviolet_index": 0,
        "air_pressure_at_mean_sea_level": 1010.12588, "air_temperature_indoor": 22.7222, "relative_humidity_indoor": 62})],
    "ambient_rest_array.json": [
        ("ambient_weather", "hue", "2019-01-10T04:25:00", {
            "air_temperature": 1.11111, "dew_point_temperature": -8.40556, "relative_humidity": 49, "wind_speed": 0.715264,
            "wind_speed_of_gust": 0.983488, "wind_from_direction": 344, "air_pressure": 842.87214,
            "air_pressure_at_mean_sea_level": 1028.78488, "rainfall_counter": 0, "rainfall_since_midnight": 0,
            "downwelling_shortwave": 0, "ultraviolet_index": 0, "air_temperature_indoor": 20.8889, "relative_humidity_indoor": 30}),
        ("ambient_weather", "hue", "2019-01-10T04:20:00", {  # newest first; calm: no direction
            "air_temperature": 1.11111, "dew_point_temperature": -8.14444, "relative_humidity": 50, "wind_speed": 0,
            "wind_speed_of_gust": 0, "air_pressure": 842.87214, "air_pressure_at_mean_sea_level": 1028.78488,
            "rainfall_counter": 0, "rainfall_since_midnight": 0, "downwelling_shortwave": 0, "ultraviolet_index": 0,
            "air_temperature_indoor": 20.7778, "relative_humidity_indoor": 29})],
    "wunderground_upload.json": [("wunderground_upload", "MCKEAN", None, {
        "air_temperature": 31.9, "dew_point_temperature": 21.5, "relative_humidity": 54, "wind_speed": 0,
        "wind_speed_of_gust": 4.0993568, "air_pressure_at_mean_sea_level": 1020.48822, "rainfall_1h_rolling": 0,
        "rainfall_since_midnight": 0, "rainfall_counter": 122.7074, "downwelling_shortwave": 732.04, "ultraviolet_index": 6,
        "air_temperature_indoor": 26.3, "relative_humidity_indoor": 55})],
    "davis_weatherlink_v2.json": [("davis_weatherlink_v2", "374964", "2019-05-24T23:52:07", {
        "air_temperature": 22.9444, "relative_humidity": 42.7, "wind_speed": 1.5914624, "rainfall_1h_rolling": 0,
        "rainfall_counter": 29.718, "ultraviolet_index": 2.3, "air_pressure": 999.49261,
        "air_pressure_at_mean_sea_level": 1002.70968})],
    "netatmo_station.json": [("netatmo_station", "70:ee:50:22:a3:00", "2019-06-01T18:19:41", {
        "air_temperature": 28.6, "relative_humidity": 24, "air_pressure": 939.7, "air_pressure_at_mean_sea_level": 1017.3,
        "wind_speed": 1.11111, "wind_speed_of_gust": 2.5, "wind_from_direction": 217, "wind_gust_from_direction": 206,
        "rainfall_1h_rolling": 0, "rainfall_24h_rolling": 0, "air_temperature_indoor": 24.6, "relative_humidity_indoor": 36})],
    "tasmota_bme280.json": [("tasmota", "hue", "2019-11-03T12:34:28", {
        "air_temperature": 21.7, "relative_humidity": 66.6, "air_pressure": 988.6})],
    "tasmota_broken_sensor_not_json.txt": [("tasmota", "hue", "2019-11-03T12:34:28", {
        "air_temperature": 21.7, "relative_humidity": 66.6, "air_pressure": 988.58844, "rainfall_counter": 26.8,
        "rainfall_rate": 0.32})],
    "sensor_community.json": [("sensor_community", "2392534", None, {
        "air_temperature": 21.53, "relative_humidity": 48.3, "air_pressure": 972.2453, "signal_strength": -71})],
    "rtl_433_acurite_5n1.json": [("rtl_433", "Acurite-5n1-839-A", None, {
        "wind_speed": 1.1975, "wind_from_direction": 337.5, "rainfall_counter": 16.764})] * 2,
    "zigbee2mqtt.json": [("generic", "hue", "2020-02-26T19:44:09", {
        "air_temperature": 27.34, "relative_humidity": 44.72, "air_pressure": 1000.6})],
    # by a profile of the tests ------------------------------------------------------------------------------
    "tempest_rest.json": [("tempest_rest", "24432", "2024-02-27T00:43:49", {
        "air_temperature": 10.5, "air_pressure": 782.8, "air_pressure_at_mean_sea_level": 1006.2, "wind_speed": 1.4,
        "rainfall_amount_interval": 0, "rainfall_since_midnight": 0})],
    "wu_pws_v2.json": [("wu_pws_v2", "KCAAPTOS92", "2021-12-24T05:37:34", {
        "air_temperature": 12.7778, "relative_humidity": 99, "wind_speed": 4.4704, "wind_from_direction": 213,
        "rainfall_since_midnight": 12.7})],
    "shelly_plus_ht.json": [
        ("shelly_plus_ht", "shellyplusht-b8d61a8b17cc", "2023-04-08T14:07:59.620000", {"air_temperature": 19.8, "relative_humidity": 42.2}),
        ("shelly_plus_ht", "shellyplusht-b8d61a8b17cc", "2023-04-08T14:17:59.100000", {"relative_humidity": 43})],
    "things_stack_v3.json": [("things_stack_v3", "dev-eu868-01", "2026-05-25T13:42:11.935284", {
        "air_temperature": 29.9, "relative_humidity": 29.6, "battery_voltage": 3.62})],
    "home_assistant.json": [("home_assistant", "hue", "2016-11-26T01:37:24.265390", {"air_temperature": 23})],
    "weewx.json": [("weewx", "hue", "2021-02-25T10:11:18", {
        "air_temperature": 10.763443571329116, "relative_humidity": 100, "air_pressure": 1013.64, "wind_speed": 0.419444,
        "air_pressure_at_mean_sea_level": 1033.8, "rainfall_amount_interval": 1, "rainfall_since_midnight": 2})],
    "aprs_json.json": [("aprs_json", "VU2LCI-13", "2025-05-19T16:04:32.722000", {
        "air_temperature": 29, "relative_humidity": 100, "air_pressure": 907})],
    "merapi.json": [
        ("merapi", "hue", "2020-02-25T02:35:00", {
            "air_temperature": 12.87, "relative_humidity": 92, "air_pressure": 743.1, "wind_speed": 8.063889,
            "wind_from_direction": 129, "rainfall_counter": 307.9, "battery_voltage": 12.4}),
        ("merapi", "hue", "2020-02-25T02:34:00", {
            "air_temperature": 12.85, "relative_humidity": 92, "air_pressure": 743.1, "wind_from_direction": 129,
            "rainfall_counter": 307.9, "battery_voltage": 12.4})],
    "diy_rows.json": [("diy_rows", "hue", "2021-02-22T07:01:52", {
        "air_temperature": 14.38, "relative_humidity": 31, "air_pressure": 1001.28, "wind_speed": 1, "wind_from_direction": 90,
        "rainfall_amount_interval": 0})],
    "netatmo_public.json": [("netatmo_public", "70:ee:50:36:94:7c", "2019-06-11T10:13:50", {
        "air_temperature": 21.4, "relative_humidity": 62, "air_pressure_at_mean_sea_level": 1010.6})],
    "nws.json": [("nws", "https://api.weather.gov/stations/KLNK", "2024-05-01T12:54:00", {
        "air_temperature": 11.1, "air_pressure": 1013.2, "wind_speed": 2.6})],
    "fiware.json": [("fiware", "obs-1", "2016-11-30T07:00:00", {
        "air_temperature": 3.3, "relative_humidity": 100, "air_pressure": 938.9, "wind_speed": 2})],
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_a_family_becomes_observations_with_nothing_left_over(name):
    decoded = decode_bytes(payload(name), site="hue", profiles=with_own(), ingest_us=LATE)
    assert decoded.rejects.to_pylist() == []
    assert decoded.unknown_fields == {}
    found = rows(decoded)
    assert len(found) == len(EXPECTED[name])
    for row, (family, station, time, values) in zip(found, EXPECTED[name], strict=True):
        assert (row["family"], row["station_id"]) == (family, station)
        if time is None:
            assert (row["time_source"], row["time_qc"]) == ("ingest", 1)
        else:
            assert row["obs_time_utc"].isoformat() == time + "+00:00"
            assert (row["time_source"], row["time_qc"]) == ("device", 1)
        measured = {key: value for key, value in row.items() if isinstance(value, float)}
        assert measured == pytest.approx(values, rel=1e-5)


def test_every_sample_is_expected_and_every_profile_has_a_sample():
    samples = {path.name for path in PAYLOADS.iterdir() if path.suffix in {".json", ".txt"} and not path.name.startswith("platform_")}
    assert samples == set(EXPECTED)
    used = {family for expected in EXPECTED.values() for family, *_ in expected}
    assert {path.stem for path in OWN} <= used


def test_the_own_profiles_take_nothing_from_the_built_in_ones():
    for name, expected in EXPECTED.items():
        families = {family for family, *_ in expected}
        if families and families <= {profile.name for profile in with_own().profiles if profile.origin == f"{profile.name}.json"}:
            decoded = decode_bytes(payload(name), ingest_us=LATE)
            assert set(decoded.families) == families


@pytest.mark.parametrize(
    ("message", "values"),
    [
        ('{"station":"s","time":1758018000,"temperature_F":75,"wind_speed_kmh":36,"pressure_pa":100000}',
         {"air_temperature": 23.8889, "wind_speed": 10, "air_pressure": 1000}),
        ('{"air_temperature":20,"relative_humidity":50,"air_pressure_at_mean_sea_level":1013}',
         {"air_temperature": 20, "relative_humidity": 50, "air_pressure_at_mean_sea_level": 1013}),
        ('{"ts":1758018000,"data":{"Temp C":20.5,"Wind Dir":"NNE","windSpeed_mph":10,"windGust_mph":20}}',
         {"air_temperature": 20.5, "wind_from_direction": 22.5, "wind_speed": 4.4704, "wind_speed_of_gust": 8.9408}),
        ('{"payload":{"temperature":"21,5","humidity":"--","timestamp":"now"}}', {"air_temperature": 21.5}),
        ('{"timestamp":"2025-09-16T10:00:00Z","rainfall_1h":1.5,"rain_rate_in_h":0.1}',
         {"rainfall_1h_rolling": 1.5, "rainfall_rate": 2.54}),
    ],
)  # fmt: skip
def test_the_generic_profile_takes_flat_messages(message, values):
    (row,) = rows(decode_bytes(message.encode()))
    assert row["family"] == "generic"
    assert {key: value for key, value in row.items() if isinstance(value, float)} == pytest.approx(values, rel=1e-5)


@pytest.mark.parametrize("message", ['{"temperature":20}', '{"status":"online","uptime":5}', '{"rain":5,"timestamp":1758018000}'])
def test_the_generic_profile_leaves_what_says_too_little(message):
    assert decode_bytes(message.encode()).rejects.column("reason").to_pylist() == ["unrecognised"]


def test_an_unreachable_netatmo_module_and_an_offline_tempest_are_no_faults():
    body = b'{"body":{"devices":[{"_id":"a","type":"NAMain","modules":[{"_id":"b","type":"NAModule1","reachable":false}]}]}}'
    assert decode_bytes(body, ingest_us=INGEST_US).ignored_by_kind == {"netatmo_station:no_values": 2}
    body = b'{"station_id":1,"station_units":{},"obs":[]}'
    assert decode_bytes(body, profiles=with_own()).ignored_by_kind == {"tempest_rest:offline": 1}


def test_tempest_air_and_sky_and_a_batch():
    body = b'{"serial_number":"AR-1","type":"obs_air","obs":[[1758018000,835.0,10.0,45,0,0,3.46,1],[1758018060,836.0,10.1,45,0,0,3.46,1]]}'
    assert [row["air_pressure"] for row in rows(decode_bytes(body))] == [835.0, 836.0]
    body = b'{"serial_number":"SK-1","type":"obs_sky","obs":[[1758018000,9000,10,0.2,2.6,4.6,7.4,187,3.12,1,130,null,0,3]]}'
    (row,) = rows(decode_bytes(body))
    assert (row["rainfall_amount_interval"], row["wind_speed"], row["downwelling_shortwave"]) == (0.2, 4.6, 130.0)


def test_an_open_ambient_device_names_its_station():
    body = b'{"macAddress":"00:11","lastData":{"dateutc":1758018000000,"tempf":75,"tz":"America/Chicago"}}'
    (row,) = rows(decode_bytes(body))
    assert (row["station_id"], round(row["air_temperature"], 4)) == ("00:11", 23.8889)
