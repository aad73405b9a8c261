"""Layouts that a profile alone must be able to say: columns, text inside of JSON, counted times, SenML."""

import json

import pytest
from weather_etl.profiles import ProfileError, load_profiles

from tests.etl.payload_decoding import decode_bytes, rows

TEMPERATURE = {"air_temperature": "T"}
MINIMAL = {
    "format": 1,
    "name": "invented",
    "title": "An invented family",
    "source": "this test",
    "priority": 1,
    "match": {"has": ["kind"]},
    "values": TEMPERATURE,
}


def observed(profile, message):
    """Each observation as (time without zone, station, values by variable)."""
    decoded = decode_bytes(json.dumps(message).encode(), profiles=load_profiles([MINIMAL | profile]))
    assert decoded.rejects.to_pylist() == []
    return [
        (
            row["obs_time_utc"].strftime("%Y-%m-%dT%H:%M:%S"),
            row["station_id"],
            {name: value for name, value in row.items() if isinstance(value, float)},
        )
        for row in rows(decoded)
    ]


def steps(*listed, **block):
    return {"records": [{"name": "rows", "steps": list(listed), **block}]}


def test_parallel_columns_with_units_and_zone_beside_them():
    message = {
        "kind": "columns",
        "timezone": "Europe/Berlin",
        "units": {"T": "°F"},
        "hourly": {"time": ["2022-07-01T00:00", "2022-07-01T01:00"], "T": [50, 68], "rain": [0.1], "note": 1},
    }
    profile = steps(
        {"columns": "hourly", "keep": ["timezone", "units"]},
        time=[{"path": "time", "timezone_path": "timezone"}],
        values={
            "air_temperature": {"path": "T", "unit_path": "units.T"},
            "rainfall_amount_interval": "rain",
        },
    )
    assert observed(profile, message) == [
        ("2022-06-30T22:00:00", "district5", {"air_temperature": 10.0, "rainfall_amount_interval": 0.1}),
        ("2022-06-30T23:00:00", "district5", {"air_temperature": 20.0}),
    ]


@pytest.mark.parametrize("first", [{"T": 1.0}, {"type": "air", "T": 1.0}])
def test_a_condition_on_elements_holds_whatever_those_before_looked_like(first):
    elements = [
        first,
        {"T": 2.0},
        {"type": "air", "T": 3.0},
        {"type": "soil", "T": 4.0},
        {"type": "air", "T": 5.0},
    ]
    profile = steps({"each": "list", "when": {"equals": {"type": "air"}}}, values=TEMPERATURE)
    found = [values["air_temperature"] for _, _, values in observed(profile, {"kind": "k", "list": elements})]
    assert found == [element["T"] for element in elements if element.get("type") == "air"]


def test_a_series_with_start_and_interval_has_its_times_from_positions():
    message = {"kind": "series", "start": "2020-01-01 05:30", "T": [650, 660, 670]}
    profile = {
        **steps({"columns": "", "keep": ["start"], "index": "i"}),
        "time": [{"path": "i", "since": "start", "step_s": 600, "timezone": "+05:30"}],
        "values": {"air_temperature": {"path": "T", "scale": 0.1, "offset": -40}},
    }
    found = observed(profile, message)
    assert [time for time, _, _ in found] == [f"2020-01-01T00:{minute}:00" for minute in ("00", "10", "20")]
    assert [values["air_temperature"] for _, _, values in found] == pytest.approx([25, 26, 27])


def test_json_inside_of_a_text():
    message = {
        "kind": "Notification",
        "Message": '[{"ts": 1573059300, "T": 21.5}, {"ts": 1573059600, "T": 22}]',
    }
    assert observed(steps({"json": "Message"}, time=["ts"]), message) == [
        ("2019-11-06T16:55:00", "district5", {"air_temperature": 21.5}),
        ("2019-11-06T17:00:00", "district5", {"air_temperature": 22.0}),
    ]


@pytest.mark.parametrize("text", ["", "{", "12", None, 7, "\ud800"])
def test_a_text_that_is_no_json_object_yields_no_observation(text):
    decoded = decode_bytes(
        json.dumps({"kind": "x", "Message": text}).encode(),
        profiles=load_profiles([MINIMAL | steps({"json": "Message"})]),
    )
    assert decoded.observations.num_rows == 0
    assert decoded.messages == 1


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("05.02.2020 09:05;12,3\n", {"separator": ";", "names": ["when", "T"]}),
        ('when;T\r\n"05.02.2020 09:05";"12,3"\r\n\r\n', {"separator": ";", "header": True}),
        ("when\tT\n05.02.2020 09:05\t12.3", {"separator": "\t", "header": True}),
    ],
)
def test_lines_of_separated_fields(text, how):
    profile = steps(
        {"lines": "csv", "keep": ["imei"], **how},
        time=[{"path": "when", "formats": ["%d.%m.%Y %H:%M"], "timezone": "+07:00"}],
        station=["{imei}"],
    )
    assert observed(profile, {"kind": "x", "imei": "86", "csv": text}) == [
        ("2020-02-05T02:05:00", "86", {"air_temperature": 12.3})
    ]


def test_fields_with_any_white_space_between_them():
    profile = steps({"lines": "line", "separator": " "}, time=["0"], values={"air_temperature": "1"})
    assert observed(profile, {"kind": "x", "line": "1573059300   21.5 \n"}) == [
        ("2019-11-06T16:55:00", "district5", {"air_temperature": 21.5})
    ]


def test_senml_base_fields_of_the_first_record_hold_for_all():
    """RFC 8428: `bn` and `bt` hold until they are replaced, `t` counts from `bt`."""
    profile = {
        "match": {"has": ["@array.0.bn"]},
        "join": {"within_s": 0},
        "station": ["{bn}"],
        **steps(
            {"each": "@array", "keep": {"bn": "@array.0.bn", "bt": "@array.0.bt"}},
            time=[{"path": "t", "since": "bt"}, "bt"],
        ),
        "values": {
            "air_temperature": {"path": "v", "unit_path": "u", "when": {"equals": {"n": "T"}}},
            "relative_humidity": {"path": "v", "unit_path": "u", "when": {"equals": {"n": "RH"}}},
        },
    }
    message = [
        {"bn": "urn:dev:7:", "bt": 1573059300, "n": "T", "u": "Cel", "v": 23.1},
        {"n": "RH", "u": "%RH", "v": 67},
        {"n": "T", "u": "Cel", "v": 22.1, "t": -60},
    ]
    assert observed(profile, message) == [
        ("2019-11-06T16:55:00", "urn:dev:7:", {"air_temperature": 23.1, "relative_humidity": 67.0}),
        ("2019-11-06T16:54:00", "urn:dev:7:", {"air_temperature": 22.1}),
    ]


@pytest.mark.parametrize("count", ["soon", 1e300])
def test_a_count_that_is_no_number_of_steps_is_an_unreadable_time(count):
    profile = {"time": [{"path": "t", "since": "bt"}]}
    decoded = decode_bytes(
        json.dumps({"kind": "x", "bt": 1573059300, "t": count, "T": 1}).encode(),
        profiles=load_profiles([MINIMAL | profile]),
    )
    assert [row["reason"] for row in decoded.rejects.to_pylist()] == ["time_unreadable"]


def test_a_period_is_observed_at_its_end():
    message = {"kind": "x", "time": "2019-11-06T17:00:00Z/2019-11-06T17:10:00Z", "T": 1}
    assert observed({"time": ["time"]}, message)[0][0] == "2019-11-06T17:10:00"


def test_a_turned_sign():
    profile = {"values": {"signal_strength": {"path": "rssi", "scale": -1}}}
    assert observed(profile, {"kind": "x", "rssi": 87})[0][2] == {"signal_strength": -87.0}


@pytest.mark.parametrize("code", [17, "17", 17.0, "17.0"])
def test_a_code_is_the_same_however_its_number_is_written(code):
    profile = {"match": {"has": ["kind"], "equals": {"usUnits": "17"}}}
    assert observed(profile, {"kind": "x", "usUnits": code, "T": 4})[0][2] == {"air_temperature": 4.0}


@pytest.mark.parametrize(
    ("step", "what"),
    [
        ({"lines": "a", "separator": ""}, "separator: .* one character"),
        ({"lines": "a", "separator": "\n"}, "separator: .* one character"),
        ({"each": "a", "columns": "b"}, "needs exactly one of"),
    ],
)
def test_wrong_steps_are_told(step, what):
    with pytest.raises(ProfileError, match=what):
        load_profiles([MINIMAL | steps(step)])


@pytest.mark.parametrize(
    ("clock", "time"), [(300, "03:00"), (30, "00:30"), (130, "01:30"), ("1530", "15:30")]
)
def test_numbers_of_a_template_are_filled_with_zeros(clock, time):
    profile = {
        "time": [{"template": "{date} {time:04}", "formats": ["%Y%m%d %H%M"], "timezone": "UTC"}],
        "station": ["{id:03}"],
    }
    found = observed(profile, {"kind": "x", "date": 20200105, "time": clock, "id": 7, "T": 1})
    assert found[0][:2] == (f"2020-01-05T{time}:00", "007")
