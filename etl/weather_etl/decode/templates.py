"""Templates filled with the fields of records: names of stations, times put together."""

from collections.abc import Sequence
from typing import Any

from weather_etl.profiles.conditions import scalar_text
from weather_etl.profiles.model import Template


def is_plain(template: Template) -> bool:
    """Return whether a template is one field as it stands."""
    return template.texts == ("", "") and template.widths == (0,)


def filled(template: Template, parts: Sequence[Any]) -> str | None:
    """Fill a template; None if a field is missing, or is an object or a list."""
    written = [scalar_text(part) for part in parts]
    if any(text is None or text == "null" or not text.strip() for text in written):
        return None
    fields = zip(written, template.widths, template.texts[1:], strict=True)
    return template.texts[0] + "".join(f"{str(text).zfill(width)}{after}" for text, width, after in fields)
