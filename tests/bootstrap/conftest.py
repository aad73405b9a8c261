"""Every call that creates the stacks of the fixtures, bounded, in the embedded AWS."""

import pytest

from embedded_aws import EmbeddedAws
from embedded_aws.records import ApiCall
from tests.bootstrap.account import STACKS, stack_files
from tests.harness.program import own_project


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[ApiCall]]:
    folder = stack_files(own_project(tmp_path_factory.mktemp("project")))
    found: dict[str, list[ApiCall]] = {}
    for stack in STACKS:
        with EmbeddedAws(folder, stack=stack) as aws:
            aws.deploy(stack)
            found[stack] = [call for call in aws.calls() if call.principal == "deployer"]
    return found
