"""moto's server: patches of what every service shares."""

# moto's interpreter has no types worth the name, and what is replaced here is private by definition.
# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportCallIssue=false, reportArgumentType=false
# ruff: noqa: ARG001 - a patch and what it puts in place keep the signatures they are called with

import moto.backends as moto_backends

from embedded_aws.patches.base import PatchContext, Patches, patch


@patch
def modules_list(patches: Patches, context: PatchContext) -> None:
    """Moto lists about 190 folders for every request, under a lock; cached, the server is twice as fast."""
    names = frozenset(moto_backends.list_of_moto_modules())
    patches.set(moto_backends, "list_of_moto_modules", lambda: names)
