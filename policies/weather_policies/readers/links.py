"""Which resource of a stack refers to which: schedules, alarms."""

import re
from fnmatch import fnmatchcase

from weather_policies.kit.reading import Props, Resource
from weather_policies.kit.stack import Stack, is_named, points_at, readable
from weather_policies.readers.types import VERSIONINGS


def schedules(schedule: Resource, subject: Resource) -> bool:
    """Whether a Scheduler schedule has this resource as its target."""
    block = schedule.props.child("target") or Props({})
    return is_named(readable(block, "arn"), subject) or points_at(schedule, "target", subject)


def has_dimension(alarm: Resource, name: str, subject: Resource) -> bool:
    """Whether an alarm's dimension names this resource."""
    made_of = alarm.refers_to("dimensions")
    if any(dependency.urn == subject.urn for dependency in made_of):
        return True
    dimensions = alarm.props.child("dimensions") or Props({})
    return is_named(readable(dimensions, name) if made_of else dimensions.text(name), subject)


def is_versioned(bucket: Resource, stack: Stack) -> bool:
    """Whether a versioning resource of the bucket says Enabled."""
    blocks = [
        v.props.child("versioningConfiguration") for v in stack.pointing_at(bucket, "bucket", *VERSIONINGS)
    ]
    return any(block is not None and block.text("status") == "Enabled" for block in blocks)


def is_called(name: str, part: str) -> bool:
    """Whether a logical name is what a configuration says: the name, a pattern of it, or one of its words."""
    return fnmatchcase(name, part) or part in re.split(r"[^A-Za-z0-9]+", name)
