"""What a failure says to the person who typed the command: what is wrong, and what to do next.

Errors are known by the names of their classes, since most of the libraries that raise them need not be there.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from weather_cli.errors import FAILED, WRONG_USAGE, CommandError


@dataclass(frozen=True)
class Failure:
    """Why a command ended.

    Attributes:
        what: what is wrong, in one line; a list of problems has one line for each.
        next_step: what to do about it.
        status: exit status of the process.
    """

    what: str
    next_step: str
    status: int = FAILED


_SIGN_IN: Final = (
    "sign in (aws sso login), or name a profile (export AWS_PROFILE=NAME); a server of your own also needs "
    "AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
)
_DEPLOY: Final = (
    "deploy the stack first (docs/deploy.md), or look whether account, region and name are the ones meant: "
    "weather doctor --stack NAME"
)
_BUCKET: Final = "check the bucket's name, and the account and region it is in (AWS_PROFILE, AWS_REGION)"
_PERMISSION: Final = (
    "ask for the permission, or sign in as somebody who has it (docs/permissions.md lists them)"
)
_REGION: Final = "export AWS_REGION=NAME, or set it in the AWS profile"
_PROFILES: Final = "aws configure list-profiles shows the profiles; export AWS_PROFILE=NAME"
_AGAIN: Final = "run the same command again"

_KINDS: Final[dict[str, tuple[int, str]]] = {
    "SettingsError": (WRONG_USAGE, "mend the stack's file (docs/settings.md), then run the same command"),
    "ConfigError": (
        WRONG_USAGE,
        "mend the run configuration (docs/etl.md); 'weather ledger --config FILE' checks it",
    ),
    "ProfileError": (
        WRONG_USAGE,
        "mend the profile (docs/profiles.md); 'weather profiles --profiles PATH' checks it",
    ),
    "SourceMissingError": (WRONG_USAGE, "check the address: a folder, or s3://bucket/prefix"),
    "UsageError": (WRONG_USAGE, ""),
    "WindowError": (WRONG_USAGE, "give an --until that has passed, or none"),
    "BusyError": (FAILED, "wait until the other run has ended, then run the same command again"),
    "ConflictError": (FAILED, "another run wrote at the same time: run the same command again"),
    "StateError": (FAILED, "look at what the text names; a copy of an older state can be put back"),
    "BrokenPartitionError": (
        FAILED,
        "restore the file from a backup or an older version, or remove it and replay its days",
    ),
    "EngineError": (FAILED, "do what the text says, or use --engine embedded, which needs nothing else"),
    "UnreachableError": (FAILED, "check the address, the network, and who is signed in"),
    "NoCredentialsError": (FAILED, _SIGN_IN),
    "PartialCredentialsError": (FAILED, _SIGN_IN),
    "CredentialRetrievalError": (FAILED, _SIGN_IN),
    "SSOError": (FAILED, "sign in again: aws sso login"),
    "TokenRetrievalError": (FAILED, "sign in again: aws sso login"),
    "ProfileNotFound": (FAILED, _PROFILES),
    "NoRegionError": (FAILED, _REGION),
    "HTTPClientError": (FAILED, "check the network, and AWS_ENDPOINT_URL where it is set"),
    "DeployError": (FAILED, "mend what the text names; --debug shows where the program ended"),
    "ModuleNotFoundError": (FAILED, "build the environment anew: make setup"),
    "MemoryError": (FAILED, "close other programs, or read fewer objects at a time: --until, batch_objects"),
}
"""Class of an error, its own or one that it descends from: exit status and next step (empty: its help)."""

_CODES: Final[dict[str, str]] = {
    **dict.fromkeys(
        ("ExpiredToken", "ExpiredTokenException", "RequestExpired"), "sign in again: aws sso login"
    ),
    **dict.fromkeys(
        ("InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure",
         "SignatureDoesNotMatch", "InvalidSignatureException"),
        _SIGN_IN,
    ),
    **dict.fromkeys(
        ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "403"),
        _PERMISSION,
    ),
    **dict.fromkeys(
        ("StateMachineDoesNotExist", "ExecutionDoesNotExist", "EntityNotFoundException", "NoSuchEntity",
         "ResourceNotFoundException", "NotFound"),
        _DEPLOY,
    ),
    "NoSuchBucket": _BUCKET,
    "PermanentRedirect": _BUCKET,
    **dict.fromkeys(
        ("Throttling", "ThrottlingException", "TooManyRequestsException", "SlowDown"),
        f"wait a minute, then {_AGAIN}",
    ),
}  # fmt: skip
"""Code of an AWS error: next step."""

_SAID: Final[tuple[tuple[str, str, str], ...]] = (
    (r"session\.get_credentials|Unable to locate credentials", "no AWS credentials were found", _SIGN_IN),
    (r"config profile \((.+?)\) could not be found", r"there is no AWS profile \1", _PROFILES),
    (r"(AWS_ENDPOINT_URL\w*=\S*) is no address", r"\1 is no address", "unset it, or give http://HOST:PORT"),
    (r"no AWS region is known", "no AWS region is known", _REGION),
    (r"NoSuchBucket|bucket does not exist", "there is no such bucket", _BUCKET),
    (r"PermanentRedirect|301 Moved|AuthorizationHeaderMalformed", "the bucket is in another region", _BUCKET),
    (r"InvalidAccessKey|SignatureDoesNot|Unauthenticated", "the credentials are not valid", _SIGN_IN),
    (r"ExpiredToken", "the credentials have expired", "sign in again: aws sso login"),
    (r"AccessDenied|PermissionDenied|403 Forbidden|necessary privileges", "access is denied", _PERMISSION),
)  # fmt: skip
"""Text of an error about a bucket: what it means, and the next step."""

_NO_ANSWER: Final = re.compile(r"(?:GET|PUT|POST|DELETE|HEAD) (https?://[^/\s?]+)\S* .*error sending request")
_LONGEST: Final = 600


def failure_of(error: BaseException, command: str = "") -> Failure:
    """Return what a failure says.

    Args:
        error: what ended the command.
        command: its name, such as `transform`; empty before one is known.
    """
    what = _text(error)
    if isinstance(error, CommandError):
        return Failure(what, error.next_step or _cause(error) or _help(command), error.status)
    if found := _of_aws(error) or _of_a_bucket(error):
        return found
    names = [kind.__name__ for kind in type(error).__mro__]
    if known := next((_KINDS[name] for name in names if name in _KINDS), None):
        status, next_step = known
        return Failure(what, next_step or _help(command), status)
    if isinstance(error, OSError):
        return Failure(_of_the_system(error), _about_a_file(error))
    if isinstance(error, ValueError) and str(error):  # ours are whole sentences about what was given
        return Failure(what, f"mend what the text names; {_help(command)}")
    return Failure(what, "this is a fault of weather itself: report it with what --debug shows")


def _help(command: str) -> str:
    return f"weather {command} --help" if command else "weather --help"


def _text(error: BaseException) -> str:
    """Return a list of problems as it is, one a line; anything else in one line."""
    text = str(error)
    if "\n  - " in text:
        return text
    text = " ".join(text.split())[:_LONGEST]
    if not text:
        return type(error).__name__
    # A bare KeyError or the like says too little without its type; our own errors are whole sentences.
    ours = type(error).__module__.split(".")[0] in (
        "weather_cli",
        "weather_etl",
        "components",
        "embedded_aws",
    )
    named = ours or isinstance(error, OSError | ValueError) or type(error).__module__.startswith("botocore")
    return text if named else f"{type(error).__name__}: {text}"


def _cause(error: CommandError) -> str:
    """Return the next step of the error that a command put into words of its own."""
    cause = error.__cause__
    if cause is None:
        return ""
    names = {kind.__name__ for kind in type(cause).__mro__}
    if isinstance(cause, OSError):
        return _about_a_file(cause)
    found = _of_aws(cause) or _of_a_bucket(cause)
    return found.next_step if found else next((_KINDS[name][1] for name in names if name in _KINDS), "")


def _of_aws(error: BaseException) -> Failure | None:
    """Read an error that AWS answered with, or that its client met on the way."""
    response: Any = getattr(error, "response", None)
    if not isinstance(response, dict):
        if type(error).__name__ == "EndpointConnectionError":
            found = re.search(r'https?://[^"/]+', str(error))
            return _nothing_answers(found[0] if found else "the endpoint")
        return None
    code = str(response.get("Error", {}).get("Code", ""))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
    return Failure(_text(error), _CODES.get(code, "weather doctor --stack NAME looks at account and stack"))


def _of_a_bucket(error: BaseException) -> Failure | None:
    """Read an error about a bucket, in which other people's words stand behind ours."""
    if type(error).__name__ != "UnreachableError":
        return None
    text, cause = _text(error), error.__cause__
    ours, found, theirs = text.partition(": ")
    said = f"{theirs or text} {type(cause).__name__} {cause or ''}"
    prefix = f"{ours}: " if found else ""
    if silent := _NO_ANSWER.search(said):
        failure = _nothing_answers(silent[1])
        return Failure(prefix + failure.what, failure.next_step)
    for pattern, meaning, next_step in _SAID:
        if match := re.search(pattern, said):
            return Failure(prefix + match.expand(meaning), next_step)
    return None


def _nothing_answers(endpoint: str) -> Failure:
    named = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if named:
        step = f"check AWS_ENDPOINT_URL={named} and that its server runs, or unset it to talk to AWS"
    else:
        step = "check the network and the region (AWS_REGION)"
    return Failure(f"nothing answers at {endpoint}", step)


def _of_the_system(error: OSError) -> str:
    """Return what the operating system refused, without its number."""
    said = (error.strerror or str(error) or type(error).__name__).rstrip(".")
    places = [str(place) for place in _places(error)]
    return f"{' -> '.join(places)}: {said}" if places else said


def _places(error: OSError) -> Iterable[Any]:
    return [place for place in (error.filename, error.filename2) if place is not None]


def _about_a_file(error: OSError) -> str:
    """Return what to do about a file that cannot be read or written."""
    import errno

    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "free some space, then run the same command again: it goes on where it stopped"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "name a place that you may read and write, or have its rights changed"
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG):
        return "check the path: each part of it but the last must be a folder that is there"
    if error.errno in (errno.ECONNREFUSED, errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.EADDRINUSE):
        return "check the network, and AWS_ENDPOINT_URL where it is set"
    return "mend what the text names, then run the same command again"
