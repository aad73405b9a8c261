"""The embedded AWS: everything the pipeline needs of AWS, in one process, without an account.

moto's backends and HTTP server with what it lacks put right: Glue jobs that run, crawls that read, JSONata,
events, metrics, alarms, and faults on demand.  See `EmbeddedAws`.
"""

from local.aws.deploy import DeployError
from local.aws.embedded import EmbeddedAws
from local.aws.faults import ApiFault, Faults
from local.aws.records import (
    ApiCall,
    Deployed,
    Execution,
    JobRun,
    Notification,
    Pace,
    StateVisit,
)

__all__ = [
    "ApiCall",
    "ApiFault",
    "DeployError",
    "Deployed",
    "EmbeddedAws",
    "Execution",
    "Faults",
    "JobRun",
    "Notification",
    "Pace",
    "StateVisit",
]
