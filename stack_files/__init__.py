"""The files of a Pulumi project, read as the Pulumi CLI reads them.

For programs that run without the CLI: the embedded AWS, the `weather` command, tests.  Knows nothing of this
project's settings.
"""

from stack_files.config import read_stack, stack_config, unquoted
from stack_files.documents import load_yaml

__all__ = ["load_yaml", "read_stack", "stack_config", "unquoted"]
