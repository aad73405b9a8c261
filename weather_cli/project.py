"""The project's checkout: Pulumi program, stack files and job, which an installed `weather` does not bring.

A command that deploys, or that asks a stack for its names, needs them; all others work without.
"""

import argparse
import importlib.util
import sys
from pathlib import Path
from typing import Final

from weather_cli.errors import UsageError

PROGRAM: Final = "components"
"""The package of the Pulumi program; it is read from the checkout and is not installed."""

_PARTS: Final = ("Pulumi.yaml", f"{PROGRAM}/__init__.py", "etl/weather_etl/__init__.py")


def add_project(parser: argparse.ArgumentParser) -> None:
    """Add `--project`, the checkout that a command needs."""
    parser.add_argument(
        "--project",
        type=Path,
        metavar="DIR",
        help="checkout of the project; default: this folder, or the one above it that is one",
    )


def find_project(named: Path | None = None) -> Path:
    """Return the checkout to work with, and make its `components` the ones that are imported.

    Args:
        named: what `--project` says; None for the current folder or the nearest above that is a checkout, and
            else the one that this command runs from.

    Raises:
        UsageError: there is none.
    """
    if named is not None:
        if not _is_checkout(named):
            missing = next(part for part in _PARTS if not (named / part).is_file())
            raise UsageError(f"--project {named} is not a checkout of the project: it has no {missing}")
        root = named.resolve()
    else:
        here = Path.cwd()
        places = (here, *here.parents, Path(__file__).resolve().parents[1])
        found = next((place for place in places if _is_checkout(place)), None)
        if found is None:
            raise UsageError(
                "this needs a checkout of the project (Pulumi.yaml, components/, etl/)",
                "run it in one, or name its folder with --project DIR",
            )
        root = found
    _import_program(root)
    return root


def _is_checkout(folder: Path) -> bool:
    return all((folder / part).is_file() for part in _PARTS)


def _import_program(root: Path) -> None:
    """Import `components` from this checkout, whatever else is on the path."""
    package = root / PROGRAM
    known = sys.modules.get(PROGRAM)
    if known is not None and str(package) in getattr(known, "__path__", ()):
        return
    for name in [name for name in sys.modules if name == PROGRAM or name.startswith(f"{PROGRAM}.")]:
        del sys.modules[name]
    spec = importlib.util.spec_from_file_location(
        PROGRAM, package / "__init__.py", submodule_search_locations=[str(package)]
    )
    assert spec is not None  # noqa: S101  a path that ends in .py always has a loader
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    sys.modules[PROGRAM] = module
    spec.loader.exec_module(module)
