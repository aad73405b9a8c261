"""What starts what in a stack, and how often: one graph that schedule, cost and concurrency rules read.

Nodes are resources. An edge says that each time its source runs, its target is started so many times: a rule
or a schedule that fires, a trigger of a Glue workflow, a crawler's own schedule, a task of a state machine
(in a Map once for each item), an event that a machine, job or crawler causes. What cannot be read (a name
that is computed at run time, a Map without a bound, an event from outside) is kept as a reason, never as 0.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from pulumi_policy.proxy import UnknownValueError

from weather_policies.kit.reading import Props, Resource, UnreadableError, plain
from weather_policies.kit.stack import Stack, identities, is_named, points_at, readable
from weather_policies.readers import schedule
from weather_policies.readers.calls import Call, calls
from weather_policies.readers.types import (
    CRAWLER,
    FUNCTION,
    JOB,
    MACHINE,
    RULE,
    SCHEDULE,
    TARGET,
    TRIGGER,
    WORKFLOW,
)


@dataclass(frozen=True)
class Edge:
    """One source starting one target."""

    source: Resource
    target: Resource
    call: Call


@dataclass(frozen=True)
class Rate:
    """How often something runs in a month, and what could not be read of it."""

    times: float = 0.0
    reasons: frozenset[str] = frozenset()

    def __add__(self, other: "Rate") -> "Rate":
        """Both together."""
        return Rate(self.times + other.times, self.reasons | other.reasons)


def starts_of(stack: Stack, events_per_month: float | None = None) -> "Starts":
    """The graph of a stack, built once for all rules that ask for it."""
    key = ("starts", events_per_month)
    if key not in stack.memo:
        stack.memo[key] = Starts(stack, events_per_month=events_per_month)
    return stack.memo[key]


class Starts:
    """The graph of one stack."""

    def __init__(self, stack: Stack, *, events_per_month: float | None = None) -> None:
        """Build it.

        Args:
            stack: the finished stack.
            events_per_month: how many objects arrive in its buckets; None if that is not assumed.

        Raises:
            UnknownValueError: A definition, schedule or target is not known before the update.
        """
        self.stack, self._events = stack, events_per_month
        self._names: dict[str, dict[str, Resource]] = {}
        self.unresolved: list[tuple[Resource, Call]] = []
        self.edges: list[Edge] = [
            *self._called(),
            *self._targets(),
            *self._scheduled(),
            *self._workflow_triggers(),
            *self._conditions(),
        ]
        self.edges += list(self._carried())
        self._into: dict[str, list[Edge]] = {}
        for edge in self.edges:
            self._into.setdefault(edge.target.urn, []).append(edge)
        self._from: dict[str, list[Edge]] = {}
        for edge in self.edges:
            self._from.setdefault(edge.source.urn, []).append(edge)
        self._rates: dict[str, Rate] = {}

    def into(self, target: Resource) -> list[Edge]:
        """What starts a resource."""
        return self._into.get(target.urn, [])

    def rate(self, resource: Resource) -> Rate:
        """How often a resource runs in a month: by its own schedule, and by all that start it."""
        return self._rate(resource, ())

    def edge_rate(self, edge: Edge) -> Rate:
        """How often an edge starts its target in a month."""
        return self._edge(edge, ())

    def fires(self, source: Resource) -> bool:
        """Whether a resource is started by a schedule of its own."""
        return self._own(source).times > 0 and bool(expression_of(source))

    def circles(self) -> list[list[Resource]]:
        """Resources that start themselves, each by way of the others of its list."""
        found: dict[frozenset[str], list[Resource]] = {}
        for edge in self.edges:
            path = self._path(edge.target, edge.source)
            if path is not None:
                found.setdefault(frozenset(r.urn for r in path), path)
        return list(found.values())

    def _path(self, start: Resource, end: Resource) -> list[Resource] | None:
        """A way from one resource to another along the edges."""
        waiting, seen = [[start]], {start.urn}
        while waiting:
            path = waiting.pop(0)
            if path[-1].urn == end.urn:
                return path
            for edge in self._from.get(path[-1].urn, []):
                if edge.target.urn not in seen:
                    seen.add(edge.target.urn)
                    waiting.append([*path, edge.target])
        return None

    def _rate(self, resource: Resource, above: tuple[str, ...]) -> Rate:
        if resource.urn in above:
            return Rate(0.0, frozenset({f"{resource.name} starts itself in a circle"}))
        if resource.urn not in self._rates:
            total = self._own(resource)
            incoming = [self._edge(edge, (*above, resource.urn)) for edge in self.into(resource)]
            if resource.type == TRIGGER and _needs_all(resource) and incoming:
                total += min(incoming, key=lambda rate: rate.times)
            else:
                for rate in incoming:
                    total += rate
            self._rates[resource.urn] = total
        return self._rates[resource.urn]

    def _edge(self, edge: Edge, above: tuple[str, ...]) -> Rate:
        found = self._rate(edge.source, above)
        if edge.call.times is None:
            unread = f"{edge.call.label} {edge.call.why}"
            return Rate(found.times, found.reasons | {unread})
        return Rate(found.times * edge.call.times, found.reasons)

    def _own(self, resource: Resource) -> Rate:
        """Firings of a resource's own schedule, or of the events that it listens for."""
        if is_disabled(resource):
            return Rate()
        if resource.type == RULE and resource.props.has("eventPattern"):
            return self._events_of(resource)
        expression = expression_of(resource)
        return Rate(schedule.per_month(expression) or 0.0) if expression else Rate()

    def _events_of(self, rule: Resource) -> Rate:
        """Events from outside; those that the stack's own machines, jobs and crawlers cause are edges."""
        sources = _sources(pattern_of(rule))
        if sources and sources <= {"aws.states", "aws.glue"}:
            return Rate()
        reason = f"rule {rule.name} starts it for each event, and how many come is not known"
        if sources == frozenset({"aws.s3"}) and self._events is not None:
            return Rate(self._events)
        return Rate(0.0, frozenset({reason}))

    def _called(self) -> Iterator[Edge]:
        for source in self.stack.of(MACHINE, SCHEDULE, TRIGGER):
            for call in calls(source):
                target = self._named(call)
                if target is None:
                    self.unresolved.append((source, call))
                else:
                    yield Edge(source, target, call)

    def _named(self, call: Call) -> Resource | None:
        if call.name is None:
            return None
        if call.type not in self._names:
            listed = self.stack.of(call.type)
            self._names[call.type] = {name: r for r in listed for name in identities(r)}
        found = self._names[call.type].get(call.name)
        return found or next((r for r in self.stack.of(call.type) if is_named(call.name, r)), None)

    def _targets(self) -> Iterator[Edge]:
        """Rules by their targets, schedules by their templated one."""
        startable = self.stack.of(*STARTABLE)
        rules = [(rule, self.stack.pointing_at(rule, "rule", TARGET)) for rule in self.stack.of(RULE)]
        for target in startable:
            links = {link.urn for link in self.stack.pointing_at(target, "arn", TARGET)}
            for rule, own in rules if links else ():
                if any(link.urn in links for link in own):
                    yield Edge(rule, target, Call(f"rule {rule.name}", target.type, target.name))
        for source in self.stack.of(SCHEDULE):
            block = source.props.child("target") or Props({})
            text = readable(block, "arn")
            for target in startable:
                if is_named(text, target) or points_at(source, "target", target):
                    yield Edge(source, target, Call(f"schedule {source.name}", target.type, target.name))

    def _scheduled(self) -> Iterator[Edge]:
        """Rules that listen for the ends of the stack's own machines, jobs and crawlers."""
        causes = self.stack.of(MACHINE, JOB, CRAWLER)
        for rule in self.stack.of(RULE):
            pattern = pattern_of(rule)
            sources = _sources(pattern) & {"aws.states", "aws.glue"}
            if not sources or is_disabled(rule):
                continue
            for cause in causes:
                if _ENDS[cause.type][0] in sources and _hears(rule, pattern, cause):
                    yield Edge(cause, rule, Call(f"{cause.name}'s events", RULE, rule.name))

    def _workflow_triggers(self) -> Iterator[Edge]:
        """A Glue workflow and the triggers that begin it; a scheduled one starts the workflow's own run."""
        for trigger in self.stack.of(TRIGGER):
            named = readable(trigger.props, "workflowName")
            if named and trigger.props.text("type") in {"ON_DEMAND", "EVENT"}:
                for workflow in self.stack.of(WORKFLOW):
                    if is_named(named, workflow):
                        yield Edge(
                            workflow, trigger, Call(f"workflow {workflow.name}", TRIGGER, trigger.name)
                        )

    def _carried(self) -> Iterator[Edge]:
        """Functions, APIs, pipes and device rules that hold the name of what they may start.

        A function that a machine calls may hold the machine's name to answer it.
        """
        called = {(edge.source.urn, edge.target.urn) for edge in self.edges}
        for carrier in self.stack.of(*CARRIERS):
            texts = _texts(carrier)
            why = f"{CARRIERS[carrier.type]} may start it, how often is not known"
            for started in self.stack.of(MACHINE, JOB, CRAWLER, WORKFLOW):
                made = any(carrier.is_made_of(key, started.urn) for key in carrier.props)
                named = made or any(_names(text, started) for text in texts)
                if named and (started.urn, carrier.urn) not in called:
                    yield Edge(
                        carrier, started, Call(carrier.name, started.type, started.name, None, why=why)
                    )

    def _conditions(self) -> Iterator[Edge]:
        """A conditional trigger fires when the jobs and crawlers of its predicate have ended."""
        for trigger in self.stack.of(TRIGGER):
            predicate = trigger.props.child("predicate")
            if trigger.props.text("type") != "CONDITIONAL" or predicate is None:
                continue
            for condition in predicate.children("conditions"):
                for key, kind in (("jobName", JOB), ("crawlerName", CRAWLER)):
                    named = readable(condition, key)
                    for cause in self.stack.of(kind):
                        if named and is_named(named, cause):
                            yield Edge(cause, trigger, Call(f"end of {cause.name}", TRIGGER, trigger.name))


STARTABLE = (MACHINE, WORKFLOW, JOB, CRAWLER, FUNCTION)
"""What a rule's target or a schedule's may be that costs by the run."""

CARRIERS: Mapping[str, str] = {
    FUNCTION: "is a function that",
    "aws:apigateway/integration:Integration": "is called from outside, and",
    "aws:apigatewayv2/integration:Integration": "is called from outside, and",
    "aws:iot/topicRule:TopicRule": "is a rule on devices' messages that",
    "aws:pipes/pipe:Pipe": "is a pipe that",
}
"""Types that may start what they name, by code or for each message, and how to say so."""


def _texts(resource: Resource) -> list[str]:
    """Every known text among a resource's properties, at any depth."""
    found: list[str] = []
    waiting: list[object] = [resource.props.get(key) for key in resource.props if resource.props.known(key)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            found.append(value)
            continue
        try:
            inner = plain(value)
        except UnknownValueError:
            continue
        if isinstance(inner, Mapping):
            waiting += cast("Mapping[str, object]", inner).values()
        elif isinstance(inner, list):
            waiting += cast("list[object]", inner)
    return found


def _names(text: str, started: Resource) -> bool:
    """Whether a text is a resource's name, or holds its ARN, as the template of a request does."""
    known = identities(started)
    return text in known or any(name.startswith("arn:") and name in text for name in known)


def is_disabled(resource: Resource) -> bool:
    """Whether a rule, schedule or trigger is switched off."""
    props = resource.props
    return (
        props.text("state") == "DISABLED"
        or props.flag("enabled") is False
        or (resource.type == RULE and props.flag("isEnabled") is False)
    )


def expression_of(resource: Resource) -> str:
    """The schedule of a rule, schedule, trigger or crawler; empty if it has none."""
    return resource.props.text("scheduleExpression") or resource.props.text("schedule") or ""


def _needs_all(trigger: Resource) -> bool:
    predicate = trigger.props.child("predicate")
    return predicate is not None and (predicate.text("logical") or "AND") == "AND"


def pattern_of(rule: Resource) -> Mapping[str, Any]:
    """A rule's event pattern; empty if it has none or it is no JSON object."""
    try:
        return rule.props.document("eventPattern") or {}
    except UnreadableError:
        return {}


def _sources(pattern: Mapping[str, Any]) -> frozenset[str]:
    given = pattern.get("source")
    listed = cast("list[Any]", given) if isinstance(given, list) else [given]
    return frozenset(item for item in listed if isinstance(item, str))


_ENDS = {
    MACHINE: ("aws.states", "stateMachineArn"),
    JOB: ("aws.glue", "jobName"),
    CRAWLER: ("aws.glue", "crawlerName"),
}
_SUCCESS = {"SUCCEEDED", "Succeeded"}


def _hears(rule: Resource, pattern: Mapping[str, Any], cause: Resource) -> bool:
    """Whether a rule on the source of this resource's events fires when it ends well."""
    key = _ENDS[cause.type][1]
    detail = pattern.get("detail")
    block = cast("Mapping[str, Any]", detail) if isinstance(detail, Mapping) else dict[str, Any]()
    kinds = str(pattern.get("detail-type", ""))
    if kinds and cause.type != MACHINE and ("Crawler" in kinds) != (cause.type == CRAWLER):
        return False
    named = block.get(key)
    names = cast("list[Any]", named) if isinstance(named, list) else []
    by_text = any(is_named(item, cause) for item in names if isinstance(item, str))
    others = any(isinstance(item, str) for item in names)
    states = str(block.get("status", block.get("state", "")))
    succeeds = not states or any(f"'{word}'" in states for word in _SUCCESS) or "anything-but" in states
    return succeeds and (by_text or not others or points_at(rule, "eventPattern", cause))
