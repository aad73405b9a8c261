"""Which resource of a stack refers to which: schedules, alarms."""

from weather_policies.kit.reading import Props, Resource
from weather_policies.kit.stack import is_named, points_at, readable


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
