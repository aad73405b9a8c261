"""Errors that end a command with one line for the person who typed it."""


class CommandError(Exception):
    """The command could not do what was asked; the text is the whole message.

    Attributes:
        status: exit status of the process.
    """

    status = 1


class UsageError(CommandError):
    """What was typed cannot be carried out as it stands (exit status 2)."""

    status = 2
