"""The pack in another repository: names without a prefix, a program that passes, its own configuration."""

from __future__ import annotations

import json
import runpy
import shutil
import subprocess
import sys

import pulumi_policy
import pytest

from tests.harness.program import record
from tests.policies.engine import PACK, TAGS, Declared, InProcess, Provider, judged, members, run
from tests.policies.whole import as_members
from weather_policies import pack

EXAMPLE = PACK / "example"
CONFIG = json.loads((EXAMPLE / "pack/config.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
def test_the_example_passes_under_its_own_names(preview):
    recording = record(lambda: runpy.run_path(str(EXAMPLE / "program/__main__.py")), {}, "dev", preview)
    found = run(InProcess(pack.policies(prefix=""), CONFIG), as_members(recording, preview))
    assert [(d.policy, d.message) for d in found if d.policy != "stack-cost-report"] == []


def test_rules_bite_under_other_names_and_follow_each_other():
    config = {"our-aws-resource-required-tags": {"required": ["team"]}}
    declared = Declared("aws:glue/job:Job", "job", {"timeout": 500}, provider=Provider(tags={"team": "x"}))
    engine = InProcess(pack.policies(prefix="our-"), config)
    found = judged(engine, members([declared]))
    said = {d.policy for d in found}
    assert "our-glue-job-timeout" in said
    assert "our-aws-resource-required-tags" not in said
    spelt = Declared("aws:sns/topic:Topic", "t", {"tags": {"Team": "x"}}, provider=Provider(tags=TAGS))
    found = judged(InProcess(pack.policies(prefix="our-"), config), members([spelt]))
    assert "our-aws-resource-tag-spelling" in {d.policy for d in found}
    assert all(policy.name.startswith("our-") for policy in pack.policies(prefix="our-"))
    assert [p.name for p in pack.policies()] == [p.name for p in pack.POLICIES]


def test_the_example_pack_stands_alone(tmp_path):
    shutil.copytree(EXAMPLE / "pack", tmp_path / "pack")
    for package in ("aws_prices", "weather_policies"):
        shutil.copytree(
            PACK / package, tmp_path / "pack" / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    code = (
        "import runpy, pulumi_policy as sdk\n"
        "def told(name, policies, **rest): print(name, len(policies), policies[0].name)\n"
        "sdk.PolicyPack = told\n"
        "runpy.run_path('.', run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "pack", capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(tmp_path / "pack"), "PATH": ""},
    )  # fmt: skip
    assert done.stdout.split() == ["data-platform", str(len(pack.POLICIES)), "aws-resource-required-tags"]
    assert pulumi_policy.PolicyPack
