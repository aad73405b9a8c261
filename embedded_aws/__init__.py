"""The embedded AWS: everything the pipeline needs of AWS, in one process, without an account.

moto's backends and HTTP server with what it lacks put right: Glue jobs that run, crawls that read, JSONata,
events, metrics, alarms, and faults on demand.  See `EmbeddedAws`.
"""

from embedded_aws.embedded import EmbeddedAws
from embedded_aws.faults import ApiFault, Faults
from embedded_aws.provider.deploy import DeployError
from embedded_aws.records import (
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
