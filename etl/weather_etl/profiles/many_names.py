"""The names of a record that has very many, looked up in columns.

A profile asks some hundred times for names and for patterns of names.  In a record of a message that costs
nothing; in one of a million keys each pattern costs a second, unless it is compared with all names at once.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeAlias, cast

import pyarrow as pa
import pyarrow.compute as pc

from weather_etl.profiles.units import fold_name, fold_names

Column: TypeAlias = Any
"""An Arrow column of texts; pyarrow's stubs know its type in part."""
_compute: Final = cast("Any", pc)

MANY: Final = 4096
"""Names from which on a record is looked up in columns."""
_KEPT: Final = 2
"""Records whose columns are kept: that of a message, and one inside of it."""


class ManyNames:
    """The names of one record.

    Args:
        record: with many names; it is not changed while this lives.
    """

    def __init__(self, record: Mapping[str, Any]) -> None:
        self.record = record
        self._names = tuple(record)
        self._folded: Sequence[str] | None = None
        self._by_folded: dict[str, tuple[str, ...]] = {}
        self._columns: dict[bool, Column | None] = {}
        self.like = cache(self._like)

    def folding_to(self, name: str) -> Sequence[str]:
        """Return the names that fold to one, in the record's order."""
        if not self._by_folded:
            self._index()
        return self._by_folded.get(name, ())

    def _index(self) -> None:
        folded = self._folded_names()
        self._by_folded = dict(zip(folded, zip(self._names, strict=True), strict=True))
        if len(self._by_folded) < len(folded):  # some fold to the same
            shared: dict[str, tuple[str, ...]] = {}
            for name, whole in zip(folded, self._names, strict=True):
                shared[name] = (*shared.get(name, ()), whole)
            self._by_folded = shared

    def _folded_names(self) -> Sequence[str]:
        if self._folded is None:
            self._folded = fold_names(self._names)
        return self._folded

    def _like(self, step: str, *, fold: bool) -> Sequence[str]:
        """Return the names that may fit a pattern with `*`, since they hold its letters, in order."""
        column = self._column(fold=fold)
        parts = [fold_name(part) if fold else part for part in step.split("*")]
        if column is None or not any(parts):
            return self._names
        if parts[0]:
            fits = _compute.starts_with(column, pattern=parts[0])
        elif parts[-1]:
            fits = _compute.ends_with(column, pattern=parts[-1])
        else:
            fits = _compute.match_substring(column, pattern=max(parts, key=len))
        rows: list[int] = _compute.indices_nonzero(fits).to_pylist()
        return [self._names[row] for row in rows]

    def _column(self, *, fold: bool) -> Column | None:
        """Return the names as a column; None if one of them is not text."""
        if fold not in self._columns:
            try:
                self._columns[fold] = pa.array(
                    self._folded_names() if fold else self._names, pa.large_string()
                )
            except UnicodeEncodeError:
                self._columns[fold] = None
        return self._columns[fold]


_known: OrderedDict[int, ManyNames] = OrderedDict()


def many_names(record: Mapping[str, Any]) -> ManyNames:
    """Return the columns of a record's names; made once while it is being read."""
    found = _known.get(id(record))
    if found is None or found.record is not record:
        found = _known[id(record)] = ManyNames(record)
        while len(_known) > _KEPT:
            _known.popitem(last=False)
    return found
