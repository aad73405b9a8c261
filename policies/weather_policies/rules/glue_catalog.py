"""The catalogue: its encryption, its connections, and tables that need care."""

from collections.abc import Iterator

from weather_policies.kit.reading import Resource
from weather_policies.kit.rule import (
    ADVISORY,
    LOW,
    MEDIUM,
    Config,
    Finding,
    RuleMetadata,
    Undetermined,
    resource_rule,
    stack_resource_rule,
)
from weather_policies.kit.stack import Stack
from weather_policies.readers.types import CATALOG_ENCRYPTION, CONNECTION

TABLE = "aws:glue/catalogTable:CatalogTable"
OPTIMIZER = "aws:glue/catalogTableOptimizer:CatalogTableOptimizer"


@resource_rule(
    RuleMetadata(
        name="weather-glue-catalog-encryption",
        description="Settings of the catalogue's encryption encrypt its metadata and connection passwords.",
        why="A connection's password is part of the catalogue, and readable with it.",
        steps="Set encryptionAtRest to SSE-KMS and returnConnectionPasswordEncrypted to true.",
        url="https://docs.aws.amazon.com/glue/latest/dg/encrypt-glue-data-catalog.html",
        tags=("security",),
        severity=MEDIUM,
    ),
    CATALOG_ENCRYPTION,
)
def catalog_encryption(settings: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge both parts of the settings."""
    del config
    block = settings.props.child("dataCatalogEncryptionSettings")
    rest = block.child("encryptionAtRest") if block else None
    passwords = block.child("connectionPasswordEncryption") if block else None
    if rest is None or (rest.text("catalogEncryptionMode") or "DISABLED") == "DISABLED":
        yield "encryptionAtRest.catalogEncryptionMode is not set or DISABLED"
    if passwords is None or not passwords.flag("returnConnectionPasswordEncrypted"):
        yield "connectionPasswordEncryption.returnConnectionPasswordEncrypted is not true"


@resource_rule(
    RuleMetadata(
        name="weather-glue-connection-encryption",
        description="A connection to a database or broker demands TLS.",
        why="Without it the password and every row cross the network in the open.",
        steps="Set JDBC_ENFORCE_SSL or KAFKA_SSL_ENABLED to true.",
        url="https://docs.aws.amazon.com/glue/latest/dg/connection-properties.html",
        tags=("security",),
        severity=MEDIUM,
    ),
    CONNECTION,
)
def connection_encryption(connection: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge connections by JDBC and to Kafka; Kafka's default is TLS, JDBC's is none."""
    del config
    given = connection.props.child("connectionProperties")
    if given is None:
        return
    if given.has("JDBC_CONNECTION_URL") and (given.text("JDBC_ENFORCE_SSL") or "false").lower() != "true":
        yield "JDBC_ENFORCE_SSL is not true"
    if given.has("KAFKA_BOOTSTRAP_SERVERS") and (given.text("KAFKA_SSL_ENABLED") or "true").lower() != "true":
        yield "KAFKA_SSL_ENABLED is not true"


@stack_resource_rule(
    RuleMetadata(
        name="weather-glue-table-compaction",
        description="An Iceberg table is compacted by somebody.",
        why="Each run adds small files, and every query opens them all.",
        steps="Add an aws.glue.CatalogTableOptimizer of type compaction, or compact in the job and accept.",
        url="https://docs.aws.amazon.com/glue/latest/dg/table-optimizers.html",
        tags=("cost",),
        severity=LOW,
        level=ADVISORY,
    ),
    TABLE,
)
def table_compaction(table: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Look for an optimizer of each Iceberg table."""
    del config
    parameters = table.props.child("parameters")
    iceberg = table.props.child("openTableFormatInput") is not None or (
        parameters is not None and (parameters.text("table_type") or "").upper() == "ICEBERG"
    )
    if not iceberg:
        return
    kinds = [o.props.text("type") for o in stack.pointing_at(table, "tableName", OPTIMIZER)]
    if "compaction" not in kinds:
        yield "no CatalogTableOptimizer of type compaction names it: its small files stay"
