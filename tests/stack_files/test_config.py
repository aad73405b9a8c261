"""The configuration of a stack, as the CLI merges it."""

from pathlib import Path
from typing import Any

import pytest

from stack_files import load_yaml, read_stack, stack_config, unquoted

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
    stack = {"config": {"weather:size": "three", "weather:on": 1}}
    with pytest.raises(ValueError, match="stack configuration") as caught:
        stack_config(PROJECT, stack)
    assert str(caught.value) == (
        "stack configuration: weather:name has neither a value nor a default; "
        "weather:size = 'three' is not of type integer; weather:on = 1 is not of type boolean"
    )


def test_a_key_that_is_not_declared_reaches_the_program_as_it_does_through_the_cli() -> None:
    assert stack_config(PROJECT, {"config": {"weather:name": "n", "nmae": "x"}})["weather:nmae"] == "x"


def test_the_projects_file_may_hold_values_of_other_namespaces() -> None:
    """`pulumi new` leaves `pulumi:tags` there; `aws:region` is written so in most projects."""
    tags = {
        "pulumi:tags": {"value": {"pulumi:template": "weather"}},
        "aws:region": "eu-west-1",
        "weather:n": 5,
    }
    config = stack_config({**PROJECT, "config": {**PROJECT["config"], **tags}}, {"config": {"name": "n"}})
    assert config["pulumi:tags"] == '{"pulumi:template": "weather"}'
    assert (config["aws:region"], config["weather:n"]) == ("eu-west-1", "5")


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


def written(folder: Path, value: str) -> dict[str, Any]:
    (folder / "stack.yaml").write_text(f"config: {{weather:name: {value}}}\n", encoding="utf-8")
    return load_yaml(folder / "stack.yaml")


@pytest.mark.parametrize("value", ["012345678901", "1e5", "010", "1_000", "0x1F", "5.10", "TRUE"])
def test_a_text_that_would_arrive_as_another_is_refused_with_advice(tmp_path: Path, value: str) -> None:
    stack = written(tmp_path, value)
    with pytest.raises(ValueError, match=f"weather:name = '{value}' is not of type string: put it in quotes"):
        stack_config(PROJECT, stack)
    assert unquoted(PROJECT, stack) == ["weather:name"]


@pytest.mark.parametrize(
    "value", ["111122223333", "5.1", "no", "true", "00:00", "12:30", "+07:00", "'1e5'", "a"]
)
def test_a_text_that_arrives_as_it_was_written_needs_no_quotes(tmp_path: Path, value: str) -> None:
    stack = written(tmp_path, value)
    assert stack_config(PROJECT, stack)["weather:name"] == value.strip("'")
    assert unquoted(PROJECT, stack) == []


def test_an_encrypted_value_is_not_taken_for_an_object() -> None:
    with pytest.raises(ValueError, match="weather:list is encrypted: only the Pulumi CLI can read it"):
        stack_config(
            PROJECT, {"config": {"weather:name": "n", "weather:list": [{"endpoint": {"secure": "v1:x"}}]}}
        )


def test_a_time_without_quotes_is_the_text_that_the_cli_makes_of_it(tmp_path: Path) -> None:
    stack = written(tmp_path, "2026-01-01T00:00:00+07:00")
    assert stack_config(PROJECT, stack)["weather:name"] == "2026-01-01 00:00:00 +0700 +0700"


@pytest.mark.parametrize("text", ["- a list", "a: b: c", "{"])
def test_a_file_that_is_no_mapping_is_refused_by_its_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "Pulumi.x.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"Pulumi\.x\.yaml"):
        load_yaml(tmp_path / "Pulumi.x.yaml")


def test_secrets_need_the_cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: weather\n", encoding="utf-8")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {weather:a: {secure: v1:x}}\n", encoding="utf-8")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        ValueError, match=r"Pulumi\.dev\.yaml holds what only the Pulumi CLI can read, and pulumi is"
    ):
        read_stack(tmp_path, "dev")
