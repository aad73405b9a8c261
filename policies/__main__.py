"""The policy pack as the Pulumi CLI starts it.

Nothing may be printed before: the CLI reads the port from the first line on stdout.
"""

from pulumi_policy import EnforcementLevel, PolicyPack

from weather_policies.pack import POLICIES

PolicyPack(
    name="weather",
    policies=POLICIES,
    enforcement_level=EnforcementLevel.MANDATORY,
    description="Tagging, cost, security and reliability of Glue pipelines on AWS.",
    provider="aws",
    tags=["tagging", "cost", "security", "reliability"],
)
