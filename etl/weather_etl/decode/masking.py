"""Secrets in payloads: masked wherever a payload's text may leave the decoder.

Consoles put their credentials into every message (Ecowitt PASSKEY, Weather Underground ID and PASSWORD).
They are never mapped to a column; the one way out would be the excerpt of a rejected record, so every
excerpt passes here.  The masking works on text and not on parsed JSON, since what is rejected is often not
JSON at all.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

SECRET_NAMES: Final = (
    "passkey",
    "password",
    "passwd",
    "passphrase",
    "pass",
    "pwd",
    "secret",
    "token",
    "access_token",
    "refresh_token",
    "apikey",
    "api_key",
    "app_key",
    "application_key",
    "private_key",
    "authorization",
    "auth",
    "credential",
    "credentials",
    "bearer",
    "session_key",
    "appskey",
    "nwkskey",
    "wifi_password",
    "mqtt_password",
)
"""Field names that hold secrets in any family; a name also counts after other words (`station_password`)."""

MASK: Final = "***"


@lru_cache(maxsize=256)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """Build the pattern of `name: value` and `name=value`, quoted or not, whole or cut off at the end.

    The value is quoted text (also with its end missing), or everything up to a delimiter of JSON, a query
    string or white space.
    """
    alternatives = "|".join(sorted((_loose(name) for name in names), key=len, reverse=True))
    return re.compile(
        rf"""(?P<name>(?<![a-z])(?:{alternatives})\\?["']?\s*[:=]\s*)"""
        r"""(?:\\?"(?:[^"\\]|\\.)*(?:"|\\?$)|'[^']*(?:'|$)|\[[^\]]*(?:\]|$)|\{[^}]*(?:\}|$)|[^\s,&}\]]+)""",
        re.IGNORECASE,
    )


def _loose(name: str) -> str:
    """Let `api_key` also match `api-key`, `api key` and `apikey`."""
    return r"[\s_\-]?".join(re.escape(part) for part in re.split(r"[\s_\-]+", name))


def mask(text: str, names: Iterable[str] = ()) -> str:
    """Replace the value of every secret field in a text.

    Args:
        text: any text, JSON or not.
        names: further secret field names, from a profile.

    Returns:
        The text with each secret's value replaced by `***`; names stay, so that a reader sees what was there.
    """
    return _pattern((*SECRET_NAMES, *names)).sub(rf'\g<name>"{MASK}"', text)


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


def is_secret(name: str, names: Iterable[str] = ()) -> bool:
    """Return whether a field of this name holds a secret."""
    return mask(f"{name}=x", names) != f"{name}=x"
