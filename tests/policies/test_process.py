"""The pack as the CLI starts it: a process of its own, spoken to over gRPC, in a folder of its own."""

from __future__ import annotations

import ast
import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import grpc
import pulumi_policy
import pytest
import yaml
from google.protobuf import empty_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import analyzer_pb2_grpc

from tests.policies.engine import PACK, InProcess, judged, reconciled
from tests.policies.mutations import MUTATIONS
from tests.policies.whole import STACKS, class_config, program
from weather_policies import pack

ALLOWED_IMPORTS = {"google", "grpc", "pulumi", "pulumi_policy"}


class Process:
    """A stub that fits where the in-process servicer does."""

    def __init__(self, stub: Any) -> None:
        self.stub = stub

    def configure(self, config: dict[str, Any]) -> None:
        self.stub.Configure(reconciled(self.stub.GetAnalyzerInfo(empty_pb2.Empty()), config))

    def analyze(self, request: Any) -> Any:
        return self.stub.Analyze(request)

    def analyze_stack(self, request: Any) -> Any:
        return self.stub.AnalyzeStack(request)


@pytest.fixture(scope="module")
def process(tmp_path_factory) -> Iterator[Process]:
    """`python -u -m pulumi.policy <engine> <pack>` in a copy of the folder, far from the repository."""
    folder = tmp_path_factory.mktemp("elsewhere") / "pack"
    shutil.copytree(PACK, folder, ignore=shutil.ignore_patterns("__pycache__", ".venv"))
    named = {"PULUMI_PROJECT": "weather", "PULUMI_STACK": "dev", "PULUMI_ORGANIZATION": "o"}
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", "."]
    started = subprocess.Popen(
        command,
        cwd=folder,
        env={**env, **named, "PULUMI_DRY_RUN": "true", "PULUMI_CONFIG": "{}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert started.stdout is not None
        port = int(started.stdout.readline())  # anything printed before would break the CLI too
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = analyzer_pb2_grpc.AnalyzerStub(channel)
            stub.ConfigureStack(
                proto.AnalyzerStackConfigureRequest(stack="dev", project="weather", dry_run=True)
            )
            yield Process(stub)
    finally:
        started.terminate()
        started.wait(10)


@pytest.mark.parametrize("stack", STACKS)
def test_the_process_agrees_with_the_rules_in_this_one(process, stack):
    process.configure(class_config(stack))
    assert judged(process, program(stack, preview=True)) == []
    spoilt = MUTATIONS["weather-iam-role-trust"].change(list(program(stack)))
    here = judged(InProcess(pack.POLICIES, class_config(stack)), spoilt)
    assert here
    assert judged(process, spoilt) == here


def test_the_process_agrees_without_a_configuration_file(process):
    process.configure({})
    here = judged(InProcess(pack.POLICIES), program("prod", preview=True))
    assert len(here) > 5
    assert judged(process, program("prod", preview=True)) == here


def test_what_the_cli_is_told(process):
    info = process.stub.GetAnalyzerInfo(empty_pb2.Empty())
    assert info.name == "weather"
    assert [p.name for p in info.policies] == [p.name for p in pack.POLICIES]
    assert all(
        p.severity and p.remediation_steps and p.url and p.tags and p.description for p in info.policies
    )
    assert {p.enforcementLevel for p in info.policies} == {proto.ADVISORY, proto.MANDATORY}


def test_main_is_one_call(monkeypatch):
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(pulumi_policy, "PolicyPack", lambda **given: calls.append(given))
    runpy.run_path(str(PACK / "__main__.py"), run_name="__main__")
    assert len(calls) == 1
    assert calls[0]["policies"] is pack.POLICIES
    assert calls[0]["enforcement_level"] == pulumi_policy.EnforcementLevel.MANDATORY


def test_the_pack_needs_nothing_but_its_own_requirements():
    own = {"aws_prices", "weather_policies"}
    for path in (p for p in PACK.rglob("*.py") if "example" not in p.parts and ".venv" not in p.parts):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        modules = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
        modules += [str(n.module) for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
        roots = {module.split(".")[0] for module in modules}
        assert roots <= set(sys.stdlib_module_names) | own | ALLOWED_IMPORTS, path.name
    required = (PACK / "requirements.txt").read_text(encoding="utf-8")
    assert {line.split(">")[0] for line in required.splitlines() if line[0] != "#"} == {
        "pulumi",
        "pulumi-policy",
    }


def test_the_pack_says_what_it_is():
    about = yaml.safe_load((PACK / "PulumiPolicy.yaml").read_text(encoding="utf-8"))
    assert about["runtime"]["name"] == "python"
    assert about["version"]
