"""Names of stations: which device a record comes from."""

from collections.abc import Sequence
from typing import Any, Final

from weather_etl.decode.shape_plan import ShapePlan
from weather_etl.decode.templates import filled, is_plain
from weather_etl.profiles.fields import Record, column
from weather_etl.profiles.model import Template

_LONGEST_NAME: Final = 200  # letters of a station's name


def read_stations(plan: ShapePlan, records: Sequence[Record], site: str) -> list[str | None]:
    """Name the station of each record by the first template whose fields are all there; None: none is."""
    names: list[str | None] = [None] * len(records)
    for found in plan.stations:
        if None not in names:
            break
        columns = [
            [site] * len(records) if place is None else column(records, place) for place in found.places
        ]
        if is_plain(found.template):
            fresh = _clean_all(columns[0])
        else:
            fresh = [_clean(filled(found.template, parts)) for parts in zip(*columns, strict=True)]
        names = (
            fresh
            if plan.stations[0] is found
            else [old or new for old, new in zip(names, fresh, strict=True)]
        )
    return names


_PLAIN: Final = Template(("", ""), ((),), (0,))


def _clean_all(raw: list[Any]) -> list[str | None]:
    """Clean a column that has few different values, in which numbers may count as text."""
    if {str}.issuperset(map(type, raw)):
        cleaned = {text: _clean(text) for text in set(raw)}
        return [cleaned[text] for text in raw]
    return [_clean(filled(_PLAIN, (value,))) for value in raw]


def _clean(text: str | None) -> str | None:
    """Make a name that text files can hold: trimmed, control characters replaced, of bounded length."""
    if text is None:
        return None
    trimmed = text.strip()
    if not trimmed.isprintable():
        trimmed = "".join(
            letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in trimmed
        )
    return trimmed[:_LONGEST_NAME] or None
