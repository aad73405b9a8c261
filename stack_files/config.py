"""Configuration of a stack, merged from the project's file and the stack's."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from stack_files.documents import Unquoted, load_yaml, number_text


def read_stack(root: Path, stack: str, overrides: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Return the configuration that the Pulumi CLI hands to the program of a folder.

    What only the CLI can read, secrets and environments, is asked of it.

    Args:
        root: folder with Pulumi.yaml and the stack's file.
        stack: name of the stack.
        overrides: settings in place of the stack file's, each of the type it has there.

    Returns:
        ``namespace:key`` to text; arrays and objects as JSON.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: missing values or wrong types, all of them named; or the CLI is needed, and is not there
            or refuses.
    """
    project = load_yaml(root / "Pulumi.yaml")
    document = load_yaml(root / f"Pulumi.{stack}.yaml")
    if document.get("environment") or _is_secure(document.get("config")):
        given = {"config": {**_asked(root, stack), **(overrides or {})}}
        return stack_config(project, given, from_the_cli=True)
    return stack_config(
        project, {**document, "config": {**(document.get("config") or {}), **(overrides or {})}}
    )


def stack_config(
    project_yaml: Mapping[str, Any], stack_yaml: Mapping[str, Any], *, from_the_cli: bool = False
) -> dict[str, str]:
    """Return the configuration a program gets, as the Pulumi CLI merges it from its two files.

    The CLI fills the defaults of the project file, checks types and hands everything over as text. Programs
    that run without the CLI (tests, the embedded AWS) call this instead.

    Args:
        project_yaml: ``Pulumi.yaml`` as ``load_yaml`` reads it.
        stack_yaml: ``Pulumi.<stack>.yaml``, likewise.
        from_the_cli: whether the stack's values are texts that the CLI has made already.

    Returns:
        ``namespace:key`` to text; arrays and objects as JSON.

    Raises:
        ValueError: missing values, wrong types or secrets, all of them named.
    """
    project = str(project_yaml["name"])
    types: dict[str, Any] = project_yaml.get("config") or {}  # a file may hold the key and nothing below it
    values: dict[str, Any] = stack_yaml.get("config") or {}
    given = {_qualified(project, name): value for name, value in values.items()}
    merged = {name: value if value is not None else "" for name, value in given.items()}
    wrong: list[str] = []
    kinds: dict[str, str] = {}
    for key, declared in types.items():
        name = _qualified(project, key)
        # Without a type and more the entry is the value itself.
        spec = cast("dict[str, Any]", declared if isinstance(declared, dict) else {"value": declared})
        kinds[name] = spec.get("type", "")
        if name not in merged:
            value = spec.get("value", spec.get("default"))
            if value is None:
                wrong.append(f"{name} has neither a value nor a default")
            else:
                merged[name] = value
    texts: dict[str, str] = {}
    for name, value in merged.items():
        if _is_secure(value):
            wrong.append(f"{name} is encrypted: only the Pulumi CLI can read it")
            continue
        text = _typed_text(value, kinds.get(name, ""), as_text=from_the_cli)
        if text is None:
            shown = value.source if isinstance(value, Unquoted) else value
            wrong.append(f"{name} = {shown!r} is not of type {kinds[name]}{_advice(value, kinds[name])}")
        else:
            texts[name] = text
    if wrong:
        raise ValueError("stack configuration: " + "; ".join(wrong))
    return texts


def unquoted(project_yaml: Mapping[str, Any], stack_yaml: Mapping[str, Any]) -> list[str]:
    """Return the keys of texts that the CLI hands over as something else than what was written (`1e5`)."""
    types: dict[str, Any] = project_yaml.get("config") or {}
    project = str(project_yaml["name"])
    texts = {_qualified(project, key) for key, spec in types.items() if spec.get("type") == "string"}
    values: dict[str, Any] = stack_yaml.get("config") or {}
    return [
        key
        for key, value in values.items()
        if isinstance(value, Unquoted) and _qualified(project, key) in texts
    ]


def _asked(root: Path, stack: str) -> dict[str, Any]:
    """Return a stack's configuration as the CLI shows it, secrets in plain text."""
    what = f"Pulumi.{stack}.yaml holds what only the Pulumi CLI can read"
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise ValueError(f"{what}, and pulumi is not on PATH")
    command = [pulumi, "config", "--json", "--show-secrets", "--non-interactive", "--stack", stack]
    environment = os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"}
    ended = subprocess.run(  # noqa: S603 - the user's own CLI
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        reason = (ended.stderr.strip() or ended.stdout.strip() or "no reason").splitlines()[-1]
        raise ValueError(f"{what}, and it says: {reason}")
    shown: dict[str, Any] = json.loads(ended.stdout)
    return {name: item.get("value", "") for name, item in shown.items()}


def _qualified(project: str, name: str) -> str:
    return name if ":" in name else f"{project}:{name}"


def _is_secure(value: object) -> bool:
    """Return whether a value is a secret, or holds one at any depth."""
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return list(members) == ["secure"] or any(map(_is_secure, members.values()))
    return isinstance(value, list) and any(map(_is_secure, cast("list[object]", value)))


def _typed_text(value: object, kind: str, *, as_text: bool) -> str | None:
    """Return a value as the CLI hands it over, or None where it is not of the type.

    The CLI writes every scalar in quotes when it rewrites a file, so `"60"` is a number and `"false"` a truth
    value.
    """
    if kind == "string" and isinstance(value, Unquoted | dict | list):
        return None
    if kind in ("array", "object"):
        value = json.loads(value) if as_text and isinstance(value, str) else value
        right = isinstance(value, list if kind == "array" else dict)
        return _text(cast("object", value)) if right else None
    text = _text(value)
    if kind == "boolean":
        return text if text in ("true", "false") else None
    if kind == "integer":
        return text if not isinstance(value, bool) and re.fullmatch(r"[+-]?\d+", text) else None
    return text


def _advice(value: object, kind: str) -> str:
    return ": put it in quotes" if kind == "string" and isinstance(value, Unquoted) else ""


def _text(value: object) -> str:
    """Return a value as text; what is no scalar as JSON."""
    bare = _bare(value)
    if isinstance(bare, str):
        return bare
    return number_text(bare) if type(bare) in (int, float) else json.dumps(bare)


def _bare(value: object) -> Any:  # noqa: ANN401 - a document of any shape
    """Return a document without what was written in place of its scalars."""
    if isinstance(value, Unquoted):
        return value.value
    if isinstance(value, dict):
        return {key: _bare(item) for key, item in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [_bare(item) for item in cast("list[object]", value)]
    return value
