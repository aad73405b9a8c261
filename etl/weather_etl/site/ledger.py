"""The station ledger applied to decoded observations, before they are merged."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weather_etl.core import VARIABLE_NAMES
from weather_etl.core import arrow_tables as arrow
from weather_etl.settings import LedgerEntry

Floats: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]
WITHHELD = "withheld by the ledger"
"""Kind of ignored message: the ledger left none of its values."""


def applied(entries: Sequence[LedgerEntry], observations: pa.Table) -> tuple[pa.Table, int]:
    """Return observations as the ledger wants them, and how many messages it left nothing of.

    Args:
        entries: of the site, in order; each works on what those before it left.
        observations: decoded, in `DECODED_SCHEMA`.
    """
    if not entries or not observations.num_rows:
        return observations, 0
    time = arrow.integers(observations, "obs_time_utc")
    station = arrow.repeated_texts(observations, "station_id")
    values: dict[str, Floats] = {}
    adjusted: list[set[str]] = [
        set(str(text or "").split()) for text in arrow.repeated_texts(observations, "adjusted")
    ]
    before = _present(observations, values)
    for entry in entries:
        inside = np.ones(len(time), dtype=bool)
        if entry.from_us is not None:
            inside &= time >= entry.from_us
        if entry.to_us is not None:
            inside &= time < entry.to_us
        if entry.station is not None:
            inside &= station == entry.station
        for name in entry.variables if inside.any() else ():
            old = values.get(name)
            old = arrow.floats(observations, name) if old is None else old
            values[name] = new = _changed(entry, old, inside)
            if entry.action in ("add", "multiply"):
                for row in np.flatnonzero(inside & ~np.isnan(new)).tolist():
                    adjusted[row].add(name)
    if not values:
        return observations, 0
    texts = [" ".join(name for name in VARIABLE_NAMES if name in words) or None for words in adjusted]
    columns: dict[str, Any] = {name: cast("Any", observations)[name] for name in observations.schema.names}
    columns |= {name: arrow.column(rows, pa.float64()) for name, rows in values.items()}
    columns["adjusted"] = arrow.column(texts, pa.string())
    keep = _present(observations, values) | ~before
    changed = cast("Any", arrow.table_as(columns, observations.schema)).filter(keep)
    return changed, int(np.count_nonzero(~keep))


def _present(observations: pa.Table, values: Mapping[str, Floats]) -> Mask:
    """Return which rows have a value of any variable."""
    found = np.zeros(observations.num_rows, dtype=bool)
    for name in VARIABLE_NAMES:
        rows = values.get(name)
        found |= ~np.isnan(arrow.floats(observations, name) if rows is None else rows)
    return found


def _changed(entry: LedgerEntry, values: Floats, inside: Mask) -> Floats:
    if entry.action == "add":
        return np.where(inside, values + entry.value, values)
    if entry.action == "multiply":
        return np.where(inside, values * entry.value, values)
    withheld = inside
    if entry.action == "withhold_below":
        withheld = inside & (values < entry.value)
    elif entry.action == "withhold_above":
        withheld = inside & (values > entry.value)
    return np.where(withheld, np.nan, values)
