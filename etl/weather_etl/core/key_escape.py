"""Names from outside made safe: for object keys, for partition paths and for CSV cells.

A site comes from an object key and a station from a device's message, so neither may be trusted: `../x` must
not leave its folder, `a/b` must not add a level, `a=b` must not look like a partition, `=cmd()` must not
become a formula in a spreadsheet, and a comma or a quote must not need CSV quoting, which Hive's
LazySimpleSerDe does not understand.  Everything outside a small alphabet is percent-escaped, as in a URL,
which is reversible.
"""

import re
from typing import Final
from urllib.parse import quote, unquote

_SAFE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@+-]*")


def escape_name(name: str) -> str:
    """Return a name with everything but letters, digits and `_.:@+-` percent-escaped.

    A first character other than a letter or digit is escaped as well, so that no name begins with a dot
    (hidden files, parent folders), an underscore (hidden for Hive) or a sign (a formula).  The empty name
    becomes `%`, which no other name becomes.
    """
    if _SAFE.fullmatch(name):
        return name
    if not name:
        return "%"
    text = quote(name, safe="_.:@+-", errors="surrogatepass")
    if text[0].isalnum() or text[0] == "%":
        return text
    return f"%{ord(text[0]):02X}{text[1:]}"


def unescape_name(text: str) -> str:
    """Return the name that `escape_name` made the text from."""
    return "" if text == "%" else unquote(text, errors="surrogatepass")
