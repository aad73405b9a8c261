"""Our reader of stack files and the CLI agree: on what people write, and on what `config set` makes of it."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from stack_files import load_yaml, read_stack
from tests.cli.driver import Cli

PROJECT = """\
name: files
runtime: yaml
config:
  size: {type: integer, default: 3}
  text: {type: string, default: t}
  on: {type: boolean, default: false}
  list: {type: array, items: {type: string}, default: []}
  tree: {type: object, default: {}}
  bare: 7
  aws:region: {value: eu-central-1}
  other:short: [1, x]
"""
WRITTEN = [
    *(
        "012345678901",
        "1e5",
        "no",
        "Yes",
        "y",
        "on",
        "~",
        "TRUE",
        "true",
        "00:00",
        "12:30",
        "+07:00",
        "-0",
        "+5",
    ),
    *(
        "0x1F",
        "010",
        "0o17",
        "0b11",
        "1_000",
        "60.0",
        ".5",
        "1.",
        "5.1",
        "5.10",
        "0.000001",
        "1e-7",
        "1e21",
        "1e30",
    ),
    *(
        "9223372036854775807",
        "18446744073709551615",
        "123456789012345678901234567890",
        "-12",
        "0",
        "00",
        "08",
    ),
    *(
        "2026-01-01",
        "2026-1-2",
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00.250+07:00",
        "2026-01-01 01:02:03",
    ),
    *(
        "2026-13-01",
        "'60'",
        '"no"',
        "'it''s'",
        '"\\u00e4 \\n"',
        "a: b".join("''"),
        "null",
        "[1, 2.50, no, 0777]",
    ),
    *(
        "{x: 1, y: yes, z: 1e5, at: 2026-01-01}",
        "[]",
        "{}",
        "{a: {b: [{c: ~}]}}",
        "!!str 5",
        "|\n    two\n    lines",
    ),
]
"""Scalars and documents as people write them, with and without quotes."""


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text(PROJECT, encoding="utf-8")
    cli = Cli(folder, "dev", "", tmp_path / "home")
    cli.init()
    return cli


def as_the_cli_says(cli: Cli) -> dict[str, Any]:
    said = cli.run("config", "--json", "--show-secrets", "--stack", "dev")
    shown, _ = json.JSONDecoder().raw_decode(said[said.index("{") :])
    return {key: item.get("objectValue", item.get("value", "")) for key, item in shown.items()}


def as_we_read(cli: Cli, expected: dict[str, Any]) -> dict[str, Any]:
    """What we read, documents parsed where the CLI shows one: the order of keys has no meaning."""
    read = read_stack(cli.project, "dev")
    return {
        key: text if isinstance(expected.get(key), str) else json.loads(text) for key, text in read.items()
    }


def test_what_people_write(cli: Cli) -> None:
    path = cli.project / "Pulumi.dev.yaml"
    lines = "".join(f"  w{index}: {written}\n" for index, written in enumerate(WRITTEN))
    path.write_text(f"{path.read_text(encoding='utf-8')}config:\n{lines}  other:x: 012\n", encoding="utf-8")
    expected = as_the_cli_says(cli)
    assert as_we_read(cli, expected) == expected


def test_what_config_set_writes(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """The CLI rewrites the whole file each time; secrets are asked of it."""
    values = [
        "60",
        "false",
        "007",
        "0.02",
        "-3",
        "no",
        "12:30",
        "q\"uo'te: # {[",
        " padded ",
        "ä\tö",
        "2026-01-01",
    ]
    for index, value in enumerate([*values, '["a", 1]', '{"b": null}']):
        cli.run("config", "set", "--stack", "dev", f"v{index}", "--plaintext", "--", value)
    for index, value in enumerate(values):
        path = ("tree.a[0].b", "tree.a[1]", "tree.c", 'tree["d.e"]', "list[0]", "list[1]")[index % 6]
        cli.run("config", "set", "--stack", "dev", "--path", path, "--plaintext", "--", value)
        plain = as_the_cli_says(cli)
        assert as_we_read(cli, plain) == plain, f"{path} {value}"
    cli.run("config", "set", "--stack", "dev", "--secret", "token", "--", "s3cret: 'x'")
    cli.run("config", "set", "--stack", "dev", "--secret", "--path", "tree.a[0].token", "--", "hidden")
    for name, value in cli.environment().items():
        monkeypatch.setenv(name, value)
    secret = as_the_cli_says(cli)
    assert secret["files:token"] == "s3cret: 'x'"
    assert as_we_read(cli, secret) == secret
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE")
    with pytest.raises(
        ValueError, match=r"holds what only the Pulumi CLI can read, and it says: .*passphrase"
    ):
        read_stack(cli.project, "dev")


def test_generated_files(cli: Cli) -> None:
    """Documents of any shape, written by a YAML library in its ways of quoting; a fixed seed.

    Left out is what the CLI loses when it writes the file anew for itself: a line break that begins a text,
    and the last digits of numbers beyond 2**53 inside of documents.
    """
    choose = random.Random(16)
    scalars: list[Any] = [
        *(0, -1, 10**12, 2**53, True, False, None, 0.1, -2.5, 1e-9, 1e22, "", " ", "yes", "null", "1_0"),
        *("0x1", ":", "a: b", "#", "'", '"', "x\n\ty", "é", "😀", "%", "2026-01-01", "~", "1e3", "{}", "["),
    ]  # fmt: skip

    def document(depth: int) -> Any:
        kind = choose.random()
        if depth == 0 or kind < 0.5:
            return choose.choice(scalars)
        size = choose.randrange(4)
        if kind < 0.75:
            return [document(depth - 1) for _ in range(size)]
        return {f"k{index}": document(depth - 1) for index in range(size)}

    salt = load_yaml(cli.project / "Pulumi.dev.yaml")
    config = {f"g{index}": document(3) for index in range(150)}
    for style in (None, "'", '"'):
        text = yaml.safe_dump({**salt, "config": config}, default_style=style, allow_unicode=True)
        (cli.project / "Pulumi.dev.yaml").write_text(text, encoding="utf-8")
        expected = as_the_cli_says(cli)
        assert as_we_read(cli, expected) == expected
