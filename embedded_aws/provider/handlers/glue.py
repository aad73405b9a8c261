"""Glue: databases, tables, security configurations, crawlers, jobs."""

from embedded_aws.provider.handlers.base import Cloud, Created, Inputs, arn_of, call, creates, without
from embedded_aws.provider.handlers.lifecycle import Description, Updater, lives
from embedded_aws.provider.shapes import Rename


@creates("aws:glue/catalogDatabase:CatalogDatabase", tags=True)
def _database(cloud: Cloud, inputs: Inputs) -> Created:
    call(
        cloud,
        "glue.create_database",
        {"databaseInput": without(inputs, "tags", "catalogId"), "tags": inputs.get("tags")},
    )
    return f"{cloud.account}:{inputs['name']}", {
        "arn": arn_of(cloud, "glue", f"database/{inputs['name']}"),
        "catalogId": cloud.account,
    }


_TABLE: dict[str, Rename] = {"tableInput.storageDescriptor.serDeInfo": "SerdeInfo"}
_TABLE_LIFE: dict[str, Rename] = {"storageDescriptor.serDeInfo": "SerdeInfo"}
_JOB: dict[str, Rename] = {"roleArn": "Role"}
_CRAWLER: dict[str, Rename] = {"securityConfiguration": "CrawlerSecurityConfiguration"}


@creates("aws:glue/catalogTable:CatalogTable")
def _table(cloud: Cloud, inputs: Inputs) -> Created:
    table = without(inputs, "databaseName", "catalogId")
    call(
        cloud,
        "glue.create_table",
        {"databaseName": inputs["databaseName"], "tableInput": table},
        _TABLE,
    )
    return f"{cloud.account}:{inputs['databaseName']}:{inputs['name']}", {
        "arn": arn_of(cloud, "glue", f"table/{inputs['databaseName']}/{inputs['name']}"),
        "catalogId": cloud.account,
    }


@creates("aws:glue/securityConfiguration:SecurityConfiguration")
def _security_configuration(cloud: Cloud, inputs: Inputs) -> Created:
    call(cloud, "glue.create_security_configuration", inputs, {"s3Encryption": "S3Encryption"})
    return inputs["name"], {}


_TARGETS = {
    "s3Targets": "S3Targets",
    "jdbcTargets": "JdbcTargets",
    "dynamodbTargets": "DynamoDBTargets",
    "catalogTargets": "CatalogTargets",
    "deltaTargets": "DeltaTargets",
}


def _crawler_inputs(inputs: Inputs) -> Inputs:
    """The provider has a list per kind of target, the API one structure of them."""
    targets = {api: inputs[name] for name, api in _TARGETS.items() if inputs.get(name)}
    return {**without(inputs, *_TARGETS), "targets": targets}


@creates("aws:glue/crawler:Crawler", tags=True)
def _crawler(cloud: Cloud, inputs: Inputs) -> Created:
    call(cloud, "glue.create_crawler", _crawler_inputs(inputs), _CRAWLER)
    return inputs["name"], {"arn": arn_of(cloud, "glue", f"crawler/{inputs['name']}")}


@creates("aws:glue/job:Job", tags=True)
def _job(cloud: Cloud, inputs: Inputs) -> Created:
    call(cloud, "glue.create_job", inputs, _JOB)
    return inputs["name"], {"arn": arn_of(cloud, "glue", f"job/{inputs['name']}")}


# --- after creation ---


def _named(
    token: str, noun: str, answer: str, description: Description, update: Updater | None, *replaces: str
) -> None:
    """Register the life of what Glue knows by its name alone."""
    key = "JobName" if noun == "job" else "Name"
    lives(
        f"aws:glue/{token}",
        read=lambda cloud, _, inputs: description.live(
            cloud, inputs, getattr(cloud.client("glue"), f"get_{noun}")(**{key: inputs["name"]})[answer]
        ),
        update=update,
        delete=lambda cloud, _, inputs: getattr(cloud.client("glue"), f"delete_{noun}")(
            **{key: inputs["name"]}
        ),
        replaces=("name", *replaces),
    )


def _update_database(cloud: Cloud, _: str, inputs: Inputs) -> None:
    body = without(inputs, "tags", "catalogId")
    call(cloud, "glue.update_database", {"name": inputs["name"], "databaseInput": body})
    _tag(cloud, f"database/{inputs['name']}", inputs)


def _update_table(cloud: Cloud, _: str, inputs: Inputs) -> None:
    body = without(inputs, "databaseName", "catalogId")
    call(cloud, "glue.update_table", {"databaseName": inputs["databaseName"], "tableInput": body}, _TABLE)


def _update_crawler(cloud: Cloud, _: str, inputs: Inputs) -> None:
    call(cloud, "glue.update_crawler", _crawler_inputs(without(inputs, "tags")), _CRAWLER)
    _tag(cloud, f"crawler/{inputs['name']}", inputs)


def _update_job(cloud: Cloud, _: str, inputs: Inputs) -> None:
    name = inputs["name"]
    call(cloud, "glue.update_job", {"jobName": name, "jobUpdate": without(inputs, "tags", "name")}, _JOB)
    _tag(cloud, f"job/{name}", inputs)


def _tag(cloud: Cloud, resource: str, inputs: Inputs) -> None:
    if inputs.get("tags"):
        arn = arn_of(cloud, "glue", resource)
        cloud.client("glue").tag_resource(ResourceArn=arn, TagsToAdd=inputs["tags"])


_TAGLESS: dict[str, Rename] = {"tags": None, "catalogId": None}
_named(
    "catalogDatabase:CatalogDatabase",
    "database",
    "Database",
    Description("glue.create_database", _TAGLESS, "DatabaseInput"),
    _update_database,
)
_named("job:Job", "job", "Job", Description("glue.create_job", _JOB | _TAGLESS), _update_job)
_named(
    "crawler:Crawler",
    "crawler",
    "Crawler",
    Description("glue.create_crawler", _CRAWLER | _TAGLESS | dict.fromkeys(_TARGETS)),
    _update_crawler,
)
_named(
    "securityConfiguration:SecurityConfiguration",
    "security_configuration",
    "SecurityConfiguration",
    Description("glue.create_security_configuration", {"s3Encryption": "S3Encryption"}),
    None,
    "encryptionConfiguration",
)
lives(
    "aws:glue/catalogTable:CatalogTable",
    read=lambda cloud, _, inputs: (
        inputs
        | Description("glue.create_table", _TABLE_LIFE, "TableInput").live(
            cloud,
            without(inputs, "databaseName", "catalogId"),
            cloud.client("glue").get_table(DatabaseName=inputs["databaseName"], Name=inputs["name"])["Table"],
        )
    ),
    update=_update_table,
    delete=lambda cloud, _, inputs: cloud.client("glue").delete_table(
        DatabaseName=inputs["databaseName"], Name=inputs["name"]
    ),
    replaces=("name", "databaseName"),
)
