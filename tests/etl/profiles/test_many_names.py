"""Records with very many names are read as those with few, by other means."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from weather_etl.profiles import fields, many_names
from weather_etl.profiles.fields import Lookup, folding_to
from weather_etl.profiles.units import fold_name, fold_names

STEPS = ("temp", "temp*", "*temp", "*temp*", "t*p", "*", "Temp_1", "wind_*_avg", "*rain*mm", "a*")
NAMES = st.sampled_from(
    [
        "temp",
        "Temp",
        "te_mp",
        "TEMP (1)",
        "temp1",
        "wind_speed_avg",
        "WIND avg",
        "x.rain total mm",
        "",
        "a\nb",
        "ΑΣ",
        "\ue000",
    ]
) | st.text(max_size=6)


@given(names=st.lists(NAMES, min_size=1, max_size=12, unique=True), fold=st.booleans())
def test_every_step_finds_the_same_names(names: list[str], fold: bool) -> None:
    record = dict.fromkeys(names, 1)
    lookup = Lookup(fold)

    def found() -> dict[str, Any]:
        places = {step: list(lookup.places(record, (step,))) for step in STEPS}
        return places | {name: tuple(folding_to(record, name)) for name in map(fold_name, names)}

    few = found()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fields, "MANY", 1)
        assert found() == few


@given(st.lists(NAMES, min_size=1))
def test_names_fold_together_as_they_fold_one_by_one(names: list[str]) -> None:
    assert list(fold_names(names)) == [fold_name(name) for name in names]


def test_a_record_of_many_names_is_folded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Linear time: whatever a profile asks for, the names are gone through a fixed number of times."""
    from tests.etl.payload_decoding import decode

    folded: list[int] = []

    def counting(names: Any) -> Any:
        folded.append(len(names))
        return fold_names(names)

    monkeypatch.setattr(many_names, "fold_names", counting)
    one_by_one = fold_name.cache_info().misses
    body = {
        "deviceId": "d", "timestamp": "2025-01-05T05:30:00Z",
        "data": {f"k{number}": number for number in range(50_000)} | {"temperature": 3},
    }  # fmt: skip
    decode(body)

    assert sum(folded) <= 2 * 50_001
    assert fold_name.cache_info().misses - one_by_one < 5_000
