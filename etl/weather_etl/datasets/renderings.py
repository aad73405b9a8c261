"""The files that a partition consists of: its CSV, and what is derived from the same rows.

Which files those are follows from the rows and the settings alone, so whoever finds others in a target (after
a crash, or after a setting was changed) knows what is missing and what is left over.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from weather_etl.core import unescape_name
from weather_etl.datasets import partitions, presets
from weather_etl.datasets.tables import Table
from weather_etl.settings import PRESETS, Outputs


@dataclass(frozen=True)
class Rendering:
    """One file of a partition.

    Attributes:
        key: in the target.
        table: name of the dataset for the CSV file, of the rendering for the others.
        data: content.
    """

    key: str
    table: str
    data: bytes


def renderings(table: Table, values: Sequence[str], rows: pa.Table, outputs: Outputs) -> Iterator[Rendering]:
    """Yield the files of a partition, the CSV first.

    Args:
        table: the dataset.
        values: of the partition keys.
        rows: at least one.
        outputs: the renderings that are wanted.
    """
    base = table.key(*values)
    plain = partitions.write_csv(rows, table.header())
    data = partitions.compressed(plain) if outputs.gzip else plain
    yield Rendering(partitions.csv_key(base, outputs), table.name, data)
    yield from derived(table, values, rows, outputs)


def derived(table: Table, values: Sequence[str], rows: pa.Table, outputs: Outputs) -> Iterator[Rendering]:
    """Yield the files of a partition that are made from its CSV; arguments as of `renderings`."""
    if outputs.parquet:
        key = partitions.parquet_key(table.key(*values))
        yield Rendering(key, f"{table.name}.parquet", partitions.write_parquet(rows))
    if table.name == "observations":
        for preset in outputs.presets:
            key, data = presets.render(preset, unescape_name(values[0]), values[0], values[1], rows)
            yield Rendering(key, preset, data)


def possible_keys(table: Table, values: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (key, table or rendering) of every file that a partition may have under any setting."""
    base = table.key(*values)
    yield base, table.name
    yield f"{base}.gz", table.name
    yield partitions.parquet_key(base), f"{table.name}.parquet"
    if table.name == "observations":
        for preset in PRESETS:
            yield presets.preset_key(preset, values[0], values[1]), preset
