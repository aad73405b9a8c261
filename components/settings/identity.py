"""Whose stack it is, where it goes and how it is told from others."""

from dataclasses import dataclass

from weather_etl.checking import Problem

from components.settings.checks import matching, one_of
from components.settings.key import setting


@dataclass(frozen=True)
class IdentitySettings:
    """Whose stack it is, where it goes and how it is told from others."""

    unique_suffix: str = setting(
        "string",
        "uniqueSuffix",
        "Ends every name of the stack, so that stacks can share an account.",
        "3 to 16 lower-case letters and digits",
        "the names it enters: S3 allows no capitals, Glue databases no dashes",
        matching("[a-z0-9]{3,16}"),
    )
    environment: str = setting(
        "string",
        "environment",
        "Environment class of the stack; a tag, and what policies scale their limits by.",
        "dev, staging, prod or local",
        "this project",
        one_of("dev", "staging", "prod", "local"),
    )
    account: str = setting(
        "string",
        "account",
        "AWS account the stack may be deployed to; the provider refuses any other.",
        "twelve digits",
        "AWS account ids",
        matching(r"\d{12}"),
    )
    region: str = setting(
        "string",
        "region",
        "AWS region of every resource.",
        "a region code: area, direction and number",
        "AWS region codes",
        matching(r"[a-z]{2}(-[a-z]+)+-\d"),
    )
    owner: str = setting(
        "string",
        "owner",
        "Who answers for the stack; a tag.",
        "1 to 64 letters, digits and @ . _ -",
        "AWS tag values, kept to what every service accepts",
        matching(r"[A-Za-z0-9@._-]{1,64}"),
    )
    cost_centre: str = setting(
        "string",
        "costCentre",
        "Whom the stack's cost is charged to; a tag.",
        "1 to 64 letters, digits and @ . _ -",
        "AWS tag values, kept to what every service accepts",
        matching(r"[A-Za-z0-9@._-]{1,64}"),
    )

    def conflicts(self) -> list[Problem]:
        """Return nothing: each of these settings stands alone."""
        return []
