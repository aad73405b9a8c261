"""Calls of a deployment as IAM sees them."""

from typing import Any

from bootstrap.access import Environment
from embedded_aws.records import ApiCall
from tests.bootstrap.account import STATE
from tests.harness.policies import Call

# Operations whose IAM action has another name (Service Authorization Reference).
ACTIONS = {
    "s3:HeadObject": "s3:GetObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:DeleteBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:DeleteBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:DeleteBucketOwnershipControls": "s3:PutBucketOwnershipControls",
    "s3:DeleteObjects": "s3:DeleteObjectVersion",
    "budgets:CreateBudget": "budgets:ModifyBudget",
    "budgets:UpdateBudget": "budgets:ModifyBudget",
    "budgets:DeleteBudget": "budgets:ModifyBudget",
    "budgets:DescribeBudget": "budgets:ViewBudget",
}


def as_iam(call: ApiCall, environment: Environment) -> Call:
    """Return a recorded call as IAM sees it, with the condition keys that it would send."""
    context: dict[str, Any] = {}
    action, resource = ACTIONS.get(call.action, call.action), call.resource
    if action.endswith("Tagging") and call.service == "s3":
        action = action.replace("Tagging", "ObjectTagging" if "/" in resource else "BucketTagging")
    if call.operation == "DeleteObjects":
        resource = f"{resource}/x"
    if call.service == "iam":
        asked = call.parameters.get("PermissionsBoundary", "")
        context["iam:PermissionsBoundary"] = (
            asked if call.operation == "CreateRole" else environment.names.boundary_arn
        )
    if call.action == "logs:DescribeLogGroups":
        resource = environment.names.log_group_arn("*")
    if call.action in ("kms:Decrypt", "kms:Encrypt") and (resource == "*" or STATE.key_alias in resource):
        # The CLI's own: a ciphertext names its key to KMS alone.
        return Call(action, environment.names.arn("kms", "key/1"), {"kms:ResourceAliases": [STATE.key_alias]})
    if call.service == "kms":
        kind = "RequestTag" if call.operation == "CreateKey" else "ResourceTag"
        context[f"aws:{kind}/Stack"] = environment.names.suffix
    return Call(action, resource, context)
