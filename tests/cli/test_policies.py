"""The policy pack as the CLI runs it: a sample of right and wrong programs, judged as in the test engine.

Programs that resource rules judge stand side by side in one preview; one that a rule over the stack judges
has a preview of its own, since its neighbours would be part of what is judged.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

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


def register(cli: Cli, program: list[Declared]) -> None:
    """Let the program register these resources."""
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


def by_cli(cli: Cli, program: list[Declared]) -> set[Verdict]:
    """What a preview of the CLI reports."""
    register(cli, program)
    return {
        (str(event["policyName"]), str(event["resourceUrn"]).split("::")[-1])
        for _, event in cli.events("policyEvent")
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


def configured(cli: Cli, folder: Path, config: Mapping[str, Any]) -> Cli:
    """The same program and stack under a configuration of the pack."""
    path = folder / "config.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    return replace(cli, pack=(*cli.pack[:2], "--policy-pack-config", str(path)))


QUEUE = Declared("aws:sqs/queue:Queue", "q", {"name": "q-abc123", "sqsManagedSseEnabled": True})
LEVELS = {"all": "disabled"}
DERIVED = "weather-aws-resource-derived-tags"


def test_the_cli_carries_out_a_remediation(opened: Cli, tmp_path: Path) -> None:
    """The tag that is derived is among what the preview would create."""
    register(opened, [QUEUE])
    cli = configured(
        opened, tmp_path, {**LEVELS, DERIVED: {"enforcementLevel": "remediate", "derive": DERIVE}}
    )
    events = cli.events("policyRemediationEvent", "resourcePreEvent")
    remediated = [e for kind, e in events if kind == "policyRemediationEvent"]
    assert {e["policyName"] for e in remediated} == {DERIVED}
    created = [e["metadata"]["new"] for kind, e in events if kind == "resourcePreEvent"]
    [queue] = [new for new in created if new["type"] == QUEUE.type]
    assert queue["inputs"]["tags"]["Team"] == "weather"


DERIVE = {"Team": "{project}"}


def test_the_cli_ends_on_a_wrong_configuration(opened: Cli, tmp_path: Path) -> None:
    """Every problem at once, with rule and key."""
    register(opened, [QUEUE])
    wrong = {
        "weather-glue-job-timout": "advisory",
        "weather-glue-job-workers": {"maxWorker": 5},
        "weather-glue-job-timeout": {
            "exemptions": [{"resource": "job", "reason": "because we want it so", "until": "2026-02-30"}]
        },
    }
    cli = configured(opened, tmp_path, wrong)
    said = cli.run("preview", "--stack", "dev", *cli.pack, succeeds=False)
    for text in (
        "weather-glue-job-timout: there is no such rule",
        "no property maxWorker",
        "that is not a day",
    ):
        assert text in said


def test_the_example_of_a_repository_previews(opened: Cli, tmp_path: Path) -> None:
    """A platform team's folder as its page describes it, under names of its own."""
    example = PACK / "example"
    shutil.copytree(example, tmp_path / "ours")
    ours = tmp_path / "ours"
    for package in ("aws_prices", "weather_policies"):
        shutil.copytree(PACK / package, ours / "pack" / package, ignore=shutil.ignore_patterns("__pycache__"))
    for place in ("pack", "program"):
        (ours / place / ".venv").symlink_to(Path(sys.prefix))
    arguments = ("--policy-pack", str(ours / "pack"), "--policy-pack-config", str(ours / "pack/config.json"))
    cli = replace(opened, project=ours / "program", home=tmp_path / "home", pack=arguments)
    cli.init()
    said = cli.run("preview", "--stack", cli.stack, *arguments)
    assert "data-platform@" in said
    assert "[mandatory]" not in said
