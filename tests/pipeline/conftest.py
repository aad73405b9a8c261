"""The real program, deployed into an embedded AWS for the tests of a module."""

from collections.abc import Iterator

import pytest

from embedded_aws import EmbeddedAws, Pace
from tests.harness.program import ROOT
from tests.pipeline.deployed import LOOKS, World


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Few looks at a crawl, retries in less than half of the time."""
    pace = Pace(retry_second=0.4, sync_poll=0.2)
    with EmbeddedAws(ROOT, pace=pace) as aws:
        yield World(aws, aws.deploy("local", {"pollLimit": LOOKS}))
