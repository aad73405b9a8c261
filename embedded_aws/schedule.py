"""EventBridge on one machine: cron expressions, event patterns' input transformers, and what a target gets.

Source: Amazon EventBridge user guide, "Cron expressions" and "Input transformation".
"""

import calendar
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_WEEKDAYS = {name: number for number, name in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], 1)}
_FIELDS: tuple[tuple[str, int, int, Mapping[str, int]], ...] = (  # name, lowest, highest, names
    ("minutes", 0, 59, {}),
    ("hours", 0, 23, {}),
    ("day of month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of week", 1, 7, _WEEKDAYS),
    ("year", 1970, 2199, {}),
)


def is_due(expression: str, at: datetime) -> bool:
    """Return whether a rule with this schedule fires in the minute of `at`.

    Args:
        expression: `cron(...)` with six fields, evaluated in UTC.  `rate(...)` has no fixed instants: such a
            rule is never due, it can only be fired by name.
        at: aware instant.

    Raises:
        ValueError: not an expression that EventBridge takes, or one with L, W or # (not supported here).
    """
    if re.fullmatch(r"rate\(\d+ (minute|hour|day)s?\)", expression):
        return False
    match = re.fullmatch(r"cron\((.+)\)", expression)
    parts = match.group(1).split() if match else []
    if len(parts) != len(_FIELDS):
        raise ValueError(f"'{expression}' is not a cron expression with six fields")
    if (parts[2] == "?") == (parts[4] == "?"):
        raise ValueError(f"'{expression}': exactly one of day of month and day of week must be '?'")
    moment = at.astimezone(UTC)
    now = (
        moment.minute,
        moment.hour,
        moment.day,
        moment.month,
        moment.isoweekday() % 7 + 1,  # Sunday is 1
        moment.year,
    )
    return all(
        value in _allowed(part, *field) for part, value, field in zip(parts, now, _FIELDS, strict=True)
    )


def _allowed(text: str, field: str, low: int, high: int, names: Mapping[str, int]) -> set[int]:
    """Values that one field of a cron expression admits."""
    values: set[int] = set()
    for item in text.split(","):
        base, _, step = item.partition("/")
        if base in ("*", "?"):
            first, last = low, high
        else:
            start, _, end = base.partition("-")
            first = _number(start, field, low, high, names)
            last = _number(end, field, low, high, names) if end else (high if step else first)
        values.update(range(first, last + 1, int(step) if step else 1))
    return values


def _number(text: str, field: str, low: int, high: int, names: Mapping[str, int]) -> int:
    value = names.get(text.upper()) if not text.isdigit() else int(text)
    if value is None or not low <= value <= high:
        raise ValueError(f"{field}: '{text}' is not supported")
    return value


def target_input(target: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str) -> str:
    """Return the text that a target of a rule receives for an event.

    Args:
        target: target as PutTargets stored it (`Input`, `InputPath`, `InputTransformer`).
        event: the event.
        rule_arn: for the reserved variables `<aws.events.rule-arn>` and `<aws.events.rule-name>`.
    """
    if target.get("Input"):
        return str(target["Input"])
    if target.get("InputPath"):
        return json.dumps(_at_path(event, str(target["InputPath"])))
    transformer = cast("Mapping[str, Any] | None", target.get("InputTransformer"))
    if not transformer:
        return json.dumps(event)
    paths = cast("Mapping[str, str]", transformer.get("InputPathsMap") or {})
    values: dict[str, Any] = {name: _at_path(event, path) for name, path in paths.items()}
    values |= {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rsplit("/", 1)[-1],
        "aws.events.event": event,
        "aws.events.event.json": event,
        "aws.events.event.ingestion-time": event.get("time"),
    }
    return fill(str(transformer["InputTemplate"]), values)


def fill(template: str, values: Mapping[str, Any]) -> str:
    """Fill an input template: `<name>` within a JSON string becomes text, elsewhere a JSON value.

    A name without a value becomes nothing within a string and null elsewhere; a template that is itself one
    quoted string stays one.
    """
    pieces: list[str] = []
    within = False
    position = 0
    for match in re.finditer(r'\\.|"|<([^<>\s"]+)>', template):
        pieces.append(template[position : match.start()])
        position = match.end()
        name = match.group(1)
        if name is None or (name not in values):
            within ^= match.group(0) == '"'
            pieces.append(match.group(0))
        elif within:
            value = values[name]
            text = value if isinstance(value, str) else ("" if value is None else json.dumps(value))
            pieces.append(json.dumps(text)[1:-1])
        else:
            pieces.append(json.dumps(values[name]))
    pieces.append(template[position:])
    return "".join(pieces)


def _at_path(event: Mapping[str, Any], path: str) -> Any:
    """Value at a JSONPath of EventBridge's kind (`$`, `$.detail.status`, `$.resources[0]`), or None."""
    value: Any = event
    for name, index in re.findall(r"\.([\w-]+)|\[(\d+)\]", path):
        if name and isinstance(value, dict):
            value = cast("dict[str, Any]", value).get(name)
        elif index and isinstance(value, list) and int(index) < len(cast("list[Any]", value)):
            value = cast("list[Any]", value)[int(index)]
        else:
            return None
    return value


def scheduled_event(rule_arn: str, at: datetime, event_id: str) -> dict[str, Any]:
    """Return the event that a scheduled rule emits at an instant."""
    _, _, _, region, account, _ = rule_arn.split(":", 5)
    return {
        "version": "0",
        "id": event_id,
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": account,
        "time": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [rule_arn],
        "detail": {},
    }
