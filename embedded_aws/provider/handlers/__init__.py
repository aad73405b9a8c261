"""How each Pulumi resource type is created: one handler per type, a module per service."""

from embedded_aws.provider.handlers import (
    budgets,
    cloudwatch,
    events,
    glue,
    iam,
    kms,
    s3,
    sns,
    sqs,
    stepfunctions,
)
from embedded_aws.provider.handlers.base import HANDLERS, TAGGABLE, Cloud

SERVICES = (budgets, cloudwatch, events, glue, iam, kms, s3, sns, sqs, stepfunctions)
"""Modules with handlers; importing one registers its own."""

__all__ = ["HANDLERS", "SERVICES", "TAGGABLE", "Cloud"]
