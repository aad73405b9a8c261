"""A private bucket with everything that belongs to one."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam

ABANDONED_UPLOAD_DAYS = 3
"""Days after which the parts of an upload that never ended are dropped; ours take minutes."""


@dataclass(frozen=True)
class PrivateBucketArgs:
    """What a bucket needs to know.

    Attributes:
        name, arn: of the bucket.
        noncurrent_days: days a replaced version is kept.
        rules: lifecycle rules beside the common ones.
        kms_key_arn: key that encrypts it; None for S3's own.
        policy: its policy; None for TLS only.
        protect: whether Pulumi refuses to delete it.
        may_delete_data: whether it may be deleted together with its objects.
        logs: bucket that its requests are logged in; None where they are not.
        logs_ready: what must hold before they are.
    """

    name: str
    arn: str
    noncurrent_days: int
    rules: tuple[aws.s3.BucketLifecycleConfigurationRuleArgs, ...] = ()
    kms_key_arn: pulumi.Input[str] | None = None
    policy: iam.Document | None = None
    protect: bool = True
    may_delete_data: bool = False
    logs: str | None = None
    logs_ready: tuple[pulumi.Resource, ...] = ()


def private_bucket(
    name: str, args: PrivateBucketArgs, parent: pulumi.Resource | None = None
) -> tuple[aws.s3.Bucket, *tuple[pulumi.Resource, ...]]:
    """Create a bucket that is private, encrypted, TLS only and versioned, with its lifecycle.

    Public access block, ownership, encryption, versioning, policy and lifecycle are resources of their own,
    as the provider has it since version 4.

    Args:
        name: Pulumi name; those of the resources around it start with it.
        args: what the bucket is.
        parent: component that it belongs to.

    Returns:
        The bucket, and what must hold before anything is put into it.
    """
    child = pulumi.ResourceOptions(parent=parent)
    bucket = aws.s3.Bucket(
        name,
        bucket=args.name,
        force_destroy=args.may_delete_data,
        opts=pulumi.ResourceOptions(parent=parent, protect=args.protect),
    )
    block = aws.s3.BucketPublicAccessBlock(
        f"{name}-public-access",
        bucket=bucket.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=child,
    )
    ownership = aws.s3.BucketOwnershipControls(
        f"{name}-ownership",
        bucket=bucket.bucket,
        rule={"object_ownership": "BucketOwnerEnforced"},
        opts=child,
    )
    encryption = aws.s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption", bucket=bucket.bucket, rules=[_encryption(args.kms_key_arn)], opts=child
    )
    versioning = aws.s3.BucketVersioning(
        f"{name}-versioning",
        bucket=bucket.bucket,
        versioning_configuration={"status": "Enabled"},
        opts=child,
    )
    tls = aws.s3.BucketPolicy(
        f"{name}-policy",
        bucket=bucket.bucket,
        policy=json.dumps(args.policy or iam.tls_only_bucket(args.arn)),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[block]),  # S3 refuses both at the same time
    )
    aws.s3.BucketLifecycleConfiguration(
        f"{name}-lifecycle",
        bucket=bucket.bucket,
        rules=[*_common_rules(args.noncurrent_days), *args.rules],
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[versioning]),
    )
    if args.logs is not None:
        aws.s3.BucketLogging(
            f"{name}-logging",
            bucket=bucket.bucket,
            target_bucket=args.logs,
            target_prefix=f"{args.name}/",
            opts=pulumi.ResourceOptions(parent=parent, depends_on=list(args.logs_ready)),
        )
    return bucket, ownership, encryption, versioning, tls


def _common_rules(noncurrent_days: int) -> list[aws.s3.BucketLifecycleConfigurationRuleArgs]:
    everything = aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix="")
    abandoned = aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
        days_after_initiation=ABANDONED_UPLOAD_DAYS
    )
    replaced = aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
        noncurrent_days=noncurrent_days
    )
    markers = aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(expired_object_delete_marker=True)
    return [
        aws.s3.BucketLifecycleConfigurationRuleArgs(
            id="abandoned-uploads",
            status="Enabled",
            filter=everything,
            abort_incomplete_multipart_upload=abandoned,
        ),
        aws.s3.BucketLifecycleConfigurationRuleArgs(
            id="replaced-versions",
            status="Enabled",
            filter=everything,
            noncurrent_version_expiration=replaced,
            expiration=markers,
        ),
    ]


def expiry(rule_id: str, prefix: str, days: int) -> aws.s3.BucketLifecycleConfigurationRuleArgs:
    """Return a lifecycle rule that deletes what lies under a prefix after some days."""
    return aws.s3.BucketLifecycleConfigurationRuleArgs(
        id=rule_id,
        status="Enabled",
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=prefix),
        expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days),
    )


def _encryption(
    kms_key_arn: pulumi.Input[str] | None,
) -> aws.s3.BucketServerSideEncryptionConfigurationRuleArgs:
    default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs
    if kms_key_arn is None:
        return aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
            apply_server_side_encryption_by_default=default(sse_algorithm="AES256")
        )
    return aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
        apply_server_side_encryption_by_default=default(
            sse_algorithm="aws:kms", kms_master_key_id=kms_key_arn
        ),
        # One data key per bucket and time span instead of one KMS request per object.
        bucket_key_enabled=True,
    )
