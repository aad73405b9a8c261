"""Two answers that IAM and KMS give and moto does not, where a stack would otherwise look better than it is.

IAM is not enforced here: recorded calls are evaluated against the documents by tests.  These two change what
a program sees without any call being refused by name, so they are decided where the call is answered.

Sources: Amazon S3 API reference, GetObject, "Permissions" (a missing key is 404 with s3:ListBucket, else
403); Amazon SNS and SQS developer guides, "Key management" (what a service needs of the key policy, and that
EventBridge sends no `aws:SourceAccount` to an encrypted topic).
"""

import fnmatch
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from embedded_aws.records import ApiCall

_READS: Final = ("GetObject", "HeadObject")
_SENDS: Final = {("sns", "Publish"), ("sqs", "SendMessage")}
_NEEDED: Final = ("kms:GenerateDataKey", "kms:Decrypt")
_SILENT: Final = ("events.amazonaws.com",)
"""Services that say nothing of their source when they use a key."""

Documents = Iterable[Mapping[str, Any]]


def hides_missing(call: ApiCall, policies: Documents | None) -> bool:
    """Return whether a key that is not there is "Access Denied" to the caller.

    Args:
        call: a call that S3 answers with 404.
        policies: policy documents of the caller's role; None where there is no such role.
    """
    if (call.service, call.operation in _READS) != ("s3", True) or policies is None:
        return False
    bucket = call.resource.partition("/")[0]
    return not any(
        statement.get("Effect") == "Allow"
        and _matches("s3:ListBucket", statement.get("Action"))
        and _matches(bucket, statement.get("Resource"))
        and not _names_a_prefix(statement)
        for document in policies
        for statement in _statements(document)
    )


def refuses_key(call: ApiCall, policy: Mapping[str, Any] | None, account: str) -> str | None:
    """Return why a service may not use the key of the topic or queue it sends to; None where it may.

    Args:
        call: a call that sends to a topic or queue.
        policy: policy of the customer's key that encrypts it; None where it has none.
        account: account of the key.
    """
    if (call.service, call.operation) not in _SENDS or policy is None:
        return None
    if not call.principal.endswith(".amazonaws.com"):
        return None
    allowed = [statement for statement in _statements(policy) if _allows(statement, call.principal, account)]
    missing = [
        action
        for action in _NEEDED
        if not any(_matches(action, statement.get("Action")) for statement in allowed)
    ]
    return f"{call.principal} is not allowed {' and '.join(missing)} by the key's policy" if missing else None


def _allows(statement: Mapping[str, Any], service: str, account: str) -> bool:
    principal = statement.get("Principal")
    services = cast("Mapping[str, Any]", principal).get("Service") if isinstance(principal, dict) else None
    if statement.get("Effect") != "Allow" or not _matches(service, services):
        return False
    for operator, test in cast("Mapping[str, Mapping[str, Any]]", statement.get("Condition") or {}).items():
        for key, wanted in test.items():
            if key.lower() != "aws:sourceaccount":
                continue  # what else a condition asks for is taken as kept
            if service in _SILENT and not operator.endswith("IfExists"):
                return False
            if account not in _listed(wanted):
                return False
    return True


def _names_a_prefix(statement: Mapping[str, Any]) -> bool:
    """A condition on `s3:prefix` cannot hold where a request has no prefix."""
    tests = cast("Mapping[str, Mapping[str, Any]]", statement.get("Condition") or {})
    return any(
        key.lower() == "s3:prefix" and not operator.endswith("IfExists")
        for operator, test in tests.items()
        for key in test
    )


def _matches(value: str, patterns: Any) -> bool:
    """Whether a value is one of an element's patterns; `kms:GenerateDataKey*` names GenerateDataKey too."""
    return any(fnmatch.fnmatchcase(value.lower(), str(item).lower()) for item in _listed(patterns))


def _statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return cast("list[Mapping[str, Any]]", _listed(document.get("Statement")))


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def parsed(text: str | None) -> Mapping[str, Any] | None:
    """Read a policy document; None for no text."""
    return cast("Mapping[str, Any]", json.loads(text)) if text else None
