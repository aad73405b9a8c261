"""An embedded AWS for the tests of this room."""

from collections.abc import Iterator

import pytest

from local.aws import EmbeddedAws
from tests.local.lab import QUICK, TINY, Lab


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with EmbeddedAws(root=TINY, pace=QUICK) as aws:
        yield Lab(aws).set_up()
