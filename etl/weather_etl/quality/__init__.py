"""Quality flags of observations."""
