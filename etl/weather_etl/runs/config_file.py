"""The run configuration read from where the arguments say it lies."""

from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from weather_etl.lake import LocalStorage, SourceMissingError, Storage, open_storage
from weather_etl.settings.arguments import Arguments
from weather_etl.settings.config import RunConfig, parse_config

LEDGERS: Final = "ledger"
"""Folder beside the configuration that holds the ledgers."""


def load_config(arguments: Arguments) -> RunConfig:
    """Return the run configuration that the arguments name; the default one if they name none.

    Raises:
        SourceMissingError: it is not there.
        ConfigError: it or a ledger beside it is wrong.
    """
    return RunConfig() if arguments.config is None else load_config_file(arguments.config, arguments.region)


def load_config_file(url: str, region: str = "") -> RunConfig:
    """Return the run configuration at an address, with the ledgers beside it.

    Raises:
        SourceMissingError: it is not there.
        ConfigError: it or a ledger beside it is wrong.
    """
    document, ledgers = read_config(url, region)
    return parse_config(document).with_ledgers(ledgers)


def read_config(url: str, region: str = "") -> tuple[bytes, dict[str, bytes]]:
    """Return the document at an address and the ledgers beside it, by site.

    Raises:
        SourceMissingError: it is not there.
    """
    if url.startswith("s3://"):
        parts = urlsplit(url)
        place, name = open_storage(f"s3://{parts.netloc}", region=region), parts.path.strip("/")
        found = place.get(name)
    else:
        path = Path(url)
        place, name = LocalStorage(str(path.parent)), path.name
        try:
            found = place.get(name)
        except OSError as error:  # a folder, say
            raise SourceMissingError(
                f"the run configuration {url} cannot be read: {error.strerror}"
            ) from error
    if found is None:
        raise SourceMissingError(f"the run configuration {url} does not exist")
    return found.data, _ledgers(place, name)


def _ledgers(place: Storage, name: str) -> dict[str, bytes]:
    """Return the ledgers beside a configuration, `ledger/<site>.csv`, by site."""
    folder = f"{name.rpartition('/')[0]}/{LEDGERS}/".lstrip("/")
    files: dict[str, bytes] = {}
    for entry in place.objects(folder, recursive=False):
        site, ending = entry.key.removeprefix(folder).rsplit(".", 1)
        if ending == "csv" and (found := place.get(entry.key)) is not None:
            files[unquote(site)] = found.data
    return files
