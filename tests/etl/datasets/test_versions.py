"""Merging versions of observations is a function of the set of messages (properties)."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from weather_etl.core.variables import VARIABLE_NAMES
from weather_etl.datasets import versions
from weather_etl.datasets.merging import MAX_VERSIONS, Rows, merge
from weather_etl.datasets.partitions import read_csv, write_csv
from weather_etl.datasets.tables import tables
from weather_etl.datasets.versions import COLUMN, WIDTH, Versions

T, RH = COLUMN["air_temperature"], COLUMN["relative_humidity"]

MESSAGE = st.tuples(
    st.sampled_from(["a", "b"]),
    st.integers(0, 2),  # time of observation
    st.integers(0, 5),  # ingest time
    st.sampled_from([None, 20.0, 21.0]),
    st.sampled_from([None, 50.0, 51.0]),
    st.sampled_from(["", "relative_humidity"]),
)


def build(messages: list[tuple[str, int, int, float | None, float | None, str]]) -> Versions:
    count = len(messages)
    values = np.full((count, WIDTH), np.nan)
    for row, message in enumerate(messages):
        values[row, T] = np.nan if message[3] is None else message[3]
        values[row, RH] = np.nan if message[4] is None else message[4]
    station = np.array([message[0] for message in messages], dtype=object)
    obs = np.array([message[1] * 60_000_000 for message in messages], dtype=np.int64)
    return Versions(
        station=station,
        obs_us=obs,
        ingest_us=np.array([message[2] * 1_000_000 for message in messages], dtype=np.int64),
        message_id=versions.message_ids(station, obs, values),
        family=np.array(["flat"] * count, dtype=object),
        time_source=np.array(["device"] * count, dtype=object),
        time_qc=np.ones(count, dtype=np.int64),
        adjusted=np.array([message[5] or None for message in messages], dtype=object),
        values=values,
    )


def stored(rows: Rows) -> Versions:
    """Return the rows as they come back from a partition file."""
    import pyarrow as pa
    from weather_etl.core.zones import iso_utc_texts

    version = rows.version
    schema = tables()["observations"].schema
    columns = {name: [None] * len(rows) for name in schema.names}
    columns |= {
        "station_id": version.station.tolist(),
        "obs_time_utc": iso_utc_texts(version.obs_us).tolist(),
        "ingest_time_utc": iso_utc_texts(rows.ingest_us).tolist(),
        "time_source": version.time_source.tolist(),
        "family": version.family.tolist(),
        "message_id": version.message_id.tolist(),
        "n_versions": rows.n_versions.tolist(),
        "time_qc": version.time_qc.tolist(),
        "adjusted": version.adjusted.tolist(),
        "versions": rows.versions_text.tolist(),
    }
    for index, name in enumerate(VARIABLE_NAMES):
        columns[name] = [None if np.isnan(value) else value for value in version.values[:, index].tolist()]
    table = pa.table({name: pa.array(columns[name], schema.field(name).type) for name in schema.names})
    return versions.from_stored(
        read_csv(write_csv(table, tables()["observations"].header()), tables()["observations"])
    )


def shown(rows: Rows) -> list[object]:
    version = rows.version
    return [
        (
            version.station[row], int(version.obs_us[row]), int(rows.ingest_us[row]), version.message_id[row],
            version.values[row].tobytes(), rows.conflict[row].tobytes(), int(rows.n_versions[row]),
            rows.versions_text[row], version.adjusted[row],
        )
        for row in range(len(rows))
    ]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(MESSAGE, max_size=14), st.randoms(use_true_random=False), st.integers(1, 4))
def test_any_order_and_any_split_through_files_give_the_same_rows(
    messages: list[tuple[str, int, int, float | None, float | None, str]], chance: random.Random, parts: int
) -> None:
    whole, _ = merge(versions.empty(), build(messages))
    shuffled = messages * 2  # every message comes twice
    chance.shuffle(shuffled)
    known = versions.empty()
    rows = None
    for part in range(parts):
        rows, counts = merge(known, build(shuffled[part::parts]))
        assert counts.accepted + counts.duplicates + counts.merged == len(shuffled[part::parts])
        known = stored(rows)

    assert rows is not None
    if not any(message[5] for message in messages):  # equal content read by another rule has no defined order
        assert shown(rows) == shown(whole)
    assert [row[:6] for row in map(tuple, shown(rows))] == [row[:6] for row in map(tuple, shown(whole))]  # type: ignore[arg-type]


def test_identical_values_are_a_duplicate_with_the_earliest_ingest() -> None:
    rows, counts = merge(versions.empty(), build([("a", 0, 5, 20.0, None, ""), ("a", 0, 2, 20.0, None, "")]))

    assert (counts.accepted, counts.duplicates, counts.merged) == (1, 1, 0)
    assert (len(rows), rows.ingest_us[0], rows.n_versions[0]) == (1, 2_000_000, 1)


def test_disjoint_variables_merge_without_conflict() -> None:
    rows, counts = merge(versions.empty(), build([("a", 0, 1, 20.0, None, ""), ("a", 0, 2, None, 50.0, "")]))

    assert (counts.accepted, counts.duplicates, counts.merged) == (1, 0, 1)
    assert (rows.version.values[0, T], rows.version.values[0, RH]) == (20.0, 50.0)
    assert not rows.conflict.any()


def test_conflicting_values_keep_the_last_ingested_and_are_marked() -> None:
    rows, _ = merge(versions.empty(), build([("a", 0, 9, 21.0, 50.0, ""), ("a", 0, 2, 20.0, 50.0, "")]))

    assert rows.version.values[0, T] == 21.0
    assert (rows.conflict[0, T], rows.conflict[0, RH]) == (True, False)


def test_a_stuck_clock_does_not_fill_a_cell_without_end() -> None:
    """The first versions by ingest time count, in whatever order they are read."""
    messages = [("a", 0, second, float(second), None, "") for second in range(100)]
    forward, _ = merge(versions.empty(), build(messages))
    later, _ = merge(versions.empty(), build(messages[50:]))
    backward, _ = merge(stored(later), build(messages[:50]))

    assert forward.n_versions[0] == MAX_VERSIONS
    assert shown(forward) == shown(backward)


@given(st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=20))
def test_values_survive_the_file(numbers: list[float]) -> None:
    messages = build([("a", index, index, None, None, "") for index in range(len(numbers))])
    messages.values[:, T] = versions.rounded(np.array(numbers))
    messages = replace(
        messages, message_id=versions.message_ids(messages.station, messages.obs_us, messages.values)
    )
    rows, _ = merge(versions.empty(), messages)

    again, counts = merge(stored(rows), messages)
    assert counts.duplicates == len(numbers)
    assert shown(again) == shown(rows)


def test_more_than_a_millionth_is_not_kept() -> None:
    assert versions.rounded(np.array([1.23456789, -0.0, np.inf])).tolist()[:2] == [1.234568, 0.0]
    assert str(versions.rounded(np.array([-0.0]))[0]) == "0.0"
    assert np.isnan(versions.rounded(np.array([np.inf]))[0])


@pytest.mark.parametrize("count", [0, 1])
def test_merging_nothing(count: int) -> None:
    rows, counts = merge(versions.empty(), build([("a", 0, 0, 20.0, None, "")] * count))

    assert (len(rows), counts.accepted) == (count, count)


@pytest.mark.parametrize("value", [1e308, -1e308, 9e9, 1.5, -0.0, np.nan, np.inf])
def test_what_is_stored_is_finite_and_stored_the_same_again(value: float) -> None:
    with np.errstate(all="raise"):
        once = versions.rounded(np.array([[value]]))
    assert not np.isinf(once).any()
    assert np.array_equal(versions.rounded(once), once, equal_nan=True)
    if np.isfinite(value):
        assert once[0, 0] == value


@given(st.lists(MESSAGE, max_size=12), st.lists(MESSAGE, max_size=12))
def test_merging_leaves_what_it_was_given_as_it_was(first, second):
    """Rows may share memory with the versions they come from, so nothing may be written into those."""
    before, new = build(first), build(second)
    copies = [
        replace(part, **{name: getattr(part, name).copy() for name in part.__dataclass_fields__})
        for part in (before, new)
    ]
    rows, _ = merge(before, new)
    merge(stored(rows), new)
    for part, copy in zip((before, new), copies, strict=True):
        for name in part.__dataclass_fields__:
            np.testing.assert_array_equal(getattr(part, name), getattr(copy, name))


def test_all_of_them_in_order_are_not_copied():
    some = build([("a", n, 0, 20.0, None, "") for n in range(3)])
    assert some.take(np.arange(3)) is some
    assert some.take(np.ones(3, dtype=bool)) is some
    assert some.take(np.array([0, 2, 1])).obs_us.tolist() == [0, 120_000_000, 60_000_000]
    assert len(some.take(np.array([True, False, True]))) == 2
    assert len(some.take(np.array([1, 1, 1]))) == 3
