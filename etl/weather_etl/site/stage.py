"""Changes of a site's partition files, staged: what a run will publish if its verdict allows it."""

import hashlib

import pyarrow as pa

from weather_etl.core import arrow_tables as arrow
from weather_etl.core import escape_name
from weather_etl.datasets import Table, partitions, presets, tables
from weather_etl.lake import Storage
from weather_etl.settings.config import Outputs
from weather_etl.site.existing import ExistingFiles
from weather_etl.site.task import SiteTask, Staged


class Stage:
    """Stages those files of one site whose content differs from what is there.

    Args:
        task: of the site.
        outputs: the renderings that are wanted.
        existing: the files that are there.
        storage: where staged files lie.

    Attributes:
        staged: the changes so far.
    """

    def __init__(self, task: SiteTask, outputs: Outputs, existing: ExistingFiles, storage: Storage) -> None:
        self._task = task
        self._site = escape_name(task.site)
        self._outputs = outputs
        self._existing = existing
        self._storage = storage
        self.staged: list[Staged] = []

    def replace(self, name: str, fresh: pa.Table, values: set[str], dates: set[str]) -> pa.Table:
        """Stage partitions in which the rows of some dates are replaced by fresh ones.

        Args:
            name: of the table.
            fresh: rows of these dates.
            values: partitions that may hold rows of these dates, by month or year.
            dates: local dates whose rows are replaced.

        Returns:
            All rows of those partitions.
        """
        table = tables()[name]
        wholes: list[pa.Table] = []
        for value in sorted(values):
            kept = arrow.rows_not_in(self._existing.rows(table, value), "local_date", dates)
            mine = arrow.rows_starting(fresh, "local_date", value)
            whole = arrow.sorted_by(arrow.concat([kept, mine]), "station_id", "window_start_utc")
            self.partition(table, value, whole)
            wholes.append(whole)
        return arrow.concat(wholes)

    def partition(self, table: Table, value: str, rows: pa.Table) -> None:
        """Stage a partition's file, and its other renderings, if its content changes."""
        base = table.key(self._site, value)
        key, other = partitions.csv_key(base, self._outputs), partitions.other_csv_key(base, self._outputs)
        partition = (self._site, value)
        if not rows.num_rows:
            for name in (key, other):
                self._stage_removal(name, table.name, partition)
            return
        plain = partitions.write_csv(rows, table.header())
        data = partitions.compressed(plain) if self._outputs.gzip else plain
        if not self._stage_file(key, table.name, partition, data, rows.num_rows):
            return
        if self._existing.file(other):
            self._stage_removal(other, table.name, partition)
        if self._outputs.parquet:
            parquet = partitions.write_parquet(rows)
            self._stage_file(
                partitions.parquet_key(base), f"{table.name}.parquet", partition, parquet, rows.num_rows
            )
        if table.name == "observations":
            for preset in self._outputs.presets:
                preset_key, text = presets.render(preset, self._task.site, self._site, value, rows)
                self._stage_file(preset_key, preset, partition, text, rows.num_rows)

    def _stage_file(self, key: str, table: str, partition: tuple[str, ...], data: bytes, rows: int) -> bool:
        """Stage one file; return whether it differs from what is there."""
        existing = self._existing.file(key)
        if existing and existing.data == data:
            return False
        # Flat: on a disk, making a folder for each partition takes longer than writing its file.
        path = f"{self._site}/{self._task.until_us}/{hashlib.sha256(key.encode()).hexdigest()[:32]}"
        self._storage.put(path, data)
        digest = hashlib.sha256(data).hexdigest()
        expect = existing.tag if existing else None
        self.staged.append(Staged(key, table, partition, path, expect, len(data), rows, digest))
        return True

    def _stage_removal(self, key: str, table: str, partition: tuple[str, ...]) -> None:
        existing = self._existing.file(key)
        if existing:
            self.staged.append(Staged(key, table, partition, None, existing.tag, 0, 0, ""))
