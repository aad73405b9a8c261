import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from weather_etl.profiles.numbers import MISSING_TOKENS, Texts, number_column, parse_number


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        (1, 1.0),
        (-0.5, -0.5),
        ("21.5", 21.5),
        (" +21.5 ", 21.5),
        ("1001,28", 1001.28),
        ("-4,4", -4.4),
        ("1e3", 1000.0),
        ("1,5E-1", 0.15),
        (".5", 0.5),
        ("007", 7.0),
        ("\N{MINUS SIGN}3", -3.0),
        ("100.00", 100.0),
    ],
)
def test_a_number_in_any_usual_writing(raw, number):
    assert parse_number(raw) == number


@pytest.mark.parametrize(
    "raw", [None, math.nan, math.inf, -math.inf, 10**400, "1e400", *sorted(MISSING_TOKENS), " NaN ", "N/A"]
)
def test_what_means_that_there_is_no_value(raw):
    assert parse_number(raw) is None


@pytest.mark.parametrize(
    "raw",
    [
        "1.234,5",
        "1,234.5",
        "1,2,3",
        "12 km/h",
        "0x10",
        "1_000",
        "٣",
        "5.",
        "+-3",
        "abc",
        True,
        False,
        [1],
        {},
        "9" * 65,
    ],
)
def test_what_is_no_number_is_refused(raw):
    with pytest.raises(ValueError):
        parse_number(raw)


def test_compass_text_stands_beside_degrees():
    texts = Texts({"NNE": 22.5})
    assert [parse_number(raw, texts) for raw in ("nne", " NNE ", 45, "45")] == [22.5, 22.5, 45.0, 45.0]


def test_a_table_of_codes_takes_nothing_else():
    texts = Texts({"0": 270.0, "16": math.nan}, only=True)
    assert parse_number(0, texts) == parse_number("0", texts) == parse_number(0.0, texts) == 270.0
    assert parse_number(16, texts) is None
    assert parse_number(None, texts) is None
    with pytest.raises(ValueError, match="table of codes"):
        parse_number(17, texts)


json_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(sorted(MISSING_TOKENS)),
    st.floats(allow_nan=False, allow_infinity=False).map(str),
    st.lists(st.integers(), max_size=2),
)


@given(st.lists(json_values, max_size=20))
def test_a_column_reads_like_its_values_one_by_one(raw):
    column, problems = number_column(raw)
    for index, value in enumerate(raw):
        try:
            expected = parse_number(value)
        except ValueError as error:
            assert problems[index] == str(error)  # noqa: PT017 - either is right
            assert math.isnan(column[index])
        else:
            assert index not in problems
            assert math.isnan(column[index]) if expected is None else column[index] == expected


@given(st.lists(st.one_of(st.none(), st.integers(), st.floats()), max_size=20))
def test_the_fast_way_of_a_column_is_the_careful_one(raw):
    fast, _ = number_column(raw)
    careful, _ = number_column(raw, Texts({}))
    np.testing.assert_array_equal(fast, careful)


written = st.one_of(
    st.none(),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.text("0123456789.,+-eE ", max_size=8),
    st.sampled_from(
        ["1.", "1e999", "-1e999", "1e-999", "+.5", "17", "17.0", "N", "NONE", "none", "inf", "--"]
    ),
    st.sampled_from(["1" * 64, "1" * 65, "0." + "1" * 62, "12\n", "\n12", "1\0", "\ud800", " nne "]),
)
tables = st.sampled_from(
    [
        None,
        Texts({}),
        Texts({"N": 0.0, "NNE": 22.5, "--": math.nan}),
        Texts({"17": 3.0}),
        Texts({"N": 0.0}, only=True),
        Texts({"NONE": 5.0}),
        Texts({"INF": 5.0}),
    ]
)


@given(st.one_of(st.lists(written, max_size=20), st.lists(json_values, max_size=20)), tables)
def test_a_column_of_text_reads_like_its_values_with_any_table(raw, texts):
    column, problems = number_column(raw, texts)
    expected, why = [], {}
    for index, value in enumerate(raw):
        try:
            expected.append(parse_number(value, texts))
        except ValueError as error:
            expected.append(None)
            why[index] = str(error)
    assert problems == why
    assert [None if math.isnan(number) else number for number in column.tolist()] == expected


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_survives_being_text(number):
    assert parse_number(repr(number)) == number
    assert parse_number(repr(number).replace(".", ",")) == number
