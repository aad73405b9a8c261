"""Names that speak of a secret, and texts in the form of one; what they say is never printed."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, cast

SECRET_WORDS = (
    *(
        "password",
        "passwd",
        "pwd",
        "pw",
        "pass",
        "passphrase",
        "secret",
        "secrets",
        "secret_key",
        "secretkey",
    ),
    *("api_key", "apikey", "access_key", "private_key", "privatekey", "token", "credential", "credentials"),
    *("auth", "authorization", "bearer", "conn_str", "connection_string", "connstr", "webhook", "dsn"),
)
"""Words of names whose value is a secret."""

_NAMES_IT = re.compile(
    r"(?:arn|name|id|ids|path|ref|parameter|secret_?arn|secret_?name|file|location|count|size|limit|max)"
)


def speaks_of_secret(name: str, words: list[str]) -> bool:
    """Whether an argument's name says that its value is a secret, and not where one is kept.

    Names are compared word by word: `--tokenizer` and `--max_tokens` are no tokens, `--password_secret_arn`
    names a secret's ARN, and `NextToken` or `ClientToken` are what AWS calls other things.

    >>> [speaks_of_secret(n, ["token", "password"]) for n in ("--api_token", "--tokenizer", "--password_arn")]
    [True, False, False]
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    parts = [part for part in re.split(r"[^a-z0-9]+", spaced.lower()) if part]
    if not parts or _NAMES_IT.fullmatch(parts[-1]) or parts[0] in {"max", "min"}:
        return False
    joined = "_".join(parts)
    if re.search(r"(?:client|request|next|page|task|continuation|idempotency)_token$", joined):
        return False
    return _any_of(tuple(words)).search(joined) is not None


@cache
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?:^|_)(?:{'|'.join(map(re.escape, words))})(?:$|_)")


_LOGIN = re.compile(
    r"[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s@{$]+@|[?&;](?:password|pwd|secret|token)=[^&;{$]"
    r"|\.(?:secret\.key|password|secret)=[^\s{$]|\bAKIA[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----",
    re.IGNORECASE,
)


def holds_secret(text: str | None) -> bool:
    """Whether a text holds a login: a URL with a password, a password among options, a key of its own form.

    >>> [holds_secret(t) for t in ("jdbc:postgresql://me:word@host/db", "s3://lake/raw/", "a.password=${x}")]
    [True, False, False]
    """
    return text is not None and _LOGIN.search(text) is not None


def plain_secrets(value: object, words: list[str]) -> Iterator[str]:
    """Names within an object, at any depth, that have a secret written out as their value."""
    if isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from plain_secrets(item, words)
    elif isinstance(value, Mapping):
        for name, inner in cast("Mapping[str, Any]", value).items():
            if isinstance(inner, str):
                if holds_secret(inner) or (_is_written(inner) and speaks_of_secret(name, words)):
                    yield name
            else:
                yield from plain_secrets(inner, words)


def _is_written(text: str) -> bool:
    """Whether a value is written out, and not computed or a reference to where the secret is kept."""
    return bool(text) and not re.match(r"\{%|\$|arn:|\{\{resolve:", text.strip())
