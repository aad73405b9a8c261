"""S3: buckets, their separate configurations, objects."""

from collections.abc import Callable, Mapping

from embedded_aws.provider.assets import content_of
from embedded_aws.provider.handlers.base import Cloud, Created, Inputs, call, creates, only, without
from embedded_aws.provider.shapes import Rename


@creates("aws:s3/bucket:Bucket", tags=True)
def _bucket(cloud: Cloud, inputs: Inputs) -> Created:
    given = only(inputs, "bucket", "tags", "forceDestroy", "objectLockEnabled", "tagsAll", "region")
    name = given["bucket"]
    location = (
        {}
        if cloud.region == "us-east-1"
        else {"CreateBucketConfiguration": {"LocationConstraint": cloud.region}}
    )
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=bool(given.get("objectLockEnabled")), **location)
    if given.get("tags"):
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": _pairs(given["tags"])})
    return name, {
        "arn": f"arn:aws:s3:::{name}",
        "bucketDomainName": f"{name}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{name}.s3.{cloud.region}.amazonaws.com",
        "region": cloud.region,
    }


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _part_of_bucket(
    token: str,
    operation: str,
    block: str | None = None,
    renames: Mapping[str, Rename] | None = None,
    prepare: Callable[[Inputs], Inputs] = lambda inputs: inputs,
) -> None:
    """Register a separate bucket configuration: `bucket` plus everything else in one request member."""

    @creates(token)
    def handler(cloud: Cloud, inputs: Inputs) -> Created:  # pyright: ignore[reportUnusedFunction]
        given = prepare(without(inputs, "bucket", "region"))
        body = {block: given.get(block, given)} if block else given
        call(cloud, operation, {"bucket": inputs["bucket"], **body}, renames)
        return inputs["bucket"], {}


def _lifecycle(inputs: Inputs) -> Inputs:
    """`transitionDefaultMinimumObjectSize` is a header of its own, not part of the configuration."""
    return {"lifecycleConfiguration": without(inputs, "transitionDefaultMinimumObjectSize")}


_part_of_bucket(
    "aws:s3/bucketVersioning:BucketVersioning",
    "s3.put_bucket_versioning",
    "versioningConfiguration",
    {"expectedBucketOwner": None},
)
_part_of_bucket(
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "s3.put_public_access_block",
    "publicAccessBlockConfiguration",
    {"publicAccessBlockConfiguration.skipDestroy": None},
)
_part_of_bucket(
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "s3.put_bucket_encryption",
    "serverSideEncryptionConfiguration",
    {"kmsMasterKeyId": "KMSMasterKeyID"},
)
_part_of_bucket(
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "s3.put_bucket_lifecycle_configuration",
    "lifecycleConfiguration",
    prepare=_lifecycle,
)
_part_of_bucket(
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "s3.put_bucket_ownership_controls",
    "ownershipControls",
    {"rule": "Rules"},
)
_part_of_bucket("aws:s3/bucketPolicy:BucketPolicy", "s3.put_bucket_policy")
_part_of_bucket(
    "aws:s3/bucketLogging:BucketLogging",
    "s3.put_bucket_logging",
    prepare=lambda inputs: {"bucketLoggingStatus": {"loggingEnabled": inputs}},
)
_part_of_bucket(
    "aws:s3/bucketNotification:BucketNotification",
    "s3.put_bucket_notification_configuration",
    prepare=lambda inputs: {
        "notificationConfiguration": {"eventBridgeConfiguration": {}}
        if inputs.get("eventbridge")
        else without(inputs, "eventbridge")
    },
)


@creates("aws:s3/bucketObjectv2:BucketObjectv2", tags=True)
def _object(cloud: Cloud, inputs: Inputs) -> Created:
    given = without(inputs, "source", "content", "sourceHash", "forceDestroy", "tags", "region")
    body = content_of(inputs["source"]) if inputs.get("source") else inputs.get("content", "").encode()
    answer = call(
        cloud,
        "s3.put_object",
        {**given, "body": body},
        {"kmsKeyId": "SSEKMSKeyId", "contentMd5": "ContentMD5"},
    )
    bucket, key = inputs["bucket"], inputs["key"]
    if inputs.get("tags"):
        cloud.client("s3").put_object_tagging(
            Bucket=bucket, Key=key, Tagging={"TagSet": _pairs(inputs["tags"])}
        )
    return f"{bucket}/{key}", {
        "arn": f"arn:aws:s3:::{bucket}/{key}",
        "etag": answer["ETag"].strip('"'),
        "versionId": answer.get("VersionId", ""),
    }
