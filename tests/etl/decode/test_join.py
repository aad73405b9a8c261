"""Records of one message joined to observations: the vectorised join against the rule, row by row."""

import random

import numpy as np
import pytest
from weather_etl.core.variables import TIME_SOURCES, VARIABLE_NAMES
from weather_etl.decode.record_table import Chunk, observation_table, to_rows

NONE = float("nan")
MINUTE = 60_000_000
START = 1_758_018_000_000_000


def chunk(orders, minutes, *, within=MINUTE, stations=None, messages=None, columns=None, adjusted=None):
    """Rows as the decoder makes them: `minutes` after START, one message unless `messages` says another."""
    count = len(orders)
    rows = to_rows(
        family="f",
        stations=stations or ["s"] * count,
        obs_us=np.array([START + round(minute * MINUTE) for minute in minutes], dtype=np.int64),
        ingest_us=np.array([START + order for order in orders], dtype=np.int64),
        sources=np.array([order % len(TIME_SOURCES) for order in orders], dtype=np.int8),
        time_qc=np.array([(1, 3, 4)[order % 3] for order in orders], dtype=np.int8),
        keys=[f"key{order}" for order in orders],
        numbers=orders,
        adjusted={name: np.array(marks) for name, marks in (adjusted or {}).items()},
        columns={name: np.array(values, dtype=np.float64) for name, values in (columns or {}).items()},
    )
    group = np.array(messages or [0] * count, dtype=np.int64)
    return Chunk(np.array(orders, dtype=np.int64), group, within, rows, np.zeros(count, dtype=np.int64))


def joined(*chunks):
    table, joined_away = observation_table(chunks)
    table.validate(full=True)
    assert joined_away == sum(chunk.rows.num_rows for chunk in chunks) - table.num_rows
    return table.to_pylist()


def temperatures(rows):
    return [row["air_temperature"] for row in rows]


def test_a_row_joins_the_earliest_and_not_the_one_before_it():
    """Rows 0.6 minutes apart: the third is within a minute of the second, but not of the first."""
    rows = joined(chunk([0, 1, 2], [0, 0.6, 1.2], columns={"air_temperature": [1, 2, 3]}))
    assert [(row["air_temperature"], row["record"]) for row in rows] == [(1.0, 0), (3.0, 2)]


@pytest.mark.parametrize(("minutes", "count"), [(1, 1), (1 + 1e-6, 2)])
def test_the_tolerance_itself_is_near_enough(minutes, count):
    assert len(joined(chunk([0, 1], [0, minutes], columns={"air_temperature": [1, 2]}))) == count


def test_the_first_to_arrive_counts_whatever_its_time_and_chunk():
    late = chunk([0, 3], [0.9, 0.2], columns={"air_temperature": [NONE, 40], "air_pressure": [990, 991]})
    early = chunk([1, 2], [0.1, 0.5], columns={"air_temperature": [10, 20]})
    (row,) = joined(early, late)
    assert (row["air_temperature"], row["air_pressure"]) == (10.0, 990.0)
    assert (row["source_key"], row["record"]) == ("key0", 0)


def test_time_source_and_quality_are_those_of_the_latest_of_several_the_first_to_arrive():
    rows = chunk([0, 1, 2], [0, 0.5, 0.5], columns={"air_temperature": [1, 2, 3]})
    (row,) = joined(rows)
    assert (row["time_source"], row["time_qc"]) == (TIME_SOURCES[1], 3)


def test_stations_messages_and_rows_that_are_never_joined_stay_apart():
    columns = {"air_temperature": [1, 2, 3]}
    assert len(joined(chunk([0, 1, 2], [0, 0, 0], stations=["a", "b", "a"], columns=columns))) == 2
    assert len(joined(chunk([0, 1, 2], [0, 0, 0], messages=[0, 1, 1], columns=columns))) == 2
    assert len(joined(chunk([0, 1, 2], [0, 0, 0], within=-1, columns=columns))) == 3


def test_order_is_that_of_arrival_whether_joined_or_not():
    alone = chunk([1, 4], [0, 0], within=-1, columns={"air_temperature": [1, 4]})
    together = chunk(
        [0, 2, 3, 5],
        [5, 0, 5, 1],
        stations=["b", "a", "b", "a"],
        columns={"air_temperature": [0, 2, 3, 5]},
    )
    assert temperatures(joined(alone, together)) == [0.0, 1.0, 2.0, 4.0]


def test_adjusted_is_what_was_adjusted_in_the_row_that_gave_the_value():
    first = chunk(
        [0], [0], columns={"air_temperature": [1], "air_pressure": [NONE]}, adjusted={"air_pressure": [True]}
    )
    second = chunk(
        [1],
        [0],
        columns={"air_temperature": [2], "relative_humidity": [50]},
        adjusted={"air_temperature": [True], "relative_humidity": [True]},
    )
    assert joined(first, second)[0]["adjusted"] == "relative_humidity air_pressure"
    assert joined(second)[0]["adjusted"] == "air_temperature relative_humidity"


def test_nothing_to_join():
    assert joined(chunk([], [])) == []


@pytest.mark.parametrize("seed", range(200))
def test_random_rows_are_joined_by_the_rule(seed):
    rng = random.Random(seed)
    chunks = []
    orders = list(range(rng.choice([1, 4, 30])))
    rng.shuffle(orders)
    within = rng.choice([0, MINUTE])
    for part in (sorted(orders[0::3]), sorted(orders[1::3]), sorted(orders[2::3])):
        names = rng.sample(VARIABLE_NAMES, 4)
        marks = {name: [rng.random() < 0.5 for _ in part] for name in names[:2]}
        chunks.append(
            chunk(
                part,
                [rng.choice([0, 0, 1e-6, 0.5, 1, 1 + 1e-6, 1.5, 2.5]) for _ in part],
                within=within,
                stations=[rng.choice("ab") for _ in part],
                messages=[order // 6 for order in part],
                columns={name: [rng.choice([NONE, NONE, 0.0, -0.0, 1.0]) for _ in part] for name in names},
                adjusted={name: flags for name, flags in marks.items() if any(flags)},
            )
        )
    assert joined(*chunks) == by_the_rule(chunks, within)


def by_the_rule(chunks, within):
    """Join row by row, as the module says it."""
    rows = [
        {**row, "order": int(order), "group": int(group)}
        for part in chunks
        for row, order, group in zip(part.rows.to_pylist(), part.order, part.group, strict=True)
    ]
    observations = []
    for row in sorted(rows, key=lambda r: (r["group"], r["station_id"], r["obs_time_utc"], r["order"])):
        head = observations[-1][0] if observations else None
        if (
            head is not None
            and (head["group"], head["station_id"]) == (row["group"], row["station_id"])
            and (row["obs_time_utc"] - head["obs_time_utc"]).total_seconds() <= within / 1e6
        ):
            observations[-1].append(row)
        else:
            observations.append([row])
    merged = [overlaid(sorted(parts, key=lambda row: row["order"])) for parts in observations]
    return [
        {name: row[name] for name in chunks[0].rows.schema.names}
        for row in sorted(merged, key=lambda row: row["order"])
    ]


def overlaid(parts):
    latest = max(parts, key=lambda row: row["obs_time_utc"])
    merged = parts[0] | {name: latest[name] for name in ("obs_time_utc", "time_source", "time_qc")}
    adjusted = set()
    for row in parts:
        marks = (row["adjusted"] or "").split()
        for name in VARIABLE_NAMES:
            merged[name] = row[name] if merged[name] is None else merged[name]
            if name in marks and merged[name] == row[name]:
                adjusted.add(name)
    merged["adjusted"] = " ".join(name for name in VARIABLE_NAMES if name in adjusted) or None
    return merged
