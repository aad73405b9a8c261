"""Glue crawlers: what they read, when, and what they may do to the catalogue."""

from collections.abc import Iterator
from typing import cast

from weather_policies.kit.reading import Resource, UnreadableError
from weather_policies.kit.rule import (
    HIGH,
    MEDIUM,
    Config,
    Finding,
    RuleMetadata,
    Undetermined,
    integer,
    resource_rule,
    stack_resource_rule,
)
from weather_policies.kit.stack import Stack
from weather_policies.readers.starts import starts_of
from weather_policies.readers.types import CRAWLER

OTHER_TARGETS = (
    *("jdbcTargets", "catalogTargets", "dynamodbTargets", "mongodbTargets", "deltaTargets", "icebergTargets"),
    "hudiTargets",
)

_CRAWLER_URL = "https://docs.aws.amazon.com/glue/latest/dg/define-crawler.html"


@stack_resource_rule(
    RuleMetadata(
        name="weather-glue-crawler-schedule",
        description="A crawler is started by one thing: a state machine, a trigger, or its own schedule.",
        why="Each crawl is billed for at least ten minutes, and a second one collides with the workflow's.",
        steps="Remove the crawler's schedule; the state machine starts it.",
        url=_CRAWLER_URL,
        tags=("cost", "reliability"),
        severity=HIGH,
    ),
    CRAWLER,
)
def crawler_schedule(
    crawler: Resource, stack: Stack, config: Config
) -> Iterator[str | Finding | Undetermined]:
    """Count what starts this crawler: its own schedule, machines, triggers, schedules; or may start any."""
    del config
    graph = starts_of(stack)
    starters = sorted({edge.source.name for edge in graph.into(crawler)})
    starters += sorted({s.name for s, call in graph.unresolved if call.type == CRAWLER and call.name is None})
    if crawler.props.has("schedule") and starters:
        said = ", ".join(starters)
        yield f"it has a schedule and {said} starts it too: each crawl is billed for ten minutes"
    elif len(starters) > 1:
        yield f"{' and '.join(starters)} start it: each crawl is billed for ten minutes, two collide"


@resource_rule(
    RuleMetadata(
        name="weather-glue-crawler-sample-size",
        description="A crawler opens a bounded number of files per folder.",
        why="Without a sample size a crawl opens every file there is: its price grows with the history.",
        steps="Set sampleSize (1 to 249) on each S3 target.",
        url=_CRAWLER_URL,
        tags=("cost",),
        severity=MEDIUM,
        config={"maxFiles": integer(100, "Most files to open per leaf folder.", minimum=1, maximum=249)},
    ),
    CRAWLER,
)
def crawler_sample_size(crawler: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge each S3 target."""
    most = config.number("maxFiles")
    for number, target in enumerate(crawler.props.children("s3Targets"), start=1):
        files = target.number("sampleSize")
        if not files:
            yield f"S3 target {number} has no sampleSize: set 1 to {most:g}"
        elif files > most:
            yield f"S3 target {number} has sampleSize {files:g}, at most {most:g} are allowed"


_CRAWLER = "https://docs.aws.amazon.com/glue/latest/dg"


@resource_rule(
    RuleMetadata(
        name="weather-glue-crawler-schema-policy",
        description="A crawler's schema policy is one that its recrawl mode allows.",
        why="AWS refuses to crawl new folders only unless both behaviours are LOG.",
        steps="Set updateBehavior and deleteBehavior to LOG, or recrawlBehavior to CRAWL_EVERYTHING.",
        url=f"{_CRAWLER}/incremental-crawls.html",
        tags=("reliability",),
        severity=HIGH,
    ),
    CRAWLER,
)
def crawler_schema_policy(crawler: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the combination; a crawler that deletes tables from the catalogue is refused too."""
    del config
    recrawl, schema = crawler.props.child("recrawlPolicy"), crawler.props.child("schemaChangePolicy")
    mode = recrawl.text("recrawlBehavior") if recrawl else None
    update = (schema.text("updateBehavior") if schema else None) or "UPDATE_IN_DATABASE"
    delete = (schema.text("deleteBehavior") if schema else None) or "DEPRECATE_IN_DATABASE"
    if mode == "CRAWL_NEW_FOLDERS_ONLY" and (update, delete) != ("LOG", "LOG"):
        yield "CRAWL_NEW_FOLDERS_ONLY needs updateBehavior and deleteBehavior LOG: AWS refuses this crawler"
    if delete == "DELETE_FROM_DATABASE":
        yield "deleteBehavior DELETE_FROM_DATABASE drops tables that consumers read"


@resource_rule(
    RuleMetadata(
        name="weather-glue-crawler-grouping",
        description="A crawler combines compatible schemas into one table per data set.",
        why="One odd device otherwise splits the table in two, and the job reads half of the data.",
        steps="Set Grouping.TableGroupingPolicy CombineCompatibleSchemas in the crawler's configuration.",
        url=f"{_CRAWLER}/crawler-grouping-policy.html",
        tags=("reliability",),
        severity=MEDIUM,
    ),
    CRAWLER,
)
def crawler_grouping(crawler: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Read the configuration of crawlers over S3: tables of a database or the catalogue are not grouped."""
    del config
    if not crawler.props.has("s3Targets") and any(crawler.props.has(key) for key in OTHER_TARGETS):
        return
    try:
        document = crawler.props.document("configuration") or {}
    except UnreadableError:
        yield "configuration is not a JSON object"
        return
    grouping = document.get("Grouping")
    block = cast("dict[str, object]", grouping) if isinstance(grouping, dict) else {}
    if block.get("TableGroupingPolicy") != "CombineCompatibleSchemas":
        yield "Grouping.TableGroupingPolicy is not CombineCompatibleSchemas: an odd device splits the table"
