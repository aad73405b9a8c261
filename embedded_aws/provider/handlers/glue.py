"""Glue: databases, tables, security configurations, crawlers, jobs."""

from embedded_aws.provider.handlers.base import Cloud, Created, Inputs, arn_of, call, creates, without


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


@creates("aws:glue/catalogTable:CatalogTable")
def _table(cloud: Cloud, inputs: Inputs) -> Created:
    table = without(inputs, "databaseName", "catalogId")
    call(
        cloud,
        "glue.create_table",
        {"databaseName": inputs["databaseName"], "tableInput": table},
        {"tableInput.storageDescriptor.serDeInfo": "SerdeInfo"},
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


@creates("aws:glue/crawler:Crawler", tags=True)
def _crawler(cloud: Cloud, inputs: Inputs) -> Created:
    given = without(inputs, *_TARGETS)
    given["targets"] = {api: inputs[name] for name, api in _TARGETS.items() if inputs.get(name)}
    call(
        cloud,
        "glue.create_crawler",
        given,
        {"securityConfiguration": "CrawlerSecurityConfiguration"},
    )
    return inputs["name"], {"arn": arn_of(cloud, "glue", f"crawler/{inputs['name']}")}


@creates("aws:glue/job:Job", tags=True)
def _job(cloud: Cloud, inputs: Inputs) -> Created:
    call(cloud, "glue.create_job", inputs, {"roleArn": "Role"})
    return inputs["name"], {"arn": arn_of(cloud, "glue", f"job/{inputs['name']}")}
