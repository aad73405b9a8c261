"""With the patches of moto every check holds, all in one embedded AWS."""

import pytest

from tests.embedded_aws.checks import CHECKS
from tests.embedded_aws.lab import Lab


@pytest.mark.parametrize("name", CHECKS)
def test_patched(name: str, lab: Lab):
    assert CHECKS[name](lab)
