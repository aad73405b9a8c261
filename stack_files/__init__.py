"""The files of a Pulumi project, read as the Pulumi CLI reads them.

For programs that run without the CLI: the embedded AWS, the `weather` command, tests.  Knows nothing of this
project's settings.
"""

from stack_files.config import stack_config

__all__ = ["stack_config"]
