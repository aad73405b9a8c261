import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from weather_etl.decode import reasons
from weather_etl.decode.documents import LARGEST, MOST_FAULTS, Fault, decode

ONE = b'{"a": 1}'


@pytest.mark.parametrize(
    ("body", "values"),
    [
        (ONE, [{"a": 1}]),
        (ONE + b'{"b": 2}', [{"a": 1}, {"b": 2}]),
        (ONE + b'\n{\n  "b": 2\n}\n', [{"a": 1}, {"b": 2}]),
        (ONE + b',\r\n{"b": 2},', [{"a": 1}, {"b": 2}]),
        (b"\x1e" + ONE + b"\n\x1e" + ONE, [{"a": 1}, {"a": 1}]),
        (b"\xef\xbb\xbf" + ONE, [{"a": 1}]),
        (ONE.decode().encode("utf-16"), [{"a": 1}]),
        (gzip.compress(ONE, mtime=0), [{"a": 1}]),
        (gzip.compress(ONE, mtime=0) + gzip.compress(b'{"b": 2}', mtime=0), [{"a": 1}, {"b": 2}]),
        (
            b'{"a": nan, "b": "nan", "c": -inf, "d": [NaN, Infinity]}',
            [{"a": None, "b": "nan", "c": None, "d": [None, None]}],
        ),
        (b'{"a": nan}{"a": 1}{"a": nan}', [{"a": None}, {"a": 1}, {"a": None}]),
        (b'{"a": 1, "a": 2}', [{"a": 2}]),
        (b'{"a": "x\x00y\nz"}', [{"a": "x\x00y\nz"}]),
        (b'{"a": "20\xb0C"}', [{"a": "20\N{REPLACEMENT CHARACTER}C"}]),
        (b'{"a": "\\ud800"}', [{"a": "\N{REPLACEMENT CHARACTER}"}]),
        (
            b'{"a": "\\ud83d\\ude00 \\ude00", "b": nan}',
            [{"a": "\N{GRINNING FACE} \N{REPLACEMENT CHARACTER}", "b": None}],
        ),
        (b'{"a": 1e400}', [{"a": float("inf")}]),
        (b'{"a": -' + b"9" * 6000 + b"}", [{"a": float("-inf")}]),
        (ONE + b"\x00\x00", [{"a": 1}]),
    ],
)
def test_what_can_be_read(body, values):
    assert decode(body) == values


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", reasons.EMPTY_BODY),
        (b" \r\n\t", reasons.EMPTY_BODY),
        (b",", reasons.EMPTY_BODY),
        (gzip.compress(b"", mtime=0), reasons.EMPTY_BODY),
        (b'{"a": 1', reasons.JSON_TRUNCATED),
        (b'{"a": "no end', reasons.JSON_TRUNCATED),
        (b'[{"a": 1},', reasons.JSON_TRUNCATED),
        (b'{"a": 1},]}', None),
        (b'{"a": 1,}', reasons.JSON_INVALID),
        (b"dateutc=now&tempf=70.1&PASSWORD=secret", reasons.JSON_INVALID),
        (b"<html></html>", reasons.JSON_INVALID),
        (b"[" * 100_000, reasons.TOO_DEEP),
        (b'{"a":' * 100_000, reasons.TOO_DEEP),
        (b"\x1f\x8b\x08broken", reasons.GZIP_INVALID),
        (gzip.compress(ONE, mtime=0)[:-9], reasons.GZIP_INVALID),
        (bytes(range(256)) * 4, reasons.NOT_TEXT),
        (gzip.compress(b" " * (LARGEST + 2), mtime=0), reasons.TOO_LARGE),
    ],
)
def test_what_cannot_be_read_has_a_reason(body, reason):
    faults = [value for value in decode(body) if isinstance(value, Fault)]
    assert len(faults) == 1
    assert reason is None or faults[0].reason == reason
    assert faults[0].reason in reasons.REASONS
    assert faults[0].detail


def test_a_broken_line_costs_itself_alone():
    values = decode(b'{"a": 1}\n{"b": oops}\n{"c": 3}\n')
    assert values[0] == {"a": 1}
    assert values[1].reason == reasons.JSON_INVALID
    assert "oops" in values[1].text
    assert values[2] == {"c": 3}


def test_a_broken_element_of_an_array_costs_itself_alone():
    first, fault, last = decode(b'[\n  {"a": 1},\n  {"b": oops},\n  {"c": 3}\n]')
    assert (first, last) == ({"a": 1}, {"c": 3})
    assert (fault.reason, fault.text) == (reasons.JSON_INVALID, '{"b": oops}')


def test_the_inside_of_a_broken_message_is_not_taken_for_messages():
    text = '{"id": 1, "data": {"t": 2}, "list": [{"t": 3}], "bad": }{"id": 2, "data": {"t": 4}}'
    fault, message = decode(text.encode())
    assert fault.text.endswith('"bad": }')
    assert message == {"id": 2, "data": {"t": 4}}


SEPARATORS = {
    "nothing": "", "line": "\n", "windows line": "\r\n", "comma": ",", "comma and line": ",\n",
    "semicolon": ";", "literal line": "\\n", "literal windows line": "\\r\\n",
    "EOT": "\x04", "RS": "\x1e", "NUL": "\0", "bar": "|", "blank": " ",
}  # fmt: skip


def _message(number, data):
    return {
        "id": f"n{number}",
        "time": f"2024-06-01T10:{number:02}:00Z",
        "data": data,
        "list": [{"x": number}],
    }


def _cut(text, share):
    return text[: max(2, round(share * (len(text) - 1)))]


def _without_value(text, share):
    places = [place for place, letter in enumerate(text) if letter == ":" and text[place - 1] == '"']
    place = places[round(share * (len(places) - 1))]
    return text[: place + 1] + ',"more":1' + text[place + 1 :]


@pytest.mark.parametrize("separator", SEPARATORS.values(), ids=SEPARATORS)
@pytest.mark.parametrize("damage", [_cut, _without_value])
@given(
    count=st.integers(2, 7),
    which=st.integers(0, 6),
    share=st.floats(0.1, 0.99),
    value=st.floats(-50, 50),
    array=st.booleans(),
)
def test_one_broken_message_costs_itself_alone_in_every_framing(
    separator, damage, count, which, share, value, array
):
    messages = [
        _message(number, {"temperature": value, "unit": "\N{DEGREE SIGN}C"}) for number in range(count)
    ]
    texts = [json.dumps(message, ensure_ascii=False, separators=(",", ":")) for message in messages]
    broken = which % count
    texts[broken] = damage(texts[broken], share)
    text = separator.join(texts)
    if array and "," in separator:
        text = f"[{text}]"
    values = decode(text.encode())
    read = [value for value in values if not isinstance(value, Fault)]
    assert read == [message for message in messages if message is not messages[broken]]
    assert 1 <= len(values) - len(read) <= 2


@pytest.mark.parametrize(
    ("text", "read", "faults"),
    [
        ('42["data",{"a": 1}]', [["data", {"a": 1}]], 0),
        ('8{"a": 1}8{"a": 2}', [{"a": 1}, {"a": 2}], 0),
        ('2024-06-01T10:00:00Z INFO {"a": 1}\n2024-06-01T10:00:00Z INFO {"a": 2}\n', [{"a": 1}, {"a": 2}], 2),
        ('[{"a": 1},{"a": 2}', [{"a": 1}, {"a": 2}], 1),
        ('[{"a": 1},{"a": 2},{"a"', [{"a": 1}, {"a": 2}], 1),
        ('{"a": 1}]}{"a": 2}', [{"a": 1}, {"a": 2}], 1),
        ('data: {"a": 1}\n\ndata: {"a": 2}\n\n', [{"a": 1}, {"a": 2}], 2),
    ],
)
def test_frames_and_words_around_messages(text, read, faults):
    values = decode(text.encode())
    assert [value for value in values if not isinstance(value, Fault)] == read
    assert sum(isinstance(value, Fault) for value in values) == faults


MEMBERS = [json.dumps({"n": number}).encode() for number in range(12)]


@pytest.mark.parametrize("between", [b"", b"\n", b"\r\n", b"\0\0", b"\x04", b"junk"])
def test_gzip_members_with_bytes_between(between):
    values = decode(between.join(gzip.compress(member, mtime=0) for member in MEMBERS))
    assert [value for value in values if not isinstance(value, Fault)] == [{"n": n} for n in range(12)]
    assert [value.reason for value in values if isinstance(value, Fault)] == [reasons.GZIP_INVALID] * (
        between == b"junk"
    )


def test_what_a_broken_gzip_still_holds_is_read():
    lines = [json.dumps({"n": number, "text": str(number) * 40}).encode() for number in range(400)]
    whole = gzip.compress(b"\n".join(lines), mtime=0)
    *read, fault = decode(whole[: len(whole) // 2])
    assert fault.reason == reasons.GZIP_INVALID
    assert len(read) > 100
    assert read == [json.loads(line) for line in lines[: len(read)]]
    damaged = gzip.compress(lines[0], mtime=0)[:-4] + b"xxxx" + gzip.compress(lines[1], mtime=0)
    values = decode(damaged)
    assert json.loads(lines[1]) in values
    assert [value.reason for value in values if isinstance(value, Fault)] == [reasons.GZIP_INVALID]


def test_an_object_of_nothing_but_broken_lines_is_given_up():
    values = decode(b"{oops}\n" * 3 * MOST_FAULTS)
    assert len(values) == MOST_FAULTS + 1
    assert "rest of an object" in values[-1].detail


def test_a_megabyte_of_text_without_end_is_read():
    """A reader that took the square of its length would not come back."""
    (fault,) = decode(b'{"a": nan, "b": "' + b'\\"' * 500_000)
    assert fault.reason == reasons.JSON_TRUNCATED


@given(st.binary(max_size=200))
def test_any_bytes_yield_something_and_raise_nothing(body):
    assert decode(body)


documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.lists(documents.filter(lambda value: isinstance(value, dict | list)), min_size=1, max_size=4))
def test_values_written_one_after_another_are_read_back(values):
    for separator in ("", "\n", ",\n", "\x1e"):
        text = separator.join(json.dumps(value, indent=1) for value in values)
        assert decode(text.encode()) == values
    lines = "\r\n\n".join(json.dumps(value) for value in values).encode()
    assert decode(lines) == decode(gzip.compress(lines)) == values
