"""Columns of the sensor weeks: what is known of each sensor, rather than of the weather."""

from dataset_definitions.column import Column


def columns() -> tuple[Column, ...]:
    """Return the columns in order."""
    return (
        Column("site", "string", None, "Site of the station, percent-escaped"),
        Column("station_id", "string", None, "Device that observed"),
        Column("sensor", "string", None, "CF name of what the sensor measures"),
        Column(
            "window_start", "string", None, "Start of the week in the run's zone, with offset (inclusive)"
        ),
        Column("window_end", "string", None, "End of the week in the run's zone, with offset (exclusive)"),
        Column("window_start_utc", "string", None, "The same start in UTC"),
        Column("window_end_utc", "string", None, "The same end in UTC"),
        Column("state", "string", None, "good, suspect, differs, isolated, learning or silent"),
        Column("kind", "string", None, "What is wrong, such as bias, drift, radiation, clock or stuck"),
        Column("size", "double", "see size_unit", "How much is wrong"),
        Column("size_unit", "string", None, "Unit of size; 1 for a factor"),
        Column("since_utc", "string", None, "When it began, UTC"),
        Column("days_suspect", "int", "1", "Days of the week that are suspect, 0 to 7"),
        Column(
            "open_since_utc",
            "string",
            None,
            "Start of the proposed ledger entry: opened above 75 % suspect days, closed below 25 %",
        ),
        Column("score", "double", "1", "Strongest evidence against the sensor; suspicion begins at 1"),
        Column("n_hours", "int", "1", "Hours of the week with a value"),
        Column("neighbours", "string", None, "Stations it was compared with, space separated"),
        Column(
            "words", "string", None, "The state in plain English: what, since when, against whom, what to do"
        ),
    )
