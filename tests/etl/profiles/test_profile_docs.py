"""docs/profiles.md says what the code does: tables, members and the worked example."""

import json
import re
from pathlib import Path

import pytest
from weather_etl.core.variables import VARIABLES
from weather_etl.decode.reasons import REASONS
from weather_etl.profiles import condition_reader, load_profiles, reader, value_reader
from weather_etl.profiles.units import units_for

from tests.etl.payload_decoding import decode

DOCS = Path(__file__).resolve().parents[3] / "docs" / "profiles.md"


def generated():
    """The tables that are made from the code: name of the table -> its lines."""
    variables = ["| variable | what | stored | units it may come in |", "|---|---|---|---|"]
    for variable in VARIABLES:
        units = ", ".join(f"`{unit}`" for unit in units_for(variable.name))
        variables.append(f"| `{variable.name}` | {variable.description} | {variable.unit} | {units} |")
    reasons = ["| code | meaning |", "|---|---|"]
    reasons += [f"| `{code}` | {meaning} |" for code, meaning in REASONS.items()]
    return {name: "\n".join(lines) + "\n" for name, lines in (("variables", variables), ("reasons", reasons))}


@pytest.mark.parametrize("name", ["variables", "reasons"])
def test_the_tables_are_those_of_the_code(name):
    text = DOCS.read_text(encoding="utf-8")
    table = text.split(f"<!-- {name}: begin -->\n")[1].split(f"<!-- {name}: end -->")[0]
    assert table == generated()[name]


def test_every_member_that_the_reader_takes_is_documented():
    modules = (reader, condition_reader, value_reader)
    source = "".join(Path(module.__file__).read_text(encoding="utf-8") for module in modules)
    taken = set(re.findall(r"(?:take|texts|paths|path|nodes|node|_pattern)\((?:node, )?\"(\w+)\"", source))
    assert len(taken) > 40
    documented = set(re.findall(r"[`\"](\w+)[`\"]", DOCS.read_text(encoding="utf-8")))
    assert taken <= documented


def test_the_worked_example_works():
    payload, profile = re.findall(r"```json\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    row = decode(
        json.loads(payload), profiles=load_profiles([json.loads(profile)]), ingest_us=1_582_600_000_000_000
    )
    measured = {name: value for name, value in row.items() if isinstance(value, float)}
    assert measured == pytest.approx(
        {
            "air_temperature": 12.9,
            "relative_humidity": 92.0,
            "air_pressure": 743.1,
            "wind_speed": 8.05556,
            "wind_from_direction": 157.5,
            "rainfall_counter": 307.9,
        },
        rel=1e-5,
    )
    assert (row["station_id"], row["obs_time_utc"].isoformat()) == ("roof-3", "2020-02-25T02:35:00+00:00")


def test_the_examples_that_are_named_exist():
    root = DOCS.parents[1]
    there = {
        path.name
        for folder in ("etl/weather_etl/profiles/builtin", "tests/fixtures/profiles")
        for path in (root / folder).iterdir()
    }
    named = set(re.findall(r"`(\w+\.json)`", DOCS.read_text(encoding="utf-8").split("## Examples")[1]))
    assert named <= there
    assert len(named) > 10
