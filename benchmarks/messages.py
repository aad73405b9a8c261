"""Lakes of one-message files, as the platform writes them, of any size and always the same bytes.

Values follow a day's course with a little noise, so that no quality rule takes offence and every peer can be
held to the same hourly means.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2025, 1, 4, 17, tzinfo=UTC)
"""Sunday 2025-01-05, 00:00 in Ho Chi Minh City (UTC+7)."""


@dataclass(frozen=True)
class Lake:
    """A lake to be written.

    Attributes:
        sites: stations; even ones speak the edge's indented shape, odd ones the documented one.
        messages: per site.
        interval_s: seconds between two messages of a site.
        start: time of the first.
    """

    sites: int
    messages: int
    interval_s: int = 60
    start: datetime = START

    @property
    def objects(self) -> int:
        return self.sites * self.messages

    @property
    def until(self) -> datetime:
        """The first local midnight after the last message, which closes every window that can be closed."""
        last = self.start + timedelta(seconds=self.interval_s * self.messages)
        days = math.ceil((last - START) / timedelta(days=1))
        return START + timedelta(days=days)

    def write(self, folder: Path) -> None:
        """Write the lake's files below a folder, one folder per site."""
        first = int(self.start.timestamp())
        for number in range(self.sites):
            site = f"district{number:03d}"
            home = folder / site
            home.mkdir(parents=True, exist_ok=True)
            body = edge_body if number % 2 == 0 else documented_body
            for index in range(self.messages):
                second = first + index * self.interval_s
                name = f"{second * 1000 + 200 + (index * 37 + number) % 700}.json"
                with open(f"{home}/{name}", "wb") as file:  # noqa: PTH123  a million of them: pathlib doubles the time
                    file.write(body(site, second, index))


def values(second: int, index: int) -> tuple[float, ...]:
    """Return temperature, humidity, pressure, direction, wind, gust, rain of 1 h and of 24 h at a time."""
    phase = math.tau * (second % 86_400) / 86_400
    noise = (
        (index * 2_654_435_761) % 1_000
    ) / 1_000  # Knuth's multiplicative hash: even, and the same everywhere
    temperature = round(28 + 4 * math.sin(phase - 1.0) + 0.6 * noise, 2)
    humidity = round(75 - 12 * math.sin(phase - 1.0) + 2 * noise, 1)
    pressure = round(1009 + 1.5 * math.cos(2 * phase) + 0.2 * noise, 1)
    direction = int(120 + 60 * math.sin(phase) + 20 * noise) % 360
    wind = round(2.4 + 1.2 * math.sin(phase) + 0.8 * noise, 2)
    return temperature, humidity, pressure, direction, wind, round(wind * 1.6, 2), 0.0, 0.0


def edge_body(site: str, second: int, index: int) -> bytes:
    t, h, p, d, w, g, r1, r24 = values(second, index)
    time = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return (
        f'{{\n  "deviceId": "raspi-{site}-weather-edge",\n  "timestamp": "{time}.{index % 1_000_000:06d}Z",\n'
        f'  "location": "{site}",\n  "data": {{\n    "temperature": {t},\n    "humidity": {h},\n'
        f'    "pressure": {p},\n    "windDirection": {d},\n    "avgWindSpeed": {w},\n    "maxWindSpeed": {g},\n'
        f'    "rainfall1hr": {r1},\n    "rainfall24hr": {r24}\n  }},\n  "metadata": {{\n'
        f'    "source": "weather-edge-processor",\n    "version": "1.0",\n    "publishCount": {index + 1}\n  }}\n}}'
    ).encode()


def documented_body(site: str, second: int, index: int) -> bytes:
    t, h, p, d, w, g, r1, r24 = values(second, index)
    time = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return (
        f'{{"timestamp":"{time}Z","location":"{site}","data":{{"temperature":{t},"humidity":{h},"pressure":{p},'
        f'"winddirection":{d},"avgwindspeed":{w},"maxwindspeed":{g},"rainfall1hr":{r1},"rainfall24hr":{r24}}}}}'
    ).encode()
