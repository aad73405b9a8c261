"""The embedded AWS: a Pulumi Python program deployed and run in one process, without an account.

moto's backends and HTTP server with what they lack put right: Glue jobs that run, crawls that read, JSONata,
events, metrics, alarms, and faults on demand.  See `EmbeddedAws` and README.md beside this file.

The names below are imported when they are first used, since moto takes a second.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_HOMES = {
    "EmbeddedAws": "embedded",
    "ApiFault": "faults",
    "Faults": "faults",
    "DeployError": "provider.deploy",
}


def __getattr__(name: str) -> Any:
    """Import what the package offers when it is asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"embedded_aws.{_HOMES.get(name, 'records')}"), name)
