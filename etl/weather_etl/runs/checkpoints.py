"""The named moments of a run."""


def reached(moment: str) -> None:
    """Mark a moment of a run; tests replace this function to stop runs there."""
    del moment
