"""All rules of the pack, in the order in which they are listed and run."""

from pulumi_policy import Policy

import cost
import identity
import orchestration
import reliability
import security
import servicer
import spending
import tagging

servicer.install()

ROOMS = (tagging, cost, spending, security, identity, orchestration, reliability)
"""The modules that hold rules, each with a list RULES."""

POLICIES: list[Policy] = [rule for room in ROOMS for rule in room.RULES]
