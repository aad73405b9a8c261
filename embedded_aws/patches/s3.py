"""S3: bucket policies with conditions, access logs."""

# moto's interpreter has no types worth the name, and what is replaced here is private by definition.
# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportCallIssue=false, reportArgumentType=false
# ruff: noqa: ARG001 - a patch and what it puts in place keep the signatures they are called with

import json
from types import SimpleNamespace
from typing import Any

from moto.iam.access_control import IAMPolicy
from moto.s3.models import FakeBucket

from embedded_aws.patches.base import PatchContext, Patches, patch


@patch
def bucket_policy_conditions(patches: Patches, context: PatchContext) -> None:
    """Bucket policies are enforced without their conditions: "deny unless TLS" denies everything.

    Conditions in use here speak of transport, source account and encryption.  On the loopback interface they
    are taken as kept, so a statement with a condition does not apply.
    """

    def permission(self: Any, action: str, resource: str) -> Any:
        document = json.loads(self.policy.decode()) if self.policy else {"Statement": []}
        document["Statement"] = [item for item in document["Statement"] if not item.get("Condition")]
        return IAMPolicy(json.dumps(document)).is_action_permitted(action, resource)

    patches.set(FakeBucket, "get_permission", permission)


@patch
def bucket_logging(patches: Patches, context: PatchContext) -> None:
    """Looking for the log service's permission, moto stumbles over a statement whose principal is `*`."""
    original: Any = FakeBucket._log_permissions_enabled_policy

    def permitted(target_bucket: Any, target_prefix: str | None) -> bool:
        policy = json.loads(target_bucket.policy.decode()) if target_bucket.policy else {"Statement": []}
        policy["Statement"] = [
            item | {"Resource": resource}
            for item in policy["Statement"]
            if isinstance(item.get("Principal"), dict)
            for resource in _listed(item.get("Resource"))
        ]
        readable = SimpleNamespace(
            policy=json.dumps(policy).encode(), partition=target_bucket.partition, name=target_bucket.name
        )
        return bool(original(readable, target_prefix))

    patches.set(FakeBucket, "_log_permissions_enabled_policy", staticmethod(permitted))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
