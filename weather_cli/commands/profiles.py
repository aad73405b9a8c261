"""List the device profiles, show what they make of messages, or begin a profile from a sample.

A profile is a JSON file that says what the messages of a device family look like; docs/profiles.md teaches
the format.  `check` decodes files exactly as a run would and tells the origin of every value.
"""

import argparse
import difflib
import json
import re
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from weather_cli.arguments import Subparsers, add_command, instant, options_first
from weather_cli.errors import CommandError, UsageError

if TYPE_CHECKING:
    from weather_etl.decode import Explanation, SiteContext
    from weather_etl.profiles import ProfileSet
    from weather_etl.settings import RunConfig

    from weather_cli.payload.files import Sample

_EPOCH_MS: Final = re.compile(r"\d{13}")
_ACTIONS: Final = ("list", "check", "new", "schema")
_NEW: Final = "weather profiles new FILE begins a profile for such messages (docs/profiles.md)"


def register(subparsers: Subparsers) -> None:
    """Add `weather profiles`."""
    parser = add_command(
        subparsers,
        "profiles",
        summary="List the device profiles, show what they make of messages, or begin one",
        description=(
            "list: the profiles in the order in which they are asked.\n\n"
            "check: which profile takes a message, the observations that come out, variable by variable\n"
            "with units, and why what was left out was left out. Messages are decoded exactly as a run\n"
            "would decode them. Of several files, or a folder, it shows the sum.\n\n"
            "new: a profile to begin with, guessed from a sample. What is guessed is listed in it, until\n"
            "you have looked and deleted it. docs/profiles.md teaches the format.\n\n"
            "schema: the JSON Schema of a profile, by which editors complete and check."
        ),
        examples=[
            ("weather profiles", "all profiles"),
            ("weather profiles check message.json", "what becomes of a message"),
            ("weather profiles check lake/garden", "what becomes of all messages of a folder"),
            ("mosquitto_sub -t 'weather/#' -C 5 | weather profiles check -", "of messages from a pipe"),
            ("weather profiles check message.json --site hue --config run.json", "with a run's settings"),
            ("weather profiles new message.json --output mine/roof.json", "begin a profile"),
            ("weather profiles check message.json --profiles mine/", "with profiles of your own"),
        ],
        statuses={
            1: "check: at least one record would be quarantined",
            2: "wrong usage: a file cannot be read, or a profile or the configuration is wrong",
        },
    )
    parser.add_argument(
        "words",
        nargs="*",
        metavar="ACTION",
        help="list (the default), check FILE ..., new FILE, or schema; FILE may be a folder, or - for a pipe",
    )
    parser.add_argument(
        "--profiles",
        metavar="PATH",
        action="append",
        default=[],
        help="profile file, or folder of them; may be repeated",
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="run configuration with sites and profiles"
    )
    parser.add_argument("--site", metavar="NAME", help="site of the messages (the file's folder)")
    parser.add_argument("--timezone", metavar="ZONE", help="of local times (Asia/Ho_Chi_Minh)")
    parser.add_argument(
        "--ingest",
        type=instant,
        metavar="TIME",
        help="arrival (the file name's epoch ms, else its change time)",
    )
    parser.add_argument("--name", metavar="NAME", help="new: name of the family (that of the file)")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="new: file to write, the schema beside it (else stdout)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout")
    parser.set_defaults(handler=handler)
    options_first(parser)


def handler(arguments: argparse.Namespace) -> int:
    """List, check, begin a profile, or print the schema."""
    from weather_etl.profiles import load_profiles

    from weather_cli.payload.files import profile_files

    words: list[str] = list(arguments.words)
    action = words.pop(0) if words else "list"
    if action not in _ACTIONS:
        meant = f"check {action}" if Path(action).exists() else next(iter(_close(action)), "check FILE")
        raise UsageError(
            f"'{action}' is none of {', '.join(_ACTIONS)}; did you mean 'weather profiles {meant}'?"
        )
    if action == "schema":
        print(_schema(), end="")
        return 0
    config = _config(arguments.config)
    own = profile_files(arguments.profiles)
    profiles = load_profiles(config.profiles, own)
    if action == "list":
        if words:
            raise UsageError("'list' takes no file; did you mean 'weather profiles check FILE'?")
        return _list(profiles, own, as_json=arguments.json)
    if not words:
        raise UsageError(f"'{action}' needs the file of a message, or - to read from a pipe")
    if action == "new":
        return _new(arguments, words, profiles)
    return _check(arguments, words, profiles, config, own)


def _close(word: str) -> list[str]:
    return difflib.get_close_matches(word, _ACTIONS, n=1)


def _schema() -> str:
    from weather_etl.checking import load_schema

    return json.dumps(load_schema("profile"), indent=2, ensure_ascii=False) + "\n"


def _config(path: Path | None) -> "RunConfig":
    from weather_etl.runs import load_config_file
    from weather_etl.settings import RunConfig

    return RunConfig() if path is None else load_config_file(str(path))


def _list(profiles: "ProfileSet", own: Sequence[Path], *, as_json: bool) -> int:
    from weather_cli.payload.files import unconfirmed
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
        ["profile", "asked", "what", "values", "for"],
        [
            [one.name, one.priority, one.title, len(row["variables"]), "any" if one.automatic else "named"]
            for one, row in zip(profiles.profiles, rows, strict=True)
        ],
    )
    for warning in unconfirmed(own):
        ui.warning(warning)
    return 0


def _check(
    arguments: argparse.Namespace,
    words: Sequence[str],
    profiles: "ProfileSet",
    config: "RunConfig",
    own: Sequence[Path],
) -> int:
    from weather_cli.payload.files import samples, unconfirmed
    from weather_cli.payload.foreign import foreign
    from weather_cli.payload.page import document, show, show_many
    from weather_cli.ui import Ui

    explained: list[tuple[str, Explanation]] = []
    foreigners: list[tuple[str, str]] = []
    for sample in samples(words):
        name = str(sample.path or sample.name)
        if kind := foreign(sample.body):
            foreigners.append((f"{name} is {kind[0]}, not messages", kind[1].replace("FILE", name)))
            continue
        explained.append((name, _explained(arguments, sample, profiles, config)))
    if foreigners and not explained:
        raise UsageError(*foreigners[0])
    ui = Ui()
    if arguments.json:
        documents = [document(explanation) for _, explanation in explained]
        print(json.dumps(documents[0] if len(documents) == 1 else documents, ensure_ascii=False, default=str))
    elif len(explained) == 1:
        show(ui, explained[0][1], profiles)
    else:
        show_many(ui, explained, profiles)
    if not arguments.json:
        for warning in [*unconfirmed(own), *(f"{what}: {advice}" for what, advice in foreigners)]:
            ui.warning(warning)
    lost = sum(explanation.decoded.rejects.num_rows for _, explanation in explained)
    if lost or foreigners:
        records = sum(explanation.decoded.messages for _, explanation in explained)
        told = (
            f"{lost} of {records} records would be quarantined" if lost else "not every file holds messages"
        )
        raise CommandError(told, _NEW)
    return 0


def _explained(
    arguments: argparse.Namespace, sample: "Sample", profiles: "ProfileSet", config: "RunConfig"
) -> "Explanation":
    from weather_etl.decode import explain

    site = _site(arguments, sample, config)
    return explain(profiles, site, f"{site.site}/{sample.name}", _ingest_us(arguments, sample), sample.body)


def _new(arguments: argparse.Namespace, words: Sequence[str], profiles: "ProfileSet") -> int:
    """Print or write a profile that begins from the first message of a file."""
    from weather_etl.decode import decode, explain
    from weather_etl.profiles import as_list, as_record, load_profiles
    from weather_etl.settings import RunConfig

    from weather_cli.payload.doubts import doubts
    from weather_cli.payload.files import GUESSES, samples
    from weather_cli.payload.foreign import foreign
    from weather_cli.payload.starter import SCHEMA, starter
    from weather_cli.ui import Ui

    sample = next(samples(words))
    if kind := foreign(sample.body):
        name = str(sample.path or sample.name)
        raise UsageError(f"{name} is {kind[0]}, not messages", kind[1].replace("FILE", name))
    values = [one for value in decode(sample.body) for one in (as_list(value) or [value])]
    message = next((record for value in values if (record := as_record(value))), None)
    if message is None:
        raise UsageError(f"{sample.name} holds no JSON object", "name a file with one message as it is sent")
    site, ingest_us = _site(arguments, sample, RunConfig()), _ingest_us(arguments, sample)
    family = arguments.name or re.sub(r"[^a-z0-9]+", "_", f"my_{Path(sample.name).stem.lower()}")[:40]
    document = starter(message, family, sample.name, site, ingest_us)
    if not document["values"]:
        raise CommandError(
            f"no field of {sample.name} is about the weather by its name",
            "write the profile by hand: docs/profiles.md has one to copy",
        )
    found = explain(load_profiles([document]), site, f"{site.site}/{sample.name}", ingest_us, sample.body)
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    if arguments.output:
        _write(arguments.output, text, SCHEMA)
    else:
        print(text, end="")
    ui = Ui(None if arguments.output else _stderr())
    taken = {one.profile for one in explain(profiles, site, "sample", ingest_us, sample.body).messages}
    if known := sorted(name for name in taken if name and name != "generic"):
        ui.warning(f"profile {known[0]} takes such messages already; yours would be asked before it")
    for about, guess in document[GUESSES].items():
        ui.line(f"guess: {about}: {guess}")
    for doubt in doubts(found):
        ui.warning(doubt)
    told = arguments.output or "FILE"
    read = f"{found.decoded.observations.num_rows} of {found.decoded.messages} records"
    ui.line(f"{read} are read with it; look at each guess, delete it from {GUESSES}, then:")
    ui.line(f"weather profiles check {sample.path or sample.name} --profiles {told}", wrap=False)
    return 0


def _stderr() -> Any:  # noqa: ANN401  a stream
    import sys

    return sys.stderr


def _write(path: Path, text: str, schema: str) -> None:
    """Write a profile and the schema that it names; a profile that is there stays."""
    if path.exists():
        raise UsageError(f"{path} is there already", "name another with --output")
    beside = path.parent / schema
    beside.parent.mkdir(parents=True, exist_ok=True)
    beside.write_text(_schema(), encoding="utf-8")
    path.write_text(text, encoding="utf-8")


def _ingest_us(arguments: argparse.Namespace, sample: "Sample") -> int:
    """Return the time of arrival: as given, else as the file's name says like a key, else its change."""
    given: datetime | None = arguments.ingest
    if given is not None:
        return round(given.timestamp() * 1_000_000)
    if _EPOCH_MS.fullmatch(sample.name.split(".")[0]):
        return int(sample.name.split(".")[0]) * 1000
    now = time.time_ns()
    return (min(sample.path.stat().st_mtime_ns, now) if sample.path else now) // 1000


def _site(arguments: argparse.Namespace, sample: "Sample", config: "RunConfig") -> "SiteContext":
    from weather_etl.checking import zone_problem
    from weather_etl.decode import SiteContext
    from weather_etl.settings import DEFAULT_TIMEZONE

    name = arguments.site or (sample.path.resolve().parent.name if sample.path else sample.name)
    zone = arguments.timezone or DEFAULT_TIMEZONE
    if problem := zone_problem("--timezone", zone):
        raise UsageError(str(problem))
    return SiteContext.from_config(name, config.site(name).decoding(), zone)
