"""What a file is that holds no messages, and how messages come out of it."""

import re
from typing import Final

_MAGIC: Final[tuple[tuple[bytes, str, str], ...]] = (
    (b"PK\x03\x04", "a zip archive or a spreadsheet", "unpack it, or save the sheet as CSV and convert that"),
    (b"PAR1", "Parquet", "duckdb: COPY (FROM 'FILE') TO 'messages.ndjson' (FORMAT json)"),
    (b"(\xb5/\xfd", "compressed with Zstandard", "zstd -d FILE"),
    (b"BZh", "compressed with bzip2", "bunzip2 FILE"),
    (b"\xfd7zXZ", "compressed with xz", "unxz FILE"),
    (b"%PDF", "a PDF", "messages are JSON"),
    (b"SQLite format 3", "an SQLite database", "export its table as JSON: sqlite3 -json FILE 'SELECT ...'"),
)
_TO_NDJSON: Final = (
    "a message is a JSON object; one a line is read too: python -c 'import csv,json,sys; "
    '[print(json.dumps(r)) for r in csv.DictReader(sys.stdin, delimiter="{}")]\' <FILE >FILE.ndjson'
)
_LOOKED_AT: Final = 4096


def foreign(body: bytes) -> tuple[str, str] | None:
    """Return what a file is and what to do with it; None where it may hold messages.

    Args:
        body: its bytes.
    """
    for magic, kind, advice in _MAGIC:
        if body.startswith(magic):
            return kind, advice
    head = body[:_LOOKED_AT].decode("utf-8-sig", errors="replace").lstrip()
    if re.match(r"<(\?xml|!doctype|html|[a-z])", head, re.IGNORECASE):
        return "XML or HTML", "messages are JSON"
    separator = _separator(head, whole=len(body) <= _LOOKED_AT)
    return ("CSV", _TO_NDJSON.format(separator)) if separator else None


def _separator(head: str, *, whole: bool) -> str | None:
    """Return what separates the columns of a table, or None where the lines are none."""
    lines = [line for line in head.splitlines() if line.strip() and not line.startswith("#")]
    lines = lines if whole else lines[:-1]
    if len(lines) < 2 or lines[0][:1] in "{[":
        return None
    for separator in (";", "\t", ","):
        counts = {line.count(separator) for line in lines}
        if counts != {0} and len(counts) == 1:
            return separator.replace("\t", "\\t")
    return None
