"""YAML as the Pulumi CLI reads it, by go-yaml 3; PyYAML takes `12:30` for 750 and `no` for false.

Source: gopkg.in/yaml.v3, resolve.go; encoding/json for numbers as text, time.Time.String for instants.
"""

import math
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast

import yaml

_BOOLEANS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER: Final = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INSTANT: Final = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d+)?(Z|[+-]\d{2}:\d{2}))"
    r"| (\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d+)?)?"
)
_INT64: Final = 2**63
_PLAIN_BELOW: Final = 1e21  # encoding/json writes larger numbers, and those below 1e-6, with an exponent
_PLAIN_FROM: Final = 1e-6


@dataclass(frozen=True)
class Unquoted:
    """A scalar that is no text to YAML and whose text would be another than what was written.

    Attributes:
        value: what YAML makes of it.
        source: what was written.
    """

    value: bool | int | float
    source: str


def load_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file; an empty one is an empty mapping.

    Raises:
        ValueError: it is no YAML, or no mapping.
    """
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise ValueError(f"{path.name} is not YAML: {error}") from error
    if document is not None and not isinstance(document, dict):
        raise ValueError(f"{path.name} must hold a mapping")
    return cast("dict[str, Any]", document or {})


def number_text(value: float) -> str:
    """Return a number as Go writes it in JSON: `100000`, `0.5`, `1e+30`."""
    if isinstance(value, int):
        return str(value)
    if not value or _PLAIN_FROM <= abs(value) < _PLAIN_BELOW:
        return str(int(value)) if value.is_integer() else f"{value:.{_digits(value)}f}"
    return re.sub(r"e-0(\d)$", r"e-\1", repr(value))


def _digits(value: float) -> int:
    """Return the digits behind the point that the shortest text of a number has."""
    mantissa, _, exponent = repr(value).partition("e")
    return max(0, len(mantissa.partition(".")[2]) - int(exponent or 0))


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with go-yaml's rules for scalars without quotes."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the attribute of PyYAML


def _scalar(_: _Loader, node: yaml.ScalarNode) -> Any:  # noqa: ANN401 - a scalar of any type
    text = str(node.value)
    if node.style is not None:
        return text
    if text in _BOOLEANS:
        return _kept(_BOOLEANS[text], str(_BOOLEANS[text]).lower(), text)
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if found := _INSTANT.fullmatch(text):
        return _instant(found) or text
    plain = text.replace("_", "") if text[0] in "+-.0123456789" else text
    if _INTEGER.fullmatch(plain):
        value = int(re.sub(r"^([-+]?)0([0-7])", r"\g<1>0o\2", plain), 0)
        number = value if -_INT64 <= value < 2 * _INT64 else float(value)
        return _kept(number, number_text(number), text)
    if _FLOAT.fullmatch(plain) and math.isfinite(float(plain)):
        return _kept(float(plain), number_text(float(plain)), text)
    return text


def _kept(value: bool | float, text: str, source: str) -> Any:  # noqa: ANN401, FBT001 - a scalar of any type
    return value if text == source else Unquoted(value, source)


def _instant(found: re.Match[str]) -> str | None:
    """Return an instant as Go prints it, or None where the calendar has no such day."""
    year, month, day, *rest = found.groups()
    hour, minute, second, fraction, zone = rest[:5] if rest[0] else (*rest[5:9], None)
    offset = "+00:00" if zone in (None, "Z") else zone
    clock = [int(part or 0) for part in (hour, minute, second)]
    try:
        at = datetime.fromisoformat(
            f"{year}-{int(month):02}-{int(day):02}T{clock[0]:02}:{clock[1]:02}:{clock[2]:02}{offset}"
        )
    except ValueError:
        return None
    digits = (fraction or "").rstrip("0").rstrip(".")
    numeric = offset.replace(":", "")
    return f"{at:%Y-%m-%d %H:%M:%S}{digits} {numeric} {'UTC' if numeric == '+0000' else numeric}"


_Loader.add_constructor("tag:yaml.org,2002:str", _scalar)
