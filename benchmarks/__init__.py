"""Measurements against peers: `make bench`, or `make bench QUICK=1` for a look."""
