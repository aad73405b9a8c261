"""Exit statuses, and the errors that end a command with a line for the person who typed it."""

from typing import Final

FAILED: Final = 1
WRONG_USAGE: Final = 2
REJECTED: Final = 3
INTERRUPTED: Final = 130
READER_GONE: Final = 141
TERMINATED: Final = 143

EXIT_STATUS: Final = {
    0: "done",
    FAILED: "it failed, or something is not as it should be; stderr says what, and what to do next",
    WRONG_USAGE: "wrong usage: arguments, an address, a configuration or a profile; nothing was done",
    REJECTED: "the quality verdict of the run failed: nothing was published",
    INTERRUPTED: "interrupted (Ctrl-C); stderr says what is safe",
    READER_GONE: "the reader of the output went away, as 'head' does",
    TERMINATED: "terminated (SIGTERM)",
}
"""Every exit status of `weather`, in words; a command's help says what those that it has mean there."""


class CommandError(Exception):
    """The command could not do what was asked.

    Args:
        what: what is wrong, a whole sentence.
        next_step: what to do about it; empty where the text says it already or the command's help does.

    Attributes:
        status: exit status of the process.
        next_step: see above.
    """

    status: int = FAILED

    def __init__(self, what: str, next_step: str = "") -> None:
        super().__init__(what)
        self.next_step = next_step


class UsageError(CommandError):
    """What was typed cannot be carried out as it stands."""

    status = WRONG_USAGE


class RejectedError(CommandError):
    """The quality verdict failed: nothing was published."""

    status = REJECTED
