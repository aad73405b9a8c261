"""The configuration of a stack, as the CLI merges it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stack_files import stack_config

PROJECT: dict[str, Any] = {
    "name": "weather",
    "config": {
        "size": {"type": "integer", "default": 3},
        "name": {"type": "string"},
        "on": {"type": "boolean", "default": False},
        "list": {"type": "array", "items": {"type": "string"}, "default": []},
    },
}


def test_stack_config_merges_as_the_cli_does() -> None:
    stack = {"config": {"weather:name": "n", "weather:on": True, "pulumi:disable-default-providers": ["aws"]}}
    assert stack_config(PROJECT, stack) == {
        "weather:size": "3",
        "weather:name": "n",
        "weather:on": "true",
        "weather:list": "[]",
        "pulumi:disable-default-providers": '["aws"]',
    }


def test_stack_config_names_every_mistake() -> None:
    stack = {"config": {"weather:size": "three", "weather:on": 1, "weather:nmae": "n"}}
    with pytest.raises(ValueError, match="stack configuration") as caught:
        stack_config(PROJECT, stack)
    assert str(caught.value) == (
        "stack configuration: weather:nmae is not declared in Pulumi.yaml; "
        "weather:size = 'three' is not of type integer; "
        "weather:name has neither a value nor a default; weather:on = 1 is not of type boolean"
    )


def test_a_stack_file_may_hold_the_key_and_nothing_below_it() -> None:
    with pytest.raises(ValueError, match="weather:name has neither a value nor a default"):
        stack_config(PROJECT, {"config": None})


def test_no_integer_is_a_boolean() -> None:
    with pytest.raises(ValueError, match="not of type integer"):
        stack_config(PROJECT, {"config": {"weather:name": "n", "weather:size": True}})


def test_what_the_cli_writes_is_what_a_person_wrote() -> None:
    """`pulumi stack init` and `config set` rewrite the file with every scalar in quotes, and add keys."""
    ours = {"config": {"weather:name": "n", "weather:size": 60, "weather:on": False, "weather:list": ["a"]}}
    theirs = {
        "encryptionsalt": "v1:abc",
        "config": {
            "weather:name": "n", "weather:size": "60", "weather:on": "false", "weather:list": ["a"],
            "aws:region": "eu-west-1",
        },
    }  # fmt: skip
    assert stack_config(PROJECT, theirs) == {**stack_config(PROJECT, ours), "aws:region": "eu-west-1"}


@pytest.mark.parametrize("value", [12345678901, 1e5, False])
def test_what_yaml_took_for_something_else_is_refused_with_advice(value: object) -> None:
    with pytest.raises(ValueError, match=r"weather:name = .* is not of type string: put it in quotes"):
        stack_config(PROJECT, {"config": {"weather:name": value}})


def test_an_encrypted_value_is_not_taken_for_an_object() -> None:
    with pytest.raises(ValueError, match="weather:list is encrypted: only the Pulumi CLI can read it"):
        stack_config(
            PROJECT, {"config": {"weather:name": "n", "weather:list": [{"endpoint": {"secure": "v1:x"}}]}}
        )


def test_a_time_without_quotes_keeps_its_meaning() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert (
        stack_config(PROJECT, {"config": {"weather:name": at}})["weather:name"] == "2026-01-01T00:00:00+00:00"
    )
