"""Look at whether this machine, the account and a stack are ready to deploy and to run.

Everything that needs boto3 is imported when the command runs, so that help stays fast.
"""

import argparse

from weather_cli.arguments import Subparsers, add_command
from weather_cli.project import add_project, find_project


def register(subparsers: Subparsers) -> None:
    """Add `weather doctor`."""
    parser = add_command(
        subparsers,
        "doctor",
        summary="Look at whether this machine, the account and a stack are ready",
        description=(
            "Look at Python, uv where the project asks for it, the Pulumi CLI and its plugin. With --stack\n"
            "also at credentials, region and account against the stack's, Lake Formation's defaults,\n"
            "activated cost tags, Glue's quota and unconfirmed subscriptions. Nothing is changed. What\n"
            "cannot be seen with these credentials is 'open', which is no failure."
        ),
        examples=[
            ("weather doctor", "this machine"),
            ("weather doctor --stack dev", "the account and the stack as well"),
        ],
        statuses={0: "nothing is wrong", 1: "something is wrong; a line on stderr says what to do"},
    )
    parser.add_argument("--stack", metavar="NAME", help="stack whose account, region and topic are looked at")
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout")
    add_project(parser)
    parser.set_defaults(handler=handler)


def handler(arguments: argparse.Namespace) -> int:
    """Look and report; 1 if something is wrong."""
    from weather_cli.stack import doctor
    from weather_cli.stack.pipeline import client_factory, stack_settings
    from weather_cli.stack.report import tell

    project = find_project(arguments.project)
    findings = list(doctor.machine(project))
    if arguments.stack:
        settings = stack_settings(arguments.stack, project)
        client = client_factory(settings)
        findings += [*doctor.account(settings, client), doctor.subscriptions(settings, client)]
    return tell(findings, "what", as_json=arguments.json)
