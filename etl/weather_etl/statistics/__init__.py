"""Hourly, daily and weekly aggregates."""
