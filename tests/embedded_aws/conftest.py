"""An embedded AWS with a bucket, a crawler and a job, for the tests of a module."""

from collections.abc import Iterator

import pytest

from embedded_aws import EmbeddedAws
from tests.embedded_aws.lab import QUICK, TINY, Lab


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with EmbeddedAws(root=TINY, pace=QUICK) as aws:
        yield Lab(aws).set_up()
