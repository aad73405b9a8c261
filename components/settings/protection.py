"""What keeps the data: encryption, access logs, and two keys to its deletion."""

from dataclasses import dataclass

from weather_etl.checking import Problem

from components.settings.checks import one_of
from components.settings.key import keys_of, setting


@dataclass(frozen=True)
class ProtectionSettings:
    """What keeps the data: encryption, access logs, and two keys to its deletion."""

    kms: bool = setting(
        "boolean",
        "kms",
        "Whether a key of the stack's own encrypts buckets, topic, queue and logs; it costs $1 a month.",
        "true or false",
        "this project",
        default=False,
    )
    access_logs: bool = setting(
        "boolean",
        "accessLogs",
        "Whether the stack's buckets log their requests into a bucket of their own.",
        "true or false",
        "this project",
        default=False,
    )
    mode: str = setting(
        "string",
        "protection",
        "retain protects the buckets that hold data from deletion; disposable does not.",
        "retain or disposable; prod retains",
        "this project",
        one_of("retain", "disposable"),
        default="retain",
    )
    delete_data_on_destroy: bool = setting(
        "boolean",
        "deleteDataOnDestroy",
        "Second key to deleting data: only with it may a bucket be deleted together with its objects.",
        "true or false; true only where protection is disposable",
        "this project",
        default=False,
    )

    bounded: bool = setting(
        "boolean",
        "bounded",
        "Whether the stack's roles are bound by the policy of bootstrap/, whose deployment role asks for it.",
        "true or false; true only where bootstrap/ was deployed for this stack",
        "IAM guide, permissions boundaries",
        default=False,
    )

    @property
    def retain(self) -> bool:
        """Whether Pulumi protects the buckets that hold data."""
        return self.mode == "retain"

    @property
    def may_delete_data(self) -> bool:
        """Whether both keys to deleting data are turned."""
        return not self.retain and self.delete_data_on_destroy

    def conflicts(self) -> list[Problem]:
        """Return the combinations of these settings that have no effect."""
        if self.delete_data_on_destroy and self.retain:
            key = keys_of(type(self))["delete_data_on_destroy"]
            return [key.problem("has no effect while protection is retain; deleting data takes both keys")]
        return []
