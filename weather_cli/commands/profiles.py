"""List the device profiles, or show what they make of a payload.

A profile is a JSON file that says what the messages of a device family look like; docs/profiles.md teaches
the format.  `check` decodes one file exactly as a run would and tells the origin of every value.
"""

import argparse
import dataclasses
import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from weather_cli.arguments import Subparsers, add_command, instant
from weather_cli.errors import UsageError

if TYPE_CHECKING:
    from weather_etl.decode import Explanation, MessageReport, SiteContext
    from weather_etl.profiles import ProfileSet
    from weather_etl.settings.config import RunConfig

    from weather_cli.ui import Ui

_EPOCH_MS: Final = re.compile(r"\d{13}")


def register(subparsers: Subparsers) -> None:
    """Add `weather profiles`."""
    parser = add_command(
        subparsers,
        "profiles",
        summary="List the device profiles, or show what they make of a payload",
        description=(
            "Without 'check': the profiles in the order in which they are asked.\n"
            "With 'check FILE': which profile takes the payload, the observations that come out,\n"
            "variable by variable with units, and why what was left out was left out. The file is\n"
            "decoded exactly as a run would decode it. docs/profiles.md teaches the format."
        ),
        examples=[
            ("weather profiles", "all profiles"),
            ("weather profiles check payload.json", "what becomes of a payload"),
            ("weather profiles check payload.json --site hue --config run.json", "with a run's settings"),
            ("weather profiles check payload.json --profiles my-profiles/", "with profiles of your own"),
            ("weather profiles --profiles my-profiles/", "check profiles of your own"),
        ],
        statuses={
            1: "check: at least one record would be quarantined",
            2: "wrong usage: a file cannot be read, or a profile or the configuration is wrong",
        },
    )
    parser.add_argument("action", nargs="?", choices=["list", "check"], default="list", help="list (default)")
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="payload for 'check'")
    parser.add_argument("--profiles", type=Path, metavar="DIR", help="directory of further profile files")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="run configuration with sites and profiles"
    )
    parser.add_argument("--site", metavar="NAME", help="site of the payload (the file's folder)")
    parser.add_argument(
        "--timezone", default="Asia/Ho_Chi_Minh", metavar="ZONE", help="of local times (%(default)s)"
    )
    parser.add_argument(
        "--ingest",
        type=instant,
        metavar="TIME",
        help="arrival (the file name's epoch ms, else its change time)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout")
    parser.set_defaults(handler=handler)


def handler(arguments: argparse.Namespace) -> int:
    """List or check."""
    config = _config(arguments.config)
    profiles = _profiles(arguments.profiles, config)
    if arguments.action == "list":
        if arguments.file is not None:
            raise UsageError("'list' takes no file; did you mean 'weather profiles check FILE'?")
        return _list(profiles, as_json=arguments.json)
    if arguments.file is None:
        raise UsageError("'check' needs the file of a payload")
    return _check(arguments, profiles, config)


def _config(path: Path | None) -> "RunConfig":
    from weather_etl.settings.config import ConfigError, RunConfig, parse_config

    if path is None:
        return RunConfig()
    try:
        return parse_config(path.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except ConfigError as error:
        raise UsageError(f"{path}: {error}") from error


def _profiles(directory: Path | None, config: "RunConfig") -> "ProfileSet":
    from weather_etl.profiles import ProfileError, load_profiles

    if directory is not None and not directory.is_dir():
        raise UsageError(f"{directory} is not a directory of profiles")
    try:
        return load_profiles(config.profiles, directory)
    except ProfileError as error:
        raise UsageError(str(error)) from error


def _list(profiles: "ProfileSet", *, as_json: bool) -> int:
    from weather_cli.ui import Ui

    rows: list[dict[str, Any]] = [
        {
            "name": profile.name,
            "title": profile.title,
            "priority": profile.priority,
            "used": "by any site" if profile.automatic else "by sites that name it",
            "variables": sorted({variable for block in profile.blocks for variable in block.values}),
            "source": profile.source,
            "notes": list(profile.notes),
            "origin": profile.origin,
        }
        for profile in profiles.profiles
    ]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    ui = Ui()
    ui.table(
        ["profile", "asked", "what", "variables", "used", "from"],
        [
            [row["name"], row["priority"], row["title"], len(row["variables"]), row["used"], row["origin"]]
            for row in rows
        ],
    )
    return 0


def _check(arguments: argparse.Namespace, profiles: "ProfileSet", config: "RunConfig") -> int:
    from weather_etl.decode import explain
    from weather_etl.profiles import ProfileError

    from weather_cli.ui import Ui

    path: Path = arguments.file
    try:
        body = path.read_bytes()
        ingest_us = _ingest_us(arguments.ingest, path)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    site = _site(arguments, config)
    key = f"{site.site}/{path.name}"
    try:
        explanation = explain(profiles, site, key, ingest_us, body)
    except ProfileError as error:
        raise UsageError(str(error)) from error
    if arguments.json:
        print(json.dumps(_document(explanation), ensure_ascii=False, default=str))
    else:
        _show(Ui(), explanation, profiles)
    return 1 if explanation.decoded.rejects.num_rows else 0


def _ingest_us(given: datetime | None, path: Path) -> int:
    """Return the time of arrival: as given, else as the file's name says like a key, else its change."""
    if given is not None:
        return round(given.timestamp() * 1_000_000)
    if _EPOCH_MS.fullmatch(path.name.split(".")[0]):
        return int(path.name.split(".")[0]) * 1000
    return min(path.stat().st_mtime_ns, time.time_ns()) // 1000


def _site(arguments: argparse.Namespace, config: "RunConfig") -> "SiteContext":
    from weather_etl.core import parse_zone
    from weather_etl.decode import SiteContext

    name = arguments.site or arguments.file.resolve().parent.name
    settings = config.site(name).decoding()
    try:
        parse_zone(arguments.timezone)
    except ValueError as error:
        raise UsageError(f"--timezone: {error}") from error
    return SiteContext.from_config(name, settings, arguments.timezone)


def _document(explanation: "Explanation") -> dict[str, Any]:
    """Return everything as JSON values; observations hold only what is there."""
    decoded = explanation.decoded
    rows: list[dict[str, Any]] = decoded.observations.to_pylist()
    return {
        "messages": [dataclasses.asdict(message) for message in explanation.messages],
        "observations": [
            {name: _json_value(value) for name, value in row.items() if value is not None} for row in rows
        ],
        "quarantined": decoded.rejects.to_pylist(),
        "ignored": decoded.ignored_by_kind,
        "unknown_fields": decoded.unknown_fields,
        "warnings": _warnings(explanation),
        "counts": {
            "messages": decoded.messages,
            "observations": decoded.observations.num_rows,
            "ignored": decoded.ignored,
            "quarantined": decoded.rejects.num_rows,
        },
    }


def _json_value(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _show(ui: "Ui", explanation: "Explanation", profiles: "ProfileSet") -> None:
    from weather_etl.core import UNIT_OF

    titles = {profile.name: profile.title for profile in profiles.profiles}
    for number, message in enumerate(explanation.messages):
        _show_message(ui, number, message, titles)
    decoded = explanation.decoded
    rows: list[dict[str, Any]] = decoded.observations.to_pylist()
    for row in rows:
        ui.heading(f"observation from record {row['record']}")
        ui.facts(
            {
                "station": row["station_id"],
                "family": row["family"],
                "time": str(_json_value(row["obs_time_utc"])),
                "time from": row["time_source"],
                "time_qc": row["time_qc"],
                "adjusted": row["adjusted"],
            }
        )
        ui.table(
            ["variable", "value", "unit"],
            [[name, f"{row[name]:.6g}", unit] for name, unit in UNIT_OF.items() if row[name] is not None],
        )
    for warning in _warnings(explanation):
        ui.line(f"warning: {warning}")
    rejects: list[dict[str, Any]] = decoded.rejects.to_pylist()
    for reject in rejects:
        ui.heading(f"record {reject['record']} would be quarantined")
        ui.facts({name: reject[name] for name in ("reason", "detail", "excerpt")})
    ui.remark(
        f"{decoded.messages} records: {len(rows)} observations, {decoded.ignored} ignored, "
        f"{len(rejects)} quarantined"
    )


def _warnings(explanation: "Explanation") -> list[str]:
    """Say what the messages leave open, and what quality control could not find wrong."""
    decoded = explanation.decoded
    warnings: list[str] = []
    for label in decoded.assumed_units:
        family, _, variable = label.partition(":")
        rows: list[dict[str, Any]] = decoded.observations.to_pylist()
        values = [row[variable] for row in rows if row["family"] == family and row[variable] is not None]
        warnings.append(f"{variable}: nothing says its unit{_also(variable, values)}")
    if decoded.station_from_site:
        warnings.append(f"{decoded.station_from_site} observations name no station: the site stands for it")
    if decoded.time_from_arrival:
        warnings.append(f"{decoded.time_from_arrival} observations name no time: arrival stands for it")
    return warnings + _without_range(explanation)


def _without_range(explanation: "Explanation") -> list[str]:
    from weather_etl.core import VARIABLE_NAMES
    from weather_etl.settings.qc_rules import merged_rules

    rules, rows = merged_rules("default"), explanation.decoded.observations
    return [
        f"{name}: passes only because quality control has no range for it"
        for name in VARIABLE_NAMES
        if rows[name].null_count < rows.num_rows and "range" not in rules.get(name, {})
    ]


def _also(variable: str, values: list[float]) -> str:
    """Name the units in which the raw values would pass quality control as well as in the assumed one."""
    import numpy as np
    from weather_etl.core import UNIT_OF
    from weather_etl.profiles.units import conversion, units_for
    from weather_etl.settings.qc_rules import merged_rules

    low, high = merged_rules("default").get(variable, {}).get("range", {}).get("fail", (-np.inf, np.inf))
    also: list[str] = []
    for unit in units_for(variable):
        convert = conversion(unit, variable)
        if unit != UNIT_OF[variable] and convert is not None and values:
            stored = convert(np.array(values, dtype=np.float64))
            if bool(((stored >= low) & (stored <= high)).all()):
                also.append(unit)
    taken = f", {UNIT_OF[variable]} is assumed"
    return f"{taken}; as {', '.join(also)} it would pass quality control too" if also else taken


def _show_message(ui: "Ui", number: int, message: "MessageReport", titles: dict[str, str]) -> None:
    """Show which profile takes a message, and what it makes of each field."""
    if message.profile is None:
        ui.heading(f"message {number}: no profile recognises it")
        return
    below = f", below {message.envelope}" if message.envelope else ""
    ui.heading(f"message {number}: {message.profile} ({titles[message.profile]}){below}")
    for kind in message.ignored:
        ui.line(f"ignored: {kind}")
    for record in message.records:
        if len(message.records) > 1:
            ui.line(f"record of block {record.block!r}")
        ui.line(f"station: {record.station}")
        ui.table(
            ["field", "raw", "is", "why"],
            [[field.path, field.raw, str(field.role), field.why] for field in record.fields],
        )
