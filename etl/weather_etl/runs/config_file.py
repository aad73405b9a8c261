"""The run configuration read from where the arguments say it lies, and kept beside the documents of a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import unquote, urlsplit

import orjson

from weather_etl.lake import LocalStorage, SourceMissingError, Storage, open_storage
from weather_etl.settings import Arguments, RunConfig, parse_config

LEDGERS: Final = "ledger"
"""Folder beside the configuration that holds the ledgers."""


@dataclass(frozen=True)
class GivenConfig:
    """A run configuration as it was given.

    Attributes:
        document: the JSON document.
        ledgers: files by site.
    """

    document: bytes = b"{}"
    ledgers: Mapping[str, bytes] = field(default_factory=dict[str, bytes])

    def checked(self) -> RunConfig:
        """Return what it says.

        Raises:
            ConfigError: the document or a ledger is wrong.
        """
        return parse_config(self.document).with_ledgers(self.ledgers)

    def archived(self) -> bytes:
        """Return it as one JSON document, which is kept beside the manifest of a run."""
        ledgers = {site: data.decode("utf-8-sig") for site, data in sorted(self.ledgers.items())}
        body = {"schema": 1, "document": orjson.loads(self.document), "ledgers": ledgers}
        return orjson.dumps(body, option=orjson.OPT_INDENT_2) + b"\n"

    @classmethod
    def from_archive(cls, data: bytes) -> "GivenConfig":
        """Return what `archived` has kept.

        Raises:
            ValueError: it is no such document.
        """
        try:
            body = cast("dict[str, Any]", orjson.loads(data))
            ledgers = {str(site): str(text).encode() for site, text in body["ledgers"].items()}
            return cls(orjson.dumps(body["document"]), ledgers)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"it is not the configuration of a run: {error}") from None


def given_config(arguments: Arguments) -> GivenConfig:
    """Return the run configuration that the arguments name; an empty one if they name none.

    Raises:
        SourceMissingError: it is not there.
    """
    if arguments.config is None:
        return GivenConfig()
    return GivenConfig(*read_config(arguments.config, arguments.region))


def load_config(arguments: Arguments) -> RunConfig:
    """Return the checked run configuration that the arguments name; the default one if they name none.

    Raises:
        SourceMissingError: it is not there.
        ConfigError: it or a ledger beside it is wrong.
    """
    return given_config(arguments).checked()


def load_config_file(url: str, region: str = "") -> RunConfig:
    """Return the run configuration at an address, with the ledgers beside it.

    Raises:
        SourceMissingError: it is not there.
        ConfigError: it or a ledger beside it is wrong.
    """
    return GivenConfig(*read_config(url, region)).checked()


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
