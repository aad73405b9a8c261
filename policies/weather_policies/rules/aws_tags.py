"""Tags: who pays, who answers, and which stack a line of the bill belongs to.

A tag counts where it takes effect: on the resource, or among the provider's `default_tags`. Values are
never printed, since a tag may be made of a secret. A type that takes no tags is passed over by name
(`tag_support.json`), not by forgetting it.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, cast

from pulumi_policy import ResourceValidationArgs
from pulumi_policy.proxy import UnknownValueError

from weather_policies.kit.reading import Props, Resource
from weather_policies.kit.rule import (
    ADVISORY,
    HIGH,
    LOW,
    MEDIUM,
    Config,
    RuleMetadata,
    Undetermined,
    UndeterminedError,
    mapping,
    resource_rule,
    strings,
)
from weather_policies.readers.tags import (
    TAGGABLE,
    UNTAGGABLE,
    default_tags,
    effective_tags,
    ignored_tags,
    tag_keys,
    tag_value,
)
from weather_policies.readers.types import AWS_PROVIDER

REQUIRED = ("Project", "Environment", "Owner", "CostCentre", "Stack")
"""Keys on every taggable resource; `Stack` is the one that tells two stacks of a class apart on the bill."""


_LEADER = ("weather-aws-resource-required-tags", "required")
"""Where a team sets its own tag keys, for the other rules as well."""

NAMING = ("Project", "Owner")
"""Keys whose value names somebody or something, and so cannot be that there is none."""

PLACEHOLDERS = (
    "todo",
    "tbd",
    "none",
    "n/a",
    "na",
    "unknown",
    "changeme",
    "xxx",
    "test",
    "foo",
    "null",
    "fixme",
)

_TAGGING_URL = (
    "https://docs.aws.amazon.com/whitepapers/latest/tagging-best-practices/tagging-best-practices.html"
)


_DEFAULT_TAGS_URL = "https://www.pulumi.com/registry/packages/aws/api-docs/provider/#provider-default-tags"


_COST_TAGS_URL = "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/cost-alloc-tags.html"


@resource_rule(
    RuleMetadata(
        name="weather-aws-resource-required-tags",
        description="Every taggable resource carries the required tags, its own or from default_tags.",
        why="Untagged cost lands on nobody's bill and an untagged resource has no owner to ask.",
        steps="Give the key to the provider's default_tags, or to the resource if its value differs there.",
        url=_TAGGING_URL,
        tags=("tagging", "cost"),
        severity=HIGH,
        config={"required": strings(REQUIRED, "Tag keys that every taggable resource carries.")},
    ),
    *TAGGABLE,
)
def required_tags(resource: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Compare the effective tags with the required ones; an unknown value under a known key is present."""
    sets = effective_tags(resource)
    missing = [key for key in config.texts("required") if _is_blank(sets, key)]
    if missing:
        said = ", ".join(f"'{key}'" for key in missing)
        tags, are = ("tag", "is") if len(missing) == 1 else ("tags", "are")
        yield f"required {tags} {said} {are} missing: add to the provider's default_tags"
    if {"tags", "tagsAll"} & set(resource.ignored):
        yield "ignoreChanges holds tags: what is changed of them later is not made"


def _is_blank(sets: list[Props], key: str) -> bool:
    """Whether a tag is absent, or holds nothing but blanks."""
    try:
        value = tag_value(sets, key)
    except UnknownValueError:
        return False
    return value is None or (isinstance(value, str) and not value.strip())


@resource_rule(
    RuleMetadata(
        name="weather-aws-resource-tag-values",
        description="Tags with a closed vocabulary or a pattern hold a value that fits.",
        why="'prod', 'Prod' and 'production' are three lines on the bill and three answers to one question.",
        steps="Use one of the listed values, or widen the list in the pack's configuration.",
        url=_TAGGING_URL,
        tags=("tagging", "cost"),
        severity=MEDIUM,
        config={
            "allowed": mapping(
                {
                    "Environment": ["dev", "staging", "prod", "local"],
                    "ManagedBy": ["pulumi"],
                },
                "Per key the values that are allowed.",
                {"type": "array", "items": {"type": "string"}, "minItems": 1},
            ),
            "patterns": mapping(
                {
                    "Project": "^[A-Za-z0-9][A-Za-z0-9 ._-]{1,63}$",
                    "CostCentre": "^[A-Za-z0-9][A-Za-z0-9_-]{1,31}$",
                    "Owner": "^[A-Za-z0-9][A-Za-z0-9._@+ -]{1,63}$",
                    "Stack": "^[a-z0-9]{3,16}$",
                },
                "Per key a regular expression that the value matches.",
                {"type": "string", "format": "regex"},
            ),
            "placeholders": strings(PLACEHOLDERS, "Words that are no value."),
            "fixed": strings(("Stack",), "Keys whose value is the provider's on every resource."),
        },
    ),
    *TAGGABLE,
)
def tag_values(resource: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge each value on its own: one that is unknown does not hide the others."""
    sets = effective_tags(resource)
    allowed, patterns = config.table("allowed"), config.table("patterns")
    for key in sorted(tag_keys(sets) & {*allowed, *patterns}):
        try:
            value = tag_value(sets, key)
        except UnknownValueError:
            yield Undetermined(f"tags.{key}")
            continue
        if key in allowed and value not in allowed[key]:
            yield f"tag '{key}' holds a value outside the list {', '.join(allowed[key])}"
        elif key == "Environment" and _stack_of(resource.urn) in allowed.get(key, ()):
            stack = _stack_of(resource.urn)
            if value != stack:
                yield f"tag '{key}' holds '{value}' in stack '{stack}'"
        if key in patterns and not (isinstance(value, str) and _matches(patterns[key], value)):
            yield f"tag '{key}' does not match {patterns[key]}"
        elif (
            key in NAMING
            and isinstance(value, str)
            and _is_placeholder(str(value), config.texts("placeholders"))
        ):
            yield f"tag '{key}' holds a placeholder"
    yield from _moved(sets, config.texts("fixed"))


def _matches(pattern: str, value: str) -> bool:
    """Whether a value is as its pattern says, to its last character: `$` alone would pass a line's end."""
    return re.search(pattern, value) is not None and not re.search(r"[\r\n]", value)


def _is_placeholder(value: str, words: list[str]) -> bool:
    """Whether a value says no more than that there is none."""
    found = re.findall(r"[a-z/]+", value.lower())
    return bool(found) and all(word in words for word in found)


def _moved(sets: list[Props], keys: list[str]) -> Iterator[str | Undetermined]:
    """Tags of a resource that say otherwise than the provider's, where the stack has one answer for all."""
    if len(sets) < 2:  # noqa: PLR2004 (own and inherited)
        return
    own, inherited = sets
    for key in keys:
        try:
            if own.has(key) and inherited.has(key) and own.get(key) != inherited.get(key):
                yield f"tag '{key}' is not the provider's: the resource would count for another stack"
        except UnknownValueError:
            yield Undetermined(f"tags.{key}")


def _stack_of(urn: str) -> str:
    return urn.split("::", maxsplit=1)[0].removeprefix("urn:pulumi:")


@resource_rule(
    RuleMetadata(
        name="weather-aws-resource-tag-spelling",
        description="No tag key differs from a required one only in case, spaces or punctuation.",
        why="Keys are case-sensitive: 'cost-centre' beside 'CostCentre' splits the cost report in two.",
        steps="Rename the tag to the required spelling.",
        url=_COST_TAGS_URL,
        tags=("tagging", "cost"),
        severity=MEDIUM,
        config={"keys": strings(REQUIRED, "The spellings that count.")},
        follows={"keys": _LEADER},
    ),
    *TAGGABLE,
)
def tag_spelling(resource: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Fold the spellings and look for a near miss; a key is shown in ASCII, so that a look-alike shows."""
    spellings = {_folded(key): key for key in config.texts("keys")}
    for key in sorted(tag_keys(effective_tags(resource))):
        meant = spellings.get(_folded(key))
        if meant is not None and key != meant and key not in spellings.values():
            yield f"tag {key!a} is spelt '{meant}' everywhere else"


def _folded(key: str) -> str:
    """A key without what the eye passes over: width, look-alikes, case, blanks, plural, a trailing id."""
    plain = unicodedata.normalize("NFKC", key).translate(LOOK_ALIKES).lower().replace("center", "centre")
    plain = re.sub(r"[^a-z0-9]", "", plain)
    return re.sub(r"(?<=..)(ids?|names?|s)$", "", plain)


_CYRILLIC = "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0423"
_CYRILLIC_SMALL = "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455"
_GREEK = "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a7\u03bf"
LOOK_ALIKES = str.maketrans(
    _CYRILLIC + _CYRILLIC_SMALL + _GREEK, "ABEKMHOPCTXY" + "aeopcyxijs" + "ABEZHIKMNOPTXo"
)
"""Letters of the Cyrillic and Greek alphabets that look like Latin ones."""


def _is_known_type(resource: Resource) -> bool:
    return resource.type in TAGGABLE or resource.type in UNTAGGABLE


@resource_rule(
    RuleMetadata(
        name="weather-aws-resource-tag-support",
        description="The pack knows of every AWS resource type whether it takes tags.",
        why="A type newer than the pack would pass all tagging rules without being looked at.",
        steps="Upgrade pulumi-aws and run `python -m weather_policies.documents`.",
        url="https://www.pulumi.com/registry/packages/aws/",
        tags=("tagging",),
        severity=LOW,
        level=ADVISORY,
    )
)
def tag_support_known(resource: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Name a type that is in neither list."""
    del config
    if resource.type.startswith(("aws:", "aws-native:")) and not _is_known_type(resource):
        yield f"type {resource.type} is not in tag_support.json: its tags were not judged"


@resource_rule(
    RuleMetadata(
        name="weather-aws-provider-default-tags",
        description="The AWS provider gives the required tags to everything it creates.",
        why="Tags per resource are forgotten one by one; default tags are not.",
        steps="Set default_tags on the aws.Provider that the program creates.",
        url=_DEFAULT_TAGS_URL,
        tags=("tagging", "cost"),
        severity=HIGH,
        config={"required": strings(REQUIRED, "Tag keys among the provider's default tags.")},
        follows={"required": _LEADER},
    ),
    AWS_PROVIDER,
)
def provider_default_tags(provider: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Read the provider's own inputs."""
    tags = default_tags(provider.props)
    present = set(tags) if tags is not None else set[str]()
    ignored = ignored_tags(provider.props)
    for key in config.texts("required"):
        if key not in present:
            yield f"default_tags lack '{key}'"
        elif key in ignored:
            yield f"ignoreTags holds '{key}': the provider neither sets nor mends that tag"


_URN_PARTS = 4


def _derivable(urn: str, templates: Mapping[str, str]) -> dict[str, str]:
    """The tags that a URN alone gives: `urn:pulumi:<stack>::<project>::<types>::<name>`."""
    parts = urn.split("::")
    if len(parts) < _URN_PARTS:
        return {}
    stack, project = parts[0].removeprefix("urn:pulumi:"), parts[1]
    return {
        key: template.replace("{project}", project).replace("{stack}", stack)
        for key, template in templates.items()
    }


def _missing_derivable(resource: Resource, templates: Mapping[str, str]) -> dict[str, str]:
    """The derivable tags that the resource does not have."""
    present = tag_keys(effective_tags(resource))
    return {key: value for key, value in _derivable(resource.urn, templates).items() if key not in present}


def _add_derivable(args: ResourceValidationArgs) -> Mapping[str, Any] | None:
    """Remediation: the inputs with the derivable tags added, None if nothing is missing.

    The tags that are there are added to in place, never rebuilt: a remediation sees secrets unwrapped,
    and only what it leaves alone goes back to the engine as a secret. It sees an unknown as a text, since
    the SDK guards no values here.

    Raises:
        UndeterminedError: The tags as a whole are not known before the update.
    """
    if args.resource_type not in TAGGABLE:
        return None
    settings = Config(derived_tags.metadata.settings(args.get_config()))
    own = Props(args.props).get("tags")
    if isinstance(own, str):
        raise UndeterminedError(["tags"])
    missing = _missing_derivable(Resource(args), settings.table("derive"))
    if not missing:
        return None
    props = cast("dict[str, Any]", args.props)
    if isinstance(own, Mapping):
        tags = cast("dict[str, Any]", own)
        for key, value in missing.items():
            tags[key] = value
    else:
        props["tags"] = missing
    return props


@resource_rule(
    RuleMetadata(
        name="weather-aws-resource-derived-tags",
        description="Tags that follow from project and stack are present; level 'remediate' adds them.",
        why="What can be derived need not be remembered.",
        steps="Add the tag to default_tags, or set this rule to 'remediate' and let the pack add it.",
        url=_TAGGING_URL,
        tags=("tagging",),
        severity=LOW,
        level=ADVISORY,
        config={
            "derive": mapping(
                {"Project": "{project}", "Environment": "{stack}", "ManagedBy": "pulumi"},
                "Per key the value to add, with {project} and {stack} from the resource's URN.",
                {"type": "string", "minLength": 1},
            )
        },
    ),
    *TAGGABLE,
    remediate=_add_derivable,
)
def derived_tags(resource: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Name the derivable tags that are absent."""
    missing = sorted(_missing_derivable(resource, config.table("derive")))
    if missing:
        said = ", ".join(f"'{key}'" for key in missing)
        yield f"tag {said} could be derived from the stack and is missing"
