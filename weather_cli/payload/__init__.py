"""Samples of messages: what a file holds, what a run would make of it, and a profile to begin with."""
