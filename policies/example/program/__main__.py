"""A bucket that the pack has nothing against, with the rule that each part is for."""

import json

import pulumi
import pulumi_aws as aws

NAME = "example-data-platform-lake"
ARN = f"arn:aws:s3:::{NAME}"

provider = aws.Provider(  # aws-provider-account, aws-provider-default-tags
    "aws",
    region="eu-west-1",
    allowed_account_ids=["123456789012"],
    default_tags={"tags": {"team": "data-platform", "cost-center": "4711"}},
)
ours = pulumi.ResourceOptions(provider=provider)  # aws-resource-provider
bucket = aws.s3.Bucket("lake", bucket=NAME, opts=ours)
aws.s3.BucketPublicAccessBlock(  # s3-bucket-public-access
    "lake-access",
    bucket=NAME,
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=True,
    opts=ours,
)
aws.s3.BucketServerSideEncryptionConfiguration(  # s3-bucket-encryption
    "lake-encryption",
    bucket=NAME,
    rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
    opts=ours,
)
aws.s3.BucketVersioning(  # s3-bucket-versioning
    "lake-versions", bucket=NAME, versioning_configuration={"status": "Enabled"}, opts=ours
)
aws.s3.BucketLifecycleConfiguration(  # s3-bucket-noncurrent-versions, s3-bucket-abandoned-uploads
    "lake-lifecycle",
    bucket=NAME,
    rules=[
        {
            "id": "tidy",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "noncurrent_version_expiration": {"noncurrent_days": 30},
            "abort_incomplete_multipart_upload": {"days_after_initiation": 3},
        }
    ],
    opts=ours,
)
aws.s3.BucketPolicy(  # s3-bucket-tls-only
    "lake-policy",
    bucket=NAME,
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "DenyWithoutTls",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [ARN, f"{ARN}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        }
    ),
    opts=ours,
)
