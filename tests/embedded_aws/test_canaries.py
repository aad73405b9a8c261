"""Each repair of moto is still needed: without it its check does not hold.

When one of these fails, moto has mended the defect and the repair can go.
"""

import moto
import moto.backends
import pytest

from embedded_aws import EmbeddedAws
from embedded_aws.patches import install as repairs
from tests.embedded_aws.checks import CHECKS
from tests.embedded_aws.lab import QUICK, TINY, Lab


def test_every_repair_has_a_check_and_holds_for_the_installed_moto():
    assert set(CHECKS) == set(repairs.REPAIRS)
    assert moto.__version__ == repairs.MOTO_VERSION


@pytest.mark.parametrize("name", CHECKS)
def test_still_needed(name: str):
    with EmbeddedAws(root=TINY, pace=QUICK, without=[name]) as aws:
        lab = Lab(aws).set_up()
        try:
            holds = CHECKS[name](lab)
        except Exception:  # the defect may well be an exception
            holds = False
        assert not holds, f"moto {moto.__version__} no longer needs the repair '{name}'"


def test_leaving_restores_moto():
    before = {name: vars(owner).get(name) for owner, name in PATCHED}
    with EmbeddedAws(root=TINY):
        during = {name: vars(owner).get(name) for owner, name in PATCHED}
    after = {name: vars(owner).get(name) for owner, name in PATCHED}
    assert after == before
    assert all(during[name] is not before[name] for name in before)


PATCHED = [
    (moto.backends, "list_of_moto_modules"),
    (repairs.Rule, "send_to_targets"),
    (repairs.glue.FakeJob, "start_job_run"),
    (repairs.glue.FakeJobRun, "status"),
    (repairs.StringJSONata, "_eval_body"),
    (repairs.task_glue, "boto_client_for"),
]


def test_an_unknown_repair_is_refused():
    with (
        pytest.raises(ValueError, match="no repair named nonsense"),
        EmbeddedAws(root=TINY, without=["nonsense"]),
    ):
        pass
