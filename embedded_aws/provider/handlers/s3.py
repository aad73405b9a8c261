"""S3: buckets, their separate configurations, objects."""

from collections.abc import Callable, Mapping

from botocore.exceptions import ClientError

from embedded_aws.provider.assets import content_of
from embedded_aws.provider.handlers.base import (
    HANDLERS,
    Cloud,
    Created,
    Inputs,
    call,
    creates,
    only,
    without,
)
from embedded_aws.provider.handlers.lifecycle import Description, lives
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


_PARTS: dict[str, Mapping[str, Rename]] = {}
"""Renames of the separate bucket configurations."""


def _part_of_bucket(
    token: str,
    operation: str,
    block: str | None = None,
    renames: Mapping[str, Rename] | None = None,
    prepare: Callable[[Inputs], Inputs] = lambda inputs: inputs,
) -> None:
    """Register a separate bucket configuration: `bucket` plus everything else in one request member."""
    _PARTS[token] = renames or {}

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


# --- after creation ---


def _delete_versions(cloud: Cloud, bucket: str, key: str = "") -> None:
    """Delete every version of the key, or of everything, as the provider does before it deletes the rest."""
    s3 = cloud.client("s3")
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        for item in found:
            if not key or item["Key"] == key:
                s3.delete_object(Bucket=bucket, Key=item["Key"], VersionId=item["VersionId"])


def _delete_bucket(cloud: Cloud, bucket: str, inputs: Inputs) -> None:
    s3, emptied = cloud.client("s3"), bool(inputs.get("forceDestroy"))
    for attempt in range(_EMPTIED):
        if emptied:
            _delete_versions(cloud, bucket)
        try:
            s3.delete_bucket(Bucket=bucket)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            if not emptied or code != "BucketNotEmpty" or attempt + 1 == _EMPTIED:
                raise
        else:
            return


_EMPTIED = 10  # attempts: access logs still arrive while the buckets they tell of are removed


def _tag_bucket(cloud: Cloud, bucket: str, inputs: Inputs) -> None:
    tags = {"TagSet": _pairs(inputs.get("tags") or {})}
    cloud.client("s3").put_bucket_tagging(Bucket=bucket, Tagging=tags)


def _read_bucket(cloud: Cloud, bucket: str, inputs: Inputs) -> Inputs:
    cloud.client("s3").head_bucket(Bucket=bucket)
    if not inputs.get("tags"):
        return inputs or {"bucket": bucket}
    seen = cloud.client("s3").get_bucket_tagging(Bucket=bucket)["TagSet"]
    return inputs | {"tags": {item["Key"]: item["Value"] for item in seen}}


lives(
    "aws:s3/bucket:Bucket",
    read=_read_bucket,
    update=_tag_bucket,
    delete=_delete_bucket,
    replaces=("bucket", "objectLockEnabled"),
    named_by="bucket",
)
lives(
    "aws:s3/bucketObjectv2:BucketObjectv2",
    read=lambda cloud, _, inputs: (
        inputs if cloud.client("s3").head_object(Bucket=inputs["bucket"], Key=inputs["key"]) else None
    ),
    update=lambda cloud, _, inputs: _object(cloud, inputs),
    delete=lambda cloud, _, inputs: _delete_versions(cloud, inputs["bucket"], inputs["key"]),
    replaces=("bucket", "key"),
    named_by="key",
)


def _part_lives(token: str, noun: str, delete: str = "", block: str = "", wrapped: str = "") -> None:
    """Register the life of a separate configuration: get_<noun> describes it, delete_<noun> removes it."""
    description = Description(f"s3.put_{noun}", _PARTS.get(token, {}), block or wrapped)

    def read(cloud: Cloud, bucket: str, inputs: Inputs) -> Inputs | None:
        seen = getattr(cloud.client("s3"), f"get_{noun}")(Bucket=bucket)
        seen = seen.get(wrapped, {}) if wrapped else seen
        own = without(inputs, "bucket", "region", "transitionDefaultMinimumObjectSize", "eventbridge")
        return inputs | description.live(cloud, own, seen)

    def remove(cloud: Cloud, bucket: str, _inputs: Inputs) -> None:
        if delete:
            getattr(cloud.client("s3"), delete)(Bucket=bucket)

    handler = HANDLERS[token]
    lives(
        token,
        read=read,
        update=lambda cloud, _, inputs: handler(cloud, inputs),
        delete=remove,
        replaces=("bucket",),
        named_by="bucket",
    )


# Versioning, logging and notifications are not removed by AWS: they stay with the bucket.
_part_lives("aws:s3/bucketVersioning:BucketVersioning", "bucket_versioning")
_part_lives(
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "public_access_block",
    "delete_public_access_block",
    wrapped="PublicAccessBlockConfiguration",
)
_part_lives(
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "bucket_encryption",
    "delete_bucket_encryption",
    wrapped="ServerSideEncryptionConfiguration",
)
_part_lives(
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "bucket_lifecycle_configuration",
    "delete_bucket_lifecycle",
    block="LifecycleConfiguration",
)
_part_lives(
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "bucket_ownership_controls",
    "delete_bucket_ownership_controls",
    wrapped="OwnershipControls",
)
_part_lives("aws:s3/bucketPolicy:BucketPolicy", "bucket_policy", "delete_bucket_policy")
_part_lives(
    "aws:s3/bucketLogging:BucketLogging", "bucket_logging", block="BucketLoggingStatus.LoggingEnabled"
)
_part_lives(
    "aws:s3/bucketNotification:BucketNotification",
    "bucket_notification_configuration",
    block="NotificationConfiguration",
)
