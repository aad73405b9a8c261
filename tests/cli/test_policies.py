"""The policy pack as the CLI runs it: a sample of right and wrong programs, judged as in the test engine.

Programs that resource rules judge stand side by side in one preview; one that a rule over the stack judges
has a preview of its own, since its neighbours would be part of what is judged.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from embedded_aws import EmbeddedAws
from tests.cli.driver import Cli
from tests.embedded_aws.lab import TINY
from tests.policies.attacks import Attack
from tests.policies.engine import PACK, UNJUDGED, Declared, InProcess, Provider, members, run
from tests.policies.findings import ATTACKS, RIGHT
from weather_policies import pack
from weather_policies.kit.rule import ResourceRule

ALONE = {rule.name for rule in pack.POLICIES if not isinstance(rule, ResourceRule)}
HANDLED = frozenset(
    {
        *(
            "aws:budgets/budget:Budget",
            "aws:cloudwatch/eventRule:EventRule",
            "aws:cloudwatch/logGroup:LogGroup",
        ),
        *("aws:cloudwatch/eventTarget:EventTarget", "aws:cloudwatch/metricAlarm:MetricAlarm"),
        *("aws:glue/crawler:Crawler", "aws:glue/job:Job", "aws:iam/policy:Policy", "aws:iam/role:Role"),
        *("aws:s3/bucket:Bucket", "aws:s3/bucketPolicy:BucketPolicy", "aws:scheduler/schedule:Schedule"),
        *("aws:sfn/stateMachine:StateMachine", "aws:sns/topic:Topic", "aws:sns/topicPolicy:TopicPolicy"),
        *("aws:sqs/queue:Queue", "aws:sqs/queuePolicy:QueuePolicy"),
    }
)
"""Types that the embedded AWS deploys."""

PROGRAM = """\
import json, pulumi
provider = pulumi.ProviderResource("aws", "aws", json.load(open("provider.json")))
for one in json.load(open("program.json")):
    options = pulumi.ResourceOptions(provider=provider, protect=one["protect"], ignore_changes=one["ignore"])
    pulumi.CustomResource(one["type"], one["name"], one["inputs"], options)
"""


def fits(tried: Attack) -> bool:
    """Whether a program can be previewed as it stands: types that are handled, no settings of its own.

    A queue's URL is AWS's to give: a program that writes one down names another queue.
    """
    return not tried.config and all(
        d.type in HANDLED and d.provider == Provider() and "url" not in d.outputs for d in tried.program
    )


def sample(count: int, listed: Iterable[Attack], *, alone: bool) -> list[Attack]:
    """Programs evenly spread over the list, of those that stand alone or of the others."""
    found = [t for t in listed if fits(t) and bool(ALONE & set(t.rules)) == alone]
    return [found[index * len(found) // count] for index in range(count)]


TOGETHER = [*sample(26, ATTACKS, alone=False), *sample(14, RIGHT, alone=False)]
APART = [*sample(7, ATTACKS, alone=True), *sample(3, RIGHT, alone=True)]


def renamed(tried: Attack, index: int) -> list[Declared]:
    """The program's resources under names of their own; none of these programs refers to another's."""
    return [replace(d, name=f"p{index}-{d.name}", refs={}) for d in tried.program]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterable[Cli]:
    """`pulumi` in a program that registers what a file lists, with the pack beside it."""
    folder = tmp_path_factory.mktemp("policies")
    project = folder / "program"
    project.mkdir()
    shutil.copytree(PACK, folder / "pack", ignore=shutil.ignore_patterns("__pycache__", ".venv"))
    (folder / "pack/.venv").symlink_to(Path(sys.prefix))
    runtime = f"runtime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}\n"
    (project / "Pulumi.yaml").write_text(f"name: weather\n{runtime}", encoding="utf-8")
    (project / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    with EmbeddedAws(TINY) as aws:
        given = Provider().properties()
        inputs = {key: json.loads(v) if v[:1] in "[{" else v for key, v in given.items()}
        (project / "provider.json").write_text(json.dumps(inputs), encoding="utf-8")
        cli = Cli(project, "dev", aws.endpoint, folder / "home", ("--policy-pack", str(folder / "pack")))
        cli.init()
        yield cli


Verdict = tuple[str, str]
"""A rule that speaks, and the resource that it speaks of."""


def by_cli(cli: Cli, program: list[Declared]) -> set[Verdict]:
    """What a preview of the CLI reports."""
    listed = [
        {
            "type": d.type,
            "name": d.name,
            "inputs": dict(d.inputs),
            "protect": d.protect,
            "ignore": list(d.ignore),
        }
        for d in program
    ]
    (cli.project / "program.json").write_text(json.dumps(listed), encoding="utf-8")
    return {
        (str(event["policyName"]), str(event["resourceUrn"]).split("::")[-1])
        for event in cli.policy_events()
        if UNJUDGED not in event["message"]
    }


def by_engine(program: list[Declared]) -> set[Verdict]:
    """What the test engine reports."""
    found = run(InProcess(pack.POLICIES), members(program))
    return {(d.policy, d.resource) for d in found if not d.unjudged}


def of(verdicts: set[Verdict], tried: Attack, names: Iterable[str]) -> set[Verdict]:
    """Verdicts of a program's own rules on its resources; those on the stack are on whichever it is."""
    own = {*names, "stack", "weather-dev"}
    return {
        (rule, "stack" if name == "weather-dev" else name)
        for rule, name in verdicts
        if rule in tried.rules and name in own
    }


@pytest.fixture(scope="module")
def together(opened: Cli) -> tuple[set[Verdict], set[Verdict]]:
    """What CLI and engine say of the programs that stand side by side."""
    program = [d for index, tried in enumerate(TOGETHER) for d in renamed(tried, index)]
    return by_cli(opened, program), by_engine(program)


@pytest.mark.parametrize(
    "index", range(len(TOGETHER)), ids=lambda i: f"{TOGETHER[i].kind}: {TOGETHER[i].name}"
)
def test_the_cli_agrees_on_a_program_beside_others(
    together: tuple[set[Verdict], set[Verdict]], index: int
) -> None:
    tried = TOGETHER[index]
    names = [d.name for d in renamed(tried, index)]
    cli, engine = (of(verdicts, tried, names) for verdicts in together)
    assert cli == engine
    assert bool(cli) is (tried in ATTACKS)


@pytest.mark.parametrize("tried", APART, ids=lambda t: f"{t.kind}: {t.name}")
def test_the_cli_agrees_on_a_program_by_itself(opened: Cli, tried: Attack) -> None:
    names = [d.name for d in tried.program]
    cli = of(by_cli(opened, list(tried.program)), tried, names)
    assert cli == of(by_engine(list(tried.program)), tried, names)
    assert bool(cli) is (tried in ATTACKS)
