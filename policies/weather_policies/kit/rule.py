"""How a rule is written: its name and metadata, what it judges, and how it reports.

A rule is a generator under one of three decorators. `resource_rule` judges one resource by its inputs,
before it is created; `stack_resource_rule` judges each resource of some types, and `stack_rule` the stack
as a whole, once all resources are known. It yields

- a message for each finding: what is wrong, the limit, and what to do;
- `Undetermined(path)` where a value decides that does not exist before the update. Reading such a value
  raises, which counts the same. A rule goes on with its other subjects and ends in the SDK's advisory "can't
  run policy ... during preview", with every path named: never in silence.

Messages hold names, numbers and words of our own lists, never a property's text: secrets reach a rule in
plain text.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from weather_policies.kit import exemptions
from weather_policies.kit.reading import Resource, UnreadableError
from weather_policies.kit.stack import Stack

MANDATORY = EnforcementLevel.MANDATORY
ADVISORY = EnforcementLevel.ADVISORY
LOW, MEDIUM, HIGH, CRITICAL = Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL

PREFIX = "weather-"
"""What the names of rules begin with in this project's pack."""

Schema = dict[str, Any]
"""JSON schema of one configuration property, with its default."""


@dataclass(frozen=True)
class Undetermined:
    """A value that decides, at `path` of the resource's properties, is not known before the update."""

    path: str


@dataclass(frozen=True)
class Finding:
    """A finding of a stack rule that belongs to another resource than the subject, or to none."""

    message: str
    resource: Resource | None = None


class UndeterminedError(UnknownValueError):
    """Ends a rule that met unknowns, so that the SDK reports it with every path named."""

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__(UNKNOWN_STRING_VALUE, list(paths))
        self.message = f"{', '.join(paths)} can't be known during preview"


class Config:
    """A rule's configuration: the schema's defaults under what the CLI sent."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def number(self, key: str) -> float:
        """A number (JSON has no integers, so `30` arrives as `30.0`)."""
        return float(self._values[key])

    def flag(self, key: str) -> bool:
        """A boolean."""
        return bool(self._values[key])

    def text(self, key: str) -> str:
        """A string."""
        return str(self._values[key])

    def texts(self, key: str) -> list[str]:
        """A list of strings."""
        return [str(item) for item in self._values[key]]

    def numbers(self, key: str) -> list[float]:
        """A list of numbers."""
        return [float(item) for item in self._values[key]]

    def table(self, key: str) -> dict[str, Any]:
        """An object."""
        return dict(cast("Mapping[str, Any]", self._values[key]))

    def rows(self, key: str) -> list[dict[str, Any]]:
        """A list of objects."""
        return [dict(cast("Mapping[str, Any]", item)) for item in self._values[key]]


ResourceJudge = Callable[[Resource, Config], Iterator[str | Undetermined]]
ResourceRemediation = Callable[[ResourceValidationArgs], Mapping[str, Any] | None]
SubjectJudge = Callable[[Resource, Stack, Config], Iterator[str | Finding | Undetermined]]
StackJudge = Callable[[Stack, Config], Iterator[str | Finding | Undetermined]]


@dataclass(frozen=True)
class RuleMetadata:
    """What a person needs to know of a rule, beside its verdict.

    Attributes:
        name: `weather-<service>-<resource>-<rule>`.
        description: What must hold, in one sentence.
        why: What happens otherwise; printed in the table of rules.
        steps: What to change so that the rule is content.
        url: The page of documentation that the rule rests on.
        tags: `tagging`, `cost`, `security` or `reliability`, first the one the rule belongs to.
        severity: How bad a violation is.
        level: Advisory or mandatory where the class's configuration does not say otherwise.
        config: Schema, with default, of each threshold.
        follows: Per threshold, rule and threshold whose value holds here too where it is not given.
    """

    name: str
    description: str
    why: str
    steps: str
    url: str
    tags: tuple[str, ...]
    severity: Severity = MEDIUM
    level: EnforcementLevel = MANDATORY
    config: Mapping[str, Schema] | None = None
    follows: Mapping[str, tuple[str, str]] | None = None

    def named(self, prefix: str) -> "RuleMetadata":
        """The same under another prefix, and following rules of that prefix."""
        led = (self.follows or {}).items()
        follows = {key: (prefix + leader.removeprefix(PREFIX), at) for key, (leader, at) in led}
        return replace(self, name=prefix + self.name.removeprefix(PREFIX), follows=follows)

    def schema(self) -> dict[str, Schema]:
        """Every configuration property of the rule, its exemptions included."""
        return {**(self.config or {}), **dict.fromkeys(exemptions.KEYS, exemptions.SCHEMA)}

    def settings(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Defaults under what was sent: the SDK itself applies none."""
        return {**{key: schema["default"] for key, schema in self.schema().items()}, **sent}


NAMED: set[str] = set()
"""Types that some rule names: it looks into them, and not at their tags alone."""

_FAMILY = 100
"""Types of a rule from which on it is about a family, such as all that take tags."""


def _name(types: frozenset[str] | None) -> frozenset[str] | None:
    """Note the types that a rule names, and give them back."""
    if types is not None and len(types) < _FAMILY:
        NAMED.update(types)
    return types


class ResourceRule(ResourceValidationPolicy):
    """A rule over single resources; `types` is what it judges (None: every resource)."""

    def __init__(
        self,
        metadata: RuleMetadata,
        types: frozenset[str] | None,
        judge: ResourceJudge,
        remediate: ResourceRemediation | None = None,
    ) -> None:
        self.metadata, self.types, self.judge = metadata, _name(types), judge
        self.remediation = remediate
        super().__init__(  # pyright: ignore[reportUnknownMemberType] (the SDK writes a bare Awaitable)
            validate=self._validate,
            remediate=cast("Any", remediate),  # the SDK takes a plain mapping too
            **_sdk_arguments(metadata),
        )

    def named(self, prefix: str) -> "ResourceRule":
        """The same rule under a name with another prefix; itself if that is the name it has."""
        metadata = self.metadata.named(prefix)
        if metadata.name == self.metadata.name:
            return self
        return ResourceRule(metadata, self.types, self.judge, self.remediation)

    def judges(self, resource_type: str) -> bool:
        """Whether the rule has anything to say about a type."""
        return self.types is None or resource_type in self.types

    def _validate(self, args: ResourceValidationArgs, report: ReportViolation) -> None:
        if not self.judges(args.resource_type):
            return
        settings = self.metadata.settings(args.get_config())
        accepted = exemptions.read(settings)
        resource = Resource(args)
        undetermined: list[str] = []
        for outcome in _guarded(self.judge(resource, Config(settings)), resource):
            if isinstance(outcome, Undetermined):
                undetermined.append(outcome.path)
                continue
            message = exemptions.apply_exemptions(
                str(outcome), resource.name, resource.urn, accepted, self.metadata.name
            )
            if message is not None:
                report(message, None)
        if undetermined:
            raise UndeterminedError(undetermined)


class StackRule(StackValidationPolicy):
    """A rule over the finished stack; `types` are its subjects (None: the stack as a whole)."""

    def __init__(
        self, metadata: RuleMetadata, types: frozenset[str] | None, judge: SubjectJudge | StackJudge
    ) -> None:
        self.metadata, self.types, self.judge = metadata, _name(types), judge
        super().__init__(  # pyright: ignore[reportUnknownMemberType] (the SDK writes a bare Awaitable)
            validate=self._validate, **_sdk_arguments(metadata)
        )

    def named(self, prefix: str) -> "StackRule":
        """The same rule under a name with another prefix; itself if that is the name it has."""
        metadata = self.metadata.named(prefix)
        return self if metadata.name == self.metadata.name else StackRule(metadata, self.types, self.judge)

    def _validate(self, args: StackValidationArgs, report: ReportViolation) -> None:
        settings = self.metadata.settings(args.get_config())
        accepted = exemptions.read(settings)
        undetermined: list[str] = []
        for subject, outcome in self._outcomes(Stack.for_rules(args.resources), Config(settings)):
            if isinstance(outcome, Undetermined):
                undetermined.append(outcome.path)
                continue
            found = outcome if isinstance(outcome, Finding) else Finding(outcome, subject)
            name = found.resource.name if found.resource else exemptions.STACK
            urn = found.resource.urn if found.resource else exemptions.STACK
            message = exemptions.apply_exemptions(found.message, name, urn, accepted, self.metadata.name)
            if message is not None:
                report(message, found.resource.urn if found.resource else None)
        if undetermined:
            raise UndeterminedError(undetermined)

    def _outcomes(
        self, stack: Stack, config: Config
    ) -> Iterator[tuple[Resource | None, str | Finding | Undetermined]]:
        if self.types is None:
            judge = cast("StackJudge", self.judge)
            yield from ((None, outcome) for outcome in _guarded(judge(stack, config), None))
            return
        subject_judge = cast("SubjectJudge", self.judge)
        for subject in stack.of(*sorted(self.types)):
            yield from ((subject, o) for o in _guarded(subject_judge(subject, stack, config), subject))


Rule = ResourceRule | StackRule
Outcome = TypeVar("Outcome")


def resource_rule(
    metadata: RuleMetadata, *types: str, remediate: ResourceRemediation | None = None
) -> Callable[[ResourceJudge], ResourceRule]:
    """Make a rule that judges each resource of `types` (of all types if none is given) by its inputs."""
    return lambda judge: ResourceRule(metadata, frozenset(types) or None, judge, remediate)


def stack_resource_rule(metadata: RuleMetadata, *types: str) -> Callable[[SubjectJudge], StackRule]:
    """Make a rule that judges each resource of `types` within the finished stack."""
    return lambda judge: StackRule(metadata, frozenset(types), judge)


def stack_rule(metadata: RuleMetadata) -> Callable[[StackJudge], StackRule]:
    """Make a rule that judges the stack as a whole."""
    return lambda judge: StackRule(metadata, None, judge)


def _guarded(outcomes: Iterator[Outcome], resource: Resource | None) -> Iterator[Outcome | Undetermined]:
    """The outcomes, the last of them an `Undetermined` if the rule looked at an unknown.

    A document that is not JSON stops the rule too: the rule for that kind of document reports it.
    """
    where = f"{resource.name}" if resource else "stack"
    try:
        for outcome in outcomes:
            yield Undetermined(f"{where}.{outcome.path}") if isinstance(outcome, Undetermined) else outcome
    except UnknownValueError as unknown:
        yield Undetermined(f"{where}.{'.'.join(unknown.props)}")
    except UnreadableError:
        return


def _sdk_arguments(metadata: RuleMetadata) -> dict[str, Any]:
    return {
        "name": metadata.name,
        "description": metadata.description,
        "enforcement_level": metadata.level,
        "severity": metadata.severity,
        "remediation_steps": metadata.steps,
        "url": metadata.url,
        "tags": list(metadata.tags),
        "config_schema": PolicyConfigSchema(properties=metadata.schema()),
    }


def integer(default: int, description: str, minimum: int = 0, maximum: int | None = None) -> Schema:
    """Schema of a whole number."""
    bound = {} if maximum is None else {"maximum": maximum}
    return {"type": "integer", "description": description, "default": default, "minimum": minimum, **bound}


def number(default: float, description: str, minimum: float = 0) -> Schema:
    """Schema of a number."""
    return {"type": "number", "description": description, "default": default, "minimum": minimum}


def boolean(*, default: bool, description: str) -> Schema:
    """Schema of a switch."""
    return {"type": "boolean", "description": description, "default": default}


def strings(default: Sequence[str], description: str) -> Schema:
    """Schema of a list of distinct strings."""
    return {
        "type": "array",
        "description": description,
        "default": list(default),
        "items": {"type": "string", "minLength": 1},
        "uniqueItems": True,
    }


def mapping(default: Mapping[str, Any], description: str, values: Schema) -> Schema:
    """Schema of an object whose values all look alike."""
    return {
        "type": "object",
        "description": description,
        "default": dict(default),
        "additionalProperties": values,
    }
