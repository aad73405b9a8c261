"""JSONata as Step Functions evaluates it, on the `jsonata-python` package.

Source of the additions and of the restrictions: AWS Step Functions developer guide, "Transforming data with
JSONata": `$partition`, `$range`, `$hash`, `$random`, `$uuid` and `$parse` are added, `$eval` is not there.
"""

import hashlib
import json
import math
import random
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, cast

from jsonata.jexception import JException  # pyright: ignore[reportMissingTypeStubs]
from jsonata.jsonata import Jsonata  # pyright: ignore[reportMissingTypeStubs]
from jsonata.utils import Utils  # pyright: ignore[reportMissingTypeStubs]

_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


class ExpressionError(Exception):
    """An expression that Step Functions would end with States.QueryEvaluationError."""


def evaluate(expression: str, variables: Mapping[str, Any]) -> Any:
    """Evaluate one JSONata expression.

    Args:
        expression: the text between `{%` and `%}`.
        variables: values by name without `$`, such as `states` and the assigned variables.

    Returns:
        a JSON value; JSONata's null is None.

    Raises:
        ExpressionError: it does not compile, fails, returns nothing (undefined) or returns a function.
    """
    try:
        program = cast("Any", Jsonata(expression))
        program.set_output_convert_nulls(False)
        for name, function in _FUNCTIONS.items():
            program.register_lambda(name, function)
        program.assign("eval", None)
        for name, value in variables.items():
            # None bound to a name would be "undefined"; JSON null is a value
            program.assign(name, Utils.NULL_VALUE if value is None else value)
        result = program.evaluate(None)
    except (JException, ValueError, TypeError, KeyError, ArithmeticError, RecursionError) as error:
        raise ExpressionError(f"The JSONata expression '{expression}' failed: {error}") from error
    if result is None:
        raise ExpressionError(f"The JSONata expression '{expression}' returned nothing (undefined).")
    return _json(Utils.convert_nulls(result), expression)


def _json(value: Any, expression: str) -> Any:
    """Plain JSON types only: sequences become lists; whole floats become integers, as in JSON text."""
    if isinstance(value, Mapping):
        return {str(key): _json(item, expression) for key, item in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, str) or value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return int(value) if math.isfinite(value) and value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, Sequence):
        return [_json(item, expression) for item in cast("Sequence[Any]", value)]
    raise ExpressionError(f"The JSONata expression '{expression}' returned an unsupported result type.")


def _parse(text: str) -> Any:
    return json.loads(text)


def _hash(text: str, algorithm: str) -> str:
    if algorithm not in _HASHES:
        raise ValueError(f"$hash knows {', '.join(_HASHES)}, not {algorithm}")
    return hashlib.new(_HASHES[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def _uuid() -> str:
    return str(uuid.uuid4())


def _random(seed: float | None = None) -> float:
    return random.Random(seed).random()  # noqa: S311 - the language's $random, not a secret


def _range(first: float, last: float, step: float) -> list[float]:
    if step == 0:
        raise ValueError("$range: the step may not be 0")
    count = math.floor((last - first) / step) + 1
    if count > 1000:
        raise ValueError("$range: more than 1000 elements")
    return [first + index * step for index in range(max(count, 0))]


def _partition(items: list[Any], size: float) -> list[list[Any]]:
    width = int(size)
    if width <= 0:
        raise ValueError("$partition: the size must be positive")
    return [items[start : start + width] for start in range(0, len(items), width)]


_FUNCTIONS = {
    "parse": _parse,
    "hash": _hash,
    "uuid": _uuid,
    "random": _random,
    "range": _range,
    "partition": _partition,
}
