"""Arguments of a run, its configuration, and the rules of quality control."""
