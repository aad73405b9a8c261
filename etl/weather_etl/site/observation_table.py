"""Merged rows in the columns of the observations dataset."""

from typing import Any

import numpy as np
import pyarrow as pa

from weather_etl.core import VARIABLE_NAMES, StationZone, iso_utc_texts
from weather_etl.core import arrow_tables as arrow
from weather_etl.datasets import Rows, tables
from weather_etl.quality import Flags, worst


def observation_table(rows: Rows, flags: Flags, zone: StationZone) -> pa.Table:
    """Return rows in the columns of the observations table."""
    version = rows.version
    conflicts: list[str | None] = [None] * len(rows)
    for row in np.unique(np.nonzero(rows.conflict)[0]).tolist():
        conflicts[row] = " ".join(VARIABLE_NAMES[index] for index in np.flatnonzero(rows.conflict[row]))
    columns: dict[str, Any] = {
        "station_id": version.station,
        "obs_time_utc": iso_utc_texts(version.obs_us),
        "obs_time_local": zone.texts(version.obs_us),
        "ingest_time_utc": iso_utc_texts(rows.ingest_us),
        "time_source": version.time_source,
        "family": version.family,
        "message_id": version.message_id,
        "n_fields": np.count_nonzero(~np.isnan(version.values), axis=1),
        "n_versions": rows.n_versions,
        "qc": worst(flags, version.time_qc),
        "time_qc": version.time_qc,
        "adjusted": version.adjusted,
        "conflicts": conflicts,
        "versions": rows.versions_text,
    }
    for index, name in enumerate(VARIABLE_NAMES):
        columns[name] = version.values[:, index]
        columns[f"{name}_qc"] = flags[:, index]
    return arrow.table_as(columns, tables()["observations"].schema)
