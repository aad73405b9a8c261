"""The embedded AWS and the `weather` command."""
