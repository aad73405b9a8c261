"""Tell where a number comes from: its messages, flags, rules and versions, and whether they give it again."""

import argparse
import json
from pathlib import Path

from weather_cli.arguments import Subparsers, add_command, options_first
from weather_cli.errors import CommandError, UsageError


def register(subparsers: Subparsers) -> None:
    """Add `weather why`."""
    parser = add_command(
        subparsers,
        "why",
        summary="Tell where a number comes from, and compute it again from its messages",
        description=(
            "Show what a cell of a dataset was made of: the rows and observations behind it with their\n"
            "flags, the rules that judge them with their sources, the messages with their keys in the lake,\n"
            "the profile that read them, the run and the versions. The number is computed again from these\n"
            "messages alone and compared with the file, to the byte.\n"
            "\n"
            "TARGET is a folder or s3://bucket[/prefix]; left out, the current folder. STATION is an id, a\n"
            "site that has one station, or site/id. TIME is a day (2025-09-14) for days and weeks, else a\n"
            "time in the station's zone (2025-09-14T10:00) or one with an offset or Z."
        ),
        examples=[
            ("weather why out daily JFK 2013-02-14 air_temperature_mean", "a mean of a day"),
            ("weather why out observations JFK 2013-02-14T12:00 wind_speed_qc", "a flag"),
            ("weather why out weekly JFK 2013-02-14 rainfall_total --json", "for programs"),
            ("weather why --stack prod daily JFK 2013-02-14 wind_gust_max", "of a stack's datasets"),
            ("weather why out daily JFK 2013-02-14 qc --source ./lake", "the lake lies elsewhere now"),
        ],
        statuses={
            0: "the messages give the same number, to the byte",
            1: "they do not, or they are out of reach",
            2: "wrong usage: there is no such dataset, station, time or column",
        },
    )
    parser.add_argument(
        "words", nargs="*", metavar="[TARGET] DATASET STATION TIME COLUMN", help="which number"
    )
    parser.add_argument("--stack", metavar="NAME", help="the datasets of this stack, instead of a TARGET")
    parser.add_argument("--sensor", metavar="NAME", help="which row of sensor_weeks, such as air_temperature")
    parser.add_argument(
        "--source", metavar="PLACE", help="where the messages lie, if not where the run read them"
    )
    parser.add_argument(
        "--config", metavar="FILE", help="run configuration, if not what the run kept beside its manifest"
    )
    parser.add_argument("--json", action="store_true", help="print the passport as JSON")
    parser.set_defaults(handler=handler)
    options_first(parser)


def handler(arguments: argparse.Namespace) -> int:
    """Show the passport; fail if the number could not be made again."""
    from weather_etl.runs import load_config_file

    from weather_cli.passport.collect import passports
    from weather_cli.passport.page import difference, show
    from weather_cli.passport.question import Question
    from weather_cli.target.place import target_of
    from weather_cli.ui import Ui

    words: list[str] = list(arguments.words)
    address = None
    if arguments.stack is None:
        address = words.pop(0) if len(words) == 5 else "."
    if len(words) != 4:
        raise UsageError("say which number: weather why [TARGET] DATASET STATION TIME COLUMN")
    target = target_of(address, arguments.stack)
    config = load_config_file(arguments.config) if arguments.config else None
    source = arguments.source
    if source and "://" not in source:
        source = str(Path(source).resolve())
    question = Question(*words, sensor=arguments.sensor)
    (passport,) = passports(target, [question], source=source, config=config)
    if arguments.json:
        print(json.dumps(passport.document(), ensure_ascii=False))
    else:
        show(Ui(), passport)
    if not passport.equal:
        raise CommandError(difference(passport))
    return 0
