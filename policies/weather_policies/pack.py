"""All rules of the pack, in the order in which they are listed and run."""

from collections.abc import Sequence
from types import ModuleType

from pulumi_policy import Policy

from weather_policies.kit import configuration, servicer
from weather_policies.kit.rule import PREFIX, ResourceRule, Rule, StackRule
from weather_policies.rules import (
    athena,
    aws_provider,
    aws_tags,
    budgets,
    cloudwatch,
    events,
    glue_catalog,
    glue_crawler,
    glue_job,
    glue_logs_and_secrets,
    iam,
    kms,
    lambda_functions,
    logs,
    names,
    s3_access,
    s3_lifecycle,
    secrets,
    sfn_machine,
    sfn_task,
    sns,
    sqs,
    stack,
    vpc,
)

servicer.install()

RULE_MODULES: Sequence[ModuleType] = (
    *(aws_tags, aws_provider, budgets, cloudwatch, logs),
    *(glue_job, glue_logs_and_secrets, glue_crawler, glue_catalog, athena, lambda_functions),
    *(sfn_machine, sfn_task, events, s3_access, s3_lifecycle, iam, kms, secrets, sns, sqs, vpc, names, stack),
)
"""The modules that hold rules; the last rule of the last one tells what exemptions have lifted."""


def rules_of(module: ModuleType) -> list[Rule]:
    """The rules that a module defines, in the order of its text."""
    return [value for value in vars(module).values() if isinstance(value, ResourceRule | StackRule)]


def policies(prefix: str = PREFIX) -> list[Policy]:
    """All rules, their names beginning with `prefix`: another team's pack gives one of its own, or none."""
    found = [rule.named(prefix) for module in RULE_MODULES for rule in rules_of(module)]
    configuration.PACKS.append(frozenset(rule.name for rule in found))
    return list(found)


POLICIES: list[Policy] = policies()
