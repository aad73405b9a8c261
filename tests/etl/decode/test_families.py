"""Every family of the catalogue, by profile file and sample alone.

The profiles in tests/fixtures/profiles are no part of the package: they prove that the format carries
families that it was not made with, and are examples to copy.
"""

import json
from functools import cache

import pytest
from weather_etl.decode import SiteContext, SiteDecoder
from weather_etl.profiles import load_profiles

from tests.etl.payload_decoding import FIXTURES, INGEST_US, PAYLOADS, decode, decode_bytes, payload, rows

OWN = sorted((FIXTURES / "profiles").glob("*.json"))
LATE = 1_780_000_000_000_000  # after every sample


@cache
def with_own():
    return load_profiles(files=sorted((FIXTURES / "profiles").glob("*.json")))


EXPECTED = json.loads((FIXTURES / "expected_observations.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", EXPECTED)
def test_a_family_becomes_observations_with_nothing_left_over(name):
    decoded = decode_bytes(payload(name), site="hue", profiles=with_own(), ingest_us=LATE)
    assert decoded.rejects.to_pylist() == []
    assert decoded.unknown_fields == {}
    found = rows(decoded)
    assert len(found) == len(EXPECTED[name])
    for row, expected in zip(found, EXPECTED[name], strict=True):
        assert (row["family"], row["station_id"]) == (expected["family"], expected["station"])
        if expected["time"] is None:
            assert (row["time_source"], row["time_qc"]) == ("ingest", 1)
        else:
            assert row["obs_time_utc"].isoformat() == expected["time"] + "+00:00"
            assert (row["time_source"], row["time_qc"]) == ("device", 1)
        measured = {key: value for key, value in row.items() if isinstance(value, float)}
        assert measured == pytest.approx(expected["values"], rel=1e-5)


def test_messages_of_all_families_in_one_decoder_are_what_each_is_alone():
    """What a decoder remembers of one shape says nothing about another, nor about values."""
    bodies = [payload(name) for name in EXPECTED]
    bodies += [body.replace(b"NAModule1", b"NAModule4") for body in bodies if b"NAModule1" in body]
    alone = [
        row
        for number, body in enumerate([*bodies, *reversed(bodies)])
        for row in rows(decode_bytes(body, site="hue", profiles=with_own(), ingest_us=LATE + number))
    ]
    decoder = SiteDecoder(with_own(), SiteContext("hue"))
    for number, body in enumerate([*bodies, *reversed(bodies)]):
        decoder.add("district5/1758018600500.json", LATE + number, body)
    together = decoder.finish()
    assert rows(together) == alone
    assert len(alone) > 2 * len(EXPECTED)


def test_every_sample_is_expected_and_every_profile_has_a_sample():
    samples = {
        path.name
        for path in PAYLOADS.iterdir()
        if path.suffix in {".json", ".txt"} and not path.name.startswith("platform_")
    }
    assert samples == set(EXPECTED)
    used = {row["family"] for expected in EXPECTED.values() for row in expected}
    assert {path.stem for path in OWN} <= used


def test_the_own_profiles_take_nothing_from_the_built_in_ones():
    for name, expected in EXPECTED.items():
        families = {row["family"] for row in expected}
        if families and families <= {
            profile.name for profile in with_own().profiles if profile.origin == f"{profile.name}.json"
        }:
            decoded = decode_bytes(payload(name), ingest_us=LATE)
            assert set(decoded.families) == families


@pytest.mark.parametrize(
    ("message", "values"),
    [
        (
            '{"station":"s","time":1758018000,"temperature_F":75,"wind_speed_kmh":36,"pressure_pa":100000}',
            {"air_temperature": 23.8889, "wind_speed": 10, "air_pressure": 1000},
        ),
        (
            '{"air_temperature":20,"relative_humidity":50,"air_pressure_at_mean_sea_level":1013}',
            {"air_temperature": 20, "relative_humidity": 50, "air_pressure_at_mean_sea_level": 1013},
        ),
        (
            '{"ts":1758018000,"data":{"Temp C":20.5,"Wind Dir":"NNE","windSpeed_mph":10,"windGust_mph":20}}',
            {
                "air_temperature": 20.5,
                "wind_from_direction": 22.5,
                "wind_speed": 4.4704,
                "wind_speed_of_gust": 8.9408,
            },
        ),
        ('{"payload":{"temperature":"21,5","humidity":"--","timestamp":"now"}}', {"air_temperature": 21.5}),
        (
            '{"timestamp":"2025-09-16T10:00:00Z","rainfall_1h":1.5,"rain_rate_in_h":0.1}',
            {"rainfall_1h_rolling": 1.5, "rainfall_rate": 2.54},
        ),
    ],
)
def test_the_generic_profile_takes_flat_messages(message, values):
    (row,) = rows(decode_bytes(message.encode()))
    assert row["family"] == "generic"
    assert {key: value for key, value in row.items() if isinstance(value, float)} == pytest.approx(
        values, rel=1e-5
    )


@pytest.mark.parametrize(
    "message", ['{"temperature":20}', '{"status":"online","uptime":5}', '{"rain":5,"timestamp":1758018000}']
)
def test_the_generic_profile_leaves_what_says_too_little(message):
    assert decode_bytes(message.encode()).rejects.column("reason").to_pylist() == ["unrecognised"]


def test_an_unreachable_netatmo_module_and_an_offline_tempest_are_no_faults():
    module = {"_id": "b", "type": "NAModule1", "reachable": False}
    message = {"body": {"devices": [{"_id": "a", "type": "NAMain", "modules": [module]}]}}
    body = json.dumps(message).encode()
    assert decode_bytes(body, ingest_us=INGEST_US).ignored_by_kind == {"netatmo_station:no_values": 2}
    body = b'{"station_id":1,"station_units":{},"obs":[]}'
    assert decode_bytes(body, profiles=with_own()).ignored_by_kind == {"tempest_rest:offline": 1}


def test_tempest_air_and_sky_and_a_batch():
    batch = [[1758018000, 835.0, 10.0, 45, 0, 0, 3.46, 1], [1758018060, 836.0, 10.1, 45, 0, 0, 3.46, 1]]
    body = json.dumps({"serial_number": "AR-1", "type": "obs_air", "obs": batch}).encode()
    assert [row["air_pressure"] for row in rows(decode_bytes(body))] == [835.0, 836.0]
    sky = [1758018000, 9000, 10, 0.2, 2.6, 4.6, 7.4, 187, 3.12, 1, 130, None, 0, 3]
    row = decode({"serial_number": "SK-1", "type": "obs_sky", "obs": [sky]})
    expected = {"rainfall_amount_interval": 0.2, "wind_speed": 4.6, "downwelling_shortwave": 130.0}
    assert {name: row[name] for name in expected} == expected


def test_an_open_ambient_device_names_its_station():
    body = b'{"macAddress":"00:11","lastData":{"dateutc":1758018000000,"tempf":75,"tz":"America/Chicago"}}'
    (row,) = rows(decode_bytes(body))
    assert (row["station_id"], round(row["air_temperature"], 4)) == ("00:11", 23.8889)
