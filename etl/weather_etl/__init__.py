"""From raw weather-station messages to quality-controlled observations and statistics."""

__version__ = "0.1.0"
