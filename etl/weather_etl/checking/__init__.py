"""Problems of documents that people write, found and said in one way wherever such a document is read.

Imports the standard library alone: the Pulumi program checks with it before anything is deployed, and the job
and the command with the same code afterwards.
"""

from weather_etl.checking.problems import Problem, ProblemsError, did_you_mean

__all__ = ["Problem", "ProblemsError", "did_you_mean"]
