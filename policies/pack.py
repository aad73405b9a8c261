"""All rules of the pack, in the order in which they are listed and run."""

from pulumi_policy import Policy

import tagging

ROOMS = (tagging,)
"""The modules that hold rules, each with a list RULES."""

POLICIES: list[Policy] = [rule for room in ROOMS for rule in room.RULES]
