"""Device profiles: how the messages of a device family are recognised and read."""
