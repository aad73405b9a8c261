"""Variables, time zones, physics and Arrow helpers: what every other package builds on."""
