"""Each patch of moto is still needed: without it its check does not hold.

When one of these fails, moto has mended the defect and the patch can go.
"""

import moto
import moto.backends
import moto.glue.models as glue
import moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_glue as task
import pytest
from moto.events.models import Rule
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata

from embedded_aws import EmbeddedAws, patches
from tests.embedded_aws.checks import CHECKS
from tests.embedded_aws.lab import QUICK, TINY, Lab


def test_every_patch_has_a_check_and_holds_for_the_installed_moto():
    assert set(CHECKS) == set(patches.PATCHES)
    assert moto.__version__ == patches.MOTO_VERSION


@pytest.mark.parametrize("name", CHECKS)
def test_still_needed(name: str):
    with EmbeddedAws(root=TINY, pace=QUICK, skip=[name]) as aws:
        lab = Lab(aws).set_up()
        try:
            holds = CHECKS[name](lab)
        except Exception:  # the defect may well be an exception
            holds = False
        assert not holds, f"moto {moto.__version__} no longer needs the patch '{name}'"


def test_leaving_restores_moto():
    before = {name: vars(owner).get(name) for owner, name in PATCHED}
    with EmbeddedAws(root=TINY):
        during = {name: vars(owner).get(name) for owner, name in PATCHED}
    after = {name: vars(owner).get(name) for owner, name in PATCHED}
    assert after == before
    assert all(during[name] is not before[name] for name in before)


PATCHED = [
    (moto.backends, "list_of_moto_modules"),
    (Rule, "send_to_targets"),
    (glue.FakeJob, "start_job_run"),
    (glue.FakeJobRun, "status"),
    (StringJSONata, "_eval_body"),
    (task, "boto_client_for"),
]


def test_an_unknown_patch_is_refused():
    with (
        pytest.raises(ValueError, match="no patch is named nonsense"),
        EmbeddedAws(root=TINY, skip=["nonsense"]),
    ):
        pass
