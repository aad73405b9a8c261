"""What a user marks as secret: in the state, in what the CLI prints and in what our commands print."""

import json
import subprocess
import sys
from collections.abc import Callable

from tests.cli.conftest import Opened

SECRETS = {
    "subscribers[0].endpoint": "https://ops:TOKEN4711@example.org/hook",
    'sites["north-tower"].timezone': "Europe/Ljubljana",
    "rawPrefix": "quiet-prefix/telemetry/",
    "startFrom": "2026-02-03T04:05:06Z",
}


def test_it_stays_secret_wherever_it_goes(opened: Callable[[str], Opened]) -> None:
    cli, _ = opened("plain")
    path = cli.project / f"Pulumi.{cli.stack}.yaml"
    before = path.read_text(encoding="utf-8")
    try:
        cli.init()
        for key, text in SECRETS.items():
            cli.run("config", "set", "--stack", cli.stack, "--secret", "--path", key, "--", text)
        cli.run("config", "set", "--stack", cli.stack, "--path", "subscribers[0].protocol", "https")
        printed = cli.run("preview", "--stack", cli.stack, "--diff", *cli.pack) + cli.up()
        exported = cli.run("stack", "export", "--stack", cli.stack)
        assert plain_in(exported) == set()
        assert plain_in(printed) == set()
        shown = json.loads(cli.run("stack", "output", "--stack", cli.stack, "--json"))
        assert shown["raw_prefix"] == "[secret]"
        cli.unchanged()

        weather = [f"{sys.prefix}/bin/weather", "cost", "--stack", cli.stack]
        said = subprocess.run(
            weather, cwd=cli.project, env=cli.environment(), capture_output=True, text=True, check=False
        )
        assert said.returncode == 0, said.stderr
        assert plain_in(said.stdout + said.stderr) == set()
        cli.destroy()
    finally:
        path.write_text(before, encoding="utf-8")


def plain_in(text: str) -> set[str]:
    """The secrets that can be read in a text."""
    return {secret for secret in SECRETS.values() if secret.strip("/") in text}
