"""Resolve a failed quality verdict: accept it, or exclude objects.

The decision is written to the target's `_state/decisions.json`, which the next run of the job reads.
"""

import argparse
from pathlib import Path
from typing import Final

from weather_cli.arguments import Subparsers, add_command
from weather_cli.errors import CommandError, UsageError

_RUNS: Final = "weather query TARGET, or the folders below _runs/, name the runs"


def register(subparsers: Subparsers) -> None:
    """Add `weather accept`."""
    parser = add_command(
        subparsers,
        "accept",
        summary="Resolve a failed quality verdict",
        description=(
            "A run whose quality verdict failed has published nothing and left the watermark, so the next\n"
            "run reads the same messages again and fails again, until somebody decides. Either accept the\n"
            "verdict (the next run over these messages publishes, with a warning), or exclude the objects\n"
            "that spoil it (they are never read). Then run the job again: weather transform, weather run or\n"
            "the schedule."
        ),
        examples=[
            ("weather accept --target out --run 20250914T000000Z", "publish in spite of the verdict"),
            (
                "weather accept --target s3://processed --run x --exclude d5/1757955600000.json",
                "leave one object out",
            ),
            ("weather accept --target out --run x --exclude-list keys.txt", "leave out the keys in a file"),
            ("weather accept --target out --show", "what has been decided so far"),
        ],
    )
    parser.add_argument(
        "--target", required=True, help="where the datasets are: a folder or s3://bucket[/prefix]"
    )
    parser.add_argument("--run", default="", metavar="RUN_ID", help="the run whose verdict failed")
    parser.add_argument(
        "--exclude", action="append", default=[], metavar="KEY", help="key below the source; may be repeated"
    )
    parser.add_argument("--exclude-list", type=Path, metavar="FILE", help="file with a key on each line")
    parser.add_argument("--show", action="store_true", help="show the decisions and change nothing")
    parser.set_defaults(handler=_handle)


def _handle(arguments: argparse.Namespace) -> int:
    from weather_etl.core import iso_utc
    from weather_etl.lake import open_storage
    from weather_etl.runs import accept_run, exclude_keys, read_decisions, write_decisions

    from weather_cli.ui import Ui

    if not arguments.show and not arguments.run:
        raise UsageError("name the run whose verdict failed with --run, or use --show")
    target = open_storage(arguments.target, must_exist=True)
    decisions = read_decisions(target)
    if not arguments.show:
        keys = [*arguments.exclude, *_listed(arguments.exclude_list)]
        # A key that no object can have would be kept and never take effect.
        if wrong := [key for key in keys if not key or key.startswith("/") or "://" in key]:
            raise UsageError(
                f"{wrong[0]!r} is not a key below the source, such as d5/1757955600000.json",
                "take the keys from quarantine/ or manifest.json",
            )
        try:
            if keys:
                decisions = exclude_keys(target, decisions, arguments.run, keys)
            else:
                decisions = accept_run(target, decisions, arguments.run)
        except LookupError as error:
            raise CommandError(str(error.args[0]), _RUNS) from error
        write_decisions(target, decisions)
    accepted = decisions.accepted_until_us
    Ui().facts(
        {
            "accepted up to": "nothing" if accepted is None else iso_utc(accepted),
            "objects excluded": len(decisions.excluded),
        }
    )
    return 0


def _listed(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UsageError(f"--exclude-list {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"--exclude-list {path}: {error}") from error
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]
