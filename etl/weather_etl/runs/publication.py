"""What publishing has left to do: `_state/publication.json`; and the views beside the datasets.

Before a run changes a file it notes which partitions it is going to change, and with which settings; when
all their files and their entries in the catalogue are there it takes the note back.  So a run that finds
partitions in the note, or settings other than its own, completes them before it does anything else.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

import orjson

from weather_etl.datasets import columns_digest, tables, views
from weather_etl.lake import Storage
from weather_etl.runs.state import StateError
from weather_etl.settings import Outputs

PUBLICATION: Final = "_state/publication.json"

Partition: TypeAlias = tuple[str, ...]
"""Dataset and the values of its partition keys, a site as keys have it."""


@dataclass(frozen=True)
class Publication:
    """State of the publication.

    Attributes:
        settings: the outputs, the catalogue and the columns that the files were last completed for; None: not
            known.
        unfinished: partitions whose files or catalogue entries may lack something.
    """

    settings: dict[str, Any] | None = None
    unfinished: frozenset[Partition] = frozenset()


def settings_of(outputs: Outputs, database: str | None) -> dict[str, Any]:
    """Return what decides which files, with which columns, and which catalogue entries there are."""
    return {
        "gzip": outputs.gzip,
        "parquet": outputs.parquet,
        "presets": sorted(outputs.presets),
        "database": database,
        "columns": columns_digest(),
    }


def outputs_of(settings: dict[str, Any]) -> Outputs:
    """Return the outputs that settings name."""
    return Outputs(bool(settings["gzip"]), bool(settings["parquet"]), tuple(settings["presets"]))


def read_publication(target: Storage) -> Publication:
    """Read the state of the publication; a target without one has nothing left to do.

    Raises:
        StateError: it is damaged.
    """
    found = target.get(PUBLICATION)
    if found is None:
        return Publication()
    try:
        document = cast("dict[str, Any]", orjson.loads(found.data))
        settings = document["settings"]
        if settings is not None:
            outputs_of(settings)
        partitions = frozenset(tuple(map(str, one)) for one in document["unfinished"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise StateError(
            f"{target.url}/{PUBLICATION} is damaged ({error}); remove it and run `weather repair`"
        ) from error
    return Publication(settings, partitions)


def write_publication(target: Storage, settings: dict[str, Any] | None, left: Iterable[Partition]) -> None:
    """Write the state of the publication."""
    document = {"schema": 1, "settings": settings, "unfinished": sorted(left)}
    target.put(PUBLICATION, orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")


def write_views(target: Storage) -> bool:
    """Write the typed views of the datasets that have files beside them; return whether that was needed."""
    there = [name for name in tables() if target.folders(f"{name}/")]
    data = views.document(there).encode()
    found = target.get(views.FILE)
    if not there or (found is not None and found.data == data):
        return False
    target.put(views.FILE, data)
    return True
