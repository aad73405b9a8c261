"""Every case of known answers: the datasets of its lake say what is right."""

from pathlib import Path

import pytest

from tests.cases.known_answers import failures, read_case

CASES = sorted(Path(__file__).parent.glob("[0-9]*-*.json"), key=lambda path: int(path.name.split("-")[0]))
OPEN_IN_DECODING = {}
"""Cases that decoding does not yet get right: file -> what is missing."""
OPEN_IN_STATISTICS = {
    "01-counter-one-zero": "rain",
    "03-ecowitt-total-one-zero": "rain",
    "05-daily-rain-clock-one-hour-late": "rain",
    "08-daily-rain-sticks": "rain",
    "40-counter-zero-three-times": "rain",
    "42-counter-leap-in-rain": "rain",
    "44-ecowitt-total-once-empty": "rain",
    "46-daily-value-zero-twice-at-noon": "rain",
    "48-counter-600-mm-in-five-minutes": "rain",
    "50-counter-sixteen-bits": "rain",
    "52-daily-rain-of-a-console-on-utc": "rain",
    "54-exposure-without-an-afternoon": "sums and extremes",
    "56-exposure-silent-at-night": "sums and extremes",
    "58-exposure-night-offset": "quality control",
    "60-amounts-three-of-twelve-lost": "rain",
    "62-amounts-every-second-lost": "rain",
    "64-eight-points-in-the-monsoon": "quality control",
    "66-calm-for-three-days": "quality control",
    "68-dew-point-of-39": "quality control",
    "70-humidity-stands-at-95": "quality control",
    "72-thermometer-fails-for-a-day": "sums and extremes",
    "74-thirty-six-minutes-of-every-hour": "intervals",
    "76-spike-of-one-minute": "sums and extremes",
    "78-afternoon-missing": "sums and extremes",
    "80-every-82-seconds": "intervals",
    "82-every-three-hours": "intervals",
    "84-on-change-of-0.2": "intervals",
    "86-rain-of-the-last-hour": "rain",
    "88-rolling-hour-after-a-lost-message": "rain",
    "90-unit-direction-of-calm-nights": "sums and extremes",
    "92-hundred-millimetres-in-a-gap": "rain",
    "94-lord-howe-24.5-hours": "clocks of aggregates",
    "96-sea-level-pressure-without-humidity": "quality control",
    "98-sea-level-pressure-at-2317-m": "quality control",
    "100-humidity-of-104": "quality control",
    "102-extremes-of-hours-at-60-percent": "sums and extremes",
    "104-thermometer-stands-still-from-noon": "quality control",
    "106-samoa-week-of-six-days": "clocks of aggregates",
    "108-rolling-24-hours": "rain",
    "110-silent-from-wednesday": "the week in which a station falls silent",
}
"""Cases that quality control and statistics do not yet get right."""
OPEN = OPEN_IN_DECODING | OPEN_IN_STATISTICS


def _case(path):
    marks = [pytest.mark.xfail(reason=OPEN[path.stem], strict=True)] if path.stem in OPEN else []
    return pytest.param(path, id=path.stem, marks=marks)


def test_every_open_case_is_a_case():
    assert OPEN.keys() <= {path.stem for path in CASES}


@pytest.mark.parametrize("path", map(_case, CASES))
def test_the_datasets_say_what_is_right(path, tmp_path):
    assert failures(read_case(path), tmp_path) == []
