"""Keep an embedded AWS running, and deploy into it with the Pulumi CLI.

Everything here that needs the embedded AWS is imported when the command runs, so that help stays fast.
"""

import argparse
import contextlib
import signal
import tempfile
from pathlib import Path

from weather_cli.arguments import Subparsers, add_command
from weather_cli.errors import UsageError
from weather_cli.project import add_project, find_project


def register(subparsers: Subparsers) -> None:
    """Add `weather local`."""
    parser = add_command(
        subparsers,
        "local",
        summary="Keep an embedded AWS running, and deploy into it with the Pulumi CLI",
        description=(
            "Start an embedded AWS for the account and region of a stack, and keep it until Ctrl-C. It\n"
            "prints the environment with which 'pulumi up' deploys into it: the provider there creates,\n"
            "reads, changes and removes as AWS's does. Nothing outlives the command, so the state lies\n"
            "in a folder that goes with it. It needs no account and no credentials."
        ),
        examples=[
            ("weather local up", "for the stack 'local'"),
            ("weather local up --stack dev", "for the account and region of stack dev"),
            ("weather local up --deploy", "with the stack deployed already, without the CLI"),
        ],
        interrupted="nothing outlives the command; run it again",
    )
    parser.add_argument("action", choices=["up"], help="up: start and stay")
    parser.add_argument("--stack", default="local", metavar="NAME", help="stack (local)")
    parser.add_argument("--deploy", action="store_true", help="deploy the stack into it at once")
    add_project(parser)
    parser.set_defaults(handler=handler)


def handler(arguments: argparse.Namespace) -> int:
    """Stay until Ctrl-C."""
    from weather_cli.ui import Ui

    project = find_project(arguments.project)
    if not (project / f"Pulumi.{arguments.stack}.yaml").is_file():
        raise UsageError(f"no stack '{arguments.stack}': there is no Pulumi.{arguments.stack}.yaml")
    ui = Ui()
    with contextlib.ExitStack() as stack:
        with ui.step("Start the embedded AWS") as step:
            from embedded_aws import EmbeddedAws
            from embedded_aws.provider.service import executable

            aws = stack.enter_context(EmbeddedAws(project, stack=arguments.stack))
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="weather-local-")))
            executable(folder)
            step.done(f"{aws.endpoint}, account {aws.account}, {aws.region}")
        if arguments.deploy:
            with ui.step(f"Deploy stack {arguments.stack}") as step:
                aws.deploy(arguments.stack)
                step.done(f"{len(aws.resources)} resources")
        ui.heading("Until Ctrl-C; in another terminal, in the project:")
        setup = "" if arguments.deploy else f"pulumi stack init {arguments.stack} && pulumi up"
        for line in [*environment(aws.endpoint, folder), setup, f"weather run --stack {arguments.stack}"]:
            if line:
                ui.line(line, wrap=False)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
    return 0


def environment(endpoint: str, folder: Path) -> list[str]:
    """Return the lines that make another terminal's clients and `pulumi` work there."""
    from weather_cli.stack.start import clients_environment

    return [
        *clients_environment(endpoint),
        f"export PULUMI_BACKEND_URL=file://{folder}",
        "export PULUMI_CONFIG_PASSPHRASE=local",
        f"export PATH={folder}:$PATH",
    ]
