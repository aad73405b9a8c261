"""Changes of a site's partition files, staged: what a run will publish if its verdict allows it."""

import hashlib

import pyarrow as pa

from weather_etl.core import arrow_tables as arrow
from weather_etl.core import escape_name
from weather_etl.datasets import Rendering, Table, possible_keys, renderings, tables
from weather_etl.lake import LocalStorage, Storage
from weather_etl.settings import Outputs
from weather_etl.site.existing import ExistingFiles
from weather_etl.site.task import SiteTask, Staged


class Stage:
    """Stages those files of one site whose content differs from what is there.

    Args:
        task: of the site.
        outputs: the renderings that are wanted.
        existing: the files that are there.
        target: where the files will lie.
        storage: where staged files lie.

    Attributes:
        staged: the changes so far.
        touched: {(dataset, site, value): whether it has rows} of every partition that was computed.
    """

    def __init__(
        self, task: SiteTask, outputs: Outputs, existing: ExistingFiles, target: Storage, storage: Storage
    ) -> None:
        self._task = task
        self._site = escape_name(task.site)
        self._outputs = outputs
        self._existing = existing
        self._storage = storage
        # On S3 each look for a file that should not be there is a request.  What a crash or new settings
        # has left is completed before the kernels run (`runs.repair`), so only a replay looks again.
        self._thorough = isinstance(target, LocalStorage) or task.replayed is not None
        self.staged: list[Staged] = []
        self.touched: dict[tuple[str, ...], bool] = {}

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
        """Stage what a partition lacks of the desired state: its CSV and everything derived from it."""
        partition = (self._site, value)
        self.touched[table.name, *partition] = bool(rows.num_rows)
        wanted: set[str] = set()
        if rows.num_rows:
            for one in renderings(table, partition, rows, self._outputs):
                wanted.add(one.key)
                self._file(one, partition, rows.num_rows)
        if self._thorough or not rows.num_rows:
            for key, name in possible_keys(table, partition):
                if key not in wanted:
                    self._removal(key, name, partition)

    def _file(self, one: Rendering, partition: tuple[str, ...], rows: int) -> None:
        """Stage one file if it differs from what is there."""
        existing = self._existing.file(one.key)
        if existing and existing.data == one.data:
            return
        # Flat: on a disk, making a folder for each partition takes longer than writing its file.
        path = f"{self._site}/{self._task.until_us}/{hashlib.sha256(one.key.encode()).hexdigest()[:32]}"
        self._storage.put(path, one.data)
        digest = hashlib.sha256(one.data).hexdigest()
        expect = existing.tag if existing else None
        self.staged.append(Staged(one.key, one.table, partition, path, expect, len(one.data), rows, digest))

    def _removal(self, key: str, table: str, partition: tuple[str, ...]) -> None:
        existing = self._existing.file(key)
        if existing:
            self.staged.append(Staged(key, table, partition, None, existing.tag, 0, 0, ""))
