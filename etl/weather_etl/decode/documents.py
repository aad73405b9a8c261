"""From the bytes of one stored object to the JSON values in it.

orjson reads the well-formed objects.  Everything else comes here a second time, to a tolerant reader: gzip,
byte order marks, several values in a row, bare `nan`, control characters in text, lone surrogates, bytes
that are not UTF-8.  Nothing here raises on bad content: what cannot be read comes out as a `Fault`, and
reading goes on behind it, whatever stands between the messages.
"""

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

from weather_etl.decode import reasons
from weather_etl.lake import LARGEST

MOST_FAULTS: Final = 1000
"""Stretches of one object that may be unreadable before its rest is given up."""
_GZIP: Final = b"\x1f\x8b"
_GZIP_MEMBER: Final = b"\x1f\x8b\x08"  # with deflate, the only method there is (RFC 1952)
_BETWEEN_MEMBERS: Final = b"\x00\x1e\x04\r\n\t ,;"
_PIECE: Final = 256  # bytes that a broken gzip is read by: the loss at its end


@dataclass(frozen=True)
class Fault:
    """A stretch of an object that could not be read.

    Attributes:
        reason: code of `weather_etl.decode.reasons`.
        detail: what was wrong.
        text: the offending text, unmasked: it must pass `masking.excerpt` before it goes anywhere.
        skipped: letters that were passed over to the next place where a message may begin.
    """

    reason: str
    detail: str
    text: str
    skipped: int = 0


def decode(body: bytes) -> list[Any]:
    """Read an object.

    Args:
        body: the bytes as stored.

    Returns:
        The JSON values in order, each a Python value or a `Fault`; never empty.
    """
    try:
        return [orjson.loads(body)]
    except ValueError:
        return list(_decode_tolerantly(body))


def _decode_tolerantly(body: bytes) -> Iterator[Any]:
    if body[:2] == _GZIP:
        body, broken = _unzip(body)
        if broken:
            values = list(_values_of(body)) if body.strip() else []
            cut = bool(values) and isinstance(values[-1], Fault)  # by the gzip's end: one fault, not two
            yield from values[:-1] if cut else values
            yield Fault(reasons.GZIP_INVALID, broken, "")
            return
    yield from _values_of(body)


def _values_of(body: bytes) -> Iterator[Any]:
    if len(body) > LARGEST:
        yield Fault(reasons.TOO_LARGE, f"more than {LARGEST} bytes", body[:4096].decode("utf-8", "replace"))
        return
    lines = _json_lines(body)
    if lines:
        yield from lines
        return
    text = _to_text(body)
    if not text.strip():
        yield Fault(reasons.EMPTY_BODY, f"{len(body)} bytes of nothing", "")
    elif _is_binary(text):
        yield Fault(reasons.NOT_TEXT, "binary data", text[:4096])
    elif _skip(text, 0) == len(text):
        yield Fault(reasons.EMPTY_BODY, f"{len(body)} bytes of separators", text[:4096])
    else:
        yield from _values(_LONE_SURROGATE.sub(r"\\ufffd", text))


def _unzip(body: bytes) -> tuple[bytes, str]:
    """Decompress gzip members, whatever bytes stand between them.

    Returns:
        What could be decompressed, one byte beyond the limit at most (a bomb of zeros must not fill the
        memory), with a line break between members that do not follow one another directly; and what was
        wrong, empty if nothing was.
    """
    parts: list[bytes] = []
    problem = ""
    size = start = 0
    while 0 <= start < len(body) and size <= LARGEST:
        member = zlib.decompressobj(wbits=31)
        try:
            part = member.decompress(body[start:], LARGEST + 1 - size)
        except zlib.error as error:
            part = _readable_part(body[start:], LARGEST + 1 - size)
            problem = problem or str(error)
            rest = start + 2
        else:
            if not member.eof and size + len(part) <= LARGEST:
                problem = problem or "the compressed data end before the end of the stream"
            rest = len(body) - len(member.unused_data) if member.eof else len(body)
        parts.append(part)
        size += len(part)
        following = body.find(_GZIP_MEMBER, rest)
        if following != rest:
            parts.append(b"\n")
            if not problem and body[rest : following if following >= 0 else len(body)].strip(
                _BETWEEN_MEMBERS
            ):
                problem = "there are bytes between or behind the compressed data"
        start = following
    return b"".join(parts), problem


def _readable_part(body: bytes, most: int) -> bytes:
    """Decompress up to the first broken byte, in small pieces."""
    member = zlib.decompressobj(wbits=31)
    read: list[bytes] = []
    size = 0
    try:
        for start in range(0, len(body), _PIECE):
            read.append(member.decompress(body[start : start + _PIECE], most - size))
            size += len(read[-1])
            if size >= most or member.eof:
                break
    except zlib.error:
        pass
    return b"".join(read)


def _json_lines(body: bytes) -> list[Any]:
    """Return the values of a text with one on each line, an empty list if it is anything else."""
    try:
        return [orjson.loads(line) for line in body.split(b"\n") if line.strip()]
    except ValueError:
        return []


def _to_text(body: bytes) -> str:
    """Decode by the byte order mark, else as UTF-8 with bad bytes replaced: each costs a letter."""
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ):
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    return body.decode("utf-8", "replace")


def _is_binary(text: str) -> bool:
    start = text[:512]
    return len(_NO_TEXT.findall(start)) > 0.3 * len(start)


_NO_TEXT: Final = re.compile("[\0-\b\N{REPLACEMENT CHARACTER}]")
# Half of a surrogate pair, written as an escape: legal to Python's reader, but no text that UTF-8 can store.
_LONE_SURROGATE: Final = re.compile(
    r"\\u(?:[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2}\\u)[dD][c-fC-F][0-9a-fA-F]{2})"
)
_GAP: Final = re.compile(r"(?:[\s,;|\x00-\x1f\x7f\ufeff]|\\[nrt0])*+")
"""Between values: white space, commas, semicolons, bars, control characters (RS as RFC 7464 has it, EOT,
NUL), byte order marks, and line breaks that somebody wrote as two letters."""
_NEXT_LINE: Final = re.compile(r"\n(?=[{\[])")
_START: Final = re.compile(r"[{\[]")
_FIRST_NAME: Final = re.compile(r"\{\s*(\"(?:[^\"\\\n]|\\.)*+\"\s*:)")
_BRACKETS: Final = re.compile(r'"(?:[^"\\\n]|\\.)*+(?:"|\n|$)|[{}\[\]]')
_ARRAY_OF_MESSAGES: Final = re.compile(r"\[\s*(?=[{\[])")
_FRAME: Final = re.compile(r"\d+(?=[{\[])")
"""A number directly before a value: its length, or the type of a packet (socket.io)."""
_MESSAGE: Final = 256 * 1024  # characters in which the end of a broken message is looked for
_TRIES: Final = 16  # places at which reading is tried again within a broken message
_TOKENS: Final = re.compile(
    r'"(?:[^"\\]|\\.)*+(?:"|$)|[+-]?\b(?:nan|inf|infinity)\b(?:\([a-z0-9]*\))?', re.IGNORECASE
)


def _integer(digits: str) -> int | float:
    """Read an integer; one that no counter or epoch reaches is a float, as it is to orjson."""
    return int(digits) if len(digits) < 20 else float(digits)


_DECODER: Final = json.JSONDecoder(strict=False, parse_int=_integer, parse_constant=lambda _: None)


def _values(text: str) -> Iterator[Any]:
    """Read value after value; after a fault go on at the next place where a message may begin."""
    position = _skip(text, 0)
    repaired = False
    faults = opened = 0
    complete = True
    while position < len(text):
        if faults == MOST_FAULTS:
            detail = f"the rest of an object in which {faults} stretches could not be read"
            rest = text[position : position + 4096]
            yield Fault(reasons.JSON_INVALID, detail, rest, len(text) - position)
            return
        if opened and text[position] == "]":
            opened -= 1
            position = _skip(text, position + 1)
            continue
        try:
            value, end = _read_value(text, position)
        except RecursionError:
            end, complete = _next_line(text, position), False
            deep = text[position : position + 4096]
            yield Fault(reasons.TOO_DEEP, "nested too deep to read", deep, end - position)
            faults += 1
        except ValueError as error:
            if not repaired:
                repaired = True
                mended = _null_bare_nan(text[position:])
                if mended is not None:
                    text, position = mended, 0
                    continue
            array = _ARRAY_OF_MESSAGES.match(text, position)
            if array is not None:  # broken somewhere: its elements are read one by one
                opened += 1
                position = array.end()
                continue
            end, complete = _after_fault(text, position), False
            faults += 1
            yield _fault(error, text[position:end])
        else:
            complete = True
            yield value
        position = _skip(text, end)
    if opened and complete:
        yield Fault(reasons.JSON_TRUNCATED, "an array has no end", text[-300:])


def _read_value(text: str, position: int) -> tuple[Any, int]:
    """Read one value and return its end.

    Raises:
        ValueError: there is none, or letters directly behind a bare number or text: it is not a value then.
        RecursionError: it is nested too deep.
    """
    frame = _FRAME.match(text, position)
    read: tuple[Any, int] = _DECODER.raw_decode(text, position if frame is None else frame.end())
    end = read[1]
    if type(read[0]) not in (dict, list) and end < len(text) and _skip(text, end) == end:
        raise json.JSONDecodeError("Letters behind a bare value", text, end)
    return read


def _skip(text: str, position: int) -> int:
    gap = _GAP.match(text, position)
    return gap.end() if gap else position


def _next_line(text: str, position: int) -> int:
    """Return the start of the next line that opens an object or an array."""
    line = _NEXT_LINE.search(text, position)
    return line.end() if line else len(text)


def _after_fault(text: str, position: int) -> int:
    """Return where reading goes on after a value that could not be read.

    That is where the brackets of the broken message close, or at a line that opens a new one.  Where they
    never close (it was cut off and others follow on the same line), it is the next object that begins with
    the same name; else the next that can be read and is not a part of the broken one.
    """
    line = _next_line(text, position)
    if text[position] not in "{[":
        start = _START.search(text, position + 1, line)
        return start.start() if start else line
    closed = _closing(text, position)
    if closed is not None:
        return min(closed, line)
    first = _FIRST_NAME.match(text, position)
    tries = 0
    for start in _START.finditer(text, position + 1, line):
        place = start.start()
        name = _FIRST_NAME.match(text, place)
        if first is not None and name is not None and name[1] == first[1]:
            return place
        if text[position:place].rstrip()[-1:] not in ":,[{" and tries < _TRIES:
            tries += 1
            try:
                _DECODER.raw_decode(text, place)
            except (ValueError, RecursionError):
                continue
            return place
    return line


def _closing(text: str, position: int) -> int | None:
    """Return the place behind the bracket that closes the one at a position.

    None if there is none near, or if brackets do not fit one another on the way.
    """
    opened: list[str] = []
    for token in _BRACKETS.finditer(text, position, position + _MESSAGE):
        bracket = token[0][0]
        if bracket in "{[":
            opened.append("}" if bracket == "{" else "]")
        elif bracket in "}]":
            if opened.pop() != bracket:
                return None
            if not opened:
                return token.end()
    return None


def _null_bare_nan(text: str) -> str | None:
    """Replace `nan`, `-inf`, `nan(ind)` outside strings by null (Tasmota, ESPEasy); None if there is none."""
    mended = _TOKENS.sub(lambda token: token[0] if token[0][0] == '"' else "null", text)
    return None if mended == text else mended


def _fault(error: ValueError, text: str) -> Fault:
    if isinstance(error, json.JSONDecodeError):
        ended = error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated string")
        reason = reasons.JSON_TRUNCATED if ended and text[:1] in ("{", "[", '"') else reasons.JSON_INVALID
        return Fault(reason, f"{error.msg} at character {error.pos}", text, len(text))
    return Fault(reasons.JSON_INVALID, str(error)[:200], text, len(text))
