"""Clients on the embedded AWS; the one place where their type is lost."""

from typing import Any, cast

from botocore.config import Config
from botocore.loaders import create_loader
from botocore.session import Session

# A session reads models and endpoints (30 MB of JSON for what is in use here) anew; the reader keeps them.
_LOADER = create_loader()


def make(service: str, endpoint: str, region: str, access_key: str, *, validate: bool = True) -> Any:
    """Return a client that tries once, addresses buckets by path and signs as `access_key`.

    Args:
        service: service name of boto3.
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
    session = cast("Any", Session())
    session.register_component("data_loader", _LOADER)
    return session.create_client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=access_key,
        aws_secret_access_key="embedded",  # noqa: S106 - the server checks no signature
        config=config,
    )
