"""Numbers as devices write them: JSON numbers, text, decimal commas, and the many ways to say "nothing".

`parse_number` is the rule for one value; `number_column` applies the same rule to a column and is fast for
plain JSON numbers and for text that is written like one, which is nearly always.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from weather_etl.profiles.units import Floats

MISSING_TOKENS: Final = frozenset(
    {
        "", "-", "--", "---", "----", "...", "..", ".", "nan", "null", "none", "n/a", "na", "nil", "unknown",
        "unavailable", "undefined", "m", "inf", "+inf", "-inf", "infinity", "-infinity", "+infinity",
    }
)  # fmt: skip
"""Text (trimmed, lower case) that means "no value", never zero."""

_NUMBER: Final = re.compile(r"[+-]?\d*[.,]?\d+(?:[eE][+-]?\d+)?", re.ASCII)
_LONGEST_NUMBER: Final = 64
_PLAIN: Final = frozenset({int, float, type(None)})  # a bool is an int to Python but no measurement
_TEXT: Final = frozenset({str, type(None)})
_USUAL_TEXT: Final = r"\A[+-]?[0-9]{0,30}[.]?[0-9]{1,20}(?:[eE][+-]?[0-9]{1,3})?\z"
"""Texts that Arrow reads as `parse_number` does, and nearly all that devices send."""
_SAID_WITHOUT_DIGITS: Final = frozenset({"NONE", "NAN", "INF", "-INF"})


@dataclass(frozen=True)
class Texts:
    """Text that stands for a number: compass points, direction codes, a template's own word for "nothing".

    Attributes:
        meanings: text, upper case -> number; NaN for no value.
        only: whether nothing but these texts is a value (a direction code 17 is then no 17 degrees).
    """

    meanings: Mapping[str, float]
    only: bool = False

    @cached_property
    def concerns_numbers(self) -> bool:
        """Return whether a JSON number or null may be looked up here with success, or has to be."""
        return self.only or any(
            text in _SAID_WITHOUT_DIGITS or any(letter.isdigit() for letter in text) for text in self.meanings
        )


def parse_number(raw: object, texts: Texts | None = None) -> float | None:
    """Read one value.

    Args:
        raw: what the JSON holds.
        texts: further text that stands for a number; it decides before anything else, and a whole JSON number
            is looked up as its decimal text.

    Returns:
        The number, or None where the device said that there is none (null, a missing token, nan, infinity,
        a number beyond the range of a double).

    Raises:
        ValueError: the value is there but is not a number (other text, true, a list, an object).
    """
    if texts is not None:
        found = texts.meanings.get(_code_text(raw))
        if found is not None:
            return None if math.isnan(found) else found
        if texts.only and raw is not None and _code_text(raw).lower() not in MISSING_TOKENS:
            raise ValueError(f"not in the table of codes: {str(raw)[:40]!r}")
    if raw is None:
        return None
    if isinstance(raw, bool):
        raise ValueError("true or false instead of a number")  # noqa: TRY004 - bad data, no bad call
    if isinstance(raw, int | float):
        return _finite(raw)
    if isinstance(raw, str):
        return _parse_text(raw)
    raise ValueError(f"{'a list' if isinstance(raw, list) else 'an object'} instead of a number")


def _code_text(raw: object) -> str:
    """Return how a value is written in a table of codes: `16`, not `16.0`; text in upper case."""
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return str(raw).strip().upper()


def _finite(number: float) -> float | None:
    try:
        value = float(number)
    except OverflowError:
        return None
    return value if math.isfinite(value) else None


def _parse_text(text: str) -> float | None:
    """Read text: one comma and no dot is a decimal comma; both together are refused, being ambiguous."""
    trimmed = text.strip().replace("\N{MINUS SIGN}", "-")
    if trimmed.lower() in MISSING_TOKENS:
        return None
    if len(trimmed) <= _LONGEST_NUMBER and _NUMBER.fullmatch(trimmed):
        return _finite(float(trimmed.replace(",", ".")))
    raise ValueError(f"not a number: {trimmed[:40]!r}")


_QUANTITY: Final = re.compile(r"([+-]?\d*[.,]?\d+(?:[eE][+-]?\d+)?)\s*([^\d\s.,+-].*)", re.ASCII | re.DOTALL)


def split_quantity(raw: object) -> tuple[float | None, str | None]:
    """Split a text into a number and what stands behind it: `71.6 °F`; (None, None): other text."""
    if not isinstance(raw, str) or len(raw) > _LONGEST_NUMBER:
        return None, None
    match = _QUANTITY.fullmatch(raw.strip().replace("\N{MINUS SIGN}", "-"))
    return (None, None) if match is None else (_finite(float(match[1].replace(",", "."))), match[2])


def number_column(raw: Sequence[Any], texts: Texts | None = None) -> tuple[Floats, dict[int, str]]:
    """Read a column of values.

    Returns:
        The numbers, NaN where there is none, and for each position that could not be read, why.
    """
    kinds = frozenset(map(type, raw))
    usual = texts is None or not texts.concerns_numbers
    if usual and kinds <= _PLAIN:
        try:
            plain = np.array(raw, dtype=np.float64)
        except OverflowError:
            pass  # an integer beyond the range of a double: the careful way below
        else:
            return np.where(np.isfinite(plain), plain, np.nan), {}
    if usual and kinds <= _TEXT:
        column, rest = _usual_texts(raw)
    else:
        column, rest = np.full(len(raw), np.nan), range(len(raw))
    problems: dict[int, str] = {}
    for index in rest:
        try:
            number = parse_number(raw[index], texts)
        except ValueError as error:
            problems[index] = str(error)
        else:
            if number is not None:
                column[index] = number
    return column, problems


def _usual_texts(raw: Sequence[str | None]) -> tuple[Floats, Sequence[int]]:
    """Read what is written like a JSON number; return also the positions of the rest."""
    try:
        texts = pa.array(raw, pa.string())
    except UnicodeEncodeError:  # half of a surrogate pair
        return np.full(len(raw), np.nan), range(len(raw))
    usual = pc.match_substring_regex(texts, _USUAL_TEXT).fill_null(fill_value=False)
    numbers = pc.if_else(usual, texts, pa.scalar(None, pa.string())).cast(pa.float64())
    column = numbers.to_numpy(zero_copy_only=False)
    unusual = np.flatnonzero(~usual.to_numpy(zero_copy_only=False))
    return np.where(np.isfinite(column), column, np.nan), unusual.tolist()
