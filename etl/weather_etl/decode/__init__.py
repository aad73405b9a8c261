"""From the bytes of an object to rows of observations."""
