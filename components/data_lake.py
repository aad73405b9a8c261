"""The buckets: raw messages, processed datasets, the job's artifacts and, by setting, access logs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam
from components.naming import Names
from components.settings import LakeSettings, ProtectionSettings, RetentionSettings

ABANDONED_UPLOAD_DAYS = 3
"""Days after which the parts of an upload that never ended are dropped; ours take minutes."""

TEMPORARY_DAYS = 7
"""Days files of a run in progress are kept: longer than any run, so that a failed one can be looked at."""

STAGE_PREFIX = "_stage/"
"""Where a run on several machines puts files until they are published; the job's own name for it."""

ACCESS_LOG_DAYS = 90


@dataclass(frozen=True)
class DataLakeArgs:
    """What the buckets need to know.

    Attributes:
        names: names of the stack.
        lake: the bucket of raw messages; one that is adopted is read, never changed.
        protection: access logs, and what keeps the data from deletion.
        retention: how long records and replaced objects are kept.
        kms_key_arn: key that encrypts the buckets; None for S3's own.
    """

    names: Names
    lake: LakeSettings
    protection: ProtectionSettings
    retention: RetentionSettings
    kms_key_arn: pulumi.Input[str] | None = None


class DataLake(pulumi.ComponentResource):
    """The buckets, private, encrypted, TLS only, versioned where data is produced, with lifecycles.

    Each bucket comes with its public access block, ownership, encryption, versioning, policy and lifecycle as
    resources of their own, as the provider has it since version 4.
    """

    raw: aws.s3.Bucket | None
    processed: aws.s3.Bucket
    artifacts: aws.s3.Bucket
    access_logs: aws.s3.Bucket | None
    ready: list[pulumi.Resource]
    processed_bucket: pulumi.Output[str]
    artifacts_bucket: pulumi.Output[str]

    def __init__(self, name: str, args: DataLakeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("weather:index:DataLake", name, {}, opts)
        self._args = args
        self.ready = []
        names = args.names
        own = [names.processed_bucket, names.artifacts_bucket]
        if not args.lake.raw_bucket:
            own.insert(0, names.data_lake_bucket)

        self.access_logs = None
        if args.protection.access_logs:
            logs = names.access_logs_bucket
            arns = [names.bucket_arn(bucket) for bucket in own]
            policy = iam.access_logs_bucket(names.bucket_arn(logs), names.account, arns)
            rules = [_expiry("access-logs", "", ACCESS_LOG_DAYS)]
            # Server access logs cannot be delivered into a bucket encrypted with a KMS key by default.
            self.access_logs = self._bucket(
                f"{name}-access-logs", logs, rules, policy=policy, kms_key_arn=None
            )

        self.raw = None
        if not args.lake.raw_bucket:
            self.raw = self._bucket(f"{name}-raw", names.data_lake_bucket, [], kms_key_arn=args.kms_key_arn)
        self.processed = self._bucket(
            f"{name}-processed",
            names.processed_bucket,
            [
                _expiry("temporary", STAGE_PREFIX, TEMPORARY_DAYS),
                _expiry("quarantine", "quarantine/", args.retention.quarantine_days),
                _expiry("error-records", "errors/", args.retention.quarantine_days),
                _expiry("run-records", "_runs/", args.retention.run_record_days),
            ],
            kms_key_arn=args.kms_key_arn,
        )
        self.artifacts = self._bucket(
            f"{name}-artifacts",
            names.artifacts_bucket,
            [_expiry("temporary", "temp/", TEMPORARY_DAYS)],
            kms_key_arn=args.kms_key_arn,
        )
        self.processed_bucket = self.processed.bucket
        self.artifacts_bucket = self.artifacts.bucket
        self.register_outputs(
            {"processedBucket": self.processed_bucket, "artifactsBucket": self.artifacts_bucket}
        )

    def _bucket(
        self,
        name: str,
        bucket_name: str,
        rules: Sequence[aws.s3.BucketLifecycleConfigurationRuleArgs],
        kms_key_arn: pulumi.Input[str] | None,
        policy: iam.Document | None = None,
    ) -> aws.s3.Bucket:
        """Create a bucket with everything that belongs to it.

        Args:
            name: Pulumi name; those of the resources around it start with it.
            bucket_name: name of the bucket.
            rules: lifecycle rules beside the common ones.
            kms_key_arn: key that encrypts it; None for S3's own.
            policy: its policy; None for TLS only.
        """
        args = self._args
        arn = args.names.bucket_arn(bucket_name)
        child = pulumi.ResourceOptions(parent=self)
        bucket = aws.s3.Bucket(
            name,
            bucket=bucket_name,
            force_destroy=args.protection.may_delete_data,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protection.retain),
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
            f"{name}-encryption", bucket=bucket.bucket, rules=[_encryption(kms_key_arn)], opts=child
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
            policy=json.dumps(policy or iam.tls_only_bucket(arn)),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[block]),  # S3 refuses both at the same time
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.bucket,
            rules=[*self._common_rules(), *rules],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
        )
        if self._logs_requests(bucket_name):
            aws.s3.BucketLogging(
                f"{name}-logging",
                bucket=bucket.bucket,
                target_bucket=args.names.access_logs_bucket,
                target_prefix=f"{bucket_name}/",
                opts=pulumi.ResourceOptions(parent=self, depends_on=self.ready[:]),
            )
        self.ready += [bucket, ownership, encryption, versioning, tls]
        return bucket

    def _logs_requests(self, bucket_name: str) -> bool:
        """Return whether a bucket logs its requests; the bucket of the logs itself does not."""
        return self._args.protection.access_logs and bucket_name != self._args.names.access_logs_bucket

    def _common_rules(self) -> list[aws.s3.BucketLifecycleConfigurationRuleArgs]:
        everything = aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix="")
        abandoned = aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=ABANDONED_UPLOAD_DAYS
        )
        replaced = aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=self._args.retention.noncurrent_days
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


def _expiry(rule_id: str, prefix: str, days: int) -> aws.s3.BucketLifecycleConfigurationRuleArgs:
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
