"""Good and bad cases of the tagging rules."""

from __future__ import annotations

from typing import Any

from tests.policies.case import Bad, Case
from tests.policies.engine import TAGS, UNKNOWN, Declared, Provider

NO_TAGS = Provider(tags=None)


def bucket(provider: Provider = NO_TAGS, **tags: Any) -> Declared:
    return Declared(
        "aws:s3/bucket:Bucket", "lake", {"bucket": "b", "tags": tags} if tags else {}, provider=provider
    )


def ignoring(*properties: str) -> Declared:
    return Declared("aws:s3/bucket:Bucket", "lake", {"bucket": "b"}, ignore=properties)


def provider(**inputs: Any) -> Declared:
    return Declared("pulumi:providers:aws", "aws", inputs, provider=None)


def budget(value: str) -> Declared:
    filters = [{"name": "TagKeyValue", "values": [value]}]
    return Declared("aws:budgets/budget:Budget", "monthly", {"costFilters": filters})


def without(key: str) -> dict[str, str]:
    return {k: v for k, v in TAGS.items() if k != key}


CASES = {
    "weather-aws-resource-required-tags": Case(
        good=[
            [bucket(**TAGS)],
            [bucket(Provider())],
            [bucket(Provider(tags=without("Owner")), Owner=UNKNOWN)],
        ],
        bad=[
            Bad([bucket(**without("Owner"))], "required tag 'Owner' is missing", "lake"),
            Bad(
                [bucket()],
                "required tags 'Project', 'Environment', 'Owner', 'CostCentre', 'Stack'",
            ),
            Bad([bucket(Provider(tags=without("CostCentre")))], "required tag 'CostCentre' is missing"),
            Bad([bucket(**TAGS)], "'Room' is missing", config={"required": ["Room"]}),
            Bad([bucket(**{**TAGS, "Project": "  "})], "required tag 'Project' is missing"),
            Bad([ignoring("tags")], "ignoreChanges holds tags", "lake"),
        ],
    ),
    "weather-aws-resource-tag-values": Case(
        good=[[bucket(**TAGS)], [bucket(Provider())]],
        bad=[
            Bad(
                [bucket(**{**TAGS, "Environment": "production"})],
                "outside the list dev, staging, prod, local",
            ),
            Bad([bucket(Provider(tags={**TAGS, "Stack": "UPPER"}))], "tag 'Stack' does not match"),
            Bad([bucket(Provider(), CostCentre="")], "tag 'CostCentre' does not match"),
            Bad([bucket(Provider(), CostCentre="research-42\n")], "tag 'CostCentre' does not match"),
            Bad([bucket(Provider(), Environment="prod")], "tag 'Environment' holds 'prod' in stack 'dev'"),
            Bad([bucket(Provider(), Project="TODO")], "tag 'Project' holds a placeholder"),
            Bad([bucket(Provider(), Stack="other1")], "tag 'Stack' is not the provider's"),
            Bad(
                [bucket(**{**TAGS, "Owner": UNKNOWN, "Environment": "x"})],
                "tag 'Environment' holds a value outside",
            ),
        ],
    ),
    "weather-aws-resource-tag-spelling": Case(
        good=[[bucket(**TAGS)]],
        bad=[
            Bad([bucket(Provider(), **{"cost-center": "x"})], "'cost-center' is spelt 'CostCentre'"),
            Bad([bucket(Provider(), owner=UNKNOWN)], "'owner' is spelt 'Owner'"),
            Bad([bucket(Provider(), Оwner="x")], "'\\u041ewner' is spelt 'Owner'"),
            Bad([bucket(Provider(), Owners="x")], "'Owners' is spelt 'Owner'"),
        ],
    ),
    "weather-aws-resource-tag-support": Case(
        good=[
            [
                bucket(),
                Declared("aws:glue/catalogTable:CatalogTable", "t"),
                Declared("weather:index:Lake", "l"),
            ]
        ],
        bad=[
            Bad(
                [Declared("aws:glue/brandNew:BrandNew", "n")],
                "aws:glue/brandNew:BrandNew is not in tag_support.json",
            )
        ],
    ),
    "weather-aws-provider-default-tags": Case(
        good=[[Declared("pulumi:providers:aws", "aws", Provider().properties(), provider=None)]],
        bad=[
            Bad([provider()], "default_tags lack 'Project'"),
            Bad([provider(defaultTags="not json")], "default_tags lack 'Stack'"),
            Bad([provider(defaultTags={"tags": without("Owner")})], "default_tags lack 'Owner'"),
        ],
    ),
    "weather-aws-resource-derived-tags": Case(
        good=[[bucket(**TAGS)], [bucket(Provider())]],
        bad=[Bad([bucket(**without("ManagedBy"))], "tag 'ManagedBy' could be derived")],
    ),
    "weather-budgets-budget-cost-tag": Case(
        good=[[budget("user:Stack$abc123"), bucket(Provider())]],
        bad=[
            Bad([Declared("aws:budgets/budget:Budget", "monthly")], "no cost filter TagKeyValue", "monthly"),
            Bad([budget("Stack$abc123")], "no cost filter TagKeyValue"),
            Bad([budget("user:Owner$me")], "not among the cost-allocation keys Stack"),
            Bad([budget("user:Stack$other1"), bucket(Provider())], "it is not counted", "lake"),
            Bad([budget("user:Stack$abc123"), bucket()], "it is not counted", "lake"),
        ],
    ),
}
