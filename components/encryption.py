"""The stack's own KMS key, by setting."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam
from components.naming import Names

DELETION_DAYS = 30
"""Time to notice that a key was deleted by mistake: KMS's maximum, since the data is lost with it."""


@dataclass(frozen=True)
class EncryptionArgs:
    """What the key needs to know.

    Attributes:
        names: names of the stack.
        retain: whether Pulumi protects the key.
    """

    names: Names
    retain: bool


class Encryption(pulumi.ComponentResource):
    """The key and its alias."""

    key: aws.kms.Key
    alias: aws.kms.Alias
    key_arn: pulumi.Output[str]

    def __init__(self, name: str, args: EncryptionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("weather:index:Encryption", name, {}, opts)
        self.key = aws.kms.Key(
            f"{name}-key",
            description=f"Weather pipeline {args.names.suffix}: buckets, topic, queue and logs",
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_DAYS,
            policy=json.dumps(iam.key_policy(args.names)),
            opts=pulumi.ResourceOptions(parent=self, protect=args.retain),
        )
        self.alias = aws.kms.Alias(
            f"{name}-alias",
            name=args.names.key_alias,
            target_key_id=self.key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.key_arn = self.key.arn
        self.register_outputs({"keyArn": self.key_arn})
