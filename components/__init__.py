"""The Pulumi components of the weather pipeline, and the pure functions they need."""
