"""The buckets: raw messages, processed datasets, the job's artifacts and, by setting, access logs."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam
from components.buckets import PrivateBucketArgs, expiry, private_bucket
from components.naming import Names
from components.settings import LakeSettings, ProtectionSettings, RetentionSettings

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
            rules = [expiry("access-logs", "", ACCESS_LOG_DAYS)]
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
                expiry("temporary", STAGE_PREFIX, TEMPORARY_DAYS),
                expiry("quarantine", "quarantine/", args.retention.quarantine_days),
                expiry("error-records", "errors/", args.retention.quarantine_days),
                expiry("run-records", "_runs/", args.retention.run_record_days),
            ],
            kms_key_arn=args.kms_key_arn,
        )
        self.artifacts = self._bucket(
            f"{name}-artifacts",
            names.artifacts_bucket,
            [expiry("temporary", "temp/", TEMPORARY_DAYS)],
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
        logs = args.names.access_logs_bucket  # which does not log its own requests
        made = private_bucket(
            name,
            PrivateBucketArgs(
                bucket_name,
                args.names.bucket_arn(bucket_name),
                args.retention.noncurrent_days,
                tuple(rules),
                kms_key_arn,
                policy,
                protect=args.protection.retain,
                may_delete_data=args.protection.may_delete_data,
                logs=logs if args.protection.access_logs and bucket_name != logs else None,
                logs_ready=tuple(self.ready),
            ),
            self,
        )
        self.ready += made
        return made[0]
