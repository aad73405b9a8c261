"""Where Glue writes the logs of job and crawler: what the groups, the roles and the documents follow.

Sources: AWS Glue guide, "Logging for AWS Glue jobs", "Monitoring with Amazon CloudWatch: encryption" and
"Crawler logging"; the names under encryption are those of public accounts, since no page shows them in full.
"""

from dataclasses import dataclass

from components.naming import Names

GLUE_JOBS = "/aws-glue/jobs"
"""Groups of all jobs of an account: what Glue says before a job's own groups are in use."""

GLUE_CRAWLERS = "/aws-glue/crawlers"
"""Group of all crawlers of an account; no stack owns it."""

ENCRYPTS_LOGS = False
"""Whether the stack's security configuration encrypts logs.

It does not: Glue would write to groups of its own making, without retention.  The stack's groups bear the
stack's key themselves.
"""


@dataclass(frozen=True)
class GlueLogGroups:
    """Names of log groups, or patterns of names where Glue chooses the rest.

    Attributes:
        job: where a run's output and errors go.
        crawler: where a crawl's log goes.
    """

    job: tuple[str, ...]
    crawler: tuple[str, ...]


def glue_log_groups(names: Names, *, encrypted: bool = ENCRYPTS_LOGS) -> GlueLogGroups:
    """Return where Glue writes for a stack.

    Args:
        names: names of the stack.
        encrypted: whether job and crawler have a security configuration that encrypts logs. The job's prefix
            then gets the names of configuration and role behind it.
    """
    prefix = names.job_log_prefix
    if encrypted:
        prefix = f"{prefix}/{names.security_configuration}-role/{names.thing('job')}"
    # A crawler with a security configuration writes to a group of its role, and no page says whether it does
    # so where the configuration leaves logs alone.
    crawler = (GLUE_CRAWLERS, f"{GLUE_CRAWLERS}-role/{names.thing('crawler')}*")
    return GlueLogGroups((f"{prefix}/output", f"{prefix}/error"), crawler)
