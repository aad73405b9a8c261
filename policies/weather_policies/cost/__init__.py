"""What a stack declares that is billed."""
