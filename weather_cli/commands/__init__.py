"""One file per `weather` command; `weather_cli.cli` finds them by name.

A command module starts with a docstring whose first line is what `weather --help` shows, and has
`register(subparsers)`, which adds its parser and sets `handler`, a function from the parsed arguments to the
exit status.  Heavy imports belong into the handler, so that help stays fast.
"""
