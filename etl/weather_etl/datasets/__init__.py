"""Versions of observations, and the published tables: columns, partitions, CSV."""
