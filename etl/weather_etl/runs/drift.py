"""Schema drift: fields that no profile knows, in the messages and in the columns of the crawler's table.

The crawler samples some files of each folder, so its table may lack what the messages have, and may still
hold what no message has any more.  The messages are the truth; the table is compared with it and reported,
never relied on.
"""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast

from weather_etl.profiles import ProfileSet, fold_name
from weather_etl.runs.summary import MAX_FIELDS, top

_UNREADABLE: Final = " (unreadable)"


def drift_document(
    unknown: Mapping[str, int], profiles: ProfileSet, columns: Iterable[str] | None
) -> dict[str, Any]:
    """Return the summary's `drift`.

    Args:
        unknown: `<profile>:<path>` -> messages with that field, from the decoder.
        profiles: of the run.
        columns: leaf columns of the crawler's table; None: not compared.
    """
    document: dict[str, Any] = {
        "unknown_fields": top(unknown, MAX_FIELDS),
        "unknown_fields_total": len(unknown),
    }
    if columns is None:
        return document
    listed = list(columns)
    known = known_names(profiles)
    in_table = {fold_name(segment) for column in listed for segment in column.split(".")}
    document["table_columns_unknown"] = sorted(
        column[:200]
        for column in listed
        if not any(fold_name(segment) in known for segment in column.split("."))
    )[:MAX_FIELDS]
    paths = {name.partition(":")[2].removesuffix(_UNREADABLE) for name in unknown}
    document["fields_not_in_table"] = sorted(
        path[:200] for path in paths if fold_name(re.split(r"[.\[]", path)[-1]) not in in_table
    )[:MAX_FIELDS]
    return document


def known_names(profiles: ProfileSet) -> frozenset[str]:
    """Return every name that occurs in a path of a profile, folded."""
    return frozenset(fold_name(text) for profile in profiles.profiles for text in _texts(profile.blocks))


def _texts(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif dataclasses.is_dataclass(node) and not isinstance(node, type):
        for field in dataclasses.fields(node):
            yield from _texts(getattr(node, field.name))
    elif isinstance(node, Mapping):
        for name, value in cast("Mapping[object, object]", node).items():
            yield from _texts(name)
            yield from _texts(value)
    elif isinstance(node, tuple | list):
        for value in cast("Iterable[object]", node):
            yield from _texts(value)
