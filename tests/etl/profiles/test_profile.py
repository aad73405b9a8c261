"""Profile files: what is accepted, and that every problem is told at once."""

import json

import pytest
from weather_etl.profiles import ProfileError, load_profiles

from tests.etl.payload_decoding import built_in, decode, decode_bytes, rows

MINIMAL = {
    "format": 1,
    "name": "mine",
    "title": "t",
    "source": "s",
    "match": {"has": ["x"]},
    "values": {"air_temperature": "x"},
}


def problems(*documents, files=()):
    with pytest.raises(ProfileError) as caught:
        load_profiles(documents, files)
    return [str(problem) for problem in caught.value.problems]


def test_the_built_in_profiles_are_sound_and_say_where_they_are_from():
    profiles = built_in().profiles
    assert {
        "itea_platform",
        "tempest_udp",
        "ecowitt",
        "ambient_weather",
        "wunderground_upload",
        "generic",
    } <= {profile.name for profile in profiles}
    for profile in profiles:
        assert profile.source
        assert profile.notes
        assert profile.origin == f"{profile.name}.json"
    assert profiles[0].name == "itea_platform"
    assert profiles[-1].name == "generic"


def test_a_minimal_profile_is_enough():
    row = decode({"x": 21}, profiles=load_profiles([MINIMAL]))
    assert (row["family"], row["air_temperature"], row["time_source"]) == ("mine", 21.0, "ingest")


def test_one_of_the_configuration_replaces_a_built_in_one():
    profiles = load_profiles([MINIMAL | {"name": "generic", "priority": 900}])
    assert decode({"x": 1}, profiles=profiles)["family"] == "generic"
    assert len(profiles.profiles) == len(built_in().profiles)


def test_profiles_of_files(tmp_path):
    (tmp_path / "mine.json").write_text(json.dumps(MINIMAL))
    assert decode({"x": 1}, profiles=load_profiles(files=[tmp_path / "mine.json"]))["family"] == "mine"


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        ({"format": 2}, "format", "must be 1"),
        ({"format": "1"}, "format", "must be 1, not '1'"),
        ({"title": None}, "title", "must be text, not null"),
        ({"colour": 1}, "colour", "is not known"),
        ({"match": {}}, "match", "is empty"),
        ({"match": {"hass": ["x"]}}, "match.hass", "did you mean has?"),
        ({"match": {"is": {"x": "table"}}}, "match.is.x", "'table' is not known"),
        ({"match": {"like": {"x": "("}}}, "match.like.x", "regular expression"),
        ({"match": {"any_of": [{"has": [1]}]}}, "match.any_of[0].has[0]", "must be text, not a whole number"),
        ({"values": {"temperature": "x"}}, "values.temperature", "did you mean air_temperature?"),
        ({"values": {"air_temperature": {"unit": "degF"}}}, "values.air_temperature.path", "is missing"),
        (
            {"values": {"air_temperature": {"path": "x", "unit": "hPa"}}},
            "values.air_temperature.unit",
            "degC, degF, K",
        ),
        (
            {"values": {"air_temperature": {"path": "x", "scale": 0}}},
            "values.air_temperature.scale",
            "a number other than 0",
        ),
        (
            {"values": {"air_temperature": {"path": "x", "unit": "degC", "wrap": 100}}},
            "values.air_temperature[0].wrap",
            "is for rainfall_counter alone",
        ),
        (
            {"values": {"rainfall_counter": {"path": "x", "unit_path": "u", "unit": "mm", "wrap": 100}}},
            "values.rainfall_counter[0].wrap",
            "needs a `unit` that is always the same",
        ),
        (
            {"values": {"rainfall_counter": {"path": "x", "unit": "mm", "wrap": 0}}},
            "values.rainfall_counter.wrap",
            "above 0",
        ),
        (
            {
                "values": {
                    "rainfall_counter": [
                        {"path": p, "unit": "mm", "wrap": w} for p, w in (("x", 9), ("y", 8))
                    ]
                }
            },
            "values",
            "a family has one `wrap`",
        ),
        (
            {"values": {"air_temperature": {"path": "x", "units": {"1": "m"}}}},
            "values.air_temperature.units.1",
            "a unit: degC, degF, K",
        ),
        (
            {"values": {"air_temperature": {"path": "x", "codes": {"N": "north"}}}},
            "values.air_temperature.codes.N",
            "a number",
        ),
        (
            {"values": {"air_temperature": {"path": "x", "replace": {"zero": 1}}}},
            "values.air_temperature.replace.zero",
            "a number",
        ),
        (
            {"values": {"air_temperature": {"path": "x", "missing": [True]}}},
            "values.air_temperature.missing[0]",
            "must be text, a number or an object, not true or false",
        ),
        (
            {"time": [{"path": "t", "timezone": "Mars/Olympus"}]},
            "time[0].timezone",
            "an IANA time zone, an offset such as +07:00, or site",
        ),
        ({"time": [{"format": "x"}]}, "time[0]", "exactly one of path, template"),
        ({"time": [{"path": "t", "source": "moon"}]}, "time[0].source", "'moon' is not known"),
        ({"time": [{"path": "t", "formats": ["%Y", "%Q"]}]}, "time[0].formats[1]", "not a format"),
        ({"time": [{"path": "t", "formats": ["%d %d"]}]}, "time[0].formats[0]", "not a format"),
        ({"time": [{"path": "t", "formats": ["%Y %"]}]}, "time[0].formats[0]", "not a format"),
        ({"time": [{"path": "t", "step_s": 0}]}, "time[0].step_s", "a number above 0"),
        (
            {"time": [{"template": "{date} {time:04"}]},
            "time[0].template",
            "each brace belongs to a {path}",
        ),
        ({"station": ["{x}", "{a}-{b"]}, "station[1]", "each brace belongs to a {path}"),
        ({"join": {"within_s": -1}}, "join.within_s", "a number from 0 on"),
        ({"timezone": "Europe/Berln"}, "timezone", "did you mean Europe/Berlin?"),
        ({"records": [{"name": "r", "steps": [{}]}]}, "records[0].steps[0]", "exactly one of"),
        ({"records": [{"steps": []}]}, "records[0].name", "is missing"),
        (
            {"records": [{"name": "r", "steps": [{"each": "x", "lke": "y"}]}]},
            "records[0].steps[0].lke",
            "is not known",
        ),
        ({"replace_units": {"degF": "degX"}}, "replace_units.degF", "a unit: degC"),
        ({"ignore": [{"kind": "k"}]}, "ignore[0].when", "is missing"),
        ({"values": {}}, "profiles[0]", "at least one block that maps a field to a variable"),
        ({"replace_units": {"degF": "hPa"}}, "replace_units.degF", "measures something else"),
        ({"extends": "nobody"}, "extends", "not a known profile"),
        ({"name": "Not A Name"}, "name", "lower-case letters"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(change, where, what):
    told = problems(MINIMAL | change)
    assert any(where in problem and what in problem for problem in told), told
    assert all("profiles[0]" in problem for problem in told)


def test_two_profiles_of_ones_own_have_two_names(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(MINIMAL))
    (tmp_path / "b.json").write_text(json.dumps(MINIMAL | {"title": "another"}))
    (told,) = problems(files=sorted(tmp_path.glob("*.json")))
    assert told == f"{tmp_path}/b.json: name: 'mine' is the name of another profile, {tmp_path}/a.json"


def test_the_same_profile_twice_is_one():
    assert len(load_profiles([MINIMAL, MINIMAL]).profiles) == len(built_in().profiles) + 1


def test_files_that_cannot_be_read_are_told_with_the_others(tmp_path):
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "link.json").symlink_to("nowhere")
    (tmp_path / "latin.json").write_bytes(b'{"title": "\xe9"}')
    (tmp_path / "deep.json").write_text('{"a":' * 100_000)
    (tmp_path / "endless.json").write_text('{"scale": Infinity}')
    told = problems(files=sorted(tmp_path.glob("*.json")))
    files = ("deep", "endless", "folder", "latin", "link")
    assert [problem.split(":")[0] for problem in told] == [f"{tmp_path}/{name}.json" for name in files]


def test_all_problems_of_all_profiles_at_once(tmp_path):
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "list.json").write_text("[]")
    told = problems(
        MINIMAL | {"format": 9, "values": {"x": 1}},
        MINIMAL | {"name": "two", "title": 1},
        files=sorted(tmp_path.glob("*.json")),
    )
    assert len(told) == 5, told


def test_a_missing_match_is_told():
    assert (
        "match: is missing" in problems({key: value for key, value in MINIMAL.items() if key != "match"})[0]
    )


def test_comments_are_members_that_begin_with_an_underscore():
    load_profiles([MINIMAL | {"_why": "because"}])


def test_the_first_profile_by_priority_takes_the_message():
    first, second = MINIMAL | {"name": "aa", "priority": 2}, MINIMAL | {"name": "bb", "priority": 1}
    assert decode({"x": 1}, profiles=load_profiles([first, second]))["family"] == "bb"


@pytest.mark.parametrize(
    ("match", "message", "taken"),
    [
        ({"has": ["x", "y.z"]}, {"x": 1, "y": {"z": None}}, True),
        ({"has": ["x", "y.z"]}, {"x": 1, "y": {"q": 1}}, False),
        ({"has_any": ["a", "x"]}, {"x": 1}, True),
        ({"has": ["x"], "lacks": ["y"]}, {"x": 1, "y": 1}, False),
        ({"equals": {"x": 16}}, {"x": 16.0}, True),
        ({"equals": {"x": 16}}, {"x": "16"}, True),
        ({"equals": {"x": True}}, {"x": 1}, False),
        ({"equals": {"x": [1, 2]}}, {"x": 3}, False),
        ({"equals": {"x": None}}, {"x": None}, True),
        ({"has": ["x"], "differs": {"t": "a"}}, {"x": 1}, True),
        ({"has": ["x"], "differs": {"t": "a"}}, {"x": 1, "t": "a"}, False),
        ({"like": {"t": "ab+"}, "has": ["x"]}, {"x": 1, "t": "abbb"}, True),
        ({"like": {"t": "ab+"}, "has": ["x"]}, {"x": 1, "t": "abbbc"}, False),
        ({"is": {"x": "number"}}, {"x": 1.5}, True),
        ({"is": {"x": "number"}}, {"x": True}, False),
        ({"is": {"x": ["text", "null"]}}, {"x": None}, True),
        ({"is": {"y": "object"}, "has": ["x"]}, {"x": 1, "y": []}, False),
        ({"is": {"y": "array"}, "has": ["x"]}, {"x": 1, "y": []}, True),
        ({"has": ["y.0.t", "x"]}, {"x": 1, "y": [{"t": 1}]}, True),
        ({"has": ["y.0.t", "x"]}, {"x": 1, "y": []}, False),
        ({"has": ["x"], "none_of": [{"has": ["bad"]}, {"equals": {"t": "no"}}]}, {"x": 1, "t": "yes"}, True),
        ({"has": ["x"], "none_of": [{"has": ["bad"]}, {"equals": {"t": "no"}}]}, {"x": 1, "t": "no"}, False),
        ({"any_of": [{"has": ["q"]}, {"equals": {"t": "a"}}]}, {"x": 1, "t": "a"}, True),
        ({"has": ["s*.x"]}, {"x": 1, "sensor-1": {"x": 2}}, True),
        ({"has": ["a\\.b"]}, {"x": 1, "a.b": 2}, True),
        ({"values_at_least": 1}, {"x": "nothing but a name counts"}, True),
    ],
)
def test_conditions(match, message, taken):
    profiles = load_profiles([MINIMAL | {"match": match, "known": ["*"]}])
    decoded = decode_bytes(json.dumps(message).encode(), profiles=profiles)
    reasons = decoded.rejects.column("reason").to_pylist()
    assert ("unrecognised" not in reasons) == taken


def test_a_condition_is_decided_for_each_message_of_one_shape():
    profiles = load_profiles([MINIMAL | {"match": {"equals": {"t": "a"}}}])
    body = b'{"x":1,"t":"a"}{"x":2,"t":"b"}{"x":3,"t":"a"}{"x":4,"t":{}}'
    decoded = decode_bytes(body, profiles=profiles)
    assert [row["air_temperature"] for row in rows(decoded)] == [1.0, 3.0]
    assert decoded.rejects.column("reason").to_pylist() == ["unrecognised", "unrecognised"]


def one(value, message, variable="air_temperature", **profile):
    document = MINIMAL | {"values": {variable: value}, "match": {"values_at_least": 1}} | profile
    return decode(message, profiles=load_profiles([document])).get(variable)


def test_candidates_in_order_of_precedence():
    assert one(["x", "y"], {"x": None, "y": 2}) == 2.0
    assert one(["x", "y"], {"x": 1, "y": 2}) == 1.0
    assert one(["x", "y"], {"x": "broken", "y": 2}) == 2.0


def test_sentinels_texts_and_codes():
    value = {"path": "x", "missing": [-9999, {"value": -141.1, "within": 0.1}, "offline"]}
    for sentinel in (-9999, "-9999", "-9999.0", -141.15, "OFFLINE"):
        decoded = decode_bytes(
            json.dumps({"x": sentinel}).encode(),
            profiles=load_profiles([MINIMAL | {"values": {"air_temperature": value}}]),
        )
        assert decoded.ignored_by_kind == {"mine:no_values": 1}
    assert one(value, {"x": -141.3}) == -141.3
    codes = {"path": "x", "codes": {"0": 270, "1": 292.5, "16": None}}
    assert one(codes, {"x": 1}, "wind_from_direction") == 292.5
    assert one({"path": "x", "compass": True}, {"x": "sw"}, "wind_from_direction") == 225.0


def test_scale_unit_and_unit_from_the_record():
    assert one({"path": "x", "unit": "degF", "scale": 0.1}, {"x": 750}) == pytest.approx(23.8889, abs=1e-4)
    by_record = {"path": "x", "unit": "degF", "unit_path": "u", "units": {"metric": "degC"}}
    assert one(by_record, {"x": 75, "u": "METRIC"}) == 75.0
    assert one(by_record, {"x": 75, "u": "F"}) == pytest.approx(23.8889, abs=1e-4)
    assert one(by_record, {"x": 75, "u": None}) == pytest.approx(23.8889, abs=1e-4)
    assert one(by_record, {"x": 75}) == pytest.approx(23.8889, abs=1e-4)
    assert one({"path": "temp", "suffix_units": True}, {"temp_F": 75}) == pytest.approx(23.8889, abs=1e-4)


def test_a_unit_that_nobody_knows_makes_the_value_unreadable():
    value = {"path": "x", "unit_path": "u"}
    profiles = load_profiles([MINIMAL | {"values": {"air_temperature": value}}])
    decoded = decode_bytes(b'{"x": 75, "u": "bananas"}{"x": 75, "u": "C"}', profiles=profiles)
    assert [row["air_temperature"] for row in rows(decoded)] == [75.0]
    assert "bananas" in decoded.rejects.to_pylist()[0]["detail"]


def test_a_station_of_several_fields_falls_back_when_one_is_missing():
    profiles = load_profiles(
        [MINIMAL | {"station": ["{model}-{id}-{channel}", "{model}-{id}", "{@site}/unnamed"]}]
    )
    device = {"x": 1, "model": "M", "id": 7}
    messages = [device | {"channel": "A"}, device | {"channel": None}, device, {"x": 1}]
    body = json.dumps(messages).encode()
    names = [row["station_id"] for row in rows(decode_bytes(body, profiles=profiles))]
    assert names == ["M-7-A", "M-7", "M-7", "district5/unnamed"]


def test_a_time_of_several_fields_and_a_zone_in_the_record():
    time = [
        {
            "template": "{date} {clock}",
            "formats": ["%d.%m.%Y %H:%M"],
            "timezone_path": "tz",
            "timezone": "UTC",
        }
    ]
    profiles = load_profiles([MINIMAL | {"time": time}])
    message = {"x": 1, "date": "16.09.2025", "clock": "17:30"}
    zones = ("Asia/Ho_Chi_Minh", "+07:00", "UTC+7", "GMT+07", "ICT", 7, 420, 25200, "25200")
    at = {decode(message | {"tz": zone}, profiles=profiles)["obs_time_utc"].isoformat() for zone in zones}
    assert at == {"2025-09-16T10:30:00+00:00"}
    (reject,) = decode_bytes(
        json.dumps(message | {"tz": "Mars/Base"}).encode(), profiles=profiles
    ).rejects.to_pylist()
    assert reject["reason"] == "time_unreadable"
    assert "Mars/Base" in reject["detail"]


def test_a_time_that_needs_no_zone_is_read_beside_an_unknown_one():
    profiles = load_profiles([MINIMAL | {"time": [{"path": "t", "timezone_path": "tz"}]}])
    for time in (1758018600, "2025-09-16T10:30:00Z", "2025-09-16T17:30:00+07:00"):
        row = decode({"x": 1, "t": time, "tz": "Local"}, profiles=profiles)
        assert row["obs_time_utc"].isoformat() == "2025-09-16T10:30:00+00:00"


def test_records_of_one_message_are_joined_only_when_near():
    document = {
        "format": 1,
        "name": "joined",
        "title": "t",
        "source": "s",
        "match": {"is": {"rows": "array"}},
        "time": ["t"],
        "join": {"within_s": 60},
        "records": [
            {
                "name": "row",
                "steps": [{"each": "rows"}],
                "values": {"air_temperature": "a", "relative_humidity": "b"},
            }
        ],
    }
    t = 1_758_018_000
    message = {"rows": [{"t": t, "a": 1}, {"t": t + 60, "b": 2, "a": 9}, {"t": t + 121, "b": 3}]}
    body = json.dumps(message).encode()
    decoded = decode_bytes(body * 2, profiles=load_profiles([document]))
    values = [
        (row.get("air_temperature"), row.get("relative_humidity"), row["record"]) for row in rows(decoded)
    ]
    assert values == [(1.0, 2.0, 0), (None, 3.0, 2), (1.0, 2.0, 3), (None, 3.0, 5)]
    assert decoded.messages == 4
    assert rows(decoded)[0]["obs_time_utc"].timestamp() == t + 60
