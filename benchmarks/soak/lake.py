"""The lake of the soak: nine days of two stations, an object a day, with what makes a run merge and reject."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from benchmarks.messages import START, documented_body, edge_body

SITES: Final = ("district000", "district001")
DAYS: Final = 9
MIDDLE: Final = (START + timedelta(days=4, hours=13)).isoformat()
"""Where the first of two runs ends: in the middle of a day and of a week."""
END: Final = (START + timedelta(days=DAYS)).isoformat()
ZONE: Final = "Asia/Ho_Chi_Minh"
GHOST: Final = f"{SITES[0]}/{int((START + timedelta(days=1, hours=3)).timestamp() * 1000)}-ghost.json"
"""An object that may vanish without loss: there is nothing in it."""


def write(folder: Path) -> None:
    """Write the lake."""
    for number, site in enumerate(SITES):
        body = edge_body if number % 2 == 0 else documented_body
        hours = [
            json.loads(body(site, int((START + timedelta(hours=hour)).timestamp()), hour))
            for hour in range(24 * DAYS)
        ]
        late = hours.pop(24 * 3 + 5)
        for day in range(DAYS):
            begin = START + timedelta(days=day)
            today = [one for one in hours if begin <= _moment(one) < begin + timedelta(days=1)]
            _put(folder, site, begin + timedelta(days=1, minutes=-2), json.dumps(today))
        _put(folder, site, START + timedelta(days=8, hours=2), json.dumps(late))  # days too late
        _put(folder, site, START + timedelta(days=3, hours=2), json.dumps(hours[:24]))  # once more
        _put(folder, site, START + timedelta(days=2, hours=2), '{"deviceId": "broken')
        _put(folder, site, START + timedelta(days=7, hours=2), '{"status": "rebooted"}')
    (folder / GHOST).write_text("[]")


def _moment(message: dict) -> datetime:
    return datetime.fromisoformat(message["timestamp"].rstrip("Z") + "+00:00")


def _put(folder: Path, site: str, ingest: datetime, text: str) -> None:
    path = folder / site / f"{int(ingest.timestamp() * 1000)}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
