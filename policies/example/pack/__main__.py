"""The pack under names without a prefix: `glue-job-timeout` in place of `weather-glue-job-timeout`."""

from pulumi_policy import EnforcementLevel, PolicyPack

from weather_policies.pack import policies

PolicyPack(name="data-platform", policies=policies(prefix=""), enforcement_level=EnforcementLevel.MANDATORY)
