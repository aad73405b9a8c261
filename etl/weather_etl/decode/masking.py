"""Secrets in payloads: masked wherever a payload's text may leave the decoder.

Consoles put their credentials into every message (Ecowitt PASSKEY, Weather Underground ID and PASSWORD).
They are never mapped to a column; the one way out would be the excerpt of a rejected record, so every
excerpt passes here.  What is rejected is often not JSON at all, so a scanner finds names and the extent of
their values in any text; where a value does not end, everything behind its name is masked.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

SECRET_NAMES: Final = (
    "passkey", "password", "passwords", "passwd", "passphrase", "passcode", "pass", "pwd", "pw", "psk",
    "secret", "secrets", "token", "tokens", "jwt", "apikey", "appkey", "authorization", "auth", "credential",
    "credentials", "bearer", "cookie", "sig", "signature", "sas", "appskey", "nwkskey", "nwkkey", "pin_code",
    "api_key", "app_key", "access_key", "account_key", "application_key", "encryption_key", "license_key",
    "master_key", "network_key", "private_key", "secret_key", "session_key", "shared_key", "ssh_key",
    "wifi_key", "app_s_key", "nwk_s_key", "nwk_key", "session_id",
)  # fmt: skip
"""Words, or several in a row, that make the name of a field that of a secret, in any style of writing."""

MASK: Final = "***"

_INSIDE: Final = (
    "password", "passwd", "passphrase", "passkey", "secret", "apikey", "accesskey", "privatekey", "token",
    "credential", "authorization",
)  # fmt: skip
"""Texts that make a name secret wherever they stand in it, written together."""
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_]+")
_ESCAPE: Final = re.compile(r"\\+u([0-9a-fA-F]{4})")
_NAME: Final = re.compile(
    r"""(?P<quote>\\*["'])(?P<quoted>(?:\\u[0-9a-fA-F]{4}|(?!(?P=quote)).){1,100}?)(?P=quote)\s*(?P<sign>[:=])\s*"""
    r"""|(?P<bare>[A-Za-z_][\w.\-]{0,99}(?: key)?)\s*(?P<bare_sign>[:=])\s*"""
    r"""|<(?P<tag>[A-Za-z_][\w.:\-]{0,99})[^<>]*>"""
    r"""|\b(?P<said>[A-Za-z_][\w.\-]{0,99})\s+(?=\\*["'])""",
    re.DOTALL,
)
_LISTED: Final = re.compile(
    r"""\\*["'](?:name|key|field|header|param|parameter|id|n|k)\\*["']\s*:\s*\\*["']([^"'\\]{1,100})\\*["']""",
    re.IGNORECASE,
)
_LISTED_VALUE: Final = re.compile(r"""\\*["'](?:value|val|v|data|content)\\*["']\s*:\s*""", re.IGNORECASE)
_USER_INFO: Final = re.compile(r"(://)[^\s\"'<>]*@")
_TELLING: Final = re.compile(
    r"\b(?:(Bearer|Basic|Digest)\s+[^\s\"',;]+|eyJ[\w\-]{8,}(?:\.[\w\-]*)*|(?:AKIA|ASIA)[A-Z0-9]{12,})"
)
_CLOSING: Final = {"{": "}", "[": "]"}


def _words(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case, in whatever style it is written."""
    plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), name)
    return tuple(word.lower() for word in _WORDS.findall(plain))


@lru_cache(maxsize=256)
def _secret_words(names: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    return frozenset(words for name in (*SECRET_NAMES, *names) if (words := _words(name)))


@lru_cache(maxsize=4096)
def _is_secret(name: str, names: tuple[str, ...]) -> bool:
    words = _words(name)
    together = "".join(words)
    if any(text in together for text in _INSIDE):
        return True
    secret = _secret_words(names)
    squeezed = {"".join(one) for one in secret if len(one) > 1 or "".join(one) in names}
    if together in squeezed:
        return True
    longest = max(map(len, secret))
    return any(
        words[start : start + length] in secret
        for length in range(1, longest + 1)
        for start in range(len(words) - length + 1)
    )


def is_secret(name: str, names: Iterable[str] = ()) -> bool:
    """Return whether a field of this name holds a secret."""
    return _is_secret(name, tuple(names))


def mask(text: str, names: Iterable[str] = ()) -> str:
    """Replace the value of every secret field in a text.

    Args:
        text: any text, JSON or not.
        names: further secret field names, from a profile.

    Returns:
        The text with each secret's value replaced by `***`; names stay, so that a reader sees what was there.
    """
    further = tuple(names)
    parts: list[str] = []
    done = 0
    for begin, end in _merged(sorted(_secret_spans(text, further))):
        parts += [text[done:begin], f'"{MASK}"']
        done = end
    masked = "".join(parts) + text[done:]
    masked = _USER_INFO.sub(rf"\1{MASK}@", masked)
    return _TELLING.sub(lambda found: f"{found[1]} {MASK}" if found[1] else MASK, masked)


def _merged(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield spans in order; those that overlap as one."""
    begin, end = -1, -1
    for start, stop in spans:
        if start <= end:
            end = max(end, stop)
            continue
        if end > begin:
            yield begin, end
        begin, end = start, stop
    if end > begin:
        yield begin, end


def _secret_spans(text: str, names: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Yield where the values of secret fields lie."""
    position = 0
    while (found := _NAME.search(text, position)) is not None:
        name = found["quoted"] or found["bare"] or found["tag"] or found["said"]
        position = found.end() if found["tag"] or found["said"] else max(found.start() + 1, found.end() - 1)
        if not _is_secret(name, names):
            # A quoted text may be a value that holds names itself, so the search goes on inside of it.
            position = found.start() + 1 if found["quoted"] else found.end()
            continue
        if found["tag"]:
            end = text.find("<", found.end())
            yield found.end(), len(text) if end < 0 else end
        else:
            end = _value_end(text, found.end(), header=(found["bare_sign"] == ":"))
            yield found.end(), end
            position = max(end, found.end())
    for listed in _LISTED.finditer(text):
        if _is_secret(listed[1], names):
            yield from _listed_value(text, listed)


def _listed_value(text: str, listed: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Yield where the value of a name/value pair lies: within the same braces, on either side of the name."""
    begin = max(text.rfind("{", 0, listed.start()), 0)
    end = text.find("}", listed.end())
    for value in _LISTED_VALUE.finditer(text, begin, len(text) if end < 0 else end):
        yield value.end(), _value_end(text, value.end(), header=False)


def _value_end(text: str, begin: int, *, header: bool) -> int:
    """Return where a value ends that begins here; the end of the text if it does not end.

    Args:
        text: all of it.
        begin: of the value.
        header: whether it may hold blanks, as the value of a header does.
    """
    quoted = re.compile(r"""\\*["']""").match(text, begin)
    if quoted is not None:
        return _quoted_end(text, quoted)
    if text[begin : begin + 1] in _CLOSING:
        return _balanced_end(text, begin)
    delimiters = r"[,&;}\]\"'<>\n]" if header else r"[,&;}\]\"'<>\n]|\s+(?=[\w.\-]+\s*[=:])"
    end = re.compile(delimiters).search(text, begin)
    return len(text) if end is None else end.start()


def _quoted_end(text: str, quoted: re.Match[str]) -> int:
    """Return where a quoted text ends, inside of other quotes as well (then its quotes are escaped)."""
    quote = quoted[0]
    position = quoted.end()
    while (end := text.find(quote, position)) >= 0:
        slashes = len(quote) - 1
        before = end
        while before > quoted.end() and text[before - 1] == "\\":
            before -= 1
        if (end - before) % 2 == 0 or slashes:
            return end + len(quote)
        position = end + 1
    return len(text)


def _balanced_end(text: str, begin: int) -> int:
    """Return where an object or an array ends; brackets in quoted texts do not count."""
    depth, position = 0, begin
    token = re.compile(r"""\\*["']|[{}\[\]]""")
    while (found := token.search(text, position)) is not None:
        position = found.end()
        if found[0] in "{[":
            depth += 1
        elif found[0] in "}]":
            depth -= 1
            if depth == 0:
                return position
        else:
            position = _quoted_end(text, found)
    return len(text)


def excerpt(text: str, names: Iterable[str] = (), limit: int = 300) -> str:
    """Return the masked start of a text.

    The text is cut a little beyond the limit first, masked, and cut to the limit, so a secret at the edge is
    masked too and a huge object costs nothing.  White space is squeezed and what UTF-8 cannot hold is
    replaced.
    """
    start = " ".join(text[: 4 * limit].split())
    masked = mask(start, names)
    cut = masked if len(masked) <= limit else masked[:limit] + "..."
    return cut.encode("utf-8", "replace").decode("utf-8")
