"""Why a record is quarantined: the closed list of reason codes.

A code says what kind of fault it is and is safe to count and to alarm on; the `detail` of the rejected record
says what exactly was wrong.  `docs/profiles.md` lists the same codes, and a test keeps the two equal.
"""

from typing import Final

EMPTY_OBJECT: Final = "empty_object"
EMPTY_BODY: Final = "empty_body"
JSON_INVALID: Final = "json_invalid"
JSON_TRUNCATED: Final = "json_truncated"
NOT_TEXT: Final = "not_text"
GZIP_INVALID: Final = "gzip_invalid"
TOO_LARGE: Final = "too_large"
TOO_DEEP: Final = "too_deep"
BARE_VALUE: Final = "bare_value"
UNRECOGNISED: Final = "unrecognised"
NO_RECORD: Final = "no_record"
TIME_MISSING: Final = "time_missing"
TIME_UNREADABLE: Final = "time_unreadable"
VALUE_UNREADABLE: Final = "value_unreadable"
INTERNAL: Final = "internal"

REASONS: Final[dict[str, str]] = {
    EMPTY_BODY: "The object holds no bytes, or only white space and separators.",
    NOT_TEXT: "The bytes are not text: binary data that is neither JSON nor gzip.",
    GZIP_INVALID: "The object starts like gzip but cannot be decompressed.",
    TOO_LARGE: "The object, or what its gzip holds, is larger than the limit (64 MiB).",
    JSON_INVALID: "The text is not JSON, even when bare nan and inf are read as null.",
    JSON_TRUNCATED: "The JSON ends in the middle of a value.",
    TOO_DEEP: "The JSON is nested deeper than any weather message.",
    BARE_VALUE: "The message is a bare number, text, true, false or null: nothing says what it measures.",
    EMPTY_OBJECT: "The message is an empty object or an empty array.",
    UNRECOGNISED: "No profile recognises the message.",
    NO_RECORD: "A profile recognises the message but finds no record in it.",
    TIME_MISSING: "The record has no time, and its profile demands one.",
    TIME_UNREADABLE: "The record's time is in no format that its profile names.",
    VALUE_UNREADABLE: "No value of the record could be read, and at least one was present.",
    INTERNAL: "Decoding failed in a way that the code did not foresee; the record is kept for diagnosis.",
}
"""Code -> what it means."""
