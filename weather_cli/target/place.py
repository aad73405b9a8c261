"""Which target a command means."""

import argparse
from typing import Final

from weather_etl.datasets import tables
from weather_etl.lake import LocalStorage, Storage, open_storage
from weather_report import Target

from weather_cli.errors import UsageError


def add_target(parser: argparse.ArgumentParser) -> None:
    """Add the ways to name a target: its address, or the stack that writes it."""
    parser.add_argument(
        "target", nargs="?", metavar="TARGET", help="folder or s3://bucket[/prefix] that holds the datasets"
    )
    parser.add_argument("--stack", metavar="NAME", help="the datasets of this stack instead")


def target_of(address: str | None, stack: str | None) -> Target:
    """Return the target that a person named.

    Raises:
        UsageError: none or two are named, or there is none at the address.
        SourceMissingError: the address is no folder.
        UnreachableError: the bucket cannot be reached.
    """
    if (address is None) == (stack is None):
        raise UsageError("name the target: a folder, s3://bucket[/prefix], or --stack NAME")
    region = ""
    if stack is not None:
        from weather_cli.stack.pipeline import stack_settings

        settings = stack_settings(stack)
        address, region = f"s3://{settings.names.processed_bucket}", settings.identity.region
    assert address is not None  # noqa: S101  one of the two is given
    storage = open_storage(address, region=region, must_exist=True)
    target = Target(storage)
    if not (target.run_ids() or target.sites() or target.errors):
        below = _targets_below(storage)
        hint = f"; did you mean {below[0]}?" if below else ""
        raise UsageError(
            f"{target.url} holds no datasets and no runs{hint}",
            "name the place that a run wrote with --target",
        )
    return target


_KNOWN_FOLDERS: Final = {*tables(), "_runs", "errors"}


def _targets_below(storage: Storage) -> list[str]:
    """Return folders one level down that look like targets."""
    if not isinstance(storage, LocalStorage):
        return []
    return [
        str(storage.root / name)
        for name in storage.folders("")
        if _KNOWN_FOLDERS & set(storage.folders(f"{name}/"))
    ]
