"""Credentials and region on Glue: renewed before they end, and never guessed."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import obstore.store
import pytest
from weather_etl.lake import s3
from weather_etl.lake.storage import UnreachableError

_NAMES = (
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION",
    "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3",
)  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No credentials, no region and no configuration file of the person who runs the tests."""
    for name in _NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    s3._open_s3.cache_clear()
    yield
    s3._open_s3.cache_clear()


@contextmanager
def container(ends: datetime) -> Iterator[str]:
    """The credential endpoint of a container, as Glue's workers have one."""
    body = json.dumps(
        {"AccessKeyId": "key", "SecretAccessKey": "s", "Token": "t", "Expiration": ends.isoformat()}
    ).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/credentials"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("minutes", [11, 13, 16, 60])
def test_credentials_are_asked_for_again_before_they_end(
    monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    """botocore renews them ten minutes before their end at the latest: nobody may keep them longer."""
    given: dict[str, Any] = {}
    monkeypatch.setattr(obstore.store, "S3Store", lambda bucket, **options: given.update(options))
    ends = datetime.now(UTC) + timedelta(minutes=minutes)
    with container(ends) as url:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
        s3._open_s3("lake", "eu-central-1", None, None)
        told = given["credential_provider"]()
    assert told["access_key_id"] == "key"
    assert datetime.now(UTC) < told["expires_at"] < ends
    assert told["expires_at"] - datetime.now(UTC) <= timedelta(minutes=10)


def test_a_region_is_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnreachableError, match="no AWS region is known: set AWS_REGION, or give --region"):
        s3._open_s3("lake", "", None, "key")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert s3._region_here(None) == "eu-west-1"


def test_the_region_that_the_job_is_given_goes_before_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(obstore.store, "S3Store", lambda bucket, **options: given.update(options))
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    s3._open_s3("lake", "ap-southeast-1", None, "key")
    assert given["region"] == "ap-southeast-1"
