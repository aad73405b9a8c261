"""The checker, the shipped schemas as `jsonschema` reads them, and the readers agree on what is right.

Thousands of documents made from right ones by changes of every kind: members taken out, renamed, added, put
elsewhere, values of other types, texts that are almost names.
"""

import copy
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource
from weather_etl.checking import FORMATS, built_in_profiles, configuration_problems, profile_problems
from weather_etl.checking.schema import load_schema, schema_problems
from weather_etl.profiles import load_profiles
from weather_etl.profiles.reader import read_profile
from weather_etl.settings.config import ConfigError, check_config

FIXTURES = Path(__file__).parents[2] / "fixtures" / "profiles"

CONFIGURATION: dict[str, Any] = {
    "sites": {
        "EWR": {
            "timezone": "America/New_York", "elevation_m": 3, "latitude": 40.7, "longitude": -74.2,
            "interval_s": 3600, "wind_scale": 1.0, "qc_profile": "default", "profiles": ["ecowitt", "roof"],
            "qc": {"air_temperature": {"range": {"suspect": [5, 45], "fail": [-80, 60]}}},
            "scale": {"air_pressure": 0.1},
            "stations": {"s1": {"wind_scale": 1.2, "scale": {"wind_speed": 2}}},
        },
        "d5": {"timezone": "+07:00"},
    },
    "profiles": [
        {
            "format": 1, "name": "roof", "title": "Roof", "source": "sketch", "match": {"has": ["unit"]},
            "values": {"air_temperature": "T", "air_pressure": {"path": "P", "unit": "kPa"}},
        },
        {"format": 1, "name": "roof_metric", "extends": "ecowitt", "replace_units": {"degF": "degC"}},
    ],
    "qc": {
        "air_temperature": {
            "step": {"suspect": {"per_minute": 3, "cap": 15, "by_gap": [[1, 4]]}},
            "persistence": {"suspect_minutes": 240, "min_samples": 6},
        },
        "illuminance": {"persistence": {"tolerance": 0.1, "exempt_equal": 0}},
    },
    "quality": {"quarantined_share": {"warn": 0.01, "fail": 0.2}, "minimum_count": 5},
    "outputs": {"gzip": False, "parquet": True, "presets": ["weather-platform"]},
    "batch_objects": 200000,
    "lease_wait_s": 120,
}  # fmt: skip

SPARE: list[Any] = [
    None, True, False, 0, 1, -1, 1.0, 2.5, 1e9, "", "x", "_x", "a.b", [], [1], ["x"], [9, 1], {}, {"x": 1},
    {"path": "x"}, {"has": ["x"]}, "Mars/Base", "Asia/Ho_Chi_Minh", "+07:00", "site", "(", "%Q", "%Y-%m-%d",
    "{a", "{a}", "degC", "KPH ", "furlong", "air_temperature", "air_temp", "roof", "1", "ecowitt",
]  # fmt: skip


def profiles() -> list[dict[str, Any]]:
    files = [json.loads(path.read_text()) for path in sorted(FIXTURES.glob("*.json"))]
    return [*map(dict, built_in_profiles().values()), *files, EVERY_MEMBER]


EVERY_MEMBER: dict[str, Any] = {
    "format": 1, "name": "every_member", "title": "t", "source": "s", "notes": ["n"], "priority": 7,
    "automatic": False, "replace_units": {"mph": "m/s"}, "fold_names": True, "envelopes": ["", "data"],
    "match": {
        "has": ["a"], "has_any": "b", "lacks": ["c"], "equals": {"d": [1, "x"]}, "differs": {"e": None},
        "like": {"f": "[a-z]+"}, "is": {"g": ["number", "text"]}, "values_at_least": 2,
        "any_of": [{"has": "h"}], "none_of": [{"lacks": "i"}],
    },
    "ignore": [{"kind": "status", "when": {"has": ["status"]}}], "empty": "nothing", "secrets": ["pin"],
    "join": {"within_s": 5}, "timezone": "Asia/Jakarta", "known": ["fw"], "missing": [7999, "x"],
    "records": [
        {
            "name": "r", "when": {"has": "a"},
            "steps": [
                {"each": "a", "keep": ["b"], "names": ["c"], "index": "i"},
                {"lines": "x", "separator": ";", "header": True, "keep": {"d": "e"}},
                {"entries": "x", "like": "T.*"},
                {"pairs": "x", "name": "n", "value": "v", "unit": "u", "when": {"has": "a"}},
            ],
            "station": ["{id}", "{@site}"], "time_required": True, "base": ["", "data"],
            "time": [
                "at",
                {"template": "{date} {time:04}", "formats": ["%Y-%m-%d %H%M"], "timezone": "site"},
                {"path": "t", "since": "start", "step_s": 0.1, "source": "edge", "arrival": "@.*"},
            ],
            "values": {
                "air_temperature": ["a", {"path": "b", "unit": "degF", "suffix_units": True, "scale": 0.1}],
                "wind_speed": {
                    "path": "c", "unit_path": "u", "units": {"0": "m/s", "1": {"unit": "kt", "scale": 2}},
                },
                "wind_from_direction": {"path": "d", "compass": True, "codes": {"NN": 0, "--": None}},
                "relative_humidity": {"path": "h", "offset": 1, "replace": {"0": 100}, "when": {"has": "h"}},
                "air_pressure": {"path": "p", "missing": [{"value": -1.5, "within": 0.1}, "none"]},
            },
        },
        {"name": "s", "ignore": "status", "values": {}},
    ],
}  # fmt: skip


def places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container of a document with each of its keys or positions."""
    keys = (
        list(document)
        if isinstance(document, dict)
        else range(len(document))
        if isinstance(document, list)
        else ()
    )
    for key in keys:
        yield document, key
        yield from places(document[key])


def changed(document: Any, chance: random.Random) -> Any:
    """Return a document with one to three changes."""
    document = copy.deepcopy(document)
    for _ in range(chance.choice((1, 1, 2, 3))):
        found = list(places(document))
        if not found:
            return chance.choice(SPARE)
        holder, key = chance.choice(found)
        value = copy.deepcopy(holder[key])
        what = chance.choice(("drop", "replace", "wrap", "repeat"))
        if what != "repeat":
            del holder[key]
        if what == "drop":
            continue
        new = {"replace": copy.deepcopy(chance.choice(SPARE)), "wrap": [value], "repeat": value}[what]
        if isinstance(holder, list):
            holder.insert(chance.randint(0, len(holder)), new)
        else:
            holder[chance.choice((key, key, f"{key}s", "_" + str(key), "x"))] = new
    return document


def reference(name: str) -> jsonschema.Draft202012Validator:
    """Return `jsonschema`'s validator of a shipped schema, with our formats."""
    formats = jsonschema.FormatChecker(formats=())
    for format_name, check in FORMATS.items():
        formats.checks(format_name)(lambda text, check=check: not isinstance(text, str) or not check(text)[0])
    registry = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema))
        for schema in map(load_schema, ("profile", "run-configuration"))
    )
    return jsonschema.Draft202012Validator(load_schema(name), format_checker=formats, registry=registry)


@pytest.mark.parametrize("name", ["profile", "run-configuration"])
def test_the_schemas_are_schemas(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(load_schema(name))
    assert load_schema(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert load_schema(name)["$id"].endswith(f"/{name}.schema.json")


@pytest.mark.parametrize("document", profiles(), ids=lambda document: document["name"])
def test_right_profiles_are_right(document: dict[str, Any]) -> None:
    assert profile_problems(document) == []


def test_a_right_configuration_is_right() -> None:
    assert configuration_problems(CONFIGURATION) == []


def agreement(name: str, originals: list[Any], count: int, read: Callable[[Any], bool]) -> Counter[bool]:
    """Hold checker, `jsonschema` and a reader against each other; return how many documents were right."""
    chance, validator, right = random.Random(20261127), reference(name), Counter[bool]()
    for number in range(count):
        document = changed(originals[number % len(originals)], chance)
        ours = schema_problems(document, name)
        assert (not ours) == validator.is_valid(document), (
            document,
            ours,
            next(validator.iter_errors(document), 0),
        )
        right[read(document)] += 1
    return right


def test_checker_schema_and_reader_agree_on_3000_profiles() -> None:
    def read(document: Any) -> bool:
        """Return whether the reader takes a document, and that it takes what was found right."""
        found = profile_problems(document)
        assert [str(problem) for problem in found] == list(dict.fromkeys(map(str, found)))
        if found:
            return False
        parent = built_in_profiles()[document["extends"]] if "extends" in document else {}
        own: list[str] = []
        read_profile("", {**parent, **document}, own)
        assert own == [], document
        return True

    right = agreement("profile", profiles(), 3000, read)
    assert min(right.values()) > 300


def test_checker_schema_and_reader_agree_on_3000_configurations() -> None:
    def read(document: Any) -> bool:
        found = configuration_problems(document)
        try:
            config = check_config(document)
        except ConfigError as error:
            refused = error.problems
        else:
            refused = ()
            assert len(load_profiles(config.profiles).profiles) >= len(built_in_profiles())
        assert refused == tuple(found), document
        return not found

    right = agreement("run-configuration", [CONFIGURATION], 3000, read)
    assert min(right.values()) > 300
