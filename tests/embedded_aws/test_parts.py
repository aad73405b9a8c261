"""The pure parts of the embedded AWS: schedules, templates, JSONata, inferred tables, request shapes."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import boto3
import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_aws.glue import inference as crawl
from embedded_aws.provider.assets import content_of
from embedded_aws.provider.shapes import UnknownInputError, request
from embedded_aws.schedule import fill, is_due, scheduled_event, target_input
from embedded_aws.stepfunctions import history
from embedded_aws.stepfunctions.jsonata import ExpressionError, evaluate

UTC7 = timezone(timedelta(hours=7))


# --- schedules ---


@pytest.mark.parametrize(
    ("expression", "at", "due"),
    [
        ("cron(0 17 ? * SAT *)", datetime(2026, 11, 21, 17, tzinfo=UTC), True),
        ("cron(0 17 ? * SAT *)", datetime(2026, 11, 22, 0, tzinfo=UTC7), True),  # the same instant
        ("cron(0 17 ? * SAT *)", datetime(2026, 11, 21, 17, 1, tzinfo=UTC), False),
        ("cron(0 17 ? * SAT *)", datetime(2026, 11, 22, 17, tzinfo=UTC), False),
        ("cron(0 17 ? * 7 *)", datetime(2026, 11, 21, 17, tzinfo=UTC), True),  # 1 is Sunday
        ("cron(0/15 8-17 ? * MON-FRI *)", datetime(2026, 11, 20, 17, 45, tzinfo=UTC), True),
        ("cron(0/15 8-17 ? * MON-FRI *)", datetime(2026, 11, 20, 17, 50, tzinfo=UTC), False),
        ("cron(0 12 1,15 * ? 2026)", datetime(2026, 11, 15, 12, tzinfo=UTC), True),
        ("cron(0 12 1,15 * ? 2027)", datetime(2026, 11, 15, 12, tzinfo=UTC), False),
        ("rate(1 day)", datetime(2026, 11, 21, 17, tzinfo=UTC), False),
    ],
)
def test_cron(expression: str, at: datetime, due: bool):
    assert is_due(expression, at) is due


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 17 * * SAT *)",
        "cron(0 17 ? * SAT)",
        "cron(61 17 ? * SAT *)",
        "cron(0 17 L * ? *)",
        "every day",
    ],
)
def test_no_cron(expression: str):
    with pytest.raises(ValueError):
        is_due(expression, datetime(2026, 11, 21, 17, tzinfo=UTC))


EVENT = scheduled_event(
    "arn:aws:events:eu-central-1:123456789012:rule/weekly", datetime(2026, 11, 22, 0, tzinfo=UTC7), "e-1"
)


def test_scheduled_event_carries_the_instant_in_utc():
    assert EVENT["time"] == "2026-11-21T17:00:00Z"
    assert EVENT["resources"] == ["arn:aws:events:eu-central-1:123456789012:rule/weekly"]
    assert (EVENT["account"], EVENT["region"]) == ("123456789012", "eu-central-1")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"Input": '{"a": 1}'}, {"a": 1}),
        ({"InputPath": "$.detail-type"}, "Scheduled Event"),
        ({"InputPath": "$.resources[0]"}, EVENT["resources"][0]),
        ({}, EVENT),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"time": "$.time", "none": "$.detail.none"},
                    "InputTemplate": '{"at": <time>, "text": "at <time>", "none": <none>, '
                    '"rule": "<aws.events.rule-name>", "all": <aws.events.event.json>}',
                }
            },
            {
                "at": EVENT["time"],
                "text": f"at {EVENT['time']}",
                "none": None,
                "rule": "weekly",
                "all": EVENT,
            },
        ),
    ],
)
def test_target_input(target: dict[str, Any], expected: object):
    assert json.loads(target_input(target, EVENT, EVENT["resources"][0])) == expected


@given(st.text())
def test_a_filled_template_is_json_whatever_the_value(value: str):
    filled = fill('{"plain": <v>, "within": "<v>!"}', {"v": value})
    assert json.loads(filled) == {"plain": value, "within": f"{value}!"}


# --- JSONata ---


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$states.input.a & '-' & $b", 'x"\n-y'),
        ("$states.input.missing = null", False),
        ("$exists($states.input.missing)", False),
        ("$exists($states.input.nothing)", True),
        ("{'a': $states.input.nothing}", {"a": None}),
        ("$nothing", None),
        ("3 / 2", 1.5),
        ("4 / 2", 2),
        ("[1..3]", [1, 2, 3]),
        ("$map([1, 2], function($x) { $x * 2 })", [2, 4]),
        ("$parse('{\"a\": [1, null]}')", {"a": [1, None]}),
        ("$hash('a', 'SHA-256')", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
        ("$range(0, 10, 5)", [0, 5, 10]),
        ("$partition([1, 2, 3], 2)", [[1, 2], [3]]),
        ("$random(7) = $random(7)", True),
        ("$length($uuid())", 36),
        ("$toMillis('2026-11-21T17:00:00.123Z')", 1795280400123),
    ],
)
def test_jsonata(expression: str, expected: object):
    variables = {"states": {"input": {"a": 'x"\n', "nothing": None}}, "b": "y", "nothing": None}
    assert evaluate(expression, variables) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "$states.input.missing",  # undefined
        "$sum",  # a function
        "$foo(1)",
        "1 +",
        "$parse('{')",
        "$hash('a', 'CRC')",
        "$eval('1')",  # Step Functions leaves it out
        "$range(0, 2000, 1)",
    ],
)
def test_no_jsonata(expression: str):
    with pytest.raises(ExpressionError):
        evaluate(expression, {"states": {"input": {}}})


# --- what a crawl infers ---


def infer(objects: dict[str, bytes], **options: Any) -> crawl.Table:
    return crawl.infer("lake", "raw/Telemetry-1/", sorted(objects), objects.__getitem__, **options)


def test_one_table_of_several_shapes():
    table = infer(
        {
            "raw/Telemetry-1/a/1.json": b'{\n  "deviceId": "d",\n  "data": {"Temp": 20, "wind": {"d": 3}}\n}',
            "raw/Telemetry-1/a/2.json": b'{"deviceId": 7, "data": {"temp": 2.5, "r": null},"at": 3000000000}',
            "raw/Telemetry-1/b/3.json": b'[{"tags": ["x"], "ok": true}, {"tags": [], "ok": false}]',
            "raw/Telemetry-1/b/4.json": b'{"obs": [[1, 2.5, null]]}\n{"obs": []}',
            "raw/Telemetry-1/b/5.json": b'{"trunc',
        }
    )
    assert table.name == "telemetry_1"
    assert table.columns == {
        "deviceid": "string",
        "data": "struct<temp:double,wind:struct<d:int>,r:string>",
        "at": "bigint",
        "tags": "array<string>",
        "ok": "boolean",
        "obs": "array<array<double>>",
    }
    assert table.partition_keys == ["partition_0"]
    assert table.partitions == {
        ("a",): "s3://lake/raw/Telemetry-1/a/",
        ("b",): "s3://lake/raw/Telemetry-1/b/",
    }
    assert (table.objects, table.sampled, table.unreadable) == (5, 5, 1)


def test_hive_folders_name_their_partitions_unless_a_column_has_the_name():
    objects = {f"raw/Telemetry-1/site={site}/dt={day}/x.json": b'{"dt": 1}' for site in "ab" for day in "12"}
    table = infer(objects)
    assert table.partition_keys == ["site", "partition_1"]
    assert ("a", "2") in table.partitions


def test_the_sample_bounds_what_is_opened_in_each_folder():
    opened: list[str] = []
    objects = {f"raw/Telemetry-1/{site}/{number}.json": b"{}" for site in "ab" for number in range(50)}

    def read(key: str) -> bytes:
        opened.append(key)
        return b'{"a": 1}'

    table = crawl.infer("lake", "raw/Telemetry-1", sorted(objects), read, sample=3)
    assert len(opened) == 6
    assert (table.objects, table.sampled) == (100, 6)


def test_exclusions_and_table_level():
    objects = {"raw/Telemetry-1/a/1.json": b'{"a": 1}', "raw/Telemetry-1/a/1.tmp": b'{"b": 1}'}
    table = infer(objects, exclusions=["**/*.tmp"], table_level=2)
    assert table.columns == {"a": "int"}
    assert table.name == "raw"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abC"), inner, max_size=3),
    max_leaves=8,
)


@given(json_values, json_values)
def test_merging_types_does_not_depend_on_order(left: object, right: object):
    one, other = crawl.describe(left), crawl.describe(right)
    assert sorted(crawl.hive(crawl.merge(one, other))) == sorted(crawl.hive(crawl.merge(other, one)))
    assert crawl.merge(one, one) == one


@given(st.binary(max_size=60))
def test_no_object_breaks_the_parser(body: bytes):
    assert all(isinstance(record, dict) for record in crawl.parse(body))


# --- request shapes and assets ---


def shape_of(service: str, operation: str) -> Any:
    client = boto3.client(
        service, region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    return client.meta.service_model.operation_model(operation).input_shape


def test_inputs_become_a_request():
    inputs = {
        "name": "job",
        "roleArn": "role",
        "numberOfWorkers": 2.0,
        "command": {"name": "glueetl", "scriptLocation": "s3://b/k"},
        "defaultArguments": {"--a": "1"},
        "timeout": None,
    }
    assert request(shape_of("glue", "CreateJob"), inputs, {"roleArn": "Role"}) == {
        "Name": "job",
        "Role": "role",
        "NumberOfWorkers": 2,
        "Command": {"Name": "glueetl", "ScriptLocation": "s3://b/k"},
        "DefaultArguments": {"--a": "1"},
    }


def test_tags_become_pairs_and_numbers_become_text_where_text_is_wanted():
    shape = shape_of("events", "PutRule")
    assert request(shape, {"name": 30.0, "tags": {"owner": "me"}}) == {
        "Name": "30",
        "Tags": [{"Key": "owner", "Value": "me"}],
    }


def test_an_unknown_input_is_named():
    with pytest.raises(
        UnknownInputError, match=r"JobCommand has no member for the input 'command\.scriptLocaton'"
    ):
        request(shape_of("glue", "CreateJob"), {"command": {"scriptLocaton": "s3://b/k"}})


def test_an_archive_is_the_same_bytes_wherever_and_whenever_it_is_made(tmp_path: Any):
    digests: set[bytes] = set()
    for name in ("one", "two"):
        package = tmp_path / name / "package"
        package.mkdir(parents=True)
        (package / "prices.json").write_text("{}")
        (package / "__init__.py").write_text("A = 1\n")
        (package / "__pycache__").mkdir()
        (package / "__pycache__" / f"{name}.pyc").write_bytes(b"x")
        digests.add(content_of(pulumi.AssetArchive({"package": pulumi.FileArchive(str(package))})))
    (archive,) = digests
    assert b"package/__init__.py" in archive
    assert b"package/prices.json" in archive


# --- histories ---


def event(kind: str, second: int, **details: Any) -> dict[str, Any]:
    return {"type": kind, "timestamp": datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC), **details}


def test_visits_tell_caught_from_retried_and_failed():
    entered = {"stateEnteredEventDetails": {"name": "Task"}}
    failed = {"taskFailedEventDetails": {"error": "E", "cause": "c"}}
    events = [
        event("TaskStateEntered", 0, **entered),
        event("TaskScheduled", 0),
        event("TaskFailed", 1, **failed),
        event("TaskScheduled", 2),
        event("TaskSucceeded", 3),
        event("TaskStateExited", 3),
        event("TaskStateEntered", 3, **entered),
        event("TaskFailed", 4, **failed),
        event("TaskStateExited", 4),
        event("FailStateEntered", 4, stateEnteredEventDetails={"name": "End"}),
        event("ExecutionFailed", 5, executionFailedEventDetails={"error": "F", "cause": "g"}),
    ]
    seen = [
        (visit.name, visit.status, visit.failures, visit.error, visit.seconds)
        for visit in history.visits(events)
    ]
    assert seen == [
        ("Task", "SUCCEEDED", 1, "E", 3),
        ("Task", "CAUGHT", 1, "E", 1),
        ("End", "FAILED", 0, "F", 1),
    ]
    assert history.entered(events) == ("Task", "Task", "End")
