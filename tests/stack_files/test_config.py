"""The configuration of a stack, as the CLI merges it."""

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
    stack = {"config": {"weather:size": "3", "weather:on": 1, "weather:nmae": "n"}}
    with pytest.raises(ValueError, match="stack configuration") as caught:
        stack_config(PROJECT, stack)
    assert str(caught.value) == (
        "stack configuration: weather:nmae is not declared in Pulumi.yaml; "
        "weather:size = '3' is not of type integer; "
        "weather:name has neither a value nor a default; weather:on = 1 is not of type boolean"
    )


def test_a_stack_file_may_hold_the_key_and_nothing_below_it() -> None:
    with pytest.raises(ValueError, match="weather:name has neither a value nor a default"):
        stack_config(PROJECT, {"config": None})


def test_no_integer_is_a_boolean() -> None:
    with pytest.raises(ValueError, match="not of type integer"):
        stack_config(PROJECT, {"config": {"weather:name": "n", "weather:size": True}})
