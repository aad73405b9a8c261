"""`weather doctor` and `weather live-check`, against the embedded AWS."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded_aws import EmbeddedAws
from tests.harness.program import ROOT
from weather_cli import cli
from weather_cli.stack.live_check import ANSWERS, lines

PULUMI = "#!/bin/sh\necho v{version}\n"


def weather(
    capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, dict[str, dict[str, str]], str]:
    """Exit status, findings by what they are about, and standard error."""
    status = cli.main([*arguments, "--json"])
    out, err = capsys.readouterr()
    return status, {finding["what"]: finding for finding in json.loads(out)}, err


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH, with a Pulumi CLI that says how old it is."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    path = tmp_path / "pulumi"
    path.write_text(PULUMI.format(version="9.0.0"))
    path.chmod(0o755)
    return path


def test_a_machine_that_is_ready(capsys: pytest.CaptureFixture[str], tools: Path) -> None:
    (tools.parent / "uv").write_text("#!/bin/sh\n")
    (tools.parent / "uv").chmod(0o755)
    status, found, err = weather(capsys, "doctor")
    assert (status, err) == (0, "")
    assert found["Pulumi CLI"]["status"] == "ok"
    assert found["AWS provider plugin"]["status"] == "open"


@pytest.mark.parametrize(("version", "seen"), [("3.100.0", "v3.100.0"), (None, "not on PATH")])
def test_a_cli_that_is_old_or_missing(
    capsys: pytest.CaptureFixture[str], tools: Path, version: str | None, seen: str
) -> None:
    tools.unlink()
    if version:
        tools.write_text(PULUMI.format(version=version))
        tools.chmod(0o755)
    status, found, err = weather(capsys, "doctor")
    assert status == 1
    assert (found["Pulumi CLI"]["status"], found["Pulumi CLI"]["seen"]) == ("wrong", seen)
    assert f"  - Pulumi CLI is {seen}: https://www.pulumi.com" in err


@pytest.fixture(scope="module")
def deployed() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(ROOT) as aws:
        aws.deploy("local")
        yield aws


@pytest.mark.usefixtures("tools", "deployed")
def test_the_account_of_another_stack_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    status, found, err = weather(capsys, "doctor", "--stack", "dev")
    if found["account"]["expected"] == found["account"]["seen"]:
        pytest.skip("stack dev was put into the account of stack local")
    assert status == 1
    assert found["account"]["status"] == "wrong"
    assert "sign in to the stack's account" in err


@pytest.mark.usefixtures("tools", "deployed")
def test_the_stacks_own_account_is_right(capsys: pytest.CaptureFixture[str]) -> None:
    _, found, _ = weather(capsys, "doctor", "--stack", "local")
    assert {found[what]["status"] for what in ("account", "region", "subscriptions")} == {"ok"}
    assert found["cost-allocation tags"]["status"] == "open"  # moto does not know them
    assert found["cost-allocation tags"]["seen"].startswith("cannot be seen")


def test_every_answer_belongs_to_a_line_of_the_page() -> None:
    questions = [line.question for line in lines(ROOT)]
    assert len(questions) >= len(ANSWERS)
    for start in ANSWERS:
        assert sum(question.startswith(start) for question in questions) == 1, start


def live_check(
    capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, dict[str, dict[str, str]], str]:
    """As `weather`, by how the questions begin."""
    status, found, err = weather(capsys, "live-check", "--stack", "local", *arguments)
    by_start = {
        start: finding
        for start in ANSWERS
        for question, finding in found.items()
        if question.startswith(start)
    }
    assert len(found) == len(lines(ROOT))
    return status, by_start, err


@pytest.mark.usefixtures("deployed")
def test_looking_changes_nothing_and_leaves_open_what_needs_a_run(
    capsys: pytest.CaptureFixture[str], deployed: EmbeddedAws
) -> None:
    before = len(deployed.calls())
    status, found, err = live_check(capsys)
    made = {call.operation for call in deployed.calls()[before:]}
    assert not {
        name for name in made if name.startswith(("Create", "Put", "Delete", "Start", "Set", "Update"))
    }
    assert (status, err) == (0, "")
    assert found["The provider accepts every input"]["status"] == "ok"
    assert found["The week runs end to end"]["status"] == "open"
    assert found["The rule fires"]["seen"] == "cron(0 17 ? * SAT *), ENABLED"


def test_with_run_the_pipeline_runs(capsys: pytest.CaptureFixture[str], deployed: EmbeddedAws) -> None:
    status, found, _ = live_check(capsys, "--run")
    assert found["The week runs end to end"]["status"] == "ok", found
    assert "was set off" in found["CloudWatch alarms reach the topic"]["seen"]
    assert status == 0
    assert deployed.client("stepfunctions").list_state_machines()["stateMachines"]


def test_what_is_missing_is_wrong(capsys: pytest.CaptureFixture[str], deployed: EmbeddedAws) -> None:
    glue = deployed.client("glue")
    [crawler] = [item["Name"] for item in glue.get_crawlers()["Crawlers"]]
    glue.delete_crawler(Name=crawler)
    status, found, err = live_check(capsys)
    assert status == 1
    assert found["The provider accepts every input"]["seen"] == "missing: crawler"
    assert "missing: crawler" in err
