"""JSON documents that may hold names which are not text: a file name need not be UTF-8."""

import json
from typing import Any

import orjson


def encode_json(document: object) -> bytes:
    """Return a document as indented JSON with a line end; what is not text is escaped as lone surrogates."""
    try:
        return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"
    except TypeError:
        return json.dumps(document, indent=2).encode() + b"\n"


def json_line(document: object) -> str:
    """Return a document as JSON in one line, as `encode_json` writes it otherwise."""
    try:
        return orjson.dumps(document).decode()
    except TypeError:
        return json.dumps(document)


def decode_json(data: bytes) -> Any:  # noqa: ANN401 - JSON
    """Return the document that `encode_json` wrote.

    Raises:
        ValueError: it is not JSON.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return json.loads(data)
