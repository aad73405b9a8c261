"""Build the zip of wheels with which the job runs on Glue without a package index."""

import argparse
from pathlib import Path

from weather_cli.arguments import Subparsers, add_command
from weather_cli.project import add_project, find_project
from weather_cli.ui import Ui
from weather_cli.wheels import PYTHON_OF_GLUE, REQUIREMENTS, build


def register(subparsers: Subparsers) -> None:
    """Add `weather bundle`."""
    parser = add_command(
        subparsers,
        "bundle",
        summary="build the zip of wheels for Glue",
        description=(
            "Download the job's locked wheels for the Python of a Glue version, check their hashes and put\n"
            "them into weather-<hash>.gluewheels.zip. The same lock gives the same bytes. The job takes the\n"
            "zip with --additional-python-modules and --python-modules-installer-option --no-index, so that\n"
            "no package index is needed when it runs (docs/glue.md)."
        ),
        examples=[
            ("weather bundle", "for Glue 5.1, into dist/"),
            ("weather bundle --glue-version 6.0", "for Glue 6.0 (Python 3.13)"),
        ],
        interrupted="wheels that have come are kept, a zip is written whole; run the same command again",
    )
    parser.add_argument("--glue-version", choices=list(PYTHON_OF_GLUE), default="5.1", help="default: 5.1")
    add_project(parser)
    parser.add_argument(
        "--folder", type=Path, metavar="DIR", help="where to build; default: the checkout's dist"
    )
    parser.set_defaults(handler=_handle)


def _handle(arguments: argparse.Namespace) -> int:
    project = find_project(arguments.project)
    ui = Ui(answer=False)
    with ui.step(f"wheels for Glue {arguments.glue_version}") as step:
        path = build(arguments.glue_version, arguments.folder or project / "dist", project / REQUIREMENTS)
        step.done(f"{path.stat().st_size / 1e6:.0f} MB")
    ui.facts({"bundle": str(path), "to deploy it": f"pulumi config set wheelBundle {path}"})
    return 0
