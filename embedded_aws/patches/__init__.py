"""Every private name of moto that the embedded AWS replaces, and why: a module per service.

Each patch is one function with the defect in its docstring; `Patches` remembers what it replaced, so that
leaving an `EmbeddedAws` leaves moto as it was.  `tests/embedded_aws/test_canaries.py` shows each defect with
one patch left out: when such a test fails, moto has mended it and the patch goes.
"""

from collections.abc import Iterable

from embedded_aws.patches import (
    events,
    glue,
    s3,
    server,
    stepfunctions_language,
    stepfunctions_runs,
    stepfunctions_tasks,
)
from embedded_aws.patches.base import MOTO_VERSION, PATCHES, PatchContext, Patches

SERVICES = (
    server,
    s3,
    stepfunctions_tasks,
    stepfunctions_language,
    stepfunctions_runs,
    events,
    glue,
)
"""Modules with patches; importing one registers its own."""

__all__ = ["MOTO_VERSION", "PATCHES", "SERVICES", "PatchContext", "Patches", "install"]


def install(context: PatchContext, skip: Iterable[str] = ()) -> Patches:
    """Apply every patch but those in `skip`.

    Raises:
        ValueError: `skip` names a patch that does not exist.
    """
    left_out = set(skip)
    unknown = left_out - set(PATCHES)
    if unknown:
        raise ValueError(f"no patch is named {', '.join(sorted(unknown))}")
    patches = Patches()
    for name, patch in PATCHES.items():
        if name not in left_out:
            patch(patches, context)
    return patches
