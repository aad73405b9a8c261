"""boto3 clients on the embedded AWS; the one place where their type is lost."""

from typing import Any, cast

import boto3
from botocore.config import Config


def make(service: str, endpoint: str, region: str, access_key: str, *, validate: bool = True) -> Any:
    """Return a client that tries once, addresses buckets by path and signs as `access_key`.

    Args:
        service: boto3 service name.
        endpoint: URL of the server.
        region: region name.
        access_key: access key id; it says who calls.
        validate: whether botocore checks parameters before it sends them.
    """
    config = Config(
        parameter_validation=validate,
        retries={"total_max_attempts": 1},
        max_pool_connections=20,
        s3={"addressing_style": "path"},
    )
    session = cast("Any", boto3.session.Session())
    return session.client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=access_key,
        aws_secret_access_key="embedded",  # noqa: S106 - the server checks no signature
        config=config,
    )
