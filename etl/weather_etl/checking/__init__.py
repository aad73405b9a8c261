"""Problems of documents that people write, found and said in one way wherever such a document is read.

Imports the standard library alone: the Pulumi program checks with it before anything is deployed, and the job
and the command with the same code afterwards.
"""

from weather_etl.checking.documents import (
    built_in_profiles,
    configuration_problems,
    profile_problems,
)
from weather_etl.checking.ledger import read_ledger
from weather_etl.checking.problems import Problem, ProblemsError, did_you_mean
from weather_etl.checking.schema import FORMATS, load_schema
from weather_etl.checking.zones import parse_zone, zone_problem

__all__ = [
    "FORMATS",
    "Problem",
    "ProblemsError",
    "built_in_profiles",
    "configuration_problems",
    "did_you_mean",
    "load_schema",
    "parse_zone",
    "profile_problems",
    "read_ledger",
    "zone_problem",
]
