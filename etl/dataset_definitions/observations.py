"""The columns of the observations: what is said of a row, each variable, and a flag for each."""

from typing import Final

from weather_etl.core import VARIABLES, Variable

from dataset_definitions.column import Column

_ROW: Final = (
    Column("station_id", "string", None, "Device that observed; unsafe characters percent-escaped"),
    Column("obs_time_utc", "string", None, "Time of observation, ISO 8601, UTC"),
    Column("obs_time_local", "string", None, "The same instant in the station's zone, with its offset"),
    Column("ingest_time_utc", "string", None, "When the first message with this content entered the lake"),
    Column(
        "time_source", "string", None, "Where the time of observation came from: device, edge or ingest"
    ),
    Column("family", "string", None, "Profile that read the message"),
    Column(
        "message_id", "string", None,
        "First 16 hex digits of SHA-256 over station, time and values of the deciding message",
    ),
    Column("n_fields", "int", "1", "Variables that have a value"),
    Column("n_versions", "int", "1", "Different messages for this station and time"),
    Column(
        "qc", "int", "1",
        "Worst flag of the row: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 nothing measured",
    ),
    Column(
        "time_qc", "int", "1",
        "Flag of the time: 1 good, 3 ambiguous or late, 4 device clock replaced by ingest time",
    ),
    Column(
        "adjusted", "string", None,
        "Variables that the profile corrected by a documented rule, space separated",
    ),
    Column(
        "conflicts", "string", None,
        "Variables for which messages disagreed; the last ingested value is kept and flagged 3",
    ),
)  # fmt: skip
_VERSIONS: Final = Column(
    "versions", "string", None,
    "Only if n_versions > 1: every different message for this station and time, so that any order of arrival "
    "gives the same row",
)  # fmt: skip


def columns() -> tuple[Column, ...]:
    """Return the columns of the observations."""
    return (
        *_ROW,
        *(Column(one.name, "double", one.unit, _meaning(one)) for one in VARIABLES),
        *(Column(f"{one.name}_qc", "int", "1", f"QARTOD flag of {one.name}") for one in VARIABLES),
        _VERSIONS,
    )


def _meaning(variable: Variable) -> str:
    return f"{variable.description} (CF {variable.cf_name})" if variable.cf_name else variable.description
