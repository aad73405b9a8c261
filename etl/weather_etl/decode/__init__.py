"""From the bytes of an object to rows of observations and records in quarantine.

The way of a message: `documents` finds the JSON values in the bytes, `routing` the profile that recognises a
message, `records` the records in it.  A `shape_plan` says how records of one shape are read; `columns`,
`clock` and `station` read them, many at once; `record_table` puts the rows together.  `decoder` does all of
this for one site, `explain` says of one object what becomes of each field and why.
"""

from weather_etl.decode.context import SiteContext
from weather_etl.decode.decoder import Decoded, SiteDecoder
from weather_etl.decode.documents import decode
from weather_etl.decode.explain import Explanation, FieldReport, MessageReport, Role, explain

__all__ = [
    "Decoded",
    "Explanation",
    "FieldReport",
    "MessageReport",
    "Role",
    "SiteContext",
    "SiteDecoder",
    "decode",
    "explain",
]
