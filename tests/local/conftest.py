"""An embedded AWS for the tests of this room."""

from collections.abc import Iterator

import pytest

from embedded_aws import EmbeddedAws, Pace
from tests.local.lab import QUICK, TINY, Lab
from tests.local.world import LOOKS, World


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with EmbeddedAws(root=TINY, pace=QUICK) as aws:
        yield Lab(aws).set_up()


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """The real program, deployed; few looks at a crawl, retries in less than half of the time."""
    pace = Pace(retry_second=0.4, sync_poll=0.2)
    with EmbeddedAws(pace=pace) as aws:
        yield World(aws, aws.deploy("local", {"pollLimit": LOOKS}))
