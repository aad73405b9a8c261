"""Where Pulumi keeps the state of the stacks, and the key that encrypts the secrets in it."""

import json

import pulumi
import pulumi_aws as aws

from bootstrap.access import State
from components import iam
from components.buckets import PrivateBucketArgs, private_bucket

KEPT_DAYS = 90
"""How long a replaced state can be brought back."""

DELETION_DAYS = 30
"""Time to notice that the key of all secrets was deleted by mistake: KMS's maximum."""


class PulumiState(pulumi.ComponentResource):
    """Bucket and key; both are protected, since no stack can be deployed without them."""

    bucket: aws.s3.Bucket
    key: aws.kms.Key

    def __init__(self, name: str, state: State, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("weather:bootstrap:PulumiState", name, {}, opts)
        arn = state.names.bucket_arn(state.bucket)
        self.bucket, *_ = private_bucket(name, PrivateBucketArgs(state.bucket, arn, KEPT_DAYS), self)
        self.key = aws.kms.Key(
            f"{name}-secrets",
            description="Pulumi secrets of the weather pipeline",
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_DAYS,
            policy=json.dumps(iam.document(iam.administer_key(state.names))),
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        aws.kms.Alias(
            f"{name}-secrets-alias",
            name=state.key_alias,
            target_key_id=self.key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"bucket": self.bucket.bucket, "keyArn": self.key.arn})
