"""The datasets as files: versions of observations and their merging, tables, partitions and renderings.

`versions` holds what messages said, `merging` makes rows of it, `tables` declares the columns (from
`tables.json`), `partitions` turns rows into bytes and back, `presets` renders them for other programs.
"""

from weather_etl.datasets.merging import MergeCounts, Rows, merge
from weather_etl.datasets.partitions import BrokenPartitionError, read_csv
from weather_etl.datasets.presets import safe_cell
from weather_etl.datasets.renderings import Rendering, derived, possible_keys, renderings
from weather_etl.datasets.tables import Table, columns_digest, declared, tables
from weather_etl.datasets.versions import COLUMN, ObjectArray, Versions, station_blocks

__all__ = [
    "COLUMN",
    "BrokenPartitionError",
    "MergeCounts",
    "ObjectArray",
    "Rendering",
    "Rows",
    "Table",
    "Versions",
    "columns_digest",
    "declared",
    "derived",
    "merge",
    "possible_keys",
    "read_csv",
    "renderings",
    "safe_cell",
    "station_blocks",
    "tables",
]
