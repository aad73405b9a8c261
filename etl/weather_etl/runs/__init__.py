"""A run from its arguments to published datasets, its documents and its verdict."""
