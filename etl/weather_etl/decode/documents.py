"""From the bytes of one stored object to the JSON values in it.

orjson reads the well-formed objects.  Everything else comes here a second time, to a tolerant reader: gzip,
byte order marks, several values in a row, bare `nan`, control characters in text, lone surrogates, bytes
that are not UTF-8.  Nothing here raises on bad content: what cannot be read comes out as a `Fault`.
"""

import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

from weather_etl.decode import reasons

LARGEST: Final = 64 * 1024 * 1024  # bytes; a message has some hundred, a day's batch some million
MOST_FAULTS: Final = 1000
"""Stretches of one object that may be unreadable before its rest is given up."""
_GZIP: Final = b"\x1f\x8b"


@dataclass(frozen=True)
class Fault:
    """A stretch of an object that could not be read.

    Attributes:
        reason: code of `weather_etl.decode.reasons`.
        detail: what was wrong.
        text: the offending text, unmasked: it must pass `masking.excerpt` before it goes anywhere.
    """

    reason: str
    detail: str
    text: str


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
        try:
            body = _unzip(body)
        except (OSError, EOFError, zlib.error) as error:
            yield Fault(reasons.GZIP_INVALID, str(error), "")
            return
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


def _unzip(body: bytes) -> bytes:
    """Decompress, one byte beyond the limit at most: a bomb of zeros must not fill the memory."""
    with gzip.GzipFile(fileobj=io.BytesIO(body)) as stream:
        return stream.read(LARGEST + 1)


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
_GAP: Final = re.compile(
    r"[\s,\x00\x1e\ufeff]*"
)  # between values: also commas, NUL, RFC 7464's separator, BOM
_NEXT_LINE: Final = re.compile(r"\n(?=[{\[])")
_TOKENS: Final = re.compile(
    r'"(?:[^"\\]|\\.)*+(?:"|$)|[+-]?\b(?:nan|inf|infinity)\b(?:\([a-z0-9]*\))?', re.IGNORECASE
)


def _integer(digits: str) -> int | float:
    """Read an integer; one that no counter or epoch reaches is a float, as it is to orjson."""
    return int(digits) if len(digits) < 20 else float(digits)


_DECODER: Final = json.JSONDecoder(strict=False, parse_int=_integer, parse_constant=lambda _: None)


def _values(text: str) -> Iterator[Any]:
    """Read value after value; after a fault go on at the next line that opens an object or an array."""
    position = _skip(text, 0)
    repaired = False
    faults = 0
    while position < len(text):
        if faults == MOST_FAULTS:
            detail = f"the rest of an object in which {faults} stretches could not be read"
            yield Fault(reasons.JSON_INVALID, detail, text[position : position + 4096])
            return
        try:
            value, end = _DECODER.raw_decode(text, position)
        except RecursionError:
            yield Fault(reasons.TOO_DEEP, "nested too deep to read", text[position : position + 4096])
            end = _after_fault(text, position)
            faults += 1
        except ValueError as error:
            if not repaired:
                repaired = True
                mended = _null_bare_nan(text[position:])
                if mended is not None:
                    text, position = mended, 0
                    continue
            end = _after_fault(text, position)
            faults += 1
            yield _fault(error, text[position:end])
        else:
            yield value
        position = _skip(text, end)


def _skip(text: str, position: int) -> int:
    gap = _GAP.match(text, position)
    return gap.end() if gap else position


def _after_fault(text: str, position: int) -> int:
    line = _NEXT_LINE.search(text, position)
    return line.end() if line else len(text)


def _null_bare_nan(text: str) -> str | None:
    """Replace `nan`, `-inf`, `nan(ind)` outside strings by null (Tasmota, ESPEasy); None if there is none."""
    mended = _TOKENS.sub(lambda token: token[0] if token[0][0] == '"' else "null", text)
    return None if mended == text else mended


def _fault(error: ValueError, text: str) -> Fault:
    if isinstance(error, json.JSONDecodeError):
        ended = error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated string")
        reason = reasons.JSON_TRUNCATED if ended and text[:1] in ("{", "[", '"') else reasons.JSON_INVALID
        return Fault(reason, f"{error.msg} at character {error.pos}", text)
    return Fault(reasons.JSON_INVALID, str(error)[:200], text)
