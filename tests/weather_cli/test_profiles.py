import json
from pathlib import Path

import pytest

from weather_cli import cli

ROOT = Path(__file__).resolve().parents[2]
PAYLOADS = ROOT / "tests" / "fixtures" / "payloads"
MINE = {
    "format": 1,
    "name": "mine",
    "title": "My stations",
    "source": "me",
    "match": {"has": ["mine"]},
    "values": {"air_temperature": {"path": "mine", "unit": "degF"}},
}


def run(capsys, *arguments):
    status = cli.main(["profiles", *map(str, arguments)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_the_list_names_every_profile(capsys):
    status, out, _ = run(capsys)
    assert status == 0
    assert out.splitlines()[0].split("\t") == ["profile", "asked", "what", "values", "for"]
    assert out.splitlines()[1].startswith("itea_platform\t10\t")
    status, out, _ = run(capsys, "--json")
    assert [row["name"] for row in json.loads(out)][-1] == "generic"


def test_a_good_payload_is_told_variable_by_variable(capsys):
    status, out, _ = run(capsys, "check", PAYLOADS / "ecowitt_gw2000a.json", "--site", "hue")
    assert status == 0
    assert "air_temperature\t23.6111\tdegC" in out
    assert 'tempf\t"74.5"\tvalue\tair_temperature = 23.6111 degC, read as degF' in out
    assert "PASSKEY\t***\tsecret\tmasked everywhere" in out
    assert 'lightning\t""\tknown, not mapped' in out
    assert "station: hue" in out
    assert out.rstrip().endswith("# 1 records: 1 observations, 0 ignored, 0 quarantined")


def test_why_something_was_left_out(capsys, tmp_path):
    file = tmp_path / "1758018600500.json"
    data = {
        "temperature": "warm",
        "humidity": None,
        "pressure": -2222.2,
        "avgWindSpeed": 0,
        "windDirection": 90,
        "dust": 3,
    }
    file.write_text(json.dumps({"timestamp": "2025-09-16T10:30:00Z", "data": data}))
    status, out, _ = run(capsys, "check", file, "--json")
    assert status == 0
    document = json.loads(out)
    (message,) = document["messages"]
    roles = {field["path"]: (field["role"], field["why"]) for field in message["records"][0]["fields"]}
    assert roles["data.temperature"] == ("unreadable", "air_temperature: not a number: 'warm'")
    assert roles["data.humidity"][0] == "no value"
    assert roles["data.pressure"] == ("no value", "air_pressure: missing, or a sentinel")
    assert roles["data.windDirection"] == ("no value", "wind_from_direction: calm, which has no direction")
    assert roles["data.dust"] == ("unknown", "counted as schema drift")
    assert roles["timestamp"][0] == "time"
    (observation,) = document["observations"]
    assert observation["ingest_time_utc"] == "2025-09-16T10:30:00.500000+00:00"  # the file's name is a key's
    assert observation["station_id"] == tmp_path.name
    assert "wind_from_direction" not in observation


def test_a_payload_that_would_be_quarantined(capsys):
    status, out, _ = run(capsys, "check", PAYLOADS / "platform_g_second_sketch.json")
    assert status == 1
    assert "reason: bare_value" in out


def test_profiles_of_a_directory_and_of_a_run_configuration(capsys, tmp_path):
    payload = tmp_path / "payload.json"
    payload.write_text('{"mine": 75}')
    own = tmp_path / "own"
    own.mkdir()
    (own / "mine.json").write_text(json.dumps(MINE))
    config = tmp_path / "run.json"
    config.write_text(
        json.dumps(
            {"profiles": [MINE], "sites": {"hue": {"timezone": "UTC", "scale": {"air_temperature": 2}}}}
        )
    )
    assert run(capsys, "check", payload)[0] == 1
    status, out, _ = run(capsys, "check", payload, "--profiles", own)
    assert (status, "air_temperature\t23.8889\tdegC" in out) == (0, True)
    status, out, _ = run(capsys, "check", payload, "--config", config, "--site", "hue")
    assert (status, "air_temperature\t47.7778\tdegC" in out) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check"], "needs the file"),
        (["check", "nowhere.json"], "cannot read nowhere.json"),
        (["list", "x.json"], "did you mean"),
        (["--profiles", "nowhere"], "no such file or folder"),
        (["--config", "nowhere.json"], "does not exist"),
        (["check", __file__, "--timezone", "Mars"], "--timezone"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(capsys, arguments, said):
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 2


def test_every_problem_of_a_wrong_profile_is_told(capsys, tmp_path):
    (tmp_path / "mine.json").write_text(
        json.dumps(MINE | {"format": 7, "values": {"air_temp": "mine"}, "colour": "red"})
    )
    status, _, err = run(capsys, "--profiles", tmp_path)
    assert status == 2
    lines = err.splitlines()
    assert any("format: must be 1" in line for line in lines)
    assert any(
        "values.air_temp: 'air_temp' is not known; did you mean air_temperature?" in line for line in lines
    )
    assert any("colour: is not known" in line for line in lines)
    assert lines[0] == "weather profiles: profiles are not valid:"
    assert len(lines) == 5
