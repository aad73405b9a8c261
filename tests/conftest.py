"""What holds for every test."""

import os

# An Output in an f-string would otherwise put the text of an error into a resource's input.
os.environ["PULUMI_ERROR_OUTPUT_STRING"] = "1"
