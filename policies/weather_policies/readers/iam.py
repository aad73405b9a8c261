"""IAM policy documents as data: the statements, with the many spellings AWS accepts brought to one.

Pure functions over parsed JSON. What is malformed reads as empty, so that a rule never stumbles over it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from weather_policies.kit.reading import Document

ACTION = re.compile(
    r"(athena|budgets|cloudwatch|dynamodb|ec2|ecs|events|glue|iam|kms|lambda|logs|s3|scheduler|secretsmanager|sns|sqs"
    r"|ssm|states|sts|xray):[A-Za-z*?]{1,80}"
)
"""What an action looks like; only text of this form is ever printed."""

SERVICE = re.compile(
    r"(athena|budgets|cloudwatch|events|glue|lambda|logging\.s3|logs|logs\.[a-z]{2}-[a-z]{4,9}-\d|s3|scheduler|sns|sqs"
    r"|states)\.amazonaws\.com"
)
"""The service principals that a message may name."""


@dataclass(frozen=True)
class Statement:
    """One statement of a policy, each element a list of strings.

    Attributes:
        label: How to name it in a message: its place in the document. A Sid is text, and not printed.
        sid: The Sid, None if there is none.
        allow: Whether it allows (anything but "Deny" counts as allowing, which is the careful reading).
        actions: `Action`.
        not_actions: `NotAction`.
        resources: `Resource`.
        not_resources: `NotResource`.
        services: The service principals.
        principals: All other principals, `*` among them.
        not_principals: Whether `NotPrincipal` is used.
        conditions: Operator and key of each condition, in lower case, with its values.
    """

    label: str
    sid: str | None
    allow: bool
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    services: tuple[str, ...]
    principals: tuple[str, ...]
    not_principals: bool
    conditions: Mapping[tuple[str, str], tuple[str, ...]]

    def condition_keys(self) -> set[str]:
        """The condition keys in lower case, whatever their operator."""
        return {key for _, key in self.conditions}

    def pins_source(self) -> bool:
        """Whether the caller is bound to an account or a resource (the confused-deputy conditions).

        A negated operator, or one that lets an absent key pass (`...IfExists`, `Null`), binds nothing.
        """
        pinning = {"aws:sourceaccount", "aws:sourcearn", "aws:principalorgid", "aws:sourceorgid"}
        pinning |= {"kms:encryptioncontext:aws:logs:arn", "kms:calleraccount", "sts:externalid"}
        binding = {"stringequals", "stringlike", "arnequals", "arnlike", "stringequalsignorecase"}
        return any(
            key in pinning and operator in binding and values and "*" not in values
            for (operator, key), values in self.conditions.items()
        )

    def is_public(self) -> bool:
        """Whether anybody may use it: it allows, to `*`, and no condition binds the caller."""
        return self.allow and "*" in self.principals and not self.pins_source()

    def denies_plain_transport(self) -> bool:
        """Whether it denies every principal requests without TLS."""
        values = self.conditions.get(("bool", "aws:securetransport"), ())
        return not self.allow and "*" in self.principals and values == ("false",)


def statements(document: Document | None) -> list[Statement]:
    """The statements of a policy document; a single one may stand without its list."""
    given: Any = (document or {}).get("Statement", [])
    listed = cast("list[Any]", given if isinstance(given, list) else [given])
    return [
        _statement(i, cast("Mapping[str, Any]", s)) for i, s in enumerate(listed) if isinstance(s, Mapping)
    ]


def shown(action: str) -> str:
    """An action as a message may hold it."""
    return action if ACTION.fullmatch(action) or action == "*" else "an action"


def shown_service(service: str) -> str:
    """A service principal as a message may hold it."""
    return service if SERVICE.fullmatch(service) else "a service"


def wide_resource(resource: str) -> bool:
    """Whether a resource is everything: `*`, or an ARN that names neither a kind nor a name."""
    return resource == "*" or re.fullmatch(r"arn:[^:]*:[^:]*:[^:]*:[^:]*:\**", resource) is not None


def _statement(index: int, raw: Mapping[str, Any]) -> Statement:
    sid = raw.get("Sid")
    principal = raw.get("Principal")
    return Statement(
        label=f"statement {index + 1}",
        sid=sid if isinstance(sid, str) else None,
        allow=raw.get("Effect") != "Deny",
        actions=_texts(raw.get("Action")),
        not_actions=_texts(raw.get("NotAction")),
        resources=_texts(raw.get("Resource")),
        not_resources=_texts(raw.get("NotResource")),
        services=_services(principal),
        principals=_others(principal),
        not_principals="NotPrincipal" in raw,
        conditions=dict(_conditions(raw.get("Condition"))),
    )


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list):
        return tuple(item for item in cast("list[Any]", value) if isinstance(item, str))
    return ()


def _services(principal: object) -> tuple[str, ...]:
    if isinstance(principal, Mapping):
        return _texts(cast("Mapping[str, Any]", principal).get("Service"))
    return ()


def _others(principal: object) -> tuple[str, ...]:
    if isinstance(principal, str):
        return (principal,)
    if isinstance(principal, Mapping):
        kinds = cast("Mapping[str, Any]", principal)
        return tuple(text for kind in kinds if kind != "Service" for text in _texts(kinds[kind]))
    return ()


def _conditions(block: object) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    if not isinstance(block, Mapping):
        return
    operators = cast("Mapping[str, Any]", block)
    for operator in operators:
        keys = operators[operator]
        if isinstance(keys, Mapping):
            for key, value in cast("Mapping[str, Any]", keys).items():
                values = tuple(str(v).lower() for v in (value if isinstance(value, list) else [value]))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
                yield (operator.lower(), key.lower()), values
